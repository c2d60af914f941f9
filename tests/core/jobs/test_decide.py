"""What a sync asks about, and what it writes: pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.jobs import job
from vectora_core.jobs import decide
from vectora_core.jobs.redaction import redacted_text
from vectora_core.jobs.types import JobListing, JobRecord

NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
MINUTE = 60_000


def listing(job_id: str = "a", status: str = "RUNNING", **more: Any) -> JobListing:
    return JobListing(job_id=job_id, status=status, created_at=1, **more)


def planned(**given: Any) -> decide.Plan:
    nothing: dict[str, Any] = {"listed": {}, "finished": set(), "rows": {}, "unstored": (), "cursor": "", "rotation": 0}
    arguments = nothing | given
    return decide.plan(arguments.pop("listed"), arguments.pop("finished"), arguments.pop("rows"), **arguments)


def test_what_is_new_or_differs_is_described() -> None:
    """A listing without a row, or with another state than its row; not one that says the same."""
    plan = planned(
        listed={"new": listing("new"), "moved": listing("moved", "RUNNING"), "same": listing("same", "STARTING")},
        rows={"moved": job("moved", "STARTING"), "same": job("same", "STARTING")},
    )
    assert plan.describe == ("moved", "new")
    assert plan.unlisted == frozenset()


def test_open_rows_that_are_not_listed_are_described() -> None:
    """They finished, or Batch has forgotten them: those are the unlisted ones."""
    plan = planned(finished={"done"}, rows={"done": job("done"), "lost": job("lost")})
    assert plan.describe == ("done", "lost")
    assert plan.unlisted == {"lost"}


def test_finished_jobs_are_described_where_no_row_says_so() -> None:
    """Those that came and went between two syncs, and no others."""
    assert planned(finished={"known", "missed"}, unstored={"missed"}).describe == ("missed",)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, False),
        ({"status": "STARTING"}, True),
        ({"status_reason": "MISCONFIGURATION:X"}, True),
        ({"started_at": 5}, True),
        ({"is_cancelled": True}, True),
        ({"is_terminated": True}, True),
        ({"array_summary": {"RUNNING": 1}}, True),
        ({"array_summary": {"RUNNING": 0}}, False),
        ({"status_reason": ""}, False),
        ({"started_at": 0}, False),
    ],
)
def test_a_listing_differs_in_state_reason_start_flags_or_summary(more: dict[str, Any], expected: bool) -> None:
    """Nothing, an empty text and zero are the same; a list that leaves the summary out says nothing about it."""
    assert decide.differs(listing(**{"status": "RUNNING", **more}), job("a", "RUNNING")) is expected


def test_a_summary_that_is_not_listed_makes_no_difference() -> None:
    """Older answers of ListJobs have none: every array would be described at every sync."""
    assert not decide.differs(listing(), job("a", array_summary={"RUNNING": 3}))


def test_a_reason_with_a_secret_in_it_makes_no_difference() -> None:
    """Rows have it redacted, and would look changed at every sync."""
    row = job("a", status_reason=redacted_text("start failed: token=abc"))
    assert row.status_reason != "start failed: token=abc"
    assert not decide.differs(listing(status_reason="start failed: token=abc"), row)


def test_a_reason_that_had_to_be_shortened_makes_no_difference() -> None:
    """The row has its beginning only."""
    assert not decide.differs(listing(status_reason="x" * 5_000), job("a", status_reason="x" * 4_096))


ids = st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True).map(sorted)


@given(ids, st.text("abcdef", max_size=3), st.integers(1, 8))
def test_the_rotation_comes_to_every_job_before_it_comes_to_one_again(known: list[str], cursor: str, size: int) -> None:
    """With the same jobs it is the order of who was described longest ago, and it never takes more than its size."""
    seen: list[str] = []
    for _ in range(-(-len(known) // size)):
        turn = decide.next_in_turn(known, cursor, size)
        assert len(turn) == min(size, len(known)) == len(set(turn))
        seen, cursor = seen + turn, turn[-1]
    assert seen[: len(known)] == sorted(known, key=seen.index)
    assert set(seen) == set(known)


def test_the_rotation_is_over_the_open_jobs_and_counts_those_described_anyway() -> None:
    """10,000 open jobs with 100 changed are 11 calls of DescribeJobs, not 12 or more."""
    known = {f"{number:05d}": job(f"{number:05d}", "RUNNABLE") for number in range(10_000)}
    listed = {job_id: listing(job_id, "RUNNABLE") for job_id in known}
    listed |= {job_id: listing(job_id, "STARTING") for job_id in sorted(known)[500:600]}
    plan = planned(listed=listed, rows=known, cursor="00499", rotation=1_000)
    assert len(plan.describe) == 1_000
    assert plan.cursor == "01499"
    assert len(planned(listed=listed, rows=known, cursor="00599", rotation=1_000).describe) == 1_100


def test_a_description_is_written_if_it_says_anything_new() -> None:
    """Each column of the state counts; when it was seen, by whom and in which words does not."""
    row = job("a", "RUNNING", started_at=5)
    seen_again = replace(row, timestamp="2030-01-01T00:00:00.000Z", source="sync", full_event="…", observed_at="…")
    assert not decide.worth_writing(seen_again, row, now=NOW)
    changes: list[dict[str, Any]] = [
        {"status": "SUCCEEDED"},
        {"attempts": 1},
        {"status_reason": "x"},
        {"started_at": 6},
        {"is_cancelled": True},
        {"is_terminated": True},
        {"array_size": 2},
        {"array_summary": {"RUNNING": 1}},
    ]
    for change in changes:
        assert decide.worth_writing(replace(seen_again, **change), row, now=NOW), change


def test_a_description_of_an_unknown_or_gone_job_is_written() -> None:
    """Where nothing is known the table decides; where Batch knows a job again it is not gone."""
    assert decide.worth_writing(job("a"), None, now=NOW)
    assert decide.worth_writing(job("a"), job("a", gone="2026-03-10T00:00:00.000Z"), now=NOW)


def expiring(days: float, status: str = "RUNNING") -> JobRecord:
    return job("a", status, expires_at=int((NOW + timedelta(days=days)).timestamp()))


def test_an_open_row_that_would_expire_soon_is_written_again() -> None:
    """Fifteen days before; with the shortest retention once a day and not at every sync."""
    assert decide.worth_writing(expiring(90), expiring(14.9), now=NOW)
    assert not decide.worth_writing(expiring(90), expiring(15.1), now=NOW)
    assert not decide.worth_writing(expiring(15), expiring(14.1), now=NOW)
    assert decide.worth_writing(expiring(15), expiring(13.9), now=NOW)
    assert not decide.worth_writing(expiring(90, "FAILED"), expiring(1, "FAILED"), now=NOW)


def test_the_watermark_is_ten_minutes_before_the_newest_creation() -> None:
    """Lists may lag; a creation ahead of our own clock counts as now."""
    assert decide.next_watermark(0, NOW_MS - 3 * MINUTE, NOW) == NOW_MS - 13 * MINUTE
    assert decide.next_watermark(0, NOW_MS + 99 * MINUTE, NOW) == NOW_MS - 10 * MINUTE


def test_the_watermark_is_the_newest_creation_once_that_is_long_past() -> None:
    """Ten thousand jobs submitted within a minute are not listed over and over until the next one comes."""
    assert decide.next_watermark(0, NOW_MS - 70 * MINUTE, NOW) == NOW_MS - 70 * MINUTE
    assert decide.next_watermark(0, NOW_MS - 55 * MINUTE, NOW) == NOW_MS - 60 * MINUTE


@given(st.integers(0, NOW_MS), st.integers(0, 2 * NOW_MS))
def test_the_watermark_never_goes_back_nor_beyond_what_may_be_unseen(watermark: int, newest: int) -> None:
    """Whatever was listed, a job created after the newest one, or in the ten minutes before now, is listed next time."""
    after = decide.next_watermark(watermark, newest, NOW)
    assert after >= watermark
    assert after == watermark or after <= min(newest, NOW_MS - 10 * MINUTE)


def test_a_job_is_overdue_after_the_time_of_grace() -> None:
    """The limit belongs to it; without grace at once."""
    hour = timedelta(hours=1)
    assert decide.is_overdue(NOW - hour, NOW, grace=hour)
    assert not decide.is_overdue(NOW - hour + timedelta(seconds=1), NOW, grace=hour)
    assert decide.is_overdue(NOW, NOW, grace=timedelta(0))


def test_the_age_of_a_change_is_since_the_newest_time_of_the_job() -> None:
    """Seconds, never negative, 0 where the job tells no time."""
    assert decide.age_of_change(job("a", created_at=NOW_MS - 9_000, started_at=NOW_MS - 2_500), NOW) == 2.5
    assert decide.age_of_change(job("a", created_at=NOW_MS + 9_000), NOW) == 0
    assert decide.age_of_change(job("a", created_at=None), NOW) == 0


def test_only_a_finished_row_says_that_a_job_has_finished() -> None:
    """An open row does not, nor does none."""
    assert decide.is_stored(job("a", "FAILED"))
    assert not decide.is_stored(job("a", "RUNNING"))
    assert not decide.is_stored(None)
