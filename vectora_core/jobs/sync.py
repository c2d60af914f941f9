"""Brings the job table up to what AWS Batch says now: one queue, or jobs given by their ids.

It decides nothing about a row: which state wins the conditional put of the table says, what to ask for `decide`.
"""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from vectora_core.errors import JobQueueError
from vectora_core.jobs import decide
from vectora_core.jobs.batch import BatchReader
from vectora_core.jobs.events import iso_time, record_of_description
from vectora_core.jobs.job_queues import Place, WatchedQueue, region_and_account
from vectora_core.jobs.lists import Listed, list_jobs
from vectora_core.jobs.reconcile import Reconciler, Tally, ToRecord
from vectora_core.jobs.states import OPEN, is_open
from vectora_core.jobs.statistics import read_statistics, store_statistics, summary
from vectora_core.jobs.sync_report import UNKNOWN, SyncReport
from vectora_core.jobs.sync_state import QueuePlace, SyncState, as_json, read_state, write_state
from vectora_core.jobs.types import JobRecord

if TYPE_CHECKING:
    from vectora_core.jobs.extraction import Rules
    from vectora_core.jobs.table import JobStateTable
    from vectora_core.storage import Storage

LOOKED_UP: Final = 1_000
"""Rows of finished jobs that are looked at at once."""
COUNTED_JUST_NOW: Final = timedelta(minutes=1)
"""How old statistics may be that another sync's need not be followed by one's own."""


class Progress(Protocol):
    """Is told how far a sync is."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Take note: so many of so many (None: nobody knows) in this step."""


def silent(step: str, done: int, total: int | None) -> None:
    """Take no note."""


@dataclass(frozen=True, kw_only=True)
class SyncResources:
    """What a sync works with.

    :param batch: gives a boto3 client of AWS Batch for a place, built with ``vectora_core.aws.ONCE``: tries are made, and
        counted, here
    :param data: the data root
    :param clock: the time, in UTC
    :param gone_after_minutes: how long Batch may not know an open job before its row says that it is gone
    :param calls_per_second: of Batch, at most; a sync that is throttled slows down by itself
    :param rotation: how many open jobs are described in turn, changed or not
    :param sleep: seconds; ``monotonic`` seconds too, ``uniform(low, high)`` spreads the waiting
    """

    batch: Callable[[Place], Any]
    table: JobStateTable
    data: Storage
    rules: Rules
    clock: Callable[[], datetime]
    retention_days: int = 90
    gone_after_minutes: int = 60
    calls_per_second: float = 5
    rotation: int = decide.ROTATION
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    uniform: Callable[[float, float], float] = random.uniform


def sync_queue(queue: WatchedQueue, resources: SyncResources, *, progress: Progress = silent) -> SyncReport:
    """Bring the rows of one queue up to what Batch says now, and store the report and the state for the next sync.

    The lists come in the order jobs move forward, so that none slips through between two of them; the state is written last,
    in one piece, so that a sync that dies anywhere is simply done again.

    :raises JobQueueError: when there is no such queue
    :raises BatchError: when Batch does not answer as it should; ``transient`` when asking later may help
    :raises JobTableError: when the table does not
    :raises StorageError: when the data root does not
    """
    run = _Run(queue, resources, progress)
    arn = run.reader.resolve_queue(queue)
    place = QueuePlace(table=resources.table.name, job_queue=arn)
    state, warning = read_state(resources.data, place, now=run.started_at)
    seen = list_jobs(run.reader, arn, state.watermark, told=lambda done: progress("list", done, None))
    rows = {row.job_id: row for row in resources.table.open_jobs(arn)}
    unstored = _unstored(resources.table, seen.finished - rows.keys())
    plan = decide.plan(seen.open, seen.finished, rows, unstored=unstored, cursor=state.cursor, rotation=resources.rotation)
    tally = run.follow(plan.describe, rows, region_and_account(arn))
    missing, gone = _settle(plan.unlisted - tally.known, rows, state.missing, resources)
    after = SyncState(
        watermark=decide.next_watermark(state.watermark, seen.newest, run.started_at), cursor=plan.cursor, missing=missing
    )
    report = replace(
        run.report(arn, tally),
        listed=len(seen.open) + len(seen.finished),
        missing=len(missing),
        gone=len(gone),
        watermark=after.watermark,
        open_jobs=_open_jobs(seen, rows, tally, gone),
        statistics=_count(resources, run.started_at),
        warnings=(warning,) if warning else (),
        path=place.report(run.started_at),
    )
    report = replace(report, **run.cost())
    resources.data.put(place.report(run.started_at), as_json(report.to_json()))
    write_state(resources.data, place, after, last=report.to_json())
    return report


def sync_jobs(job_ids: Sequence[str], resources: SyncResources, *, place: Place, progress: Progress = silent) -> SyncReport:
    """Bring the rows of these jobs up to what Batch says now; ``jobs`` of the report has the status of each.

    Nothing but rows is stored. A job Batch does not know has the status of its row, ``UNKNOWN`` without one. Children of
    arrays and single nodes get rows too: here somebody asked for them.
    """
    run = _Run(place, resources, progress)
    wanted = list(dict.fromkeys(job_ids))
    rows = resources.table.get_many(wanted)
    tally = run.follow(wanted, rows, (place.region, place.account or ""))
    statuses = {job_id: row.status for job_id, row in rows.items()} | tally.statuses
    names = {job_id: row.job_name for job_id, row in rows.items()} | tally.names
    gone = {job_id for job_id, row in rows.items() if row.gone and job_id not in tally.known}
    jobs = {job_id: statuses.get(job_id, UNKNOWN) for job_id in wanted}
    still = {job_id: names[job_id] for job_id in wanted if jobs[job_id] in OPEN and job_id not in gone}
    return replace(run.report("", tally), jobs=jobs, open_jobs=still)


def reader_for(place: Place, resources: SyncResources) -> BatchReader:
    """Return what asks Batch there, at the rate that was set."""
    return BatchReader(
        resources.batch(place),
        calls_per_second=resources.calls_per_second,
        sleep=resources.sleep,
        monotonic=resources.monotonic,
        uniform=resources.uniform,
    )


class _Run:
    """One sync while it runs: its beginning, and what it has cost since."""

    def __init__(self, place: Place, resources: SyncResources, progress: Progress) -> None:
        self.started_at = resources.clock()
        self._began = resources.monotonic()
        self._calls_before, self._retries_before = Counter(resources.table.calls), resources.table.retries
        self._resources, self._progress = resources, progress
        self.reader = reader_for(place, resources)

    def follow(self, job_ids: Sequence[str], rows: Mapping[str, JobRecord], where: tuple[str, str]) -> Tally:
        """Describe jobs and write what differs."""
        reconciler = Reconciler(
            self.reader, self._resources.table, to_record=_to_record(self._resources, where), clock=self._resources.clock
        )
        return reconciler.follow(job_ids, rows, told=lambda done: self._progress("describe", done, len(job_ids)))

    def report(self, job_queue: str, tally: Tally) -> SyncReport:
        """Return what this sync did and cost so far."""
        return SyncReport(
            job_queue=job_queue,
            table=self._resources.table.name,
            started_at=_iso(self.started_at),
            **self.cost(),
            described=tally.described,
            written=tally.written,
            late=tally.late,
            duplicate=tally.duplicate,
            malformed=tally.unreadable,
            malformed_jobs=tuple(tally.malformed),
            lag_seconds=tally.lag_seconds,
        )

    def cost(self) -> dict[str, Any]:
        """Return what it has cost by now: the fields of the report that go on growing."""
        table = self._resources.table
        calls = self.reader.calls + (Counter(table.calls) - self._calls_before)
        return {
            "seconds": round(self._resources.monotonic() - self._began, 3),
            "calls": dict(sorted(calls.items())),
            "throttles": self.reader.throttles,
            "table_retries": table.retries - self._retries_before,
        }


def _unstored(table: JobStateTable, job_ids: Iterable[str]) -> set[str]:
    """Return which finished jobs have no row that says so."""
    ids, unstored = iter(sorted(job_ids)), set()
    while some := list(itertools.islice(ids, LOOKED_UP)):
        rows = table.get_many(some)
        unstored |= {job_id for job_id in some if not decide.is_stored(rows.get(job_id))}
    return unstored


def _settle(
    unknown: Iterable[str], rows: Mapping[str, JobRecord], missing: Mapping[str, datetime], resources: SyncResources
) -> tuple[dict[str, datetime], set[str]]:
    """Return which open rows Batch does not know and since when, and which of them are called gone now."""
    now, grace = resources.clock(), timedelta(minutes=resources.gone_after_minutes)
    since = {job_id: missing.get(job_id, now) for job_id in sorted(unknown)}
    overdue = {job_id for job_id, begun in since.items() if decide.is_overdue(begun, now, grace=grace)}
    gone = {
        job_id
        for job_id in sorted(overdue)
        if resources.table.mark_gone(job_id, state_order=rows[job_id].state_order, at=_iso(now))
    }
    return {job_id: begun for job_id, begun in since.items() if job_id not in overdue}, gone


def _open_jobs(seen: Listed, rows: Mapping[str, JobRecord], tally: Tally, gone: Set[str]) -> dict[str, str]:
    """Return every job that is still open as far as anybody knows, id to name: row, list, description, the latest wins."""
    names = {job_id: row.job_name for job_id, row in rows.items()}
    names |= {job_id: job.job_name for job_id, job in seen.open.items()}
    closed = {job_id for job_id, status in tally.statuses.items() if not is_open(status)} | seen.finished | gone
    return {job_id: name for job_id, name in names.items() if job_id not in closed}


def _count(resources: SyncResources, now: datetime) -> dict[str, Any]:
    """Return the statistics of the table, counted anew and stored unless somebody did so within the last minute."""
    before = read_statistics(resources.data, resources.table.name)
    if before and abs(now - datetime.fromisoformat(before.counted_at)) < COUNTED_JUST_NOW:
        return summary(before)
    counted = resources.table.get_statistics(previous=before)
    store_statistics(resources.data, resources.table.name, counted)
    return summary(counted)


def _to_record(resources: SyncResources, where: tuple[str, str]) -> ToRecord:
    def to_record(detail: Mapping[str, Any], asked_at: datetime) -> JobRecord:
        region, account = _region_and_account(detail, where)
        return record_of_description(
            detail,
            asked_at=asked_at,
            region=region,
            account=account,
            rules=resources.rules,
            retention_days=resources.retention_days,
        )

    return to_record


def _region_and_account(detail: Mapping[str, Any], otherwise: tuple[str, str]) -> tuple[str, str]:
    try:
        return region_and_account(str(detail.get("jobQueue")))
    except JobQueueError:
        return otherwise


def _iso(moment: datetime) -> str:
    return iso_time(round(moment.timestamp() * 1000))
