"""How many jobs are in which state and queue: what a sync counts again, how the counts are put together, and stored.

And how long they waited. It does not count: `vectora_core.jobs.counting` does. Open jobs are counted whole every time;
finished ones by the UTC day of their `timestamp`: the recent days every time, the older ones a day at a time in turn, so
that the cost stays bounded. What expired or came late in an old day shows when its turn comes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from vectora_core.errors import ObjectNotFoundError
from vectora_core.jobs.states import OPEN, STATUSES
from vectora_core.jobs.waiting import BUCKETS

if TYPE_CHECKING:  # the Lambda that writes rows has no obstore
    from vectora_core.storage import Storage

GONE: Final = "gone"
QueueCounts = Mapping[str, Mapping[str, int]]
"""How many by queue (its ARN) and status, or by queue and bucket of `vectora_core.jobs.waiting`."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """Days to count, as texts (``2026-03-10``): from `since`, before `until`; None is without a limit."""

    since: str | None = None
    until: str | None = None

    def has(self, day: str) -> bool:
        """Return whether a day is in it."""
        return (self.since is None or day >= self.since) and (self.until is None or day < self.until)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What one pass counted.

    :param open_jobs: by queue and status; ``gone`` in the place of the status where Batch does not know the job any more
    :param days: finished jobs by day, queue and status
    :param waiting: of jobs that wait now, by queue: how many ``jobs``, and ``longest_seconds``
    :param waited_running: of jobs that run now, by queue and bucket: how long they waited
    :param waited: of finished jobs, by day, queue and bucket: how long they had waited; each counted day is in it
    """

    open_jobs: QueueCounts
    days: Mapping[str, QueueCounts]
    waiting: QueueCounts = field(default_factory=dict)
    waited_running: QueueCounts = field(default_factory=dict)
    waited: Mapping[str, QueueCounts] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Counts of the whole table; `Tally` says what the parts are.

    What was stored before waits were counted has none: a day of `days` that is not in `waited` gets them in its turn.

    :param counted_at: ISO 8601 UTC; older days were counted earlier, each within as many counts as there are days
    :param cursor: the older days before this one are counted next
    """

    counted_at: str
    open_jobs: QueueCounts = field(default_factory=dict)
    days: Mapping[str, QueueCounts] = field(default_factory=dict)
    cursor: str | None = None
    waiting: QueueCounts = field(default_factory=dict)
    waited_running: QueueCounts = field(default_factory=dict)
    waited: Mapping[str, QueueCounts] = field(default_factory=dict)

    @property
    def by_queue(self) -> QueueCounts:
        """By queue and status; ``gone`` apart."""
        return _summed((self.open_jobs, *self.days.values()), (*STATUSES, GONE))

    @property
    def waited_by_queue(self) -> QueueCounts:
        """By queue and bucket, shortest first: how long the jobs had waited that finished or that run now."""
        return _summed((self.waited_running, *self.waited.values()), [bucket.name for bucket in BUCKETS])

    @property
    def by_status(self) -> Mapping[str, int]:
        """Over all queues; ``gone`` apart."""
        return _in_order(sum((Counter(counts) for counts in self.by_queue.values()), Counter()), (*STATUSES, GONE))


def ranges_to_count(previous: Statistics | None, now: datetime) -> tuple[Range, ...]:
    """Return which days of finished jobs to count: everything the first time, then the recent days and one older one.

    Recent are yesterday and today, and whatever days passed since the last count. The older range goes back from where the
    last one ended to the next day that is known, or without a limit when none is: then it begins anew.
    """
    if previous is None:
        return (Range(),)
    before = min(now, datetime.fromisoformat(previous.counted_at)).astimezone(UTC).date()
    recent = (min(now.astimezone(UTC).date(), before) - timedelta(days=1)).isoformat()
    until = min(previous.cursor or recent, recent)
    return Range(since=recent), Range(since=max((day for day in previous.days if day < until), default=None), until=until)


def merge(previous: Statistics | None, ranges: Iterable[Range], tally: Tally, now: datetime) -> Statistics:
    """Return the statistics after a pass: what it counted in the place of what was known of those days."""
    ranges = tuple(ranges)
    days, waited = (previous.days, previous.waited) if previous else ({}, {})
    return Statistics(
        counted_at=now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        open_jobs=tally.open_jobs,
        days=_counted_again(days, tally.days, ranges),
        cursor=ranges[-1].since,
        waiting=tally.waiting,
        waited_running=tally.waited_running,
        waited=_counted_again(waited, tally.waited, ranges),
    )


def _counted_again(
    known: Mapping[str, QueueCounts], fresh: Mapping[str, QueueCounts], ranges: Sequence[Range]
) -> dict[str, QueueCounts]:
    days = {day: counts for day, counts in known.items() if not any(one.has(day) for one in ranges)} | dict(fresh)
    return {day: days[day] for day in sorted(days)}


def success_rate(succeeded: int, failed: int) -> float | None:
    """Return the share of finished jobs that succeeded, 0 to 1; None when none finished."""
    return succeeded / (succeeded + failed) if succeeded + failed else None


def summary(statistics: Statistics) -> dict[str, Any]:
    """Return the statistics for programs.

    ``total`` rows are ``succeeded`` + ``failed`` + ``open`` + ``gone``; ``running`` are those of the open ones that run. In
    ``waiting`` are the ``buckets`` (seconds each is below; null is without a limit), how long jobs ``waited`` by queue and
    bucket, and those that wait ``now`` by queue.
    """
    counts = statistics.by_status
    succeeded, failed, gone = (counts.get(name, 0) for name in ("SUCCEEDED", "FAILED", GONE))
    return {
        "counted_at": statistics.counted_at,
        "total": sum(counts.values()),
        "succeeded": succeeded,
        "failed": failed,
        "open": sum(counts.get(status, 0) for status in OPEN),
        "running": counts.get("RUNNING", 0),
        "gone": gone,
        "success_rate": success_rate(succeeded, failed),
        "by_status": counts,
        "by_queue": statistics.by_queue,
        "waiting": {
            "buckets": {bucket.name: bucket.below for bucket in BUCKETS},
            "waited": statistics.waited_by_queue,
            "now": statistics.waiting,
        },
    }


def statistics_path(table_name: str) -> str:
    """Return where the statistics of a table are, below the data root."""
    return f"jobs/{table_name}/statistics.json"


def to_json(statistics: Statistics) -> bytes:
    """Return the statistics as they are stored: the summary for whoever reads them, and the parts to go on from."""
    return json.dumps({**summary(statistics), "parts": asdict(statistics)}, indent=1).encode()


def statistics_from_json(data: bytes) -> Statistics:
    """Read stored statistics back.

    :raises ValueError: when these are none
    """
    try:
        found = Statistics(**json.loads(data)["parts"])
        counted = datetime.fromisoformat(found.counted_at)
        summary(found)
        _check((found.waiting, found.waited_running, *found.waited.values()))
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"these are no statistics: {error!r}") from error
    if counted.tzinfo is None or not isinstance(found.cursor, str | None):
        raise ValueError("these are no statistics: no time zone, or no day")
    return found


def store_statistics(storage: Storage, table_name: str, statistics: Statistics) -> None:
    """Write the statistics of a table into the data root."""
    storage.put(statistics_path(table_name), to_json(statistics))


def read_statistics(storage: Storage, table_name: str) -> Statistics | None:
    """Return what the last sync stored; None when none did, or when it cannot be read: the next one counts all anew."""
    try:
        return statistics_from_json(storage.get(statistics_path(table_name)))
    except (ObjectNotFoundError, ValueError):
        return None


def _check(several: Iterable[QueueCounts]) -> None:
    """Refuse what are no counts by queue and name.

    :raises TypeError: when one is none
    """
    for counts in several:
        for by_name in counts.values():
            if not all(type(number) is int for number in by_name.values()):
                raise TypeError(f"{by_name!r:.100} are no counts")


def _summed(several: Iterable[QueueCounts], names: Sequence[str]) -> dict[str, dict[str, int]]:
    whole: dict[str, Counter[str]] = {}
    for counts in several:
        for job_queue, by_name in counts.items():
            whole.setdefault(job_queue, Counter()).update(by_name)
    return {job_queue: _in_order(whole[job_queue], names) for job_queue in sorted(whole)}


def _in_order(counts: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    return {name: counts[name] for name in names if counts.get(name)}
