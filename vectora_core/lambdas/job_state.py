"""The event side of the job table as an AWS Lambda: `lambda_handler(event, context)` stores Batch job state changes.

It holds no rules, and knows no Airflow: what an event means is `vectora_core.jobs.events`, what may be written is
`vectora_core.jobs.table`. Everything it imports is paid for at every cold start, so that is the standard library, boto3 and
`vectora_core.jobs` alone.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any, Final

import boto3
from botocore.config import Config

from vectora_core.errors import JobTableError, MalformedEventError, VectoraError
from vectora_core.jobs.events import Ignored, parse_event
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord, Verdict
from vectora_core.lambdas.job_state_settings import JobStateSettings, read_settings

# A write takes 12 s at worst: three tries of 3 s with pauses of up to 1 and 2 s between them. SQS sends a message again, so
# there is no point in trying longer; the function's timeout is meant to be 30 s.
_CLIENT: Final = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}, tcp_keepalive=True
)
_LONGEST_WRITE_MILLISECONDS: Final = 12_000
_MOST_IN_LOG: Final = 25


@dataclass(frozen=True, kw_only=True)
class JobStateResources:
    """What an invocation works with; made once per container."""

    table: JobStateTable
    settings: JobStateSettings
    clock: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One SQS message, as far as it is looked at; the body may be anything."""

    id: str
    body: Any


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why one message could not be stored: a `failure_class`, and the sentence to it, which quotes no value of an event."""

    kind: str
    reason: str


_OUT_OF_TIME: Final = Failure(kind="time", reason="the function's time was up before this was tried; SQS sends it again")


@dataclass(kw_only=True)
class Tally:
    """What became of the events of one invocation; it becomes the one line that is logged."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    failures: dict[str, Failure] = field(default_factory=dict)
    jobs: list[dict[str, str]] = field(default_factory=list)

    def counts(self) -> dict[str, Any]:
        """Return how many events were written, refused as duplicates or as late, and ignored for which reason."""
        return {**{one.value: self.verdicts[one] for one in Verdict}, "ignored": dict(self.ignored)}

    def log(self) -> None:
        """Print one line of JSON, which CloudWatch Logs Insights reads by itself; of the events only job ids and states."""
        line: dict[str, Any] = {
            "message": "job states",
            **self.counts(),
            "failed": dict(Counter(one.kind for one in self.failures.values())),
            "jobs": self.jobs[:_MOST_IN_LOG],
            "failures": [
                {"messageId": key, "failure": one.kind, "reason": one.reason}
                for key, one in islice(self.failures.items(), _MOST_IN_LOG)
            ],
        }
        print(json.dumps(line), flush=True)


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """Store the state changes of an invocation.

    :param event: an EventBridge event, or a batch of SQS messages whose bodies are such events (wrapped by SNS or not)
    :param context: of the Lambda runtime; its remaining time bounds how long writes are tried
    :return: of an event ``{"written", "duplicate", "late", "ignored": {reason: count}}``; of a batch exactly
        ``{"batchItemFailures": [{"itemIdentifier": messageId}]}``, all others being stored or known to be of no use
        (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html)
    :raises MalformedEventError: when an event claims to be a state change and is none, or a batch is none of SQS; from here
        the way is to the dead-letter queue
    :raises JobTableError: when an event cannot be stored: AWS sends it again
    :raises SettingsError: when the environment of the function cannot be used
    """
    resources = _resources()
    tally = Tally()
    try:
        if isinstance(event, Mapping) and "Records" in event:
            store_batch(_messages(event["Records"]), resources, tally, has_time=_has_time(context))
            return {"batchItemFailures": [{"itemIdentifier": one} for one in tally.failures]}
        store_event(event, resources, tally)
        return tally.counts()
    finally:
        tally.log()


def store_event(event: Any, resources: JobStateResources, tally: Tally) -> None:
    """Store one event.

    :raises MalformedEventError: when it claims to be a state change and is none
    :raises JobTableError: when the table does not answer as it should
    """
    try:
        record = _record_of(event, resources, tally)
        if record:
            _put(record, resources, tally)
    except VectoraError as error:
        tally.failures["event"] = _failure(error)
        raise


def store_batch(
    messages: Iterable[Message], resources: JobStateResources, tally: Tally, *, has_time: Callable[[], bool] = lambda: True
) -> None:
    """Store the events of some messages; what fails is in the failures of the tally under its message's id.

    Of several states of one job only the newest is written: the table would refuse the others anyway.

    :param has_time: asked before every write but the first; what is left when it says no counts as failed
    """
    jobs: dict[str, list[tuple[Message, JobRecord]]] = {}
    for message in messages:
        try:
            record = _record_of(_event_in(message.body), resources, tally)
        except MalformedEventError as error:
            tally.failures[message.id] = _failure(error)
        else:
            if record:
                jobs.setdefault(record.job_id, []).append((message, record))
    for number, states in enumerate(jobs.values()):
        in_time = not number or has_time()
        failure = _store_newest([record for _, record in states], resources, tally) if in_time else _OUT_OF_TIME
        if failure:
            tally.failures |= {message.id: failure for message, _ in states}


def _store_newest(records: list[JobRecord], resources: JobStateResources, tally: Tally) -> Failure | None:
    """Write the newest of several states of one job and count the others; return what went wrong, or None."""
    newest = max(records, key=lambda one: one.state_order)
    try:
        _put(newest, resources, tally)
    except JobTableError as error:
        return _failure(error)
    others = Counter(Verdict.DUPLICATE if one.state_order == newest.state_order else Verdict.LATE for one in records)
    others[Verdict.DUPLICATE] -= 1  # the newest itself
    tally.verdicts.update(others)
    return None


def _failure(error: VectoraError) -> Failure:
    return Failure(kind=error.failure_class, reason=str(error))


def _record_of(event: Any, resources: JobStateResources, tally: Tally) -> JobRecord | None:
    settings = resources.settings
    parsed = parse_event(
        event,
        rules=settings.rules,
        observed_at=resources.clock(),
        retention_days=settings.retention_days,
        children=settings.children,
    )
    if isinstance(parsed, Ignored):
        tally.ignored[parsed.reason] += 1
        return None
    return parsed


def _put(record: JobRecord, resources: JobStateResources, tally: Tally) -> None:
    change = resources.table.put(record)
    tally.verdicts[change.verdict] += 1
    tally.jobs.append({"jobId": record.job_id, "status": record.status, "verdict": change.verdict.value})


def _messages(records: Any) -> list[Message]:
    """Return the messages of a batch; it is refused whole where SQS cannot be told what failed in it."""
    if not isinstance(records, list):
        raise MalformedEventError("Records is no list; send an EventBridge event, or let SQS invoke the function")
    return [_message(record) for record in records]


def _message(record: Any) -> Message:
    if not isinstance(record, Mapping) or record.get("eventSource") != "aws:sqs":
        raise MalformedEventError("a record does not come from SQS; give the function EventBridge events or an SQS queue")
    if not isinstance(record.get("messageId"), str) or not record["messageId"]:
        raise MalformedEventError("a record has no messageId; let SQS itself invoke the function")
    return Message(id=record["messageId"], body=record.get("body"))


def _event_in(body: Any) -> Any:
    """Return the event in a message's body, taken out of SNS's envelope where it is in one."""
    event = _json(body)
    if isinstance(event, Mapping) and event.get("Type") == "Notification" and "Message" in event:
        return _json(event["Message"])
    return event


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedEventError("a message's body is not JSON; its queue is for EventBridge events alone") from error


def _has_time(context: Any) -> Callable[[], bool]:
    """Return what says whether one more write fits into the time the runtime leaves, or into half of it if that is short."""
    left: Callable[[], int] | None = getattr(context, "get_remaining_time_in_millis", None)
    if left is None:
        return lambda: True
    reserve = min(_LONGEST_WRITE_MILLISECONDS, left() // 2)
    return lambda: left() >= reserve


@cache
def _resources() -> JobStateResources:
    settings = read_settings(os.environ)
    table = JobStateTable(boto3.client("dynamodb", config=_CLIENT), settings.table, clock=_utc_now)
    return JobStateResources(table=table, settings=settings, clock=_utc_now)


def _utc_now() -> datetime:
    return datetime.now(UTC)
