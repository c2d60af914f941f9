"""A row of the job table as DynamoDB writes it, and back: one column a field, under the names people know. Does no I/O.

It does not know what the columns mean, only how they are written. Attribute values:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vectora_core.jobs.states import OPEN
from vectora_core.jobs.types import JobRecord

KEY: Final = "jobId"
FULL_EVENT: Final = "fullEvent"
OPEN_QUEUE: Final = "openQueue"
"""The queue of a job that is open and not gone, and no column otherwise: the key of a sparse index."""

_TEXTS: Final = {
    "job_id": KEY,
    "timestamp": "timestamp",
    "job_name": "jobName",
    "status": "status",
    "job_queue": "jobQueue",
    "job_definition": "jobDefinition",
    "region": "region",
    "account": "account",
    "status_reason": "statusReason",
    "full_event": FULL_EVENT,
    "media_id": "media_id",
    "assembly_id": "assembly_id",
    "task_id": "task_id",
    "workspace_uid": "workspace_uid",
    "failure_kind": "failureKind",
    "log_stream": "logStream",
    "source": "source",
    "observed_at": "observedAt",
    "state_order": "stateOrder",
    "gone": "gone",
}
_NUMBERS: Final = {
    "attempts": "attempts",
    "max_attempts": "maxAttempts",
    "exit_code": "exitCode",
    "created_at": "createdAt",
    "started_at": "startedAt",
    "stopped_at": "stoppedAt",
    "expires_at": "expiresAt",
    "array_size": "arraySize",
}
_FLAGS: Final = {"is_cancelled": "isCancelled", "is_terminated": "isTerminated", "cut": "cut"}
_ARRAY_SUMMARY: Final = "arraySummary"
COLUMNS: Final = (*_TEXTS.values(), *_NUMBERS.values(), *_FLAGS.values(), _ARRAY_SUMMARY)
"""Every column that a record has; `OPEN_QUEUE` is beside them, derived."""

_REQUIRED_TEXTS: Final = ("job_name", "status", "timestamp", "job_queue", "job_definition", "region", "account")

Attributes = dict[str, dict[str, Any]]


def to_attributes(record: JobRecord) -> Attributes:
    """Return a row as DynamoDB takes it; what is not known (None, an empty text) is no column at all."""
    row: Attributes = {}
    for field, column in _TEXTS.items():
        if text := getattr(record, field):
            row[column] = {"S": _encodable(text)}
    for field, column in _NUMBERS.items():
        if (number := getattr(record, field)) is not None:
            row[column] = {"N": str(number)}
    for field, column in _FLAGS.items():
        row[column] = {"BOOL": getattr(record, field)}
    if record.array_summary is not None:
        row[_ARRAY_SUMMARY] = {"M": {status: {"N": str(count)} for status, count in record.array_summary.items()}}
    if record.job_queue and record.status in OPEN and record.gone is None:
        row[OPEN_QUEUE] = row["jobQueue"]
    return row


def from_attributes(row: Mapping[str, Mapping[str, Any]]) -> JobRecord:
    """Return the record of a row, however little of it there is.

    A row of an index has no full event, a row made by hand may lack any column or have a number for a text: what is missing
    is empty, region and account then come from the ARN of the queue.
    """
    plain = {column: _plain(value) for column, value in row.items()}
    plain.setdefault("jobQueue", plain.get(OPEN_QUEUE))
    found: dict[str, Any] = {field: _text(plain.get(column)) for field, column in _TEXTS.items()}
    found |= {field: _number(plain.get(column)) for field, column in _NUMBERS.items()}
    found |= {field: plain.get(column) is True for field, column in _FLAGS.items()}
    _, _, _, region, account, *_ = f"{found['job_queue'] or ''}:::::".split(":")
    found["region"] = found["region"] or region
    found["account"] = found["account"] or account
    found["source"] = "sync" if found["source"] == "sync" else "event"
    for field in ("job_id", *_REQUIRED_TEXTS, "full_event", "state_order", "observed_at"):
        found[field] = found[field] or ""
    found["attempts"] = found["attempts"] or 0
    found["expires_at"] = found["expires_at"] or 0
    return JobRecord(**found, array_summary=_counts(plain.get(_ARRAY_SUMMARY)))


def to_document(record: JobRecord) -> dict[str, Any]:
    """Return a row for programs: plain values under the names of the columns; what is not known is left out."""
    return {column: _plain(value) for column, value in to_attributes(record).items() if column != OPEN_QUEUE}


def _encodable(text: str) -> str:
    """Return a text that UTF-8 can write: half a surrogate pair, which JSON allows and DynamoDB refuses, becomes ``?``."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _plain(value: Mapping[str, Any]) -> Any:
    for kind, content in value.items():
        match kind:
            case "N":
                return _number(content)
            case "M":
                return {name: _plain(one) for name, one in content.items()}
            case "L":
                return [_plain(one) for one in content]
            case "NULL":
                return None
            case _:
                return content
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None if value is None else str(value)


def _number(value: Any) -> int | None:
    try:
        return int(float(value)) if isinstance(value, str) and not value.lstrip("-").isdecimal() else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _counts(value: Any) -> dict[str, int] | None:
    if not isinstance(value, Mapping):
        return None
    return {str(status): count for status, count in value.items() if isinstance(count, int)}
