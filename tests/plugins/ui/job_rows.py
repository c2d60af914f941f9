"""Rows of jobs as the writers make them: events of AWS, read by the same code that reads them in production."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tests.plugins.ui.conftest import NOW
from vectora_core.jobs.events import parse_event
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.types import JobRecord

UUID: Final = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8"
QUEUE: Final = "arn:aws:batch:eu-west-1:123456789012:job-queue/render"
DEFINITION: Final = "arn:aws:batch:eu-west-1:123456789012:job-definition/encode:3"
_SECRET: Final = "hunter2-and-nothing-else"


def ago(minutes: float) -> int:
    """A moment so many minutes before `NOW`, in milliseconds since 1970."""
    return int((NOW - timedelta(minutes=minutes)).timestamp() * 1000)


def attempt(started: float, stopped: float, exit_code: int | None, reason: str | None = None) -> dict[str, Any]:
    """An attempt that ended, from and to so many minutes ago."""
    container = {"exitCode": exit_code, "reason": reason, "logStreamName": f"encode/default/{started:g}"}
    known = {name: value for name, value in container.items() if value is not None}
    said = "Essential container in task exited" if exit_code is not None else "Host EC2 (instance i-0a1b2c3d) terminated."
    return {"container": known, "startedAt": ago(started), "stoppedAt": ago(stopped), "statusReason": said}


def row(status: str, *, job_id: str = UUID, minutes_ago: float = 1, **detail: Any) -> JobRecord:
    """A job of three attempts at most, created two hours ago, by the event of its latest state."""
    environment = [{"name": "MEDIA", "value": "x"}, {"name": "DB_PASSWORD", "value": _SECRET}]
    event = {
        "version": "0",
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": "123456789012",
        "time": (NOW - timedelta(minutes=minutes_ago)).isoformat().replace("+00:00", "Z"),
        "region": "eu-west-1",
        "detail": {
            "jobId": job_id,
            "jobName": "encode-694a9d57b88940a9e5cd3bee-1766497635776",
            "jobQueue": QUEUE,
            "jobDefinition": DEFINITION,
            "status": status,
            "createdAt": ago(120),
            "retryStrategy": {"attempts": 3},
            "container": {"image": "encode:3", "command": ["encode", _SECRET], "environment": environment},
            **detail,
        },
    }
    found = parse_event(event, rules=DEFAULT_RULES, observed_at=NOW, retention_days=90, children=True)
    assert isinstance(found, JobRecord)
    return found


FAILED: Final = row(
    "FAILED",
    startedAt=ago(40),
    stoppedAt=ago(10),
    statusReason="Essential container in task exited",
    attempts=[attempt(100, 70, None), attempt(60, 50, 1), attempt(40, 10, 137, "OutOfMemoryError: Container killed")],
)
RUNNING: Final = row("RUNNING", startedAt=ago(30), attempts=[attempt(100, 70, 1)], minutes_ago=30)
WAITING: Final = row("RUNNABLE", minutes_ago=5)
SUCCEEDED: Final = row(
    "SUCCEEDED",
    startedAt=ago(90),
    stoppedAt=ago(20),
    attempts=[attempt(90, 20, 0)],
    statusReason="Essential container exited",
)
PARENT: Final = row(
    "PENDING", arrayProperties={"size": 1000, "statusSummary": {"RUNNING": 20, "SUCCEEDED": 700, "FAILED": 30}}
)
DEPENDENT: Final = row("FAILED", statusReason="Dependent Job failed", stoppedAt=ago(3))
GONE: Final = replace(RUNNING, gone="2026-03-10T11:45:00.000Z")
