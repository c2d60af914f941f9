"""What is drawn of the kept result of `scale`, and that the page shows the result that is kept."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import plot, scale
from benchmarks.figures import Result
from benchmarks.scale import _Cost

OURS = _Cost(wall=12.0, cpu=50.0, memory=158.4, lag=0.5, requests=60, pace=0.02)
EMPTY = _Cost(wall=10.0, cpu=40.0, memory=152.0, lag=0.25, requests=0, pace=0.01)


@pytest.fixture
def document() -> dict[str, Any]:
    """A result of two sizes on one stack, as `make bench-scale` keeps it."""
    rows = scale._rows("LocalExecutor", {100: [(OURS, EMPTY)], 1_000: [(OURS, EMPTY)]})
    result = Result(name="scale", title="", measured="", peer="", rows=tuple(rows))
    return {"benchmarks": [result.as_json()]}


def test_a_table_has_a_line_for_each_size(document: dict[str, Any]) -> None:
    """With how many times the empty tasks it is, in brackets; requests to sources have no peer.

    Processor times are of the pace of the median run, 15 ms here: ours, at 20 ms, count three quarters.
    """
    rows = plot.by_stack(document)["LocalExecutor"]
    heading, _, first, second = plot.table("LocalExecutor", rows).splitlines()
    told = "wall time | processor time a client | pace | largest task | queued to started | requests to the sources"
    assert heading == f"| LocalExecutor | {told} |"
    assert first == "| 100 clients | 12.00 s (1.20) | 0.38 s (0.62) | 20 ms (2.00) | 158 MB (1.04) | 0.50 s (2.00) | 60 |"
    assert second.startswith("| 1,000 clients | 12.00 s (1.20) | 0.04 s (0.62) | 20 ms")


def test_a_round_in_which_no_task_was_seen_says_nothing_of_its_size() -> None:
    """It is left out: no task is smaller than nothing."""
    unseen = replace(EMPTY, memory=0.0)
    rows = scale._rows("LocalExecutor", {10: [(OURS, unseen), (OURS, EMPTY)], 100: [(OURS, unseen)]})
    sizes = {row.what: row.peer for row in rows if row.what.endswith("largest task")}
    assert sizes == {"LocalExecutor, 10 clients: largest task": (152.0,), "LocalExecutor, 100 clients: largest task": ()}


def test_a_chart_shows_both_lines_below_its_top(document: dict[str, Any]) -> None:
    """`vectora_ingest` first, over the sizes as they are written."""
    chart = plot.chart("LocalExecutor", "wall time", plot.by_stack(document)["LocalExecutor"]["wall time"])
    assert 'x-axis "clients" ["100", "1,000"]' in chart
    assert re.findall(r"line \[(.+)\]", chart) == ["12.00, 12.00", "10.00, 10.00"]
    assert '"Wall time, s" 0 --> 13.2' in chart


def test_the_largest_size_is_compared_with_the_one_before(document: dict[str, Any]) -> None:
    """By the processor time of a client."""
    assert (
        "at 1,000 a client costs 0.10 times the processor time that it costs at 100, an empty task 0.10 times"
        in plot.drawn(document)
    )


def test_drawing_again_changes_nothing_else(document: dict[str, Any]) -> None:
    """What stands before and after the marks stays."""
    page = f"before\n{plot.BEGIN}old\n{plot.END}after\n"
    once = plot.drawn_into(page, document)
    assert plot.drawn_into(once, document) == once
    assert (once.startswith(f"before\n{plot.BEGIN}"), once.endswith(f"{plot.END}after\n"), "old" in once) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("page", ["", plot.BEGIN, plot.END, plot.END + plot.BEGIN])
def test_a_page_without_marks_is_left_alone(document: dict[str, Any], page: str) -> None:
    """It would be lost behind the place that is not there."""
    with pytest.raises(ValueError, match="needs the lines"):
        plot.drawn_into(page, document)


def test_the_page_shows_the_result_that_is_kept() -> None:
    """`python -m benchmarks.plot` was run after the last `make bench-scale`, which did every size on every stack."""
    page, kept = plot.PAGE.read_text(encoding="utf-8"), json.loads(plot.RESULT.read_text(encoding="utf-8"))
    assert plot.drawn_into(page, kept) == page
    sizes = [f"{size:,}" for size in scale.SIZES]
    assert {stack: list(rows["wall time"]) for stack, rows in plot.by_stack(kept).items()} == {
        "LocalExecutor": sizes,
        "CeleryExecutor": sizes,
    }
