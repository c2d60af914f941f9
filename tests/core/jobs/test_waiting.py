"""How long jobs wait: buckets of those that started, the longest of those that have not, counted as the states are."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.jobs import NOW, OTHER_QUEUE, QUEUE, NewTable, job
from vectora_core.jobs.statistics import (
    Range,
    Statistics,
    Tally,
    merge,
    read_statistics,
    statistics_from_json,
    statistics_path,
    summary,
    to_json,
)
from vectora_core.jobs.types import JobRecord
from vectora_core.jobs.waiting import BUCKETS, WaitingJobs, bucket_of
from vectora_core.storage import open_storage

CREATED = 1_766_497_635_776


def waited(seconds: float, status: str = "SUCCEEDED", **more: Any) -> JobRecord:
    """Return a job that started so many seconds after its creation."""
    known = {"created_at": CREATED, "started_at": CREATED + round(seconds * 1000), "attempts": status != "RUNNING"}
    return job("a", status, **(known | more))


BORDERS = {
    0: "under_1_min",
    59.999: "under_1_min",
    60: "under_5_min",
    299.999: "under_5_min",
    300: "under_15_min",
    900: "under_1_h",
    3_600: "under_6_h",
    21_599.999: "under_6_h",
    21_600: "from_6_h",
    10**9: "from_6_h",
}


@pytest.mark.parametrize(("seconds", "name"), BORDERS.items())
def test_a_wait_is_in_the_bucket_it_is_below(seconds: float, name: str) -> None:
    """A limit belongs to the next bucket; the last has none."""
    assert bucket_of(waited(seconds)) == bucket_of(waited(seconds, "RUNNING")) == name


def test_buckets_have_names_limits_and_words() -> None:
    """Stored counts and pages name them: shortest first, and no two alike."""
    limits = [bucket.below or 10**9 for bucket in BUCKETS]
    assert limits == sorted(set(limits))
    assert len({bucket.name for bucket in BUCKETS}) == len({bucket.in_words for bucket in BUCKETS}) == 6


UNTOLD = {
    "never started": waited(0, started_at=None),
    "created nobody knows when": waited(0, created_at=None),
    "started before it was created": waited(-1),
    "tried twice": waited(60, attempts=2),
    "its second try runs": waited(60, "RUNNING", attempts=1),
    "the parent of an array": waited(60, array_size=3),
    "it waits again": waited(60, "RUNNABLE", attempts=0),
    "made by hand": waited(60, created_at=-5),
    "made by hand, in another unit": waited(0, started_at=CREATED * 1000),
}


@pytest.mark.parametrize("record", UNTOLD.values(), ids=UNTOLD)
def test_a_wait_that_the_columns_do_not_tell_is_in_no_bucket(record: JobRecord) -> None:
    """Batch keeps the start of the last attempt alone; times that contradict each other say nothing."""
    assert bucket_of(record) is None


def minutes(number: float) -> int:
    """The time so many minutes before now, in milliseconds."""
    return round((NOW.timestamp() - number * 60) * 1000)


def test_those_that_wait_are_counted_with_the_longest() -> None:
    """From their creation; after a failed attempt from when that was known; gone, running and array parents do not wait."""
    found = WaitingJobs(NOW)
    for record in (
        job("a", "SUBMITTED", created_at=minutes(2)),
        job("b", "STARTING", created_at=minutes(7.5)),
        job("again", "RUNNABLE", created_at=minutes(600), attempts=1, minutes_ago=3),
        job("gone", "RUNNABLE", created_at=minutes(900), gone="2026-03-10T15:00:00.000Z"),
        job("array", "PENDING", created_at=minutes(900), array_size=10),
        job("running", "RUNNING", created_at=minutes(900)),
        job("early", "PENDING", created_at=minutes(-5), job_queue=OTHER_QUEUE),
        job("untold", "PENDING", created_at=None, job_queue=""),
        job("by hand", "PENDING", created_at=10**30, attempts=0, job_queue=""),
        job("by hand too", "PENDING", attempts=1, timestamp="12/24/2025", job_queue=""),
    ):
        found.add(record)
    assert found.by_queue == {
        "": {"jobs": 3, "longest_seconds": 0},
        OTHER_QUEUE: {"jobs": 1, "longest_seconds": 0},
        QUEUE: {"jobs": 3, "longest_seconds": 450},
    }


def test_the_table_is_asked_no_more_often_for_it(new_table: NewTable) -> None:
    """Waits come from the rows that are counted anyway: finished jobs by day, those that run and wait of now."""
    table = new_table()
    table.put_many(
        [
            job("s", "SUCCEEDED", attempts=1, created_at=minutes(10), started_at=minutes(9.5)),
            job("f", "FAILED", attempts=1, created_at=minutes(10), started_at=minutes(8), minutes_ago=3 * 1440),
            job("r", "RUNNING", created_at=minutes(10), started_at=minutes(1)),
            job("lost", "RUNNING", created_at=minutes(10), started_at=minutes(1), gone="2026-03-10T15:00:00.000Z"),
            job("q", "RUNNABLE", created_at=minutes(45), job_queue=OTHER_QUEUE),
            job("array", "PENDING", created_at=minutes(90), job_queue=OTHER_QUEUE, array_size=9),
            job("again", "SUCCEEDED", attempts=2, created_at=minutes(10), started_at=minutes(1)),
        ]
    )
    first = table.get_statistics()
    assert table.calls["Query"] == 5 + 2
    assert first.waited == {"2026-03-07": {QUEUE: {"under_5_min": 1}}, "2026-03-10": {QUEUE: {"under_1_min": 1}}}
    assert first.waited_running == {QUEUE: {"under_15_min": 1}}
    assert summary(first)["waiting"] == {
        "buckets": {bucket.name: bucket.below for bucket in BUCKETS},
        "waited": {QUEUE: {"under_1_min": 1, "under_5_min": 1, "under_15_min": 1}},
        "now": {OTHER_QUEUE: {"jobs": 1, "longest_seconds": 2_700}},
    }
    table.calls.clear()
    again = table.get_statistics(previous=first)
    assert table.calls["Query"] == 5 + 2 + 2
    assert (again.waited, again.waited_running, again.waiting) == (first.waited, first.waited_running, first.waiting)


def test_waits_of_a_day_are_replaced_with_its_counts() -> None:
    """A day that is counted again loses what was known of it; of other days everything stays; now is now."""
    old = {QUEUE: {"under_1_min": 5}}
    previous = Statistics(
        counted_at="2026-03-09T15:42:00.000Z",
        days={"2026-03-01": {QUEUE: {"FAILED": 5}}, "2026-03-09": {QUEUE: {"FAILED": 5}}},
        waited={"2026-03-01": old, "2026-03-09": old},
        waited_running=old,
        waiting={QUEUE: {"jobs": 3, "longest_seconds": 9}},
    )
    fresh = Tally(open_jobs={}, days={"2026-03-10": {QUEUE: {"FAILED": 1}}}, waited={"2026-03-10": {}})
    found = merge(previous, [Range(since="2026-03-08")], fresh, NOW)
    assert found.waited == {"2026-03-01": old, "2026-03-10": {}}
    assert (found.waited_running, found.waiting) == ({}, {})


def test_statistics_of_an_older_version_are_read_and_completed_in_turn(new_table: NewTable) -> None:
    """Counting all anew would cost a large table thousands of requests at once: each old day gets its waits in its turn."""
    table = new_table()
    table.put_many(
        job(f"s{n}", "SUCCEEDED", attempts=1, minutes_ago=n * 1440, created_at=minutes(10), started_at=minutes(9.5))
        for n in range(5)
    )
    document = json.loads(to_json(table.get_statistics()))
    for name in ("waiting", "waited_running", "waited"):
        del document["parts"][name]
    found = statistics_from_json(json.dumps(document).encode())
    assert (len(found.days), found.waited, summary(found)["waiting"]["waited"]) == (5, {}, {})
    for turns in range(1, 5):
        found = table.get_statistics(previous=found)
        assert len(found.waited) == min(5, turns + 2)  # today, yesterday, and one more each time
    assert found.waited_by_queue == {QUEUE: {"under_1_min": 5}}


def test_waits_are_read_back_as_they_were_stored() -> None:
    """With everything beside them."""
    some = {QUEUE: {"under_1_min": 1}}
    now = {QUEUE: {"jobs": 1, "longest_seconds": 2}}
    found = Statistics(counted_at="2026-03-10T00:00:00.000Z", waiting=now, waited_running=some, waited={"2026-03-10": some})
    assert statistics_from_json(to_json(found)) == found


BROKEN: dict[str, dict[str, Any]] = {
    "no mapping": {"waiting": []},
    "no queues": {"waited": {"2026-03-10": 3}},
    "no buckets": {"waited_running": {"q": []}},
    "a text": {"waiting": {"q": {"jobs": "<script>"}}},
    "no number": {"waited": {"2026-03-10": {"q": {"under_1_min": None}}}},
    "a fraction": {"waited_running": {"q": {"under_1_min": 1.5}}},
    "a truth": {"waiting": {"q": {"jobs": True}}},
}


@pytest.mark.parametrize("parts", BROKEN.values(), ids=BROKEN)
def test_broken_waits_are_no_statistics(parts: dict[str, Any], tmp_path: Path) -> None:
    """Then all is counted anew."""
    storage = open_storage(tmp_path.as_uri())
    whole = {"parts": asdict(Statistics(counted_at="2026-03-10T00:00:00.000Z")) | parts}
    storage.put(statistics_path("jobs"), json.dumps(whole).encode())
    assert read_statistics(storage, "jobs") is None


def test_a_bucket_nobody_knows_is_left_out() -> None:
    """A later version may have had other ones."""
    found = Statistics(counted_at="2026-03-10T00:00:00.000Z", waited_running={QUEUE: {"under_2_min": 7, "from_6_h": 1}})
    assert found.waited_by_queue == {QUEUE: {"from_6_h": 1}}
