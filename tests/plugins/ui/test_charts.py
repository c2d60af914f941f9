"""Strips and sparklines: what they show, in shapes and in words."""

from __future__ import annotations

from typing import get_args

import pytest

from vectora_airflow.ui import charts
from vectora_airflow.ui.charts import CellState, StripCell


def cells(*states: CellState) -> list[StripCell]:
    return [StripCell(state=state, title=f"run {place}") for place, state in enumerate(states)]


def test_states_are_told_apart_by_their_shape_alone() -> None:
    """No two of them have the same outline, whatever their colours."""
    states = get_args(CellState)
    assert len({charts.cell_path(state) for state in states}) == len(states)
    assert [cell.title for cell in charts.key()] == [
        "succeeded",
        "partial",
        "failed",
        "not in the run",
        "still going",
        "no report",
    ]


def test_a_strip_goes_from_left_to_right_without_overlap() -> None:
    """Each cell begins where the one before it and a gap end; the last one ends at the width."""
    drawn = charts.strip(cells("succeeded", "failed", "partial"))
    assert [cell.path.split("h")[0].split("m")[0] for cell in drawn.cells] == ["M0 0", "M10 0", "M20 0"]
    assert (drawn.width, drawn.height) == (28, 16)
    assert [cell.title for cell in drawn.cells] == ["run 0", "run 1", "run 2"]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((), "no runs yet"),
        (("failed",), "the last run: 1 failed; the latest failed"),
        (
            ("absent", "failed", "succeeded", "succeeded"),
            "the last 4 runs: 2 succeeded, 1 failed, 1 not in the run; the latest succeeded",
        ),
    ],
)
def test_a_strip_says_in_words_what_it_shows(states: tuple[CellState, ...], words: str) -> None:
    """How many of each, and what the latest was: all that those who do not see it need."""
    assert charts.strip_in_words(states) == words
    assert charts.strip(cells(*states)).label == words


def test_a_sparkline_keeps_the_places_of_runs_without_a_number() -> None:
    """The newest is at the right end, the largest at the top; what is missing leaves its place out."""
    drawn = charts.sparkline([0, None, 50, 100])
    assert drawn is not None
    points = [tuple(map(float, point.split(","))) for point in drawn.points.split()]
    assert [x for x, _ in points] == [3, 59, 87]
    assert [y for _, y in points] == [17, 10, 3]
    assert drawn.last == (87, 3)
    assert drawn.label == "100 items in the latest of 3 runs, from 0 to 100"


def test_a_single_number_is_a_dot_and_none_is_no_drawing() -> None:
    """A line needs two."""
    drawn = charts.sparkline([None, 7, None])
    assert drawn is not None
    assert drawn.points == ""
    assert drawn.label == "7 items in its only run"
    assert charts.sparkline([None, None]) is None
    assert charts.sparkline([]) is None


def test_nothing_but_zeros_lies_at_the_bottom() -> None:
    """It divides by nothing."""
    drawn = charts.sparkline([0, 0])
    assert drawn is not None
    assert drawn.points == "3,17 87,17"
