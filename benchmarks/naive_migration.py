"""The naive way to move the old job table, as a process: everything into a dict, then put all. The peer of `migration`."""

from __future__ import annotations

import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import boto3

from vectora_core.aws import PATIENT
from vectora_core.jobs.attributes import to_attributes
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.migration.old_rows import OldState, Reading, later, read_row

_WRITERS = 4


def main(old: str, new: str) -> None:
    """Move, and print seconds and memory as JSON."""
    begun, client, latest = time.perf_counter(), boto3.client("dynamodb", config=PATIENT), dict[str, OldState | None]()
    reading = Reading(rules=DEFAULT_RULES, observed_at=datetime.now(UTC), retention_days=90, zone=UTC)
    items = [item for page in client.get_paginator("scan").paginate(TableName=old) for item in page["Items"]]
    for item in items:
        found = read_row(item, reading)
        if isinstance(found, OldState):
            job_id = found.record.job_id
            latest[job_id] = later(latest.get(job_id), found)
    rows = [to_attributes(found.record) for found in latest.values() if found]
    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(lambda row: client.put_item(TableName=new, Item=row), rows))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak_memory_mb": memory}))


if __name__ == "__main__":
    main(*sys.argv[1:])
