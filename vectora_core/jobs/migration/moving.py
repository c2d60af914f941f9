"""Moves one segment of the old table: its rows become one state a job, and each state one conditional write.

It does not know how many segments there are, nor what is done with a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from botocore.exceptions import ClientError

from vectora_core.errors import JobTableError
from vectora_core.jobs.dynamodb import code_of
from vectora_core.jobs.migration.old_rows import UNREADABLE, NoState, OldState, Reading, job_id_of, later, read_row
from vectora_core.jobs.migration.old_table import Item, OldTable, key_of
from vectora_core.jobs.migration.patience import Patience
from vectora_core.jobs.migration.report import SKIPPED
from vectora_core.jobs.migration.state import Progress
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord, Verdict

REFUSED = "refused"
JOBS_A_LOOK = 100  # BatchGetItem takes no more


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one state: a `Verdict`, or `REFUSED` by DynamoDB with its cause."""

    job_id: str
    what: str
    cause: str = ""


class Store(Protocol):
    """Takes states into the new table, or only says what would become of them."""

    def __call__(self, records: Sequence[JobRecord]) -> Iterable[Outcome]:
        """Return what became of each."""


@dataclass(frozen=True, kw_only=True)
class Moving:
    """What moving a segment works with.

    :param reading: how rows are read at this moment
    :param checkpoint: keeps how far the segment is
    :param stopped: whether to end after this page
    """

    old: OldTable
    store: Store
    reading: Callable[[], Reading]
    checkpoint: Callable[[int, Progress], None]
    stopped: Callable[[], bool]


def move_segment(segment: int, segments: int, progress: Progress, moving: Moving) -> Progress:
    """Move what is left of a segment.

    ::

        page of rows -> read each -> the latest of each job -> conditional writes -> checkpoint -> next page

    Rows of a job follow each other, so only one job is open between two pages: the key of its latest row is in the
    checkpoint. Where a store mixes the rows, a job is written several times, and the condition keeps the latest.

    :param progress: of the checkpoint; it is changed as the work goes on
    """
    if progress.finished:
        return progress
    reduction = _Reduction(progress, _carried(progress, moving))
    for page in moving.old.pages(segment, segments, start=progress.next_key):
        ready = list(reduction.states(page.items, moving.reading()))
        progress.next_key, progress.finished = page.next_key, page.next_key is None
        ready += reduction.closed() if progress.finished else []
        for outcome in moving.store(ready):
            _count(outcome, progress)
        moving.checkpoint(segment, progress)
        if moving.stopped():
            break
    return progress


class _Reduction:
    """The latest state of each job, out of rows of which those of a job follow each other."""

    def __init__(self, progress: Progress, latest: OldState | None) -> None:
        self._progress = progress
        self._latest = latest

    def states(self, items: Sequence[Item], reading: Reading) -> Iterator[JobRecord]:
        """Return the states of the jobs that ended in these rows."""
        for item in items:
            self._progress.counts["rows"] += 1
            job_id = job_id_of(item)
            if job_id != self._progress.open_job:
                yield from self.closed()
                self._progress.open_job = job_id
                self._progress.counts["jobs"] += job_id is not None
            self._take(item, read_row(item, reading))

    def closed(self) -> list[JobRecord]:
        """Return the state of the open job, which has no more rows."""
        latest, job_id = self._latest, self._progress.open_job
        self._latest = self._progress.carried = self._progress.open_job = None
        if latest:
            return [latest.record]
        self._progress.counts["without_state"] += job_id is not None
        return []

    def _take(self, item: Item, found: OldState | NoState) -> None:
        if isinstance(found, NoState):
            self._progress.counts[SKIPPED + found.reason] += 1
            if found.reason == UNREADABLE:
                self._progress.name_problem(f"{_name_of(item)}: {found.cause}")
        elif later(self._latest, found) is found:
            self._latest, self._progress.carried = found, key_of(item)


class Writes:
    """Writes states, each by the condition that a row only moves forward."""

    def __init__(self, table: JobStateTable, patience: Patience) -> None:
        self._table = table
        self._patience = patience

    def __call__(self, records: Sequence[JobRecord]) -> Iterator[Outcome]:
        """Write each."""
        return map(self._write, records)

    def _write(self, record: JobRecord) -> Outcome:
        try:
            change = self._patience(self._table.put, record)
        except JobTableError as error:
            if not _is_of_the_row(error):
                raise
            return Outcome(job_id=record.job_id, what=REFUSED, cause=str(error))
        return Outcome(job_id=record.job_id, what=change.verdict)


class Comparisons:
    """Says what would become of states, and writes nothing.

    :param table: None where there is none yet: then all would be written
    """

    def __init__(self, table: JobStateTable | None, patience: Patience) -> None:
        self._table = table
        self._patience = patience

    def __call__(self, records: Sequence[JobRecord]) -> Iterator[Outcome]:
        """Compare each with the row that is there."""
        rest = iter(records)
        while some := list(islice(rest, JOBS_A_LOOK)):
            there = self._patience(self._table.get_many, [one.job_id for one in some]) if self._table else {}
            for record in some:
                yield Outcome(job_id=record.job_id, what=_compared(record, there.get(record.job_id)))


def _compared(record: JobRecord, there: JobRecord | None) -> Verdict:
    if there is None or there.state_order < record.state_order:
        return Verdict.WRITTEN
    return Verdict.DUPLICATE if there.state_order == record.state_order else Verdict.LATE


def _carried(progress: Progress, moving: Moving) -> OldState | None:
    """Return the state of the row that the process before read last and could not write yet."""
    item = moving.old.row(progress.carried) if progress.carried else None
    found = read_row(item, moving.reading()) if item else None
    return found if isinstance(found, OldState) else None


def _count(outcome: Outcome, progress: Progress) -> None:
    progress.counts[str(outcome.what)] += 1
    if outcome.what == REFUSED:
        progress.name_problem(f"job {outcome.job_id}: {outcome.cause}")


def _is_of_the_row(error: JobTableError) -> bool:
    """Return whether only this row is refused (it is too large, for example); without a table nothing could go on."""
    return isinstance(error.__cause__, ClientError) and code_of(error.__cause__) == "ValidationException"


def _name_of(item: Item) -> str:
    job_id, timestamp = (next(iter(value.values())) for value in key_of(item).values())
    return f"job {job_id}, timestamp {timestamp}"
