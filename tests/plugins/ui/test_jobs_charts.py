"""The charts of jobs: every number is drawn in its proportion, said in words, and in the table beside the chart."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.jobs_given import count, dashboard, table_of, words
from vectora_airflow.ui.jobs import charts
from vectora_airflow.ui.jobs.model import FinishedDay, QueueWaits
from vectora_core.jobs.waiting import BUCKETS

COUNTS = st.integers(0, 10**9)


def days(*numbers: tuple[int, int]) -> list[FinishedDay]:
    """Days up to 10 March, each with failed and succeeded jobs."""
    last = date(2026, 3, 10)
    return [
        FinishedDay(day=last - timedelta(days=len(numbers) - 1 - n), failed=failed, succeeded=succeeded)
        for n, (failed, succeeded) in enumerate(numbers)
    ]


def waits(name: str, *numbers: int, now: int = 0) -> QueueWaits:
    waited = dict(zip((bucket.name for bucket in BUCKETS), numbers, strict=True))
    return QueueWaits(job_queue=f"arn:{name}", name=name, waited=waited, waiting_now=now, longest_seconds=60)


def test_columns_are_as_high_as_their_numbers() -> None:
    """The highest is as high as the chart; failed jobs stand at the foot, where days can be compared."""
    chart = charts.finished_by_day(days((0, 0), (10, 30), (0, 20)))
    foot = charts.TOP + charts.HEIGHT
    drawn = [[(part.name, part.begin, part.length) for part in column.parts] for column in chart.columns]
    assert drawn == [
        [],
        [("failed", foot - 28, 28), ("succeeded", foot - 112, 84)],
        [("succeeded", foot - 56, 56)],
    ]
    assert (chart.highest, chart.failed, chart.succeeded) == (40, 10, 50)


def test_columns_share_the_width() -> None:
    """None overlaps its neighbour, and the last ends at the right."""
    columns = charts.finished_by_day(days(*[(1, 1)] * 30)).columns
    assert all(one.begin + one.width < other.begin for one, other in pairwise(columns))
    assert columns[0].begin >= 0 and columns[-1].begin + columns[-1].width <= 100
    assert [column.label for column in columns if column.label] == ["02-10", "02-17", "02-24", "03-03", "03-10"]


def test_a_single_job_beside_a_million_is_still_seen() -> None:
    (column,) = charts.finished_by_day(days((1, 1_000_000))).columns
    assert column.parts[0].length >= 1


def test_the_chart_says_in_words_what_it_shows() -> None:
    assert charts.finished_by_day(days((0, 0), (2, 1_500))).in_words == (
        "Jobs finished per UTC day, last 2 days: 1,500 succeeded, 2 failed; most on 2026-03-10, 1,502."
    )
    assert charts.finished_by_day(days((0, 0))).in_words == "No job finished in the last 1 days."


def test_open_states_are_measured_against_the_longest() -> None:
    """In the order in which jobs move forward, gone last; a state without jobs has an empty bar."""
    bars = charts.open_by_state({"RUNNING": 40, "RUNNABLE": 10, "gone": 20, "FAILED": 900})
    assert [(bar.name, bar.total, [part.length for part in bar.parts]) for bar in bars] == [
        ("SUBMITTED", 0, []),
        ("PENDING", 0, []),
        ("RUNNABLE", 10, [25.0]),
        ("STARTING", 0, []),
        ("RUNNING", 40, [100.0]),
        ("gone", 20, [50.0]),
    ]
    assert not any(bar.parts for bar in charts.open_by_state({}))


def test_waits_are_shares_of_the_jobs_that_started() -> None:
    """Shortest on the left; each queue by itself, however many jobs another has."""
    (bar, empty) = charts.waits_by_queue([waits("render", 6, 0, 2, 0, 0, 2), waits("cut", 0, 0, 0, 0, 0, 0, now=3)])
    assert [(part.name, part.begin, part.length) for part in bar.parts] == [
        ("under_1_min", 0.0, 60.0),
        ("under_15_min", 60.0, 20.0),
        ("from_6_h", 80.0, 20.0),
    ]
    assert bar.in_words == "render: 6 waited < 1 min, 2 waited < 15 min, 2 waited 6 h or more"
    assert (empty.parts, empty.in_words) == ((), "cut: no wait is known")


def test_of_many_queues_the_first_are_drawn() -> None:
    bars = charts.waits_by_queue([waits(f"q{n}", 1, 0, 0, 0, 0, 0) for n in range(30)])
    assert len(bars) == charts.SHOWN_QUEUES


@given(numbers=st.lists(COUNTS, min_size=6, max_size=6), columns=st.lists(st.tuples(COUNTS, COUNTS), max_size=40))
def test_nothing_is_drawn_outside(numbers: list[int], columns: list[tuple[int, int]]) -> None:
    """Whatever the numbers; what is not nothing is to be seen."""
    (bar,) = charts.waits_by_queue([waits("q", *numbers)])
    assert len(bar.parts) == sum(number > 0 for number in numbers)
    assert all(part.length > 1 and part.begin >= 0 and part.begin + part.length <= 100.01 for part in bar.parts)
    for column in charts.finished_by_day(days(*columns)).columns:
        assert all(part.length >= 1 and part.begin >= charts.TOP - 2 for part in column.parts)


@pytest.mark.parametrize("table", ["days-table", "waits-table"])
def test_a_chart_has_its_numbers_as_a_table(pages: Pages, table: str) -> None:
    """Folded away below it, with the same numbers and names."""
    table_of(pages)
    count(pages)
    twin = dashboard(pages).select_one(f"details#{table}")
    rows = [words(row) for row in twin.select("tbody tr")]
    if table == "days-table":
        assert rows[:3] == ["2026-03-10 8 10", "2026-03-09 2 30", "2026-03-08 0 0"]
        assert len(rows) == 30
    else:
        assert rows == ["render 7 0 0 0 0 1 2 2 h 05 min", "cut 0 0 5 0 0 0 0 –"]  # noqa: RUF001


def test_no_chart_speaks_by_colour_alone(pages: Pages) -> None:
    """Each says its content in words, and each part what it is and how many."""
    table_of(pages)
    count(pages)
    soup = dashboard(pages)
    for drawing in soup.select("svg"):
        assert drawing.get("aria-hidden") == "true" or (drawing["role"] == "img" and drawing["aria-label"])
    assert words(soup.select_one("#finished .legend")) == "failed 10 succeeded 40"
    assert "2026-03-10: 8 failed, 10 succeeded" in [words(title) for title in soup.select("#finished svg title")]
    assert "7 waited < 1 min" in [words(title) for title in soup.select("#waiting svg title")]
    assert "2 wait now, longest 2 h 05 min" in words(soup.select_one("#waiting"))
    assert words(soup.select_one("#open table")) == "submitted 1 pending 0 runnable 2 starting 0 running 4 gone 1"
