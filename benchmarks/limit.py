"""A limit of time around everything a benchmark does, whatever it waits for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from benchmarks.errors import BenchmarkError


@contextmanager
def at_most(seconds: float, what: str) -> Iterator[None]:
    """Stop what runs in the block when its time is over.

    :param what: the name of the benchmark, for the message
    :raises BenchmarkError: in the block, so that it cleans up after itself
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise BenchmarkError(f"{what} took longer than {seconds:.0f} s: give it fewer --rounds, --clients, --jobs or --rows")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
