"""How far a row can be trusted: gone, missing and stale are told apart from open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.jobs import NOW, OTHER_QUEUE, QUEUE, job
from vectora_core.jobs.freshness import Freshness, freshness
from vectora_core.jobs.sync_health import QueueHealth
from vectora_core.jobs.types import JobRecord

LATE = timedelta(minutes=45)


def synced(minutes_ago: float | None, *missing: str) -> QueueHealth:
    """Return the health of the queue whose last sync began so many minutes ago."""
    at = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    return QueueHealth(job_queue=QUEUE, synced_at=at, missing=dict.fromkeys(missing, NOW))


def row(status: str = "RUNNING", minutes_ago: float = 600, **more: Any) -> JobRecord:
    return job("a", status, minutes_ago=minutes_ago, **more)


CASES: dict[str, tuple[JobRecord, QueueHealth, Freshness]] = {
    "it has ended": (row("SUCCEEDED"), synced(None), Freshness.FINISHED),
    "it has failed, and was called gone": (row("FAILED", gone="2026"), synced(5), Freshness.FINISHED),
    "it is gone": (row(gone="2026"), synced(5, "a"), Freshness.GONE),
    "its queue was synced": (row(), synced(5), Freshness.OPEN),
    "its queue was synced just in time": (row(), synced(45), Freshness.OPEN),
    "its queue was synced too long ago": (row(), synced(45.1), Freshness.STALE),
    "its queue was never synced": (row(), synced(None), Freshness.STALE),
    "an event came since": (row(minutes_ago=1), synced(600), Freshness.OPEN),
    "an event came just in time": (row(minutes_ago=45), synced(None), Freshness.OPEN),
    "Batch did not know it": (row(), synced(5, "a"), Freshness.MISSING),
    "Batch did not know it, long ago": (row(), synced(500, "a"), Freshness.MISSING),
    "Batch did not know it, an event came since": (row(minutes_ago=1), synced(5, "a"), Freshness.OPEN),
    "Batch did not know it, an event came since, long ago": (row(minutes_ago=400), synced(500, "a"), Freshness.STALE),
    "Batch did not know another one": (row(), synced(5, "b"), Freshness.OPEN),
    "made by hand, synced": (row(timestamp="soon"), synced(5), Freshness.OPEN),
    "made by hand": (row(timestamp="12/24/2025"), synced(46), Freshness.STALE),
    "made by hand, missing": (row(timestamp=""), synced(5, "a"), Freshness.MISSING),
    "a clock that is ahead": (row(minutes_ago=-5), synced(None), Freshness.OPEN),
}


@pytest.mark.parametrize(("record", "health", "expected"), CASES.values(), ids=CASES)
def test_a_row_is_as_good_as_the_last_look(record: JobRecord, health: QueueHealth, expected: Freshness) -> None:
    """Of the sync of its queue, or of an event."""
    assert freshness(record, {QUEUE: health}, NOW, LATE) is expected


def test_a_queue_that_nobody_syncs_says_nothing_of_its_jobs() -> None:
    """Another queue's sync does not help."""
    record = row(job_queue=OTHER_QUEUE)
    assert freshness(record, {QUEUE: synced(1)}, NOW, LATE) is Freshness.STALE
    assert freshness(record, {}, NOW, timedelta(days=1)) is Freshness.OPEN


def test_each_has_words_for_people() -> None:
    """No two alike."""
    assert len({one.in_words for one in Freshness}) == len(Freshness) == 5
