"""Interval and window of a run."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.errors import ParametersError
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.window import RunPlan, client_window, plan_failed_rerun, plan_interval_run, plan_manual_run

NOW = datetime(2026, 3, 10, 15, 42, 7, tzinfo=UTC)
START, END = (datetime(year, 1, 1) for year in (2000, 2090))  # noqa: DTZ001  # hypothesis adds the zone itself
MOMENTS = st.datetimes(START, END, timezones=st.just(UTC))
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))


def manual(**values: object) -> RunPlan:
    return plan_manual_run("r", run_after=NOW, parameters=parse_parameters(values), now=NOW)


def test_a_manual_run_has_the_utc_hour_of_its_start_as_interval() -> None:
    """The interval names the snapshots: everything asked for within an hour shares them."""
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    plan = plan_manual_run("r", run_after=berlin, parameters=parse_parameters({}), now=NOW)
    assert plan.interval.key == "20260310T150000Z--20260310T160000Z"
    assert plan.window_end == NOW


def test_a_scheduled_run_takes_its_data_interval() -> None:
    """The day of the interval is the folder, and its end the end of the window."""
    start, end = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)
    plan = plan_interval_run("r", start=start, end=end, parameters=parse_parameters({}), now=NOW)
    window = client_window(plan, default_period_days=None)
    assert (window.start, window.end, window.day) == (datetime(2026, 3, 3, tzinfo=UTC), end, date(2026, 3, 9))


def test_period_days_come_from_the_parameter_then_the_client_then_seven() -> None:
    """The order of precedence of the window's length."""
    lengths = [
        client_window(manual(period_days=2), default_period_days=30),
        client_window(manual(), default_period_days=30),
        client_window(manual(), default_period_days=None),
    ]
    assert [(window.end - window.start).days for window in lengths] == [2, 30, 7]


def test_to_date_is_inclusive_and_from_date_starts_at_midnight() -> None:
    """Both ends are applied; the last day is the folder."""
    window = client_window(manual(from_date="2026-03-01", to_date="2026-03-02"), default_period_days=30)
    assert (window.start, window.end) == (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    assert window.day == date(2026, 3, 2)


def test_a_window_that_would_be_empty_is_refused() -> None:
    """from_date after the run's end would silently ingest nothing."""
    with pytest.raises(ParametersError, match="from_date 2026-03-11 is not before the end of the window"):
        manual(from_date="2026-03-11")


@given(MOMENTS, st.integers(1, 3650))
def test_edges_belong_to_exactly_one_window(end: datetime, days: int) -> None:
    """The start is in, the end is out: two windows that meet share nothing and miss nothing."""
    plan = plan_manual_run("r", run_after=end, parameters=parse_parameters({"period_days": days}), now=NOW)
    window = client_window(plan, default_period_days=None)
    assert window.start in window
    assert window.end not in window
    assert window.end - timedelta(microseconds=1) in window
    assert window.start - timedelta(microseconds=1) not in window
    assert window.day == (window.end - timedelta(microseconds=1)).date()


@given(DAYS)
def test_a_daily_run_and_a_manual_run_of_the_next_day_do_not_meet(day: date) -> None:
    """Each writes the folder of the last day its window covers."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    daily = plan_interval_run("d", start=start, end=end, parameters=parse_parameters({}), now=end)
    by_hand = plan_manual_run("m", run_after=end + timedelta(hours=3), parameters=parse_parameters({}), now=end)
    assert (daily.day, by_hand.day) == (day, day + timedelta(days=1))


@given(MOMENTS, st.none() | DAYS, st.booleans())
def test_a_plan_survives_json(moment: datetime, to_date: date | None, refresh: bool) -> None:
    """The plan travels by XCom and report; both give back the same plan."""
    values = {"to_date": to_date.isoformat() if to_date else None, "force_refresh": refresh, "client_ids": ["a", "b"]}
    plan = plan_manual_run("r", run_after=moment, parameters=parse_parameters(values), now=moment)
    assert RunPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_rerun_of_the_failed_inherits_interval_window_and_parameters() -> None:
    """Only the clients, the dry run and the tolerance are the new run's own."""
    earlier = manual(period_days=3, ingestion_mode="broad", client_ids=["a", "b", "c"])
    asked = parse_parameters({"only_failed_of_run": "r", "dry_run": True})
    later = plan_failed_rerun("r2", earlier=earlier, failed_client_ids=("b",), parameters=asked, now=NOW + timedelta(days=2))
    assert (later.interval, later.window_end, later.refresh) == (earlier.interval, earlier.window_end, None)
    assert later.parameters.client_ids == ("b",)
    assert (later.parameters.period_days, later.parameters.ingestion_mode, later.parameters.dry_run) == (3, "broad", True)


def test_a_rerun_of_nobody_is_refused() -> None:
    """No failed client must not turn into all clients."""
    with pytest.raises(ParametersError, match="no failed clients"):
        plan_failed_rerun(
            "r2", earlier=manual(), failed_client_ids=(), parameters=parse_parameters({"only_failed_of_run": "r"}), now=NOW
        )
