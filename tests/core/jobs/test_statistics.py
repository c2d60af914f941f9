"""Statistics of the table: what is counted again, how it is put together, and that it ends up true."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.jobs import NOW, OTHER_QUEUE, QUEUE, NewTable, job
from vectora_core.jobs.statistics import (
    GONE,
    Range,
    Statistics,
    Tally,
    merge,
    ranges_to_count,
    read_statistics,
    statistics_from_json,
    statistics_path,
    store_statistics,
    success_rate,
    summary,
    to_json,
)
from vectora_core.jobs.waiting import BUCKETS
from vectora_core.storage import open_storage

FIRST_DAY = date(2026, 1, 1)
DAYS = st.integers(0, 40).map(lambda number: (FIRST_DAY + timedelta(days=number)).isoformat())


def counted(rows: Counter[str], previous: Statistics | None, now: datetime) -> Statistics:
    """One pass over a table that has so many finished jobs a day: only what the ranges ask for is seen."""
    ranges = ranges_to_count(previous, now)
    days = {day: {QUEUE: {"FAILED": n}} for day, n in rows.items() if n and any(one.has(day) for one in ranges)}
    return merge(previous, ranges, Tally(open_jobs={}, days=days), now)


@settings(max_examples=200)
@given(rows=st.lists(DAYS, max_size=40), moves=st.integers(0, 9_999))
def test_a_table_at_rest_is_counted_truly_within_a_turn(rows: list[str], moves: int) -> None:
    """Whatever came, expired or was late meanwhile, in days of any age: at rest, as many counts as days make it true."""
    chance, table, now = random.Random(moves), Counter(rows), datetime(2026, 2, 12, 12, tzinfo=UTC)
    found = counted(table, None, now)
    assert found.by_status.get("FAILED", 0) == table.total()
    for _ in range(20):
        day = (FIRST_DAY + timedelta(days=chance.randrange(43))).isoformat()
        table[day] = max(0, table[day] + chance.choice((-1, 1, 2)))
        now += timedelta(hours=chance.choice((1, 30)))
        found = counted(table, found, now)
    for _ in range(2 * (len(found.days) + 2)):
        found = counted(table, found, now)
    assert found.by_status.get("FAILED", 0) == table.total()
    assert found.days == {day: {QUEUE: {"FAILED": n}} for day, n in sorted(table.items()) if n}


@given(st.lists(DAYS, max_size=40, unique=True), st.none() | DAYS)
def test_a_count_reads_the_recent_days_and_one_older_that_is_known(known: list[str], cursor: str | None) -> None:
    """So the cost of a count does not grow with the table."""
    previous = Statistics(counted_at="2026-02-10T00:10:00.000Z", days={day: {} for day in known}, cursor=cursor)
    recent, older = ranges_to_count(previous, datetime(2026, 2, 10, 0, 20, tzinfo=UTC))
    assert recent == Range(since="2026-02-09")
    assert len([day for day in known if older.has(day)]) <= 1
    assert older.until is not None and older.until <= "2026-02-09"


def test_days_that_passed_since_the_last_count_are_recent() -> None:
    """A sync that stood still for a week leaves no gap."""
    previous = Statistics(counted_at="2026-02-01T23:50:00.000Z")
    recent, _ = ranges_to_count(previous, datetime(2026, 2, 8, 1, tzinfo=UTC))
    assert recent == Range(since="2026-01-31")


def test_the_older_days_come_in_turn_and_then_anew() -> None:
    """Backwards, each from where the last ended; what is before all known days once a turn."""
    now = datetime(2026, 2, 10, 12, tzinfo=UTC)
    found = counted(Counter(["2026-01-05", "2026-01-09", "2026-02-10"]), None, now)
    turns = []
    for _ in range(4):
        turns.append(ranges_to_count(found, now)[1])
        found = counted(Counter(["2026-01-05", "2026-01-09", "2026-02-10"]), found, now)
    assert turns == [
        Range(since="2026-01-09", until="2026-02-09"),
        Range(since="2026-01-05", until="2026-01-09"),
        Range(until="2026-01-05"),
        Range(since="2026-01-09", until="2026-02-09"),
    ]


def test_no_rate_is_dressed_up() -> None:
    """Where nothing finished there is none."""
    assert success_rate(0, 0) is None
    assert success_rate(3, 1) == 0.75
    assert summary(Statistics(counted_at="2026-02-10T00:00:00.000Z"))["success_rate"] is None


COUNTS = st.dictionaries(st.sampled_from([QUEUE, OTHER_QUEUE]), st.dictionaries(st.just("FAILED"), st.integers(0, 9)))


@given(days=st.dictionaries(DAYS, COUNTS), cursor=st.none() | DAYS)
def test_statistics_are_read_back_as_they_were_stored(
    days: dict[str, dict[str, dict[str, int]]], cursor: str | None
) -> None:
    """And the file says the same to whoever only reads it."""
    found = Statistics(counted_at="2026-02-10T00:00:00.000Z", days=days, cursor=cursor)
    assert statistics_from_json(to_json(found)) == found
    document = json.loads(to_json(found))
    assert {name: document[name] for name in summary(found)} == summary(found)


BROKEN = {
    "no JSON": b"{",
    "no text": b"\xff",
    "a list": b"[]",
    "no parts": b"{}",
    "an unknown part": b'{"parts": {"counted_at": "2026-02-10T00:00:00.000Z", "x": 1}}',
    "no time": b'{"parts": {"counted_at": "soon"}}',
    "no zone": b'{"parts": {"counted_at": "2026-02-10T00:00:00"}}',
    "no counts": b'{"parts": {"counted_at": "2026-02-10T00:00:00.000Z", "days": {"2026-02-10": {"q": {"FAILED": "x"}}}}}',
    "no days": b'{"parts": {"counted_at": "2026-02-10T00:00:00.000Z", "days": 3}}',
    "no cursor": b'{"parts": {"counted_at": "2026-02-10T00:00:00.000Z", "cursor": 3}}',
    "deep": b'{"parts":' + b"[" * 100_000,
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_none_and_all_is_counted_anew(data: bytes, tmp_path: Path) -> None:
    """It is a saving of work, not a truth."""
    storage = open_storage(tmp_path.as_uri())
    storage.put(statistics_path("jobs"), data)
    assert read_statistics(storage, "jobs") is None
    assert ranges_to_count(None, NOW) == (Range(),)


def test_what_a_sync_stores_is_found_again(tmp_path: Path) -> None:
    """Below the data root, by table."""
    storage = open_storage(tmp_path.as_uri())
    assert read_statistics(storage, "jobs") is None
    found = Statistics(counted_at="2026-02-10T00:00:00.000Z", open_jobs={QUEUE: {"RUNNING": 2}})
    store_statistics(storage, "jobs", found)
    assert read_statistics(storage, "jobs") == found
    assert (tmp_path / "jobs/jobs/statistics.json").exists()


def test_the_table_is_counted_by_its_index(new_table: NewTable) -> None:
    """Gone jobs apart, expired ones not at all; then only what may have changed, and never a scan."""
    table = new_table()
    table.put_many(
        [
            *(job(f"r{n}", "RUNNING") for n in range(3)),
            job("q", "RUNNABLE", job_queue=OTHER_QUEUE),
            job("lost", "STARTING", gone="2026-03-10T15:00:00.000Z"),
            *(job(f"s{n}", "SUCCEEDED", minutes_ago=n * 1440) for n in range(6)),
            job("f", "FAILED", minutes_ago=3 * 1440, job_queue=OTHER_QUEUE),
            job("long ago", "SUCCEEDED", expires_at=int(NOW.timestamp()) - 1),
            job("by hand", "FAILED", timestamp="12/24/2025", job_queue=""),
            job("on the border", "FAILED", timestamp="2026-03-09", job_queue=""),
        ]
    )
    first = table.get_statistics()
    assert summary(first) == {
        "counted_at": "2026-03-10T15:42:00.000Z",
        "total": 14,
        "succeeded": 6,
        "failed": 3,
        "open": 4,
        "running": 3,
        "gone": 1,
        "success_rate": 6 / 9,
        "by_status": {"RUNNABLE": 1, "RUNNING": 3, "FAILED": 3, "SUCCEEDED": 6, GONE: 1},
        "by_queue": {
            "": {"FAILED": 2},
            OTHER_QUEUE: {"RUNNABLE": 1, "FAILED": 1},
            QUEUE: {"RUNNING": 3, "SUCCEEDED": 6, GONE: 1},
        },
        "waiting": {
            "buckets": {bucket.name: bucket.below for bucket in BUCKETS},
            "waited": {},
            "now": {OTHER_QUEUE: {"jobs": 1, "longest_seconds": 60}},
        },
    }
    table.calls.clear()
    assert table.get_statistics(previous=first).by_queue == first.by_queue
    assert table.calls == {"Query": 5 + 2 + 2}  # each open status; FAILED and SUCCEEDED of two ranges
