"""Which jobs are wanted, and in which order: the arguments of a query, checked; whether a row is wanted. Does no I/O."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from vectora_core.errors import ParametersError
from vectora_core.jobs.states import STATUSES
from vectora_core.jobs.types import JobRecord


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """What is wanted; what is not given does not matter.

    :param statuses: one of these
    :param since: in its state since then or later (aware; the row's `timestamp`)
    :param until: in its state since before then, exclusive
    :param job_queue: ARN or name of the queue
    :param job_definition: ARN, ``name`` or ``name:revision`` of the definition
    :param region: of the queue
    :param text: a part of the job's name, or of any of its ids, in upper or lower case
    :param oldest_first: begin with the oldest state instead of the newest
    :raises ParametersError: when a status is none of Batch, a time has no zone, or no time lies between
    """

    statuses: tuple[str, ...] = STATUSES
    since: datetime | None = None
    until: datetime | None = None
    job_queue: str | None = None
    job_definition: str | None = None
    region: str | None = None
    text: str | None = None
    oldest_first: bool = False

    def __post_init__(self) -> None:
        for status in self.statuses:
            if status not in STATUSES:
                raise ParametersError(f"status: {status!r} is no state of a Batch job; there are {', '.join(STATUSES)}")
        earliest, latest = self.bounds
        if earliest and latest and earliest > latest:
            raise ParametersError(f"no time lies between {earliest} and before {self.until}; swap them")

    @property
    def bounds(self) -> tuple[str | None, str | None]:
        """The least and the greatest `timestamp` that is wanted, both inclusive: rows have milliseconds."""
        earliest = _text("since", self.since) if self.since else None
        return earliest, _text("until", self.until, earlier=timedelta(milliseconds=1)) if self.until else None

    @property
    def looks_inside(self) -> bool:
        """Whether rows have to be looked at one by one: no index has what is asked for."""
        return any((self.job_queue, self.job_definition, self.region, self.text))

    def matches(self, record: JobRecord) -> bool:
        """Return whether a row of one of the wanted statuses and times is wanted."""
        return (
            (not self.job_queue or self.job_queue in _names(record.job_queue))
            and (not self.job_definition or self.job_definition in _names(record.job_definition))
            and (not self.region or self.region == record.region)
            and (not self.text or self.text.casefold() in _searched(record))
        )

    def fingerprint(self, table: str) -> str:
        """Return what tells this query of a table from every other one."""
        document = json.dumps([table, asdict(self)], default=str, sort_keys=True)
        return hashlib.sha256(document.encode("utf-8", "replace")).hexdigest()[:16]


def has_expired(record: JobRecord, now: datetime) -> bool:
    """Return whether a row is past its ``expiresAt``: DynamoDB takes up to two days to delete it."""
    return 0 < record.expires_at <= now.timestamp()


def _text(name: str, moment: datetime, *, earlier: timedelta = timedelta(0)) -> str:
    if moment.tzinfo is None:
        raise ParametersError(f"{name}: {moment} has no time zone; give one, such as {moment.isoformat()}+00:00")
    try:
        in_utc = moment.astimezone(UTC) - earlier
    except OverflowError:
        raise ParametersError(f"{name}: {moment} is out of range; give a time between the years 1 and 9999") from None
    return in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _names(arn: str) -> tuple[str, str, str]:
    """Return an ARN, ``name:revision`` and ``name`` of it: people paste any of them."""
    last = arn.rpartition("/")[2]
    return arn, last, last.partition(":")[0]


def _searched(record: JobRecord) -> str:
    ids = (record.job_name, record.job_id, record.media_id, record.assembly_id, record.task_id, record.workspace_uid)
    return "\n".join(one for one in ids if one).casefold()
