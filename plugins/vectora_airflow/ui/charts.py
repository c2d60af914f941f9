"""Small drawings as SVG: the strip of a client's runs and the sparkline of its items. Geometry alone; templates draw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

CellState = Literal["succeeded", "partial", "failed", "absent", "going", "unknown"]

CELL_WIDTH, CELL_HEIGHT, CELL_GAP = 8, 16, 2
SPARK_WIDTH, SPARK_HEIGHT, _SPARK_EDGE = 90, 20, 3

# One outline each, as relative SVG path commands from the upper left corner of the cell; holes are cut out (even-odd rule).
# Told apart by shape: full, half, full with a cross, low dot, frame, dash.
_SHAPES: Mapping[CellState, str] = {
    "succeeded": "h8v16h-8z",
    "partial": "m0 8h8v8h-8zm0 -8h8v1.5h-8z",
    "failed": "h8v16h-8zm1.8 4.2l-1 1l2.2 2.8l-2.2 2.8l1 1l2.2 -2.6l2.2 2.6l1 -1l-2.2 -2.8l2.2 -2.8l-1 -1l-2.2 2.6z",
    "absent": "m2.5 13h3v3h-3z",
    "going": "h8v16h-8zm1.5 1.5v13h5v-13z",
    "unknown": "m0 7h8v2h-8z",
}
_CLASSES: Mapping[CellState, str] = {"absent": "neutral", "going": "running", "unknown": "neutral"}
_WORDS: Mapping[CellState, str] = {
    "succeeded": "succeeded",
    "partial": "partial",
    "failed": "failed",
    "absent": "not in the run",
    "going": "still going",
    "unknown": "no report",
}


@dataclass(frozen=True, kw_only=True)
class StripCell:
    """One run of a strip, to be drawn.

    :param title: what it says when pointed at
    :param href: where it leads, or None
    """

    state: CellState
    title: str
    href: str | None = None


@dataclass(frozen=True, kw_only=True)
class DrawnCell:
    """A cell with its outline: ``css_class`` gives the colour, ``path`` (SVG path data) the shape."""

    css_class: str
    path: str
    title: str
    href: str | None


@dataclass(frozen=True, kw_only=True)
class Strip:
    """A strip of runs, the oldest on the left; sizes in pixels.

    :param label: what it shows, in words
    """

    width: int
    height: int
    label: str
    cells: tuple[DrawnCell, ...]


@dataclass(frozen=True, kw_only=True)
class Sparkline:
    """A line through numbers, the oldest on the left; sizes in pixels.

    :param points: of the line, as SVG writes them; empty for a single number, which is only a dot
    :param last: where the newest number is: x, y
    :param label: what it shows, in words
    """

    width: int
    height: int
    points: str
    last: tuple[float, float]
    label: str


def strip(cells: Sequence[StripCell]) -> Strip:
    """Draw runs side by side.

    :param cells: the oldest first
    """
    drawn = tuple(
        DrawnCell(
            css_class=_CLASSES.get(cell.state, cell.state),
            path=cell_path(cell.state, index * (CELL_WIDTH + CELL_GAP)),
            title=cell.title,
            href=cell.href,
        )
        for index, cell in enumerate(cells)
    )
    width = max(len(cells) * (CELL_WIDTH + CELL_GAP) - CELL_GAP, 0)
    return Strip(width=width, height=CELL_HEIGHT, label=strip_in_words([cell.state for cell in cells]), cells=drawn)


def cell_path(state: CellState, left: int = 0) -> str:
    """Return the outline of a cell whose left edge is at ``left``, as SVG path data."""
    return f"M{left} 0{_SHAPES[state]}"


def key() -> tuple[DrawnCell, ...]:
    """Return one cell of every state, titled by its meaning: what a key explains the shapes with."""
    return tuple(
        DrawnCell(css_class=_CLASSES.get(state, state), path=cell_path(state), title=words, href=None)
        for state, words in _WORDS.items()
    )


def strip_in_words(states: Sequence[CellState]) -> str:
    """Return what a strip shows: ``the last 3 runs: 2 succeeded, 1 failed; the latest failed``."""
    if not states:
        return "no runs yet"
    counted = Counter(states)
    counts = ", ".join(f"{counted[state]} {words}" for state, words in _WORDS.items() if counted[state])
    runs = "the last run" if len(states) == 1 else f"the last {len(states)} runs"
    return f"{runs}: {counts}; the latest {_WORDS[states[-1]]}"


def sparkline(values: Sequence[int | None], *, unit: str = "items") -> Sparkline | None:
    """Draw numbers as a line over their places; None without any number.

    :param values: the oldest first, at least 0; None leaves its place out, the line goes on past it
    :param unit: what is counted, for the words
    """
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    if not known:
        return None
    numbers = [value for _, value in known]
    places = [(_across(index, len(values)), _up(value, max(numbers))) for index, value in known]
    said = f"{numbers[-1]:,} {unit} in the latest of {len(numbers)} runs, from {min(numbers):,} to {max(numbers):,}"
    return Sparkline(
        width=SPARK_WIDTH,
        height=SPARK_HEIGHT,
        points=" ".join(f"{x:g},{y:g}" for x, y in places) if len(places) > 1 else "",
        last=places[-1],
        label=said if len(numbers) > 1 else f"{numbers[-1]:,} {unit} in its only run",
    )


def _across(index: int, places: int) -> float:
    step = (SPARK_WIDTH - 2 * _SPARK_EDGE) / max(places - 1, 1)
    return round(SPARK_WIDTH - _SPARK_EDGE - (places - 1 - index) * step, 1)


def _up(value: int, most: int) -> float:
    share = value / most if most else 0.0
    return round(SPARK_HEIGHT - _SPARK_EDGE - share * (SPARK_HEIGHT - 2 * _SPARK_EDGE), 1)
