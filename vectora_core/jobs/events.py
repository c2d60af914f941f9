"""A Batch event, or what DescribeJobs says of a job -> a record of the table. Does no I/O, and writes nothing.

The same state gives the same state columns from either; only who saw it, and when, differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from vectora_core.errors import MalformedEventError
from vectora_core.jobs.attempts import Attempts, read_attempts
from vectora_core.jobs.extraction import Rules, extract
from vectora_core.jobs.failures import failure_kind
from vectora_core.jobs.fields import Fields, malformed
from vectora_core.jobs.redaction import full_event_text, redacted_text
from vectora_core.jobs.states import MOST_ATTEMPTS, MOST_MILLISECONDS, STATUSES, is_open, state_order
from vectora_core.jobs.times import EPOCH, milliseconds_of
from vectora_core.jobs.types import JobRecord, Json, Source

DETAIL_TYPE: Final = "Batch Job State Change"
EVENT_SOURCE: Final = "aws.batch"
LEAST_RETENTION: Final = timedelta(days=15)
"""Dead-letter queues keep 14 days: a row that went earlier would be raised from the dead by an old event."""
MAX_REASON: Final = 4_096
"""Characters of a status reason that are kept."""

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_CHILD_ID = re.compile(r".*:\d+", re.ASCII | re.DOTALL)
_NODE_ID = re.compile(r".*#\d+", re.ASCII | re.DOTALL)
_INTEGER = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """An event that is in order and not for the table.

    :param reason: ``other_detail_type``, ``other_source``, ``array_child`` or ``node``
    """

    reason: str


@dataclass(frozen=True, kw_only=True)
class JobEvent:
    """A job's detail with the moment it held at, whoever saw it.

    :param milliseconds: since 1970 UTC
    :param whole: what is kept as the full event: the detail in its envelope
    """

    source: Source
    milliseconds: int
    region: str
    account: str
    detail: Fields
    whole: Mapping[str, Any]


def parse_event(
    event: Any, *, rules: Rules, observed_at: datetime, retention_days: int, children: bool = False
) -> JobRecord | Ignored:
    """Return the record of one EventBridge event.

    Needed are ``detail-type``, ``time``, ``detail.jobId`` and ``detail.status``; what else is missing is empty in the
    record, as nothing true could stand there.

    :param event: as EventBridge gives it: https://docs.aws.amazon.com/batch/latest/userguide/batch_cwe_events.html
    :param observed_at: now, with its time zone
    :param retention_days: how long the row is kept after the event; at least `LEAST_RETENTION` from now in any case
    :param children: whether children of arrays and single nodes become records too
    :raises MalformedEventError: when it claims to be a state change and cannot be one; the message names the field
    """
    envelope = Fields(event, "")
    if _needed(envelope, "detail-type") != DETAIL_TYPE:
        return Ignored(reason="other_detail_type")
    if (envelope.text("source") or EVENT_SOURCE) != EVENT_SOURCE:
        return Ignored(reason="other_source")
    detail = Fields(envelope.value.get("detail"), "detail")
    part = part_of(detail)
    if part and not children:
        return Ignored(reason=part)
    job = JobEvent(
        source="event",
        milliseconds=_event_time(_needed(envelope, "time")),
        region=envelope.text("region") or "",
        account=envelope.text("account") or "",
        detail=detail,
        whole=envelope.value,
    )
    return _record(job, rules, observed_at, retention_days)


def record_of_description(
    detail: Mapping[str, Any], *, asked_at: datetime, region: str, account: str, rules: Rules, retention_days: int
) -> JobRecord:
    """Return the record of one job as DescribeJobs gives it; children and nodes too, as nobody describes them unasked.

    :param detail: https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html
    :param asked_at: the moment *before* the question, with its time zone: the answer is at least that new
    :raises MalformedEventError: when it is not what the API gives; the message names the field
    """
    fields = Fields(detail, "detail")
    arn = fields.text("jobArn")
    envelope: Json = {
        "version": "0",
        "detail-type": "DescribeJobs",
        "source": "vectora.sync",
        "account": account,
        "time": iso_time(milliseconds_of(asked_at)),
        "region": region,
        "resources": [arn] if arn else [],
        "detail": detail,
    }
    job = JobEvent(
        source="sync",
        milliseconds=milliseconds_of(asked_at),
        region=region,
        account=account,
        detail=fields,
        whole=envelope,
    )
    return _record(job, rules, asked_at, retention_days)


def part_of(detail: Fields) -> str | None:
    """Return ``array_child`` or ``node`` when the job is only a part of another one, else None.

    :raises MalformedEventError: when its id or one of its indexes has the wrong type
    """
    job_id = _job_id(detail)
    if detail.inner("arrayProperties").whole("index", 0, _INTEGER) is not None or _CHILD_ID.fullmatch(job_id):
        return "array_child"
    indexes = [detail.inner(key).whole("nodeIndex", 0, _INTEGER) for key in ("nodeProperties", "nodeDetails")]
    return "node" if indexes != [None, None] or _NODE_ID.fullmatch(job_id) else None


def array_summary(properties: Fields) -> dict[str, int] | None:
    """Return how many children of an array are in which state, of ``arrayProperties``; states without children are left out.

    :return: None when there is no summary, as in jobs that are no arrays
    :raises MalformedEventError: when a state is unknown or a number is none
    """
    if properties.value.get("statusSummary") is None:
        return None
    summary = properties.inner("statusSummary")
    for status in summary.value:
        if status not in STATUSES:
            raise malformed(summary.path, f"must be counts by {', '.join(STATUSES)}", status)
    counts = {status: summary.whole(status, 0, _INTEGER) for status in STATUSES}
    return {status: count for status, count in counts.items() if count}


def iso_time(milliseconds: int) -> str:
    """Return milliseconds since 1970 UTC as ``2024-12-24T10:00:00.000Z``: these texts sort like times."""
    return (EPOCH + timedelta(milliseconds=milliseconds)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def _record(job: JobEvent, rules: Rules, observed_at: datetime, retention_days: int) -> JobRecord:
    detail, status = job.detail, _status(job.detail)
    attempts = read_attempts(detail, is_open=is_open(status))
    more = _times_and_ends(detail, status, attempts)
    reason = detail.text("statusReason", most_bytes=None)
    full_event, cut = full_event_text(job.whole)
    return JobRecord(
        job_id=_job_id(detail),
        job_name=detail.text("jobName") or "",
        status=status,
        timestamp=iso_time(job.milliseconds),
        job_queue=detail.text("jobQueue") or "",
        job_definition=detail.text("jobDefinition") or "",
        region=job.region,
        account=job.account,
        full_event=full_event,
        state_order=_order(status, attempts, job),
        source=job.source,
        observed_at=iso_time(milliseconds_of(observed_at)),
        expires_at=_expiry(job.milliseconds, observed_at, retention_days),
        status_reason=reason and redacted_text(reason[:MAX_REASON]),
        cut=cut or len(reason or "") > MAX_REASON,
        attempts=attempts.finished,
        max_attempts=detail.inner("retryStrategy").whole("attempts", 0, _INTEGER),
        exit_code=attempts.exit_code,
        log_stream=attempts.log_stream,
        **more,
        **asdict(extract(detail.value, rules)),
    )


def _times_and_ends(detail: Fields, status: str, attempts: Attempts) -> Json:
    """The columns that say when the job moved, who ended it, and what became of its children."""
    times = {key: detail.whole(key, 0, MOST_MILLISECONDS) or None for key in ("createdAt", "startedAt", "stoppedAt")}
    properties = detail.inner("arrayProperties")
    ended: Json = {
        "is_cancelled": detail.flag("isCancelled"),
        "is_terminated": detail.flag("isTerminated"),
        "array_summary": array_summary(properties),
    }
    kind = failure_kind(status=status, reasons=attempts.reasons, exit_code=attempts.exit_code, **ended)
    return {
        "created_at": times["createdAt"],
        "started_at": times["startedAt"],
        "stopped_at": times["stoppedAt"],
        "array_size": properties.whole("size", 0, _INTEGER),
        "failure_kind": kind and kind.value,
        **ended,
    }


def _order(status: str, attempts: Attempts, job: JobEvent) -> str:
    if attempts.finished > MOST_ATTEMPTS:
        raise MalformedEventError(
            f"detail.attempts has more than {MOST_ATTEMPTS} attempts; send the event as AWS Batch makes it"
        )
    from_event = job.source == "event"
    return state_order(status, attempts=attempts.finished, milliseconds=job.milliseconds, from_event=from_event)


def _expiry(milliseconds: int, observed_at: datetime, retention_days: int) -> int:
    """Seconds since 1970 after which the row may go."""
    after_state = milliseconds // 1000 + retention_days * 86_400
    return max(after_state, milliseconds_of(observed_at + LEAST_RETENTION) // 1000)


def _needed(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if not text or not text.strip():
        raise malformed(fields.at(key), "must be there and not empty", text)
    return text


def _job_id(detail: Fields) -> str:
    job_id = _needed(detail, "jobId")
    if job_id != detail.value["jobId"]:
        raise malformed(detail.at("jobId"), "must be text that UTF-8 can hold", job_id)
    return job_id


def _status(detail: Fields) -> str:
    status = _needed(detail, "status")
    if status not in STATUSES:
        raise malformed(detail.at("status"), f"must be one of {', '.join(STATUSES)}", status)
    return status


def _event_time(text: str) -> int:
    try:
        found = milliseconds_of(datetime.fromisoformat(text)) if _RFC_3339.fullmatch(text) else -1
    except ValueError:
        found = -1
    if not 0 <= found <= MOST_MILLISECONDS:
        raise malformed("time", "must be a time since 1970 such as 2024-12-24T10:00:00Z", text)
    return found
