"""Bars of one line: a job's time by phase, an array's children by state. Widths only; how they look is the template's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from vectora_airflow.ui.formats import duration
from vectora_airflow.ui.job.model import ChildrenView, PhaseView
from vectora_airflow.ui.job.words import GROUPS

WIDTH: Final = 1_000
_LEAST: Final = 6.0  # what is there can be seen

_OUTCOMES: Final = {"succeeded": "succeeded", "failed": "failed", "running": "running", "unknown": "neutral"}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a bar.

    :param x: where it begins, of `WIDTH`; ``width`` how wide it is
    :param kind: how it is drawn: a state's class
    :param is_low: drawn half as high: nothing ran
    :param said: what it stands for
    """

    x: float
    width: float
    kind: str
    is_low: bool
    said: str


def bar_of_phases(phases: Sequence[PhaseView]) -> list[Part]:
    """Return the phases of a job in order, as wide as they are long."""
    return _parts(
        (one.seconds, _OUTCOMES[one.outcome] if one.outcome else "waiting", one.outcome is None, phase_in_words(one))
        for one in phases
    )


def bar_of_children(children: ChildrenView) -> list[Part]:
    """Return the children of an array by state, as wide as they are many."""
    counts = [(count, GROUPS[status], False, f"{status} {count:,}") for status, count in children.by_status.items()]
    counts += [(children.uncounted, "none", True, f"not counted {children.uncounted:,}")] * bool(children.uncounted)
    return _parts(counts)


def phase_in_words(phase: PhaseView) -> str:
    """Return what a job did and for how long: ``attempt 2 ran 3 min 05 s``."""
    what = f"attempt {phase.attempt} {'runs' if phase.ongoing else 'ran'}" if phase.attempt else phase.kind
    return f"{what}{' for' if not phase.attempt or phase.ongoing else ''} {duration(phase.seconds)}"


def _parts(pieces: Iterable[tuple[float, str, bool, str]]) -> list[Part]:
    known = list(pieces)
    total = sum(size for size, *_ in known)
    widths = [max(_LEAST, WIDTH * size / total if total else 0.0) for size, *_ in known]
    scale, x, parts = WIDTH / (sum(widths) or 1), 0.0, []
    for width, (_, kind, is_low, said) in zip(widths, known, strict=True):
        parts.append(Part(x=round(x, 2), width=round(width * scale, 2), kind=kind, is_low=is_low, said=said))
        x += width * scale
    return parts
