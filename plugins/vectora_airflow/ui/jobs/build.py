"""From what was read to what is shown: jobs, counts and syncs. Does no I/O; what strangers stored is taken with care."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from vectora_airflow.ui.jobs.model import (
    FinishedDay,
    Job,
    JobFigures,
    JobStatistics,
    QueueSync,
    QueueSyncs,
    QueueWaits,
    Spent,
)
from vectora_core.jobs.freshness import freshness
from vectora_core.jobs.states import RANKS, TERMINAL
from vectora_core.jobs.statistics import QueueCounts, Statistics, success_rate, summary
from vectora_core.jobs.sync_health import QueueHealth
from vectora_core.jobs.times import known_time, milliseconds_of, read_time
from vectora_core.jobs.types import JobRecord
from vectora_core.jobs.waiting import BUCKETS

DAYS: Final = 30
NOT_COUNTED: Final = (
    "no sync has counted the jobs yet; unpause or trigger the DAG vectora_job_states, or run `vectora jobs sync`"
)
_MOST: Final = 10**15  # more than any table holds: whatever is stored beyond was not counted
_VALUES: Final[Mapping[str, Callable[[Job], Any]]] = {
    "name": lambda job: job.job_name.casefold(),
    "status": lambda job: RANKS.get(job.status, -1),
    "duration": lambda job: job.spent.seconds if job.spent else None,
}
_COLUMNS: Final = tuple(name for name in Job.model_fields if name not in ("freshness", "spent"))


def job_of(record: JobRecord, health: Mapping[str, QueueHealth], *, now: datetime, stale_after: timedelta) -> Job:
    """Return a job of a list.

    :param health: how the syncs of the queues are, by ARN
    :param now: aware
    """
    columns: dict[str, Any] = {name: getattr(record, name) for name in _COLUMNS}
    for name in ("created_at", "started_at", "stopped_at"):
        columns[name] = known_time(columns[name])
    return Job(**columns, freshness=freshness(record, health, now, stale_after), spent=spent_of(record, now))


def spent_of(record: JobRecord, now: datetime) -> Spent | None:
    """Return how long a job has waited or run; None where its columns do not tell, or contradict themselves.

    :param now: aware
    """
    created, started, stopped = map(known_time, (record.created_at, record.started_at, record.stopped_at))
    if record.status in TERMINAL:
        return _spent("ran", started, stopped)
    until = read_time(record.timestamp) if record.gone else milliseconds_of(now)
    if record.status == "RUNNING":
        return _spent("ran" if record.gone else "running", started, until)
    return None if record.array_size is not None else _spent("waiting", created, until)


def in_order(jobs: Iterable[Job], sort: str) -> list[Job]:
    """Return the jobs of one page in an order of their own; what has no value comes last.

    :param sort: one of `vectora_airflow.ui.jobs.query.OF_PAGE`; any other leaves them as they are
    """
    rows, value = list(jobs), _VALUES.get(sort.removeprefix("-"))
    if value is None:
        return rows
    known = [job for job in rows if value(job) is not None]
    return sorted(known, key=value, reverse=sort.startswith("-")) + [job for job in rows if value(job) is None]


def statistics_of(found: Statistics | None, table: str, *, now: datetime, stale_after: timedelta) -> JobStatistics:
    """Return what the last sync counted.

    :param found: None when none did
    :param now: aware
    """
    if found is None:
        return nothing_counted(table, NOT_COUNTED, now)
    counted_at = datetime.fromisoformat(found.counted_at).astimezone(UTC)
    age = max(now - counted_at, timedelta(0))
    return JobStatistics(
        table=table,
        problem=None,
        counted_at=counted_at,
        age_seconds=age.total_seconds(),
        is_stale=age > stale_after,
        figures=_figures(summary(found)),
        days=_days(found.days, now),
        waits=_waits(found.waited_by_queue, found.waiting),
        queues=[queue for queue in found.by_queue if queue],
    )


def nothing_counted(table: str, problem: str, now: datetime) -> JobStatistics:
    """Return that there are no counts, and why."""
    empty: dict[str, Any] = {"counted_at": None, "age_seconds": None, "is_stale": False, "figures": None}
    return JobStatistics(table=table, problem=problem, **empty, days=_days({}, now), waits=[], queues=[])


def syncs_of(found: Iterable[QueueHealth], table: str, *, stale_after_minutes: int) -> QueueSyncs:
    """Return the lag of the sync, queue by queue."""
    queues = [_sync(one, stale_after_minutes * 60) for one in found]
    return QueueSyncs(table=table, stale_after_minutes=stale_after_minutes, queues=queues)


def name_of(arn: str) -> str:
    """Return what people call a queue or a definition: the end of its ARN."""
    return arn.rpartition("/")[2]


def region_of(arn: str) -> str:
    """Return the region in an ARN; empty when it is none."""
    return arn.split(":", 4)[3] if arn.startswith("arn:") and arn.count(":") >= 4 else ""


def _spent(kind: Any, begin: int | None, end: int | None) -> Spent | None:
    if begin is None or end is None or end < begin:
        return None
    return Spent(kind=kind, seconds=(end - begin) / 1000)


def _figures(counts: Mapping[str, Any]) -> JobFigures:
    numbers = {name: _count(counts[name]) for name in ("total", "open", "running", "succeeded", "failed", "gone")}
    by_status = {status: _count(number) for status, number in counts["by_status"].items()}
    rate = success_rate(numbers["succeeded"], numbers["failed"])
    return JobFigures(**numbers, success_rate=rate, by_status=by_status)


def _days(days: Mapping[str, QueueCounts], now: datetime) -> list[FinishedDay]:
    today = now.astimezone(UTC).date()
    return [_day(today - timedelta(days=back), days) for back in reversed(range(DAYS))]


def _day(day: date, days: Mapping[str, QueueCounts]) -> FinishedDay:
    queues = [counts for counts in days.get(day.isoformat(), {}).values() if isinstance(counts, Mapping)]
    succeeded, failed = (sum(_count(counts.get(status)) for counts in queues) for status in ("SUCCEEDED", "FAILED"))
    return FinishedDay(day=day, succeeded=succeeded, failed=failed)


def _waits(waited: QueueCounts, waiting: QueueCounts) -> list[QueueWaits]:
    found = [
        QueueWaits(
            job_queue=queue,
            name=name_of(queue),
            waited={one.name: _count(waited.get(queue, {}).get(one.name)) for one in BUCKETS},
            waiting_now=_count(waiting.get(queue, {}).get("jobs")),
            longest_seconds=_count(waiting.get(queue, {}).get("longest_seconds")),
        )
        for queue in sorted({*waited, *waiting})
    ]
    return sorted(found, key=lambda one: (-one.started - one.waiting_now, one.job_queue))


def _sync(health: QueueHealth, stale_after_seconds: float) -> QueueSync:
    plain = {name: getattr(health, name) for name in QueueSync.model_fields if hasattr(health, name)}
    return QueueSync(
        **plain
        | {
            "name": name_of(health.job_queue),
            "region": region_of(health.job_queue),
            "is_stale": health.age_seconds is None or health.age_seconds > stale_after_seconds,
            "missing": len(health.missing),
            "warnings": list(health.warnings),
        }
    )


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= _MOST else 0
