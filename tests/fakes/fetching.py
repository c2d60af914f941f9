"""A fetcher beside a misbehaving server, with stories to run in that place."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from tests.fakes.misbehaving_server import Behaviour, MisbehavingServer
from vectora_core.errors import FetchError
from vectora_core.ingest.fetch.fetcher import Fetcher
from vectora_core.ingest.types import Request, Response
from vectora_core.settings import Settings

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)


class Place:
    """A server and a fetcher that may reach it, with the pauses the fetcher wanted to make instead of the pauses."""

    def __init__(self, server: MisbehavingServer, **settings: object) -> None:
        self.server = server
        self.pauses: list[float] = []
        values = {"allow_private_networks": "127.0.0.1/32", "fetch_timeout_seconds": 5, **settings}
        self.fetcher = Fetcher(Settings(**values), clock=lambda: NOW, sleep=self._pause)  # type: ignore[arg-type]

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def fetch(self, url: str, **request: object) -> Response:
        return await self.fetcher.fetch(Request(url=url, **request))  # type: ignore[arg-type]

    async def refusal(self, url: str, **request: object) -> FetchError:
        with pytest.raises(FetchError) as caught:
            await self.fetch(url, **request)
        return caught.value


def at(story: Callable[[Place], Awaitable[T]], *, tls: ssl.SSLContext | None = None, **settings: object) -> T:
    """Run a story in a place of its own."""

    async def run() -> T:
        async with MisbehavingServer(tls=tls) as server:
            place = Place(server, **settings)
            async with place.fetcher:
                return await story(place)

    return asyncio.run(asyncio.wait_for(run(), 10))


def fails(*behaviours: Behaviour, **settings: object) -> tuple[FetchError, Place]:
    """Fetch a path with these behaviours and return how that failed."""

    async def story(place: Place) -> tuple[FetchError, Place]:
        return await place.refusal(place.server.on("/feed", *behaviours)), place

    return at(story, **settings)


def succeeds(*behaviours: Behaviour, **settings: object) -> tuple[Response, Place]:
    """Fetch a path with these behaviours and return what came."""

    async def story(place: Place) -> tuple[Response, Place]:
        return await place.fetch(place.server.on("/feed", *behaviours)), place

    return at(story, **settings)
