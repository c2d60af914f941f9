"""The events that EventBridge would have had of the jobs: whole seconds, none for SUBMITTED, nothing redacted.

https://docs.aws.amazon.com/batch/latest/userguide/batch_cwe_events.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from stack.fake_batch.details import detail_of
from stack.fake_batch.jobs import Job, Json, Names

STATE_CHANGE = "Batch Job State Change"
QUEUE_BLOCKED = "Batch Job Queue Blocked"
_BLOCKED = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type"
_NAMESPACE = uuid.UUID("c8f9c4b5-76e5-d76a-f980-7011e206042b")


@dataclass(frozen=True, kw_only=True)
class _Sent:
    number: int
    at: int
    job: Job


class EventLog:
    """What was sent so far, oldest first. At least once: of each event as many ``copies`` as wanted, with the same id.

    :param skew_seconds: by how much the clock that stamps the events is fast
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._sent: list[_Sent] = []
        self.copies = 1
        self.skew_seconds = 0.0

    def __len__(self) -> int:
        return len(self._sent)

    def note(self, job: Job, now: int) -> None:
        """Send the event of a state that a job came to."""
        sent = _Sent(number=len(self._sent), at=now + round(self.skew_seconds * 1000), job=job)
        self._sent.extend([sent] * self.copies)

    def since(self, position: int) -> Iterator[Json]:
        """Return the events after so many."""
        return (_event(one.job, one.at, self._names, number=one.number) for one in self._sent[position:])


def blocked_event(job: Job, names: Names, now: int) -> Json:
    """Return the event of a queue that a RUNNABLE job blocks; its detail is that of the job."""
    event = _event(job, now, names, number=0, detail_type=QUEUE_BLOCKED)
    event["resources"].append(job.job_queue)
    event["detail"]["statusReason"] = _BLOCKED
    return event


def _event(job: Job, at: int, names: Names, *, number: int, detail_type: str = STATE_CHANGE) -> Json:
    return {
        "version": "0",
        "id": str(uuid.uuid5(_NAMESPACE, f"{job.job_id}/{detail_type}/{number}")),
        "detail-type": detail_type,
        "source": "aws.batch",
        "account": names.account,
        "time": datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": names.region,
        "resources": [names.arn("job", job.job_id)],
        "detail": detail_of(job, names),
    }
