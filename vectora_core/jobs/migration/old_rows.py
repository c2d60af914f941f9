"""Reads one row of the old job table (jobId + timestamp, a row per state ever seen) as the record it would have been.

Does no I/O. Whatever a row holds, the answer is a state or the reason why there is none; nothing is raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from vectora_core.errors import MalformedEventError
from vectora_core.jobs.events import Ignored, iso_time, parse_event
from vectora_core.jobs.extraction import Rules
from vectora_core.jobs.types import JobRecord

UNKNOWN_JOB = "unknown_job"
UNREADABLE = "unreadable"
_NO_JOB = frozenset({"", "unknown", "none", "null"})  # where the system before put events without an id
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_BEFORE_BATCH = 1_451_606_400_000  # 2016-01-01; AWS Batch came at the end of that year
_DAY = 86_400_000
_NUMBER = re.compile(r"(\d{10}|\d{13})(\.\d{1,12})?", re.ASCII)
_AS_AWS_WRITES_IT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_DETAIL_COLUMNS = ("jobName", "status", "statusReason", "jobQueue", "jobDefinition")
_IDENTIFIERS = ("media_id", "assembly_id", "task_id", "workspace_uid")
_ARN = re.compile(r"arn:aws[a-z-]*:batch:([a-z0-9-]+):(\d{12}):", re.ASCII)
_CAUSE_LENGTH = 300


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How old rows are read.

    :param observed_at: the moment of the migration, UTC
    :param zone: of times without one; the system before wrote its local time
    """

    rules: Rules
    observed_at: datetime
    retention_days: int
    zone: tzinfo


@dataclass(frozen=True, kw_only=True)
class OldState:
    """A state that an old row holds.

    :param complete: the row had its whole event; otherwise its columns are all there is to know (no attempts, no exit code)
    """

    record: JobRecord
    complete: bool

    @property
    def order(self) -> tuple[str, bool]:
        """Later states of a job are greater."""
        return self.record.state_order, self.complete


@dataclass(frozen=True, kw_only=True)
class NoState:
    """An old row that becomes no state.

    :param reason: ``unknown_job``, ``unreadable``, or why events like this are ignored (``array_child``, ``node``, …)
    :param cause: what is wrong with an unreadable one
    """

    reason: str
    cause: str = ""


_UNREADABLE = (MalformedEventError, ValueError, RecursionError)
"""The latter two: digits or characters that nothing can hold, and what is nested without end."""


def job_id_of(item: Mapping[str, Any]) -> str | None:
    """Return the job id of an item in DynamoDB's JSON, or None where the row belongs to no job."""
    job_id = item.get("jobId", {}).get("S", "")
    return None if job_id.strip().lower() in _NO_JOB else job_id


def read_row(item: Mapping[str, Any], reading: Reading) -> OldState | NoState:
    """Return the state that a row holds.

    The event's own time wins over the column ``timestamp``; what the event does not say is taken from the columns.

    :param item: in DynamoDB's JSON (``{"jobId": {"S": …}, …}``)
    """
    job_id = job_id_of(item)
    if job_id is None:
        return NoState(reason=UNKNOWN_JOB)
    try:
        row = {name: plain(value) for name, value in item.items()}
        return _state(job_id, row, reading)
    except _UNREADABLE as error:
        return NoState(reason=UNREADABLE, cause=" ".join(str(error).split())[:_CAUSE_LENGTH])


def later(one: OldState | None, other: OldState | None) -> OldState | None:
    """Return the later of two states of a job."""
    if one is None or other is None:
        return one or other
    return other if other.order > one.order else one


def plain(value: Mapping[str, Any]) -> Any:
    """Return an attribute value as plain data.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
    """
    ((kind, content),) = value.items()
    if kind == "M":
        return {name: plain(one) for name, one in content.items()}
    if kind == "L":
        return [plain(one) for one in content]
    if kind == "N":
        return _number(content)
    if kind == "NS":
        return [_number(one) for one in content]
    if kind == "B":
        return bytes(content).decode("utf-8", "replace")
    if kind == "BS":
        return [bytes(one).decode("utf-8", "replace") for one in content]
    return None if kind == "NULL" else content


def read_time(value: Any, zone: tzinfo) -> int | None:
    """Return a time in milliseconds since 1970 UTC, or None.

    :param value: ISO 8601 with or without a zone, or seconds or milliseconds since 1970, as text or as a number
    :param zone: of a text without one; in an hour that a clock went through twice the first pass is meant
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        return int(float(text)) if len(text.split(".")[0]) == 13 else round(float(text) * 1000)
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return (aware - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None


def _state(job_id: str, row: Mapping[str, Any], reading: Reading) -> OldState | NoState:
    whole = _event_in(row.get("fullEvent"), job_id)
    if whole is not None:
        try:
            return _parsed(job_id, row, whole, reading)
        except _UNREADABLE:  # the columns may still say enough
            pass
    return _parsed(job_id, row, None, reading)


def _parsed(job_id: str, row: Mapping[str, Any], whole: Mapping[str, Any] | None, reading: Reading) -> OldState | NoState:
    record = parse_event(
        _completed(job_id, row, whole or {}, reading),
        rules=reading.rules,
        observed_at=reading.observed_at,
        retention_days=reading.retention_days,
    )
    if isinstance(record, Ignored):
        return NoState(reason=record.reason)
    return OldState(record=_with_identifiers(record, row), complete=whole is not None)


def _event_in(value: Any, job_id: str) -> Mapping[str, Any] | None:
    """Return the event that a row holds, as an envelope; None when there is none, or not one of this job."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, dict):
        return None
    envelope = value if isinstance(value.get("detail"), dict) else {"detail": value}
    detail = envelope["detail"]
    return envelope if detail.get("jobId") == job_id and isinstance(detail.get("status"), str) else None


def _completed(job_id: str, row: Mapping[str, Any], whole: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """Return the event with what it lacks put in from the columns."""
    said = {name: value for name, value in whole.get("detail", {}).items() if value not in (None, "")}
    columns = {name: row[name] for name in _DETAIL_COLUMNS if isinstance(row.get(name), str) and row[name].strip()}
    detail = {**columns, **said, "jobId": job_id}
    region, account = _where(row, whole, detail)
    for name, kind in (("jobQueue", "job-queue"), ("jobDefinition", "job-definition")):
        if name in detail:
            detail[name] = _arn(detail[name], kind, region, account)
    return {
        **whole,
        "detail-type": whole.get("detail-type") or "Batch Job State Change",
        "source": whole.get("source") or "aws.batch",
        "account": account,
        "region": region,
        "time": _time(row, whole, reading),
        "detail": detail,
    }


def _time(row: Mapping[str, Any], whole: Mapping[str, Any], reading: Reading) -> str:
    own = read_time(whole.get("time"), UTC)
    found = own if own is not None else read_time(row.get("timestamp"), reading.zone)
    latest = (reading.observed_at - _EPOCH) // _MILLISECOND + _DAY
    if found is None or not _BEFORE_BATCH <= found <= latest:
        raise ValueError(f"timestamp {str(row.get('timestamp'))[:40]!r} is not a time at which the job can have run")
    written = str(whole.get("time"))
    return written if own is not None and _AS_AWS_WRITES_IT.fullmatch(written) else iso_time(found)


def _where(row: Mapping[str, Any], whole: Mapping[str, Any], detail: Mapping[str, Any]) -> tuple[str, str]:
    """Return region and account: of the event, of the columns, else of the ARNs."""
    in_arns = (_ARN.match(str(detail.get(name, ""))) for name in ("jobQueue", "jobDefinition"))
    region, account = next((found.groups() for found in in_arns if found), ("", ""))
    return _text(whole.get("region")) or _text(row.get("region")) or region, _account(whole, row) or account


def _account(whole: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    for value in (whole.get("account"), row.get("account")):
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value:012d}"  # a number loses the zeros in front
        if _text(value):
            return _text(value)
    return ""


def _arn(name: Any, kind: str, region: str, account: str) -> Any:
    """Return the ARN of what is only named, where region and account are known."""
    if not isinstance(name, str) or name.startswith("arn:") or not (region and account):
        return name
    partition = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    found = next((value for prefix, value in partition.items() if region.startswith(prefix)), "aws")
    return f"arn:{found}:batch:{region}:{account}:{kind}/{name}"


def _with_identifiers(record: JobRecord, row: Mapping[str, Any]) -> JobRecord:
    """Return the record with the identifiers of the columns where the rules found none."""
    known: dict[str, Any] = {name: _text(row.get(name)) for name in _IDENTIFIERS if getattr(record, name) is None}
    return replace(record, **{name: value for name, value in known.items() if value})


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(text: str) -> int | float:
    if re.fullmatch(r"-?\d{1,38}", text, re.ASCII):
        return int(text)
    number = float(text)
    return int(number) if number.is_integer() else number
