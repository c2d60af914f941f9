"""Moves the old job table, with a row per state, into the job table, and verifies that nothing is missing.

It does not delete or change anything in the old table, and no row of the new one goes back.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from threading import Event
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from vectora_core.errors import JobTableError
from vectora_core.jobs.dynamodb import NOT_THERE, TableRequests, code_of
from vectora_core.jobs.events import iso_time
from vectora_core.jobs.extraction import Rules
from vectora_core.jobs.migration.moving import Comparisons, Moving, Store, Writes, move_segment
from vectora_core.jobs.migration.old_rows import Reading
from vectora_core.jobs.migration.old_table import OldTable, identity
from vectora_core.jobs.migration.patience import Patience
from vectora_core.jobs.migration.report import Cost, MigrationReport, Verification, counted, report_from_json
from vectora_core.jobs.migration.request import MigrationRequest
from vectora_core.jobs.migration.state import NAMED, MigrationState, Plan, Progress
from vectora_core.jobs.migration.verification import Findings, Verifying, verify_segment
from vectora_core.jobs.schema import check_shape
from vectora_core.jobs.table import JobStateTable
from vectora_core.storage import Storage

_MACOS = "darwin"

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class MigrationResources:
    """What a migration works with.

    :param dynamodb: a boto3 client that repeats nothing by itself (`vectora_core.aws.ONCE`); used from several threads
    :param clock: the time, aware
    """

    dynamodb: Any
    data: Storage
    rules: Rules
    retention_days: int
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep


def migrate(request: MigrationRequest, resources: MigrationResources) -> MigrationReport:
    """Move all that is not moved yet, and store the report; a dry run only says what would be done.

    :return: a report without a verification
    :raises ParametersError: when the request contradicts itself or an unfinished migration
    :raises JobTableError: when a table is not what it must be, or does not answer
    :raises StorageError: when the data root does not answer
    """
    return _Migration(request, resources).moved()


def verify(request: MigrationRequest, resources: MigrationResources, *, store: bool = True) -> MigrationReport:
    """Look every job of the old table up in the new one and compare a sample; nothing is written to a table.

    :param store: whether the report is stored
    :return: the stored report of the migration (an empty one without it), with what was found
    """
    return _Migration(request, resources).verified(store=store)


class _Migration:
    """One process's part of a migration."""

    def __init__(self, request: MigrationRequest, resources: MigrationResources) -> None:
        request.check()
        self._request = request
        self._resources = resources
        self._begun = time.monotonic()
        self._patience = Patience(resources.sleep)
        self._old = OldTable(
            resources.dynamodb, request.from_table, patience=self._patience, rows_a_page=request.rows_a_page
        )
        self._new = JobStateTable(resources.dynamodb, request.to_table, clock=resources.clock)
        self._shape = TableRequests(resources.dynamodb, request.to_table)
        self._state = MigrationState(resources.data, from_table=request.from_table, to_table=request.to_table)
        self._stop = Event()

    def moved(self) -> MigrationReport:
        if self._request.dry_run:
            return self._tried()
        plan = self._begin()
        stored = self._state.report() if plan.finished_at else None
        if stored:
            return replace(report_from_json(stored), finished_before=True, verification=None)
        before = [self._state.progress(segment) for segment in range(plan.segments)]
        resumed = any(progress.counts for progress in before)
        moving = self._moving(Writes(self._new, self._patience), self._state.write_progress)
        done = self._in_parallel(lambda one: move_segment(one, plan.segments, before[one], moving), plan.segments)
        plan = replace(plan, finished_at=self._now())
        report = self._report(plan, done, resumed=resumed)
        self._state.write_report(report.to_json())
        self._state.write_plan(plan)
        return report

    def verified(self, *, store: bool) -> MigrationReport:
        plan = self._plan(self._old.check(), self._target())
        self._state.check(plan)
        verifying = Verifying(
            old=self._old,
            new=self._new,
            patience=self._patience,
            reading=self._reading(),
            percentage=self._request.sample_percentage,
            stopped=self._stop.is_set,
        )
        segments = self._request.segments
        found = self._in_parallel(lambda one: verify_segment(one, segments, verifying), segments)
        stored = self._state.report()
        report = report_from_json(stored) if stored else self._report(plan, [])
        report = replace(report, verification=self._verification(found))
        if store:
            self._state.write_report(report.to_json())
        return report

    def _tried(self) -> MigrationReport:
        """Read everything, and compare it with what is there."""
        plan = self._plan(self._old.check(), self._target(needed=False))
        store = Comparisons(self._new if plan.target else None, self._patience)
        moving = self._moving(store, lambda segment, progress: None)
        done = self._in_parallel(lambda one: move_segment(one, plan.segments, Progress(), moving), plan.segments)
        return self._report(replace(plan, finished_at=self._now()), done)

    def _begin(self) -> Plan:
        """Return the plan that holds: of an earlier process, where there was one."""
        plan = self._plan(self._old.check(), self._target())
        if self._request.restart:
            self._state.forget()
        self._state.check(plan)
        if before := self._state.plan():
            return before
        self._state.write_plan(plan)
        return plan

    def _plan(self, source: str, target: str) -> Plan:
        request = self._request
        return Plan(
            from_table=request.from_table,
            to_table=request.to_table,
            source=source,
            target=target,
            segments=request.segments,
            zone=request.zone,
            started_at=self._now(),
        )

    def _target(self, *, needed: bool = True) -> str:
        """Return which table the new one is; nothing where there is none and none is needed.

        :raises JobTableError: when it is missing, or has another shape
        """
        name = self._request.to_table
        try:
            table = self._patience(self._shape.call, "describe_table")["Table"]
        except JobTableError as error:
            missing = isinstance(error.__cause__, ClientError) and code_of(error.__cause__) == NOT_THERE
            if missing and not needed:
                return ""
            raise
        check_shape(name, table)
        return identity(table)

    def _moving(self, store: Store, checkpoint: Callable[[int, Progress], None]) -> Moving:
        return Moving(old=self._old, store=store, reading=self._reading, checkpoint=checkpoint, stopped=self._stop.is_set)

    def _reading(self) -> Reading:
        return Reading(
            rules=self._resources.rules,
            observed_at=self._resources.clock(),
            retention_days=self._resources.retention_days,
            zone=ZoneInfo(self._request.zone),
        )

    def _in_parallel(self, work: Callable[[int], Found], segments: int) -> list[Found]:
        """Work on all segments; when one fails the others stop after their page."""
        with ThreadPoolExecutor(segments, thread_name_prefix="segment") as pool:
            futures = [pool.submit(work, segment) for segment in range(segments)]
            try:
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                self._stop.set()
                raise
            return [future.result() for future in futures]

    def _report(self, plan: Plan, done: list[Progress], **how: Any) -> MigrationReport:
        kept = {name: value for name, value in asdict(plan).items() if name not in ("source", "target")}
        return MigrationReport(**kept, dry_run=self._request.dry_run, **counted(done), **how, cost=self._cost())

    def _verification(self, found: list[Findings]) -> Verification:
        counts = sum((one.counts for one in found), Counter[str]())
        return Verification(
            verified_at=self._now(),
            **{name: counts[name] for name in ("jobs", "without_state", "missing", "sampled", "newer", "mismatches")},
            missing_jobs=tuple(name for one in found for name in one.missing)[:NAMED],
            mismatching_jobs=tuple(name for one in found for name in one.mismatching)[:NAMED],
            cost=self._cost(),
        )

    def _cost(self) -> Cost:
        return Cost(
            seconds=round(time.monotonic() - self._begun, 3),
            peak_memory_mb=round(_peak_memory() / 1e6, 1),
            calls=dict(self._old.calls + self._new.calls + self._shape.calls),
            throttles=self._patience.throttles,
        )

    def _now(self) -> str:
        return iso_time(int(self._resources.clock().timestamp() * 1000))


def _peak_memory() -> int:
    """Return the most bytes this process had in memory (getrusage(2): kilobytes, on macOS bytes)."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == _MACOS else most * 1024
