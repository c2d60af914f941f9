"""Jobs beside those of the demo: put into the table of a running stack, and taken out again, as other tests count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stack import embedded_aws
from stack.demo_jobs import DemoJobs
from stack.local import Stack
from vectora_core.jobs.attributes import KEY
from vectora_core.jobs.events import parse_event
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord

QUEUE_NAME: Final = "tests-only"
REGION: Final = "eu-west-1"
QUEUE: Final = f"arn:aws:batch:{REGION}:123456789012:job-queue/{QUEUE_NAME}"
DEFINITION: Final = f"arn:aws:batch:{REGION}:123456789012:job-definition/encode:7"
SECRET: Final = "hunter2-and-nothing-else"


def row(job_id: str, status: str = "RUNNING", *, minutes_ago: float = 1, **detail: Any) -> JobRecord:
    """Return a job of a queue that the demo has not, by the event that told of its state so many minutes ago.

    :param detail: fields of the event's detail, in the place of the usual ones
    """
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)  # what a page shows depends on the clock of its server
    event = {
        "version": "0",
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": "123456789012",
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "region": REGION,
        "detail": {
            "jobId": job_id,
            "jobName": job_id,
            "jobQueue": QUEUE,
            "jobDefinition": DEFINITION,
            "status": status,
            "createdAt": int((at - timedelta(minutes=10)).timestamp() * 1000),
            "container": {"environment": [{"name": "DB_PASSWORD", "value": SECRET}], "command": ["encode", SECRET]},
            **detail,
        },
    }
    found = parse_event(event, rules=DEFAULT_RULES, observed_at=at, retention_days=90, children=True)
    assert isinstance(found, JobRecord)
    return found


@contextmanager
def in_the_table(stack: Stack, *records: JobRecord) -> Iterator[JobStateTable]:
    """Put rows into the job table for as long as this lasts."""
    table = DemoJobs(stack).table
    try:
        table.put_many(records)
        yield table
    finally:
        client = embedded_aws.dynamodb(stack.ports.aws)
        for one in records:
            client.delete_item(TableName=stack.jobs_table, Key={KEY: {"S": one.job_id}})
