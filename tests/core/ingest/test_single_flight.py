"""One call for all who ask at once; who leaves, leaves alone."""

from __future__ import annotations

import asyncio

import pytest

from vectora_core.ingest.single_flight import Flights


class Call:
    """A call that counts itself and ends when it is let."""

    def __init__(self) -> None:
        self.started = 0
        self.cancelled = 0
        self.under_way = asyncio.Event()
        self.let = asyncio.Event()

    async def __call__(self) -> int:
        self.started += 1
        number = self.started
        self.under_way.set()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return number


def test_those_who_ask_at_once_share_and_later_ones_do_not() -> None:
    """One call a key and time; nothing is remembered after it."""

    async def story() -> tuple[list[int], int, int]:
        flights, call = Flights[int](), Call()
        call.let.set()
        together = await asyncio.gather(*(flights.join("a", call) for _ in range(5)))
        return together, await flights.join("a", call), await flights.join("b", call)

    assert asyncio.run(story()) == ([1] * 5, 2, 3)


def test_who_leaves_does_not_take_the_call_with_it() -> None:
    """Cancelling the one who started a call leaves it to those who wait."""

    async def story() -> tuple[int, int]:
        flights, call = Flights[int](), Call()
        starter, waiter = (asyncio.create_task(flights.join("a", call)) for _ in range(2))
        await call.under_way.wait()
        starter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starter
        call.let.set()
        return await waiter, call.cancelled

    assert asyncio.run(story()) == (1, 0)


def test_a_call_nobody_waits_for_is_cancelled() -> None:
    """The last to leave ends it, and who comes next starts anew rather than join what is ending."""

    async def story() -> tuple[int, int]:
        flights, call = Flights[int](), Call()
        left = asyncio.create_task(flights.join("a", call))
        await call.under_way.wait()
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        call.let.set()
        return await flights.join("a", call), call.cancelled

    assert asyncio.run(story()) == (2, 1)
