"""A YAML file that was read: its mapping as plain Python, and the line of everything in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vectora_core.errors import Problem

Path = tuple[str | int, ...]
Place = tuple[int, Any]
"""Line of a value (from 1), and for a mapping or list the places of what is in it, for a scalar its text as written."""


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """Something in a file that YAML allows and Vectora does not, or that is not YAML; an empty path is the whole file."""

    path: Path
    line: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file: its mapping as plain Python (keys are always text), and where everything in it was written.

    ``flaws`` do not keep the rest from being read (a key given twice).
    """

    file: str
    data: dict[str, Any]
    place: Place
    flaws: tuple[Flaw, ...] = ()

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line of a key or list element; of the nearest thing around it when that is not in the file."""
        return self._place(path)[0]

    def written(self, path: Sequence[str | int]) -> str:
        """Return a scalar as it was written (``no``, ``007``); empty when there is none."""
        inner = self._place(path)[1]
        return inner if isinstance(inner, str) else ""

    def _place(self, path: Sequence[str | int]) -> Place:
        place = self.place
        for part in path:
            inner = place[1]
            if isinstance(inner, dict) and part in inner:
                place = inner[str(part)]
            elif isinstance(inner, list) and isinstance(part, int) and 0 <= part < len(inner):
                place = inner[part]
            else:
                return place[0], None
        return place

    def problem(self, path: Path, message: str, *, line: int | None = None) -> Problem:
        """Return a problem at a path of this file."""
        return Problem(file=self.file, line=self.line(path) if line is None else line, key=self.label(path), message=message)

    def problems(self, flaws: Iterable[Flaw]) -> list[Problem]:
        """Return flaws of this file as problems."""
        return [self.problem(flaw.path, flaw.message, line=flaw.line) for flaw in flaws]

    def label(self, path: Path) -> str:
        """Return a path as people write it; a list element that has a key of its own goes by that (``sources.acme_rss``)."""
        text, value = "", self.data
        for part in path:
            value = _step(value, part)
            name = _own_name(value) if isinstance(part, int) else part
            text += f"[{part}]" if name is None else f".{name}" if text else name
        return text


def _step(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def _own_name(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    names = (value.get(key) for key in ("source_key", "bouquet_id", "group_id"))
    return next((name for name in names if isinstance(name, str)), None)
