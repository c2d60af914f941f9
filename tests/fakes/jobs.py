"""Rows for tests, and a fresh job table in the embedded DynamoDB."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from vectora_core.jobs.schema import create_table
from vectora_core.jobs.states import state_order
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord

NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)
QUEUE = "arn:aws:batch:us-east-1:123456789012:job-queue/render"
OTHER_QUEUE = "arn:aws:batch:eu-west-1:123456789012:job-queue/cut"
DEFINITION = "arn:aws:batch:us-east-1:123456789012:job-definition/encode:3"

NewTable = Callable[..., JobStateTable]


def make_table(clock: Callable[[], datetime] = lambda: NOW) -> JobStateTable:
    """Make a table of its own."""
    client, name = boto3.client("dynamodb"), f"jobs-{uuid.uuid4().hex[:12]}"
    create_lasting_table(client, name)
    return JobStateTable(client, name, clock=clock)


def create_lasting_table(client: Any, name: str) -> None:
    """Make the table, and switch its expiry off: the emulator deletes by today's date, and tests live on another day."""
    create_table(client, name)
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expiresAt"})


def job(job_id: str, status: str = "RUNNING", *, minutes_ago: float = 0, attempts: int = 0, **more: Any) -> JobRecord:
    """Return a row that reached its status so many minutes before `NOW`."""
    moment = NOW - timedelta(minutes=minutes_ago)
    milliseconds = int(moment.timestamp() * 1000)
    known: dict[str, Any] = {
        "job_name": f"name-{job_id}",
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "job_queue": QUEUE,
        "job_definition": DEFINITION,
        "region": "us-east-1",
        "account": "123456789012",
        "full_event": '{"detail": {}}',
        "state_order": state_order(status, attempts=attempts, milliseconds=milliseconds, from_event=True),
        "source": "event",
        "observed_at": "2026-03-10T15:42:00.000Z",
        "expires_at": int((NOW + timedelta(days=90)).timestamp()),
        "created_at": milliseconds - 60_000,
    }
    return JobRecord(job_id=job_id, status=status, attempts=attempts, **(known | more))
