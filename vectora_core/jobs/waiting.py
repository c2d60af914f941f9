"""How long jobs wait for a place to run: in buckets where they started, the longest wait where they did not. Does no I/O.

Told are only waits that the columns tell: Batch keeps the start of the last attempt alone, and the parent of an array is
PENDING while its children run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vectora_core.jobs.states import OPEN
from vectora_core.jobs.times import known_time, milliseconds_of, read_time
from vectora_core.jobs.types import JobRecord

WAITING: Final = tuple(status for status in OPEN if status != "RUNNING")
"""The states of a job that waits; STARTING is the last of them: its container is not there yet."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Waits that count as alike.

    :param name: how stored counts call it
    :param below: seconds; a wait of so many is in the next bucket; None is without a limit
    :param in_words: for people
    """

    name: str
    below: int | None
    in_words: str


BUCKETS: Final = (
    Bucket(name="under_1_min", below=60, in_words="< 1 min"),
    Bucket(name="under_5_min", below=300, in_words="< 5 min"),
    Bucket(name="under_15_min", below=900, in_words="< 15 min"),
    Bucket(name="under_1_h", below=3_600, in_words="< 1 h"),
    Bucket(name="under_6_h", below=21_600, in_words="< 6 h"),
    Bucket(name="from_6_h", below=None, in_words="6 h or more"),
)
"""Shortest first; each begins where the one before ends."""


class WaitingJobs:
    """Jobs that wait now, counted one by one: by queue how many (``jobs``), and the longest wait (``longest_seconds``)."""

    def __init__(self, now: datetime) -> None:
        self._now = milliseconds_of(now)
        self._found: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, record: JobRecord) -> None:
        """Take note of an open job; one that does not wait is passed over."""
        if not waits(record):
            return
        found, since = self._found[record.job_queue], _waits_since(record)
        found["jobs"] += 1
        waited = (self._now - since) // 1000 if since is not None else 0
        found["longest_seconds"] = max(found["longest_seconds"], waited)  # never below 0, where it begins

    @property
    def by_queue(self) -> Mapping[str, Mapping[str, int]]:
        """What was found, by the ARN of the queue, sorted."""
        return {job_queue: dict(self._found[job_queue]) for job_queue in sorted(self._found)}


def waits(record: JobRecord) -> bool:
    """Return whether a job waits for a place to run; the parent of an array never does."""
    return record.status in WAITING and record.gone is None and record.array_size is None


def bucket_of(record: JobRecord) -> str | None:
    """Return the name of the bucket in which a job that started waited; None where its columns do not tell.

    Not told is the wait of a job that never started, of an array's parent, and of a job that was tried more than once.
    """
    created, started = known_time(record.created_at), known_time(record.started_at)
    tries = record.attempts + (record.status == "RUNNING")
    if record.status in WAITING or record.array_size is not None or tries > 1:
        return None
    if created is None or started is None or started < created:
        return None
    seconds = (started - created) / 1000
    return next(bucket.name for bucket in BUCKETS if bucket.below is None or seconds < bucket.below)


def _waits_since(record: JobRecord) -> int | None:
    """Since when at the latest, in milliseconds: its creation, or after a failed attempt the time its row is of."""
    return known_time(record.created_at) if not record.attempts else read_time(record.timestamp)
