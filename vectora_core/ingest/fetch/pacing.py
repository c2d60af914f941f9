"""When the next request to a host may start. It knows hosts and moments, no requests."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

Sleep = Callable[[float], Awaitable[None]]


class Pacer(Protocol):
    """Who spaces the requests to one host.

    The body of a turn is the start of a request and is short: one turn a host at a time. A pacer over processes keeps the
    moment of the last start somewhere all of them see; nothing else here has to change for it.
    """

    def turn(self, host: str, min_interval_seconds: float) -> AbstractAsyncContextManager[None]:
        """Wait until a request may start, and note that it did when the body is over."""
        ...


class HostPacer:
    """Space the starts of requests to one host, within this process.

    :param sleep: waits so many seconds
    """

    def __init__(self, *, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._started: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, host: str, min_interval_seconds: float) -> AsyncIterator[None]:
        """Wait for the turns before, then for the interval since the last start; each request brings its own interval."""
        now = asyncio.get_running_loop().time
        async with self._turns[host]:
            wait = self._started.get(host, float("-inf")) + min_interval_seconds - now()
            if wait > 0:
                await self._sleep(wait)
            yield
            self._started[host] = now()
