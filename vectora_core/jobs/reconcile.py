"""Describes jobs and writes what their rows do not say yet: describe -> record -> compare -> conditional put.

It does not choose the jobs (`vectora_core.jobs.decide`) and never reads a row before it writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from vectora_core.errors import MalformedEventError
from vectora_core.jobs.batch import MOST_IDS, BatchReader
from vectora_core.jobs.decide import age_of_change, worth_writing
from vectora_core.jobs.states import TERMINAL
from vectora_core.jobs.sync_report import SHOWN
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobChange, JobRecord, Verdict

ToRecord = Callable[[Mapping[str, Any], datetime], JobRecord]
"""A description and the moment before it was asked for -> the record; MalformedEventError when it is none."""


@dataclass(kw_only=True)
class Tally:
    """What was found and done so far.

    :param known: ids Batch described, readable or not
    :param statuses: of every readable description, the status the row has afterwards; ``names`` their names
    :param malformed: id and reason of the first that could not be read, by far not all of them
    """

    described: int = 0
    written: int = 0
    late: int = 0
    duplicate: int = 0
    unreadable: int = 0
    malformed: list[str] = field(default_factory=list)
    lag_seconds: float | None = None
    known: set[str] = field(default_factory=set)
    statuses: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


class Reconciler:
    """Works through job ids, 100 at a time; nothing of a hundred is kept but the tally.

    :param clock: the time, aware; asked just before each DescribeJobs call, because a state is at least that new
    """

    def __init__(
        self, reader: BatchReader, table: JobStateTable, *, to_record: ToRecord, clock: Callable[[], datetime]
    ) -> None:
        self._reader, self._table = reader, table
        self._to_record, self._clock = to_record, clock
        self.tally = Tally()

    def follow(self, job_ids: Sequence[str], rows: Mapping[str, JobRecord], *, told: Callable[[int], None]) -> Tally:
        """Describe jobs and write what differs from their rows.

        :param rows: what is known of some of them; of the others every description is offered to the table
        :param told: is told how many are done
        :raises BatchError, JobTableError: what was written by then stays, and doing it all again is safe
        """
        for done, ids in enumerate(_hundreds(job_ids)):
            asked_at = self._clock()
            records = list(self._readable(self._reader.describe(ids), asked_at))
            worth = [one for one in records if worth_writing(one, rows.get(one.job_id), now=asked_at)]
            for record, change in zip(worth, self._table.put_many(worth), strict=True):
                self._count(record, change, rows.get(record.job_id), asked_at)
            told(done * MOST_IDS + len(ids))
        return self.tally

    def _readable(self, details: Iterable[Mapping[str, Any]], asked_at: datetime) -> Iterator[JobRecord]:
        """One unreadable description must not hide the others: it is counted and named."""
        for detail in details:
            self.tally.described += 1
            self.tally.known.add(detail["jobId"])
            try:
                record = self._to_record(detail, asked_at)
            except MalformedEventError as error:
                self.tally.unreadable += 1
                self.tally.malformed += [f"{detail['jobId']}: {error}"] if self.tally.unreadable <= SHOWN else []
                continue
            self.tally.statuses[record.job_id] = record.status
            self.tally.names[record.job_id] = record.job_name
            yield record

    def _count(self, record: JobRecord, change: JobChange, row: JobRecord | None, asked_at: datetime) -> None:
        match change.verdict:
            case Verdict.WRITTEN:
                self.tally.written += 1
                if row is None or row.status != record.status:
                    self.tally.lag_seconds = max(self.tally.lag_seconds or 0.0, age_of_change(record, asked_at))
            case Verdict.DUPLICATE:
                self.tally.duplicate += 1
            case Verdict.LATE:
                self.tally.late += 1
        if change.before in TERMINAL:  # an event was first, and knows better than a stale answer
            self.tally.statuses[record.job_id] = str(change.before)


def _hundreds(job_ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(job_ids)
    while ids := list(islice(rest, MOST_IDS)):
        yield ids
