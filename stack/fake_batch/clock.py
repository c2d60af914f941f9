"""The clocks of the fake: one that tests move, and the real one, which can be moved forward as well."""

from __future__ import annotations

import time
from typing import Protocol

START_MS = 1_766_497_635_776  # 2025-12-23T13:47:15.776Z


class Clock(Protocol):
    """What the fake asks for the time."""

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""

    def advance(self, seconds: float) -> None:
        """Move the time forward."""


class ManualClock:
    """Stands still until a test moves it."""

    def __init__(self, start_ms: int = START_MS) -> None:
        self._now = start_ms

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        self._now += _milliseconds(seconds)


class RealClock:
    """The time of the machine, plus what it was moved forward by."""

    def __init__(self) -> None:
        self._ahead = 0

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000 + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        self._ahead += _milliseconds(seconds)


def _milliseconds(seconds: float) -> int:
    if seconds < 0:
        raise ValueError(f"time cannot go back by {-seconds} s")
    return round(seconds * 1000)
