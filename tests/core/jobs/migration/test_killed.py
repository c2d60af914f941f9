"""Ten thousand old rows, events arriving meanwhile, a process killed with -9 and another one that goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.fakes import old_jobs
from tests.fakes.command_line import command, environment
from tests.fakes.jobs import NewTable
from vectora_core.jobs.events import parse_event
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord

TIMEOUT = 120


@pytest.mark.slow
def test_killed_and_resumed_while_events_arrive_nothing_is_lost_and_nothing_goes_back(
    new_table: NewTable, data: Path, tmp_path: Path
) -> None:
    """The end is the latest of all old rows and all events, as code of its own finds it; no secret is in the table."""
    rows = [*old_jobs.jobs(1366, 634, seed=11), *old_jobs.rubbish(98)]
    assert len(rows) == 10_000
    client, new = boto3.client("dynamodb"), new_table(lambda: datetime.now(UTC))
    old = old_jobs.create_old_table(client)
    old_jobs.fill(client, old, (row.item for row in rows))
    expected = old_jobs.latest(rows)
    arriving = events_of(expected, 600)

    killed = begin(old, new.name, data, tmp_path)
    plan = data / "jobs" / new.name / "migrations" / old
    while rows_done(plan) < 1000:
        if len(arriving) > 300:
            put_one(arriving, expected, new)
        else:
            time.sleep(0.01)  # a file of another process: there is nothing to wait on
        assert killed.poll() is None, (tmp_path / "err").read_text()
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait(TIMEOUT) == -signal.SIGKILL
    assert 0 < rows_done(plan) < len(rows)

    resumed = begin(old, new.name, data, tmp_path)
    while arriving:
        put_one(arriving, expected, new)
    assert resumed.wait(TIMEOUT) == 0, (tmp_path / "err").read_text()
    report = json.loads((tmp_path / "out").read_text())
    assert report["resumed"] and report["rows"] == len(rows)
    assert report["late"] > 0, "no event was quicker than its old row: the test has shown nothing"
    assert report["written"] + report["late"] + report["duplicate"] == report["jobs"] - report["without_state"] == 2000
    checked = report["verification"]
    assert (checked["jobs"], checked["missing"], checked["mismatches"]) == (report["jobs"], 0, 0)
    assert checked["sampled"] > 0
    assert found_in(new, expected) == expected
    assert old_jobs.SECRET not in str(list(every_item(client, new.name)))


def begin(old: str, new: str, data: Path, folder: Path) -> subprocess.Popen[bytes]:
    options = ["--from", old, "--to", new, "--assume-zone", "Europe/Paris", "--rows-a-page", "400"]
    more = ["--data-root", str(data), "--sample-percentage", "5", "--json"]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        arguments = command("jobs", "migrate", *options, *more)
        return subprocess.Popen(arguments, env=environment(), cwd=folder, stdout=out, stderr=err)


def rows_done(plan: Path) -> int:
    """How many rows the checkpoints have behind them."""
    found = (json.loads(path.read_bytes()) for path in plan.glob("segment-*.json"))
    return sum(one["counts"].get("rows", 0) for one in found)


Arriving = list[tuple[dict[str, Any], tuple[str, int, int]]]


def events_of(expected: dict[str, tuple[str, int, int]], number: int) -> Arriving:
    """Events of jobs in the old table, newer than it, and a fifth of jobs that it does not know."""
    chance = random.Random(5)
    known = chance.sample(sorted(expected), number * 4 // 5)
    job_ids = [*known, *(str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(number - len(known)))]
    chance.shuffle(job_ids)
    return [_ended(job_id, expected.get(job_id, ("RUNNABLE", 0, 1_735_000_000_000)), chance) for job_id in job_ids]


def _ended(job_id: str, before: tuple[str, int, int], chance: random.Random) -> tuple[dict[str, Any], tuple[str, int, int]]:
    moment = datetime.fromtimestamp(before[2] // 1000 + 60 + chance.randrange(600), UTC)
    state = ("SUCCEEDED", before[1] + 1, int(moment.timestamp() * 1000))
    return old_jobs.event(job_id, *state[:2], moment), state


def put_one(arriving: Arriving, expected: dict[str, tuple[str, int, int]], new: JobStateTable) -> None:
    """Let one event arrive, as the Lambda would have it."""
    whole, state = arriving.pop()
    record = parse_event(whole, rules=DEFAULT_RULES, observed_at=datetime.now(UTC), retention_days=90)
    assert isinstance(record, JobRecord)
    new.put(record)
    expected[record.job_id] = state


def found_in(new: JobStateTable, expected: dict[str, Any]) -> dict[str, tuple[str, int, int]]:
    return {
        job_id: (row.status, row.attempts, int(datetime.fromisoformat(row.timestamp).timestamp() * 1000))
        for job_id, row in new.get_many(expected, consistent=True).items()
    }


def every_item(client: Any, table: str) -> Iterator[Any]:
    for page in client.get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]
