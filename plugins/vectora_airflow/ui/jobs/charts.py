"""Where everything is in the charts of jobs: widths in percent, heights in pixels. Does no I/O, and knows no colour.

The width is the browser's: a chart is as sharp on a telephone as on a wall, and its text is never scaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vectora_airflow.ui.jobs.model import FinishedDay, QueueWaits
from vectora_core.jobs.states import OPEN
from vectora_core.jobs.statistics import GONE
from vectora_core.jobs.waiting import BUCKETS

HEIGHT: Final = 112
"""Of the highest column."""
TOP: Final = 18
"""Above the highest column: what the highest stands for is written there."""
SHOWN_QUEUES: Final = 6
"""Queues whose waits are drawn; the table beside the chart has them all."""
_GAP: Final = 0.22  # of a column's place
_LEAST: Final = 1.5  # a number above nothing is never nothing to see
_LABEL_EVERY: Final = 7


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a bar or column that stands for a number.

    :param begin: from the left in percent of the width; in a column from the top in pixels
    :param length: in the same unit
    """

    name: str
    number: int
    begin: float
    length: float


@dataclass(frozen=True, kw_only=True)
class Column:
    """One day.

    :param begin: from the left in percent; ``place`` and ``width`` in percent too: with and without the gap
    :param label: where the axis says it, else None
    """

    day: FinishedDay
    begin: float
    place: float
    width: float
    parts: tuple[Part, ...]
    label: str | None
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Jobs that finished, by day.

    :param highest: what the highest column stands for
    """

    columns: tuple[Column, ...]
    highest: int
    succeeded: int
    failed: int

    @property
    def in_words(self) -> str:
        """What it shows, for people who do not see it."""
        if not self.highest:
            return f"No job finished in the last {len(self.columns)} days."
        best = max((column.day for column in self.columns), key=lambda day: (day.succeeded + day.failed, day.day))
        return (
            f"Jobs finished per UTC day, last {len(self.columns)} days: "
            f"{self.succeeded:,} succeeded, {self.failed:,} failed; most on {best.day.isoformat()}, {self.highest:,}."
        )


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One state, or one queue: a bar of parts.

    :param in_words: what it shows
    """

    name: str
    total: int
    parts: tuple[Part, ...]
    in_words: str


def finished_by_day(days: Sequence[FinishedDay]) -> Columns:
    """Return a column a day, oldest first: failed jobs at the foot, succeeded ones on top."""
    highest = max((day.succeeded + day.failed for day in days), default=0)
    place = 100 / max(1, len(days))
    columns = tuple(_column(day, place, number, len(days), highest) for number, day in enumerate(days))
    return Columns(
        columns=columns,
        highest=highest,
        succeeded=sum(day.succeeded for day in days),
        failed=sum(day.failed for day in days),
    )


def open_by_state(by_status: Mapping[str, int]) -> tuple[Bar, ...]:
    """Return a bar a state that is not finished, gone included, each measured against the longest."""
    numbers = {status: by_status.get(status, 0) for status in (*OPEN, GONE)}
    longest = max(numbers.values())
    return tuple(
        Bar(name=name, total=number, parts=_bar({name: number}, longest), in_words=f"{number:,} {name.lower()}")
        for name, number in numbers.items()
    )


def waits_by_queue(waits: Sequence[QueueWaits]) -> tuple[Bar, ...]:
    """Return a bar a queue whose jobs started, shares of all: the shortest waits on the left."""
    return tuple(
        Bar(
            name=one.job_queue,
            total=one.started,
            parts=_bar(one.waited, one.started),
            in_words=f"{one.name}: " + _waits_in_words(one),
        )
        for one in waits[:SHOWN_QUEUES]
    )


def _column(day: FinishedDay, place: float, number: int, count: int, highest: int) -> Column:
    is_labelled = (count - 1 - number) % _LABEL_EVERY == 0
    return Column(
        day=day,
        begin=round(number * place + place * _GAP / 2, 3),
        place=round(place, 3),
        width=round(place * (1 - _GAP), 3),
        parts=_stack({"failed": day.failed, "succeeded": day.succeeded}, highest),
        label=f"{day.day:%m-%d}" if is_labelled else None,
        anchor="end" if number == count - 1 else "start" if number == 0 else "middle",
    )


def _stack(numbers: Mapping[str, int], highest: int) -> tuple[Part, ...]:
    """Parts of a column from its foot up."""
    parts, foot = [], float(TOP + HEIGHT)
    for name, number in numbers.items():
        if number:
            length = max(_LEAST, HEIGHT * number / highest)
            foot -= length
            parts.append(Part(name=name, number=number, begin=round(foot, 2), length=round(length, 2)))
    return tuple(parts)


def _bar(numbers: Mapping[str, int], whole: int) -> tuple[Part, ...]:
    """Parts of a bar from the left; what is too short to see is made a little longer, and the others shorter."""
    shares = {name: max(_LEAST, 100 * number / whole) for name, number in numbers.items() if number and whole}
    scale = min(1.0, 100 / sum(shares.values())) if shares else 1.0
    parts, begin = [], 0.0
    for name, share in shares.items():
        parts.append(Part(name=name, number=numbers[name], begin=round(begin, 3), length=round(share * scale, 3)))
        begin += share * scale
    return tuple(parts)


def _waits_in_words(waits: QueueWaits) -> str:
    words = {bucket.name: bucket.in_words for bucket in BUCKETS}
    said = [f"{number:,} waited {words[name]}" for name, number in waits.waited.items() if number]
    return ", ".join(said) or "no wait is known"
