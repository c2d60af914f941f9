"""The arithmetic of the benchmarks and the form their results have. It measures nothing and prints nothing."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quantity, measured several times, with the same quantity of a peer where there is one.

    :param what: the quantity in words
    :param unit: ``s``, ``MB``, or nothing for a number of things
    :param values: one a round
    :param peer: one a round, of the peer; empty when there is none
    """

    what: str
    unit: str
    values: tuple[float, ...]
    peer: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def peer_median(self) -> float:
        """The median of the peer's rounds."""
        return median(self.peer)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds against the peer's; None without a peer."""
        return ratio(self.values, self.peer) if self.peer else None

    def as_json(self) -> dict[str, Any]:
        """Return the row with its medians, rounded to what is worth reading."""
        own = {"median": _short(self.median), "values": [_short(one) for one in self.values]}
        if self.ratio is None:
            return {"what": self.what, "unit": self.unit, **own}
        peer = {"peer_median": _short(self.peer_median), "peer_values": [_short(one) for one in self.peer]}
        return {"what": self.what, "unit": self.unit, **own, **peer, "ratio": round(self.ratio, 3)}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one benchmark found.

    :param name: as the command line calls it
    :param title: what was done, with its size
    :param measured: what the measured side is
    :param peer: what it is compared with
    :param notes: what one must know to read the rows
    """

    name: str
    title: str
    measured: str
    peer: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            "name": self.name,
            "title": self.title,
            "measured": self.measured,
            "peer": self.peer,
            "rows": [row.as_json() for row in self.rows],
            "notes": list(self.notes),
        }


def median(values: Sequence[float]) -> float:
    """Return the median.

    :raises ValueError: when there are no values
    """
    if not values:
        raise ValueError("no values: a median needs at least one round")
    return statistics.median(values)


def ratio(values: Sequence[float], peer: Sequence[float]) -> float:
    """Return how many times the peer's median the median is; infinite when the peer's is nothing."""
    base = median(peer)
    return median(values) / base if base else float("inf")


def _short(value: float) -> float:
    return round(value, 4)
