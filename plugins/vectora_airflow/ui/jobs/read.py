"""Reads what the dashboard of jobs shows: one page of the list, the stored counts, and the state of each queue's sync.

Whatever of these cannot be read is said in its place; the rest is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from botocore.exceptions import ClientError

from vectora_airflow.ui.jobs import build
from vectora_airflow.ui.jobs.model import JobList, JobStatistics, QueueSyncs
from vectora_airflow.ui.jobs.query import Wanted
from vectora_airflow.ui.resources import Resources
from vectora_core.errors import JobTableError, SettingsError, StorageError, TableShapeError, VectoraError
from vectora_core.jobs.dynamodb import NOT_THERE, code_of
from vectora_core.jobs.statistics import read_statistics
from vectora_core.jobs.sync_health import QueueHealth, read_sync_health

T = TypeVar("T")

MOST_REQUESTS = 12
"""To the table, of one view: seven states need one each, the others look on for what no index knows."""
ROWS_A_REQUEST = 80
"""A row costs 0.2 ms of the API server's processor: a text that nobody has costs 0.2 s, then Next goes on."""

_UNTOLD = "{problem}; whether jobs are stale is told by their rows alone, and none is called missing"


@dataclass(frozen=True, kw_only=True)
class Read(Generic[T]):
    """What was read, or why it could not be.

    :param value: None when there is a problem
    """

    value: T | None = None
    problem: VectoraError | None = None


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """Everything the page shows.

    :param jobs: None when they were not asked for: what was asked for cannot be used
    """

    statistics: JobStatistics
    syncs: Read[QueueSyncs]
    jobs: Read[JobList] | None


def read_dashboard(resources: Resources, wanted: Wanted | None) -> Dashboard:
    """Read everything: at most 24 queries of the table, and of storage the counts, a listing, and one object a queue.

    :param wanted: None leaves the list out
    """
    health = read_health(resources)
    return Dashboard(
        statistics=_statistics_or_problem(resources),
        syncs=Read(value=_syncs(resources, health.value), problem=health.problem),
        jobs=None if wanted is None else _attempt(lambda: read_list(resources, wanted, health)),
    )


def read_health(resources: Resources) -> Read[Mapping[str, QueueHealth]]:
    """Read how the syncs of the queues are, by ARN."""
    return _attempt(
        lambda: {
            one.job_queue: one for one in read_sync_health(resources.data, resources.settings.jobs_table, resources.clock())
        }
    )


def read_list(resources: Resources, wanted: Wanted, health: Read[Mapping[str, QueueHealth]]) -> JobList:
    """Read one page of jobs.

    :param health: how the syncs are: it tells what is stale or missing
    :raises ParametersError: when the token cannot be used
    :raises JobTableError: when the table does not answer, or is not there
    """
    queries = resources.jobs()
    before = queries.calls.total()
    page = queries.find_jobs(
        wanted.filter,
        limit=wanted.size,
        next_token=wanted.token,
        most_requests=MOST_REQUESTS,
        rows_a_request=ROWS_A_REQUEST,
    )
    now, stale_after = resources.clock(), _stale_after(resources)
    jobs = [build.job_of(one, health.value or {}, now=now, stale_after=stale_after) for one in page.jobs]
    return JobList(
        table=queries.name,
        jobs=build.in_order(jobs, wanted.sort),
        next_token=wanted.next_token(page.next_token),
        stopped_looking=page.stopped_looking,
        requests=queries.calls.total() - before,
        since=wanted.filter.since,
        until=wanted.filter.until,
        warnings=[_UNTOLD.format(problem=health.problem)] if health.problem else [],
    )


def read_counts(resources: Resources) -> JobStatistics:
    """Read what the last sync counted.

    :raises StorageError: when the data root does not answer
    """
    table = resources.settings.jobs_table
    found = read_statistics(resources.data, table)
    return build.statistics_of(found, table, now=resources.clock(), stale_after=_stale_after(resources))


def read_syncs(resources: Resources) -> QueueSyncs:
    """Read the lag of the sync, queue by queue.

    :raises StorageError: when the data root does not answer
    """
    health = read_health(resources)
    if health.problem:
        raise health.problem
    return _syncs(resources, health.value)


def is_missing(problem: VectoraError) -> bool:
    """Return whether there is no job table at all, or one of another shape: then it has to be made."""
    cause = problem.__cause__
    return isinstance(problem, TableShapeError) or (isinstance(cause, ClientError) and code_of(cause) == NOT_THERE)


def _syncs(resources: Resources, health: Mapping[str, QueueHealth] | None) -> QueueSyncs:
    settings = resources.settings
    found = (health or {}).values()
    return build.syncs_of(found, settings.jobs_table, stale_after_minutes=settings.jobs_stale_after_minutes)


def _statistics_or_problem(resources: Resources) -> JobStatistics:
    counts = _attempt(lambda: read_counts(resources))
    if counts.value is not None:
        return counts.value
    problem = f"the counts cannot be read: {counts.problem}"
    return build.nothing_counted(resources.settings.jobs_table, problem, resources.clock())


def _attempt(read: Callable[[], T]) -> Read[T]:
    try:
        return Read(value=read())
    except (StorageError, SettingsError, JobTableError) as problem:
        return Read(problem=problem)


def _stale_after(resources: Resources) -> timedelta:
    return timedelta(minutes=resources.settings.jobs_stale_after_minutes)
