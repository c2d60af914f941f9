"""How many requests at once, and how far apart."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.fetching import Place, at
from tests.fakes.misbehaving_server import Line, MisbehavingServer, answer, hang
from vectora_core.ingest.fetch.pacing import HostPacer
from vectora_core.ingest.types import Request


class Gate:
    """Holds answers back, and tells when so many requests are waiting at it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.waiting = 0
        self.full = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        self.waiting += 1
        if self.waiting >= self._size:
            self.full.set()
        await self.open.wait()
        await answer(200)(line)


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ({"fetch_concurrency": 3, "fetch_concurrency_per_host": 8}, 3),
        ({"fetch_concurrency": 8, "fetch_concurrency_per_host": 2}, 2),
    ],
)
def test_the_number_of_requests_at_once_is_bounded(limits: dict[str, int], most: int) -> None:
    """As many as allowed are in flight, over all and per host, and not one more."""

    async def story(place: Place) -> int:
        gate, bystander = Gate(most), Place(place.server)
        url, ping = place.server.on("/feed", gate), place.server.on("/ping", answer(200))
        fetches = [asyncio.create_task(place.fetch(url)) for _ in range(9)]
        await gate.full.wait()
        async with bystander.fetcher:
            for _ in range(5):  # whoever was let through besides has arrived before these are back
                await bystander.fetch(ping)
        at_once = gate.waiting
        gate.open.set()
        await asyncio.gather(*fetches)
        return at_once

    assert at(story, **limits) == most


def test_a_host_that_hangs_leaves_places_for_the_others() -> None:
    """Requests waiting for a place of their host do not take places from other hosts."""

    async def story(place: Place) -> bytes:
        place.server.on("/hang", hang)
        place.server.on("/feed", answer(200, b"ok"))
        stuck = [asyncio.create_task(place.fetch(place.server.url("/hang"))) for _ in range(5)]
        await place.server.first_request()
        response = await place.fetch(place.server.url("/feed", host="localhost"))
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
        return response.body

    assert at(story, fetch_concurrency=2, fetch_concurrency_per_host=1) == b"ok"


def test_a_cancelled_fetch_gives_its_place_back() -> None:
    """After a cancellation the next request finds the place free."""

    async def story(place: Place) -> bytes:
        task = asyncio.create_task(place.fetch(place.server.on("/hang", hang)))
        await place.server.first_request()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return (await place.fetch(place.server.on("/feed", answer(200, b"ok")))).body

    assert at(story, fetch_concurrency=1, fetch_concurrency_per_host=1) == b"ok"


def test_requests_of_one_host_start_apart() -> None:
    """min_interval_seconds is waited for from the second request on, per host and not over hosts."""

    async def story(place: Place) -> list[float]:
        place.server.on("/feed", answer(200))
        for host in ("127.0.0.1", "127.0.0.1", "localhost"):
            await place.fetcher.fetch(Request(url=place.server.url("/feed", host=host), min_interval_seconds=30))
        return place.pauses

    (pause,) = at(story)
    assert 25 < pause <= 30


def test_the_pacer_is_a_seam() -> None:
    """Another pacer is asked for a turn for every request that is sent, redirects and retries included."""

    class Recorder(HostPacer):
        turns: list[tuple[str, float]] = []  # noqa: RUF012 - one recorder, one test

        def turn(self, host: str, min_interval_seconds: float):  # type: ignore[no-untyped-def]
            self.turns.append((host, min_interval_seconds))
            return super().turn(host, 0)

    async def story(place: Place) -> list[tuple[str, float]]:
        place.fetcher._pacer = Recorder()
        url = place.server.on("/feed", answer(302, headers={"Location": "/b"}))
        place.server.on("/b", answer(500), answer(200))
        await place.fetch(url, min_interval_seconds=2)
        return Recorder.turns

    assert at(story) == [("127.0.0.1", 2)] * 4


def test_turns_of_a_host_follow_one_another() -> None:
    """While one turn is being taken the next of that host waits, the turn of another host does not."""

    async def story() -> list[str]:
        pacer, order, gate, other = HostPacer(), [], asyncio.Event(), asyncio.Event()

        async def take(name: str, host: str) -> None:
            async with pacer.turn(host, 0):
                order.append(name)
                if name == "a1":
                    await gate.wait()
                if name == "b1":
                    other.set()

        tasks = [asyncio.create_task(take(*one)) for one in (("a1", "a"), ("a2", "a"), ("b1", "b"))]
        await other.wait()
        gate.set()
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(story()) == ["a1", "b1", "a2"]


def test_a_server_is_left_when_the_fetcher_closes() -> None:
    """Leaving the context closes the connections that were kept."""

    async def story(place: Place) -> MisbehavingServer:
        await place.fetch(place.server.on("/feed", answer(200)))
        await place.fetcher.__aexit__(None, None, None)
        await place.server.all_gone()
        return place.server

    assert at(story).connections == 1
