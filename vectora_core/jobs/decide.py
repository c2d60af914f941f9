"""What a sync asks AWS Batch about, and which answers it writes. Does no I/O.

It never decides which state wins: the table does. Rows come from the open-queue index here: they have no full event, and
only the columns that index holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from vectora_core.jobs.events import LEAST_RETENTION, MAX_REASON
from vectora_core.jobs.redaction import redacted_text
from vectora_core.jobs.states import TERMINAL, is_open
from vectora_core.jobs.types import JobListing, JobRecord

ROTATION: Final = 1_000
"""Open jobs that a sync describes although nothing seems to have changed: ListJobs says nothing of attempts."""
LISTS_LAG: Final = timedelta(minutes=10)
"""How long after its creation a job may come into the lists of Batch."""
SETTLED: Final = timedelta(hours=1)
"""How long ago the newest job must have been created for none before it to be unseen; AWS refuses clocks 15 minutes off."""
GAIN: Final = timedelta(days=1)
"""How much longer a row must live for its expiry alone to be worth a write."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to describe.

    :param describe: ids, sorted
    :param unlisted: the open rows Batch did not list; those it does not describe either are missing
    :param cursor: where the next rotation goes on
    """

    describe: tuple[str, ...]
    unlisted: frozenset[str]
    cursor: str


def plan(
    listed: Mapping[str, JobListing],
    finished: Set[str],
    rows: Mapping[str, JobRecord],
    *,
    unstored: Collection[str],
    cursor: str,
    rotation: int,
) -> Plan:
    """Return whom to describe: the new, the different, the unlisted, the unstored, and some of the others in turn.

    :param listed: what ListJobs names as open
    :param finished: ids that ListJobs names as finished
    :param rows: the open rows of the queue
    :param unstored: finished jobs without a row that says so
    :param cursor: the last job the rotation came to
    :param rotation: how many of the open jobs are described in turn
    """
    different = {job_id for job_id, listing in listed.items() if job_id not in rows or differs(listing, rows[job_id])}
    unlisted = rows.keys() - listed.keys() - finished
    turn = next_in_turn(sorted(listed.keys() | unlisted), cursor, rotation)
    wanted = different | unlisted | (rows.keys() & finished) | set(unstored) | set(turn)
    return Plan(describe=tuple(sorted(wanted)), unlisted=frozenset(unlisted), cursor=turn[-1] if turn else "")


def differs(listing: JobListing, row: JobRecord) -> bool:
    """Return whether a listing shows that a job is not what its row says."""
    shown = (listing.status, _reason(listing.status_reason), listing.started_at or None)
    return (
        shown != (row.status, _reason(row.status_reason), row.started_at or None)
        or (listing.is_cancelled, listing.is_terminated) != (row.is_cancelled, row.is_terminated)
        # A list may leave the summary out altogether; one that is there is compared.
        or (listing.array_summary is not None and _counts(listing.array_summary) != _counts(row.array_summary))
    )


def worth_writing(record: JobRecord, row: JobRecord | None, *, now: datetime) -> bool:
    """Return whether a description says anything the row does not: its state, that it is not gone, or that it lives on.

    Columns the index lacks (exit code, log, stop) change with the status or with the number of attempts, which it has.

    :param row: None when nothing is known of it: the table decides then
    :param now: aware
    """
    return row is None or row.gone is not None or _state(record) != _state(row) or _expires_soon(record, row, now)


def next_in_turn(job_ids: Sequence[str], cursor: str, size: int) -> list[str]:
    """Return who is next behind the cursor, round and round: with the same jobs those described longest ago.

    :param job_ids: sorted
    """
    behind = [job_id for job_id in job_ids if job_id > cursor][:size]
    return behind + [job_id for job_id in job_ids if job_id <= cursor][: size - len(behind)]


def next_watermark(watermark: int, newest: int, started_at: datetime) -> int:
    """Return the moment after which the next sync lists all jobs whatever their state; milliseconds since 1970 UTC.

    Ten minutes before the newest creation, as lists may lag; the newest itself once it is long past, so that a queue where
    many jobs came at once and none since is not listed over and over. It never goes back.

    :param newest: creation in what was listed; a time ahead of our own clock counts as now
    :param started_at: when the lists were asked for, aware
    """
    now = _milliseconds(started_at)
    newest = min(newest, now)
    margin, settled = LISTS_LAG // _MILLISECOND, SETTLED // _MILLISECOND
    return max(watermark, newest - margin, min(newest, now - settled))


def is_stored(row: JobRecord | None) -> bool:
    """Return whether a row says already that its job has finished."""
    return row is not None and row.status in TERMINAL


def is_overdue(since: datetime, now: datetime, *, grace: timedelta) -> bool:
    """Return whether Batch has not known a job for long enough to call it gone."""
    return now - since >= grace


def age_of_change(record: JobRecord, asked_at: datetime) -> float:
    """Return how many seconds before it was asked for the newest thing happened that a description tells the time of."""
    newest = max(record.created_at or 0, record.started_at or 0, record.stopped_at or 0)
    return max(0, _milliseconds(asked_at) - newest) / 1000 if newest else 0.0


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def _state(job: JobRecord) -> tuple[object, ...]:
    return (
        job.status,
        job.attempts,
        job.max_attempts,
        _reason(job.status_reason),
        job.created_at or None,
        job.started_at or None,
        job.is_cancelled,
        job.is_terminated,
        job.array_size,
        _counts(job.array_summary),
    )


def _expires_soon(record: JobRecord, row: JobRecord, now: datetime) -> bool:
    """An open job's row must not expire; with the shortest retention a write a day is enough."""
    gain = timedelta(seconds=record.expires_at - row.expires_at)
    return is_open(record.status) and gain >= GAIN and row.expires_at < (now + LEAST_RETENTION).timestamp()


def _reason(text: str | None) -> str | None:
    """As rows have it: a reason with a secret in it must not look like a change at every sync."""
    return redacted_text(text[:MAX_REASON]) if text else None


def _counts(summary: Mapping[str, int] | None) -> dict[str, int]:
    return {status: count for status, count in (summary or {}).items() if count}


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
