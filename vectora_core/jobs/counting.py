"""Counts the jobs of the table by queries of the status index, a few columns of it; never by a scan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from vectora_core.errors import JobTableError
from vectora_core.jobs.attributes import from_attributes
from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.filters import has_expired
from vectora_core.jobs.indexes import StatusPartition
from vectora_core.jobs.states import OPEN, TERMINAL
from vectora_core.jobs.statistics import GONE, Range, Statistics, Tally, merge, ranges_to_count
from vectora_core.jobs.tokens import Position
from vectora_core.jobs.types import JobRecord
from vectora_core.jobs.waiting import WaitingJobs, bucket_of

MOST_PAGES: Final = 10_000  # of up to 1 MB, about 1,400 rows each
_COLUMNS: Final = (
    *("jobId", "status", "timestamp", "jobQueue", "gone", "expiresAt"),
    *("createdAt", "startedAt", "attempts", "arraySize"),  # how long it waited; DynamoDB charges by row, not by column
)
_DAY: Final = len("2026-03-10")

_Counts = defaultdict[str, Counter[str]]


def count_jobs(requests: TableRequests, previous: Statistics | None, now: datetime) -> Statistics:
    """Return the statistics of a table as of now; after the first time only open jobs and a few days are read.

    :raises JobTableError: when DynamoDB does not answer as it should, or some status has more pages than anybody waits for
    """
    ranges, counted = ranges_to_count(previous, now), _Counted(now)
    for status in OPEN:
        for row in _rows(requests, StatusPartition(status=status, columns=_COLUMNS), now):
            counted.add_open(row, status)
    for one in ranges:
        for status in TERMINAL:
            for day, row in _rows_of_days(requests, status, one, now):
                counted.add_finished(row, status, day)
    return merge(previous, ranges, counted.tally, now)


class _Counted:
    """What one pass has counted so far."""

    def __init__(self, now: datetime) -> None:
        self._open: _Counts = defaultdict(Counter)
        self._days: defaultdict[str, _Counts] = defaultdict(lambda: defaultdict(Counter))
        self._waiting = WaitingJobs(now)
        self._running: _Counts = defaultdict(Counter)
        self._waited: defaultdict[str, _Counts] = defaultdict(lambda: defaultdict(Counter))

    def add_open(self, row: JobRecord, status: str) -> None:
        self._open[row.job_queue][GONE if row.gone else status] += 1
        self._waiting.add(row)
        if row.gone is None:
            _add_wait(self._running, row)

    def add_finished(self, row: JobRecord, status: str, day: str) -> None:
        self._days[day][row.job_queue][status] += 1
        _add_wait(self._waited[day], row)  # a day without waits is a day too: it was looked at

    @property
    def tally(self) -> Tally:
        return Tally(
            open_jobs=_plain(self._open),
            days={day: _plain(counts) for day, counts in self._days.items()},
            waiting=self._waiting.by_queue,
            waited_running=_plain(self._running),
            waited={day: _plain(counts) for day, counts in self._waited.items()},
        )


def _add_wait(counts: _Counts, row: JobRecord) -> None:
    if bucket := bucket_of(row):
        counts[row.job_queue][bucket] += 1


def _rows_of_days(requests: TableRequests, status: str, days: Range, now: datetime) -> Iterator[tuple[str, JobRecord]]:
    """Yield the rows of a range with their day; the last limit of the index is inclusive, that of the range is not."""
    partition = StatusPartition(status=status, since=days.since, until=days.until, columns=_COLUMNS)
    for row in _rows(requests, partition, now):
        day = row.timestamp[:_DAY]
        if days.has(day):
            yield day, row


def _rows(requests: TableRequests, partition: StatusPartition, now: datetime) -> Iterator[JobRecord]:
    after: Position | None = None
    for _ in range(MOST_PAGES):
        page = partition.page(requests, after=after, limit=None)
        rows = [from_attributes(row) for row in page.rows]
        yield from (row for row in rows if not has_expired(row, now))
        if page.last_key is None:
            return
        after = (page.last_key["timestamp"]["S"], page.last_key["jobId"]["S"])
    raise JobTableError(
        f"the job table {requests.name} has more than {MOST_PAGES} pages of {partition.status} jobs; count them elsewhere",
        transient=False,
    )


def _plain(counts: _Counts) -> Mapping[str, Mapping[str, int]]:
    return {job_queue: dict(by_status) for job_queue, by_status in counts.items()}
