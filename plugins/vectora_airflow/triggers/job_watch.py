"""One poke of a watch over Batch jobs: one sync, what it found, and whether to go on. Waits for nothing.

It does not know who pokes: the trigger, or the sensor in its worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from vectora_airflow import wiring
from vectora_core.errors import BatchError, VectoraError
from vectora_core.jobs.sync_report import UNKNOWN

if TYPE_CHECKING:
    from vectora_core.jobs.sync_report import SyncReport
    from vectora_core.jobs.table import JobStateTable
    from vectora_core.jobs.types import JobRecord

log = logging.getLogger(__name__)

MOST_ERRORS = 5
"""Pokes in a row that may fail with a transient error before the watch does."""


@dataclass(frozen=True, kw_only=True)
class JobWatch:
    """What is watched: a queue, or jobs by their ids.

    :param job_queue: NAME or ARN, each with @ROLE_ARN if need be
    :param job_name_prefix: only the jobs of the queue whose names begin so
    :param job_ids: instead of a queue
    :param region_name: of those, and of a queue named without its ARN; None: the region of the connection or the environment
    :param fail_on_failed_jobs: of job ids: one that FAILED, or that Batch does not know any more, ends the watch at once
    """

    job_queue: str | None = None
    job_name_prefix: str | None = None
    job_ids: tuple[str, ...] = ()
    region_name: str | None = None
    fail_on_failed_jobs: bool = True


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one sync found of the watched jobs.

    :param open: how many may still change
    :param failed: of job ids: reason by id of those that FAILED or are gone
    :param report: path of the sync's report below the data root
    """

    open: int
    failed: Mapping[str, str] = field(default_factory=dict)
    report: str | None = None


class Outcome(StrEnum):
    """How a watch ended."""

    DONE = "done"
    TIMED_OUT = "timed_out"
    JOBS_FAILED = "jobs_failed"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a watch is; all JSON, since it travels in trigger events.

    :param pokes: syncs that were tried; a triggerer that starts again begins anew
    :param errors: how many of the latest failed in a row
    :param open: as the latest sync that worked saw it; None before the first
    :param outcome: None while it goes on
    :param error: ``{failure_class, message, transient}`` of the latest sync, when it failed
    """

    pokes: int = 0
    errors: int = 0
    open: int | None = None
    failed: Mapping[str, str] = field(default_factory=dict)
    report: str | None = None
    outcome: str | None = None
    error: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values; `from_json` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Progress:
        """Read what `to_json` gave."""
        return cls(**values)


def look(watch: JobWatch) -> Seen:
    """Sync what is watched and count what is open of it.

    :raises VectoraError: as `sync_queue` does; a `BatchError` also when neither Batch nor the table knows a job
    """
    from vectora_core.jobs.job_queues import Place, parse_queue
    from vectora_core.jobs.sync import sync_jobs, sync_queue

    resources, region = wiring.job_resources()
    region = watch.region_name or region
    if watch.job_queue is None:
        return _seen_jobs(sync_jobs(watch.job_ids, resources, place=Place(region=region)), resources.table, region)
    report = sync_queue(parse_queue(watch.job_queue, default_region=region), resources)
    log.info("%s: %s", report.job_queue, report.in_words())
    return Seen(open=len(report.open_with_prefix(watch.job_name_prefix or "")), report=report.path)


def _seen_jobs(report: SyncReport, table: JobStateTable, region: str) -> Seen:
    """Tell apart what may still change, what went well, and what did not.

    A job that nobody knows may only be too new, since Batch needs a moment: an error that may pass.
    """
    unknown = report.in_status(UNKNOWN)
    not_bad = {*report.in_status("SUCCEEDED"), *report.open_jobs, *unknown}
    ended_badly = [job_id for job_id in report.jobs if job_id not in not_bad]
    rows = table.get_many(ended_badly, consistent=True)
    if unknown and not ended_badly:
        raise BatchError(
            f"AWS Batch in {region} knows no job {', '.join(unknown[:10])}, and the table has no row of it; "
            "check the id, region_name, and the account that signs",
            transient=True,
        )
    failed = {job_id: _reason(rows.get(job_id)) for job_id in ended_badly}
    return Seen(open=len(report.open_jobs) + len(unknown), failed=failed, report=report.path)


def _reason(row: JobRecord | None) -> str:
    if row is not None and row.gone:
        return f"gone from Batch since {row.gone}, last seen {row.status}"
    return (row.status_reason if row else None) or "FAILED"


Look = Callable[[JobWatch], Seen]


def poke(
    watch: JobWatch, so_far: Progress, *, deadline: datetime | None, look: Look, now: Callable[[], datetime]
) -> Progress:
    """Sync once and decide whether the watch is over.

    :param deadline: the moment (UTC) after which it is over, whatever is still open
    :param look: syncs and counts; what it raises as `VectoraError` becomes part of the progress, all else passes
    """
    after = _looked(watch, so_far, look)
    after = replace(after, outcome=_outcome(watch, after, is_late=deadline is not None and now() >= deadline))
    said = after.error["message"] if after.error else f"{after.open} jobs open"
    log.info("poke %d: %s%s", after.pokes, said, f"; {after.outcome}" if after.outcome else "")
    return after


def _looked(watch: JobWatch, so_far: Progress, look: Look) -> Progress:
    pokes = so_far.pokes + 1
    try:
        seen = look(watch)
    except VectoraError as error:
        said = {"failure_class": error.failure_class, "message": str(error), "transient": error.transient}
        return replace(so_far, pokes=pokes, errors=so_far.errors + 1, error=said)
    return Progress(pokes=pokes, open=seen.open, failed=dict(seen.failed), report=seen.report)


def _outcome(watch: JobWatch, after: Progress, *, is_late: bool) -> Outcome | None:
    """Decide; a watch that never saw anything has not been waiting for jobs, so its deadline is no success."""
    if after.error:
        if not after.error["transient"] or after.errors >= MOST_ERRORS or (is_late and after.open is None):
            return Outcome.ERROR
    elif watch.fail_on_failed_jobs and after.failed:
        return Outcome.JOBS_FAILED
    elif after.open == 0:
        return Outcome.DONE
    return Outcome.TIMED_OUT if is_late else None
