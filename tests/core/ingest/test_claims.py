"""Processes that need the same capture at the same moment: one fetches, the others wait for it, some seconds at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vectora_core.errors import FetchError, StorageError
from vectora_core.ingest import claims
from vectora_core.ingest.snapshots import Snapshots, SourceSnapshots
from vectora_core.ingest.types import Interval, Request, Response
from vectora_core.storage import Storage, open_storage

NOW = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
INTERVAL = Interval(start=datetime(2026, 11, 20, tzinfo=UTC), end=datetime(2026, 11, 21, tzinfo=UTC))
REQUEST = Request(url="https://news.example/feed")


class Web:
    """Answers after it was let, and counts who asked; ``arrived`` is set when so many have."""

    def __init__(self, *, fails: bool = False, arrivals: int = 1) -> None:
        self.asked = 0
        self._arrivals = arrivals
        self.arrived = asyncio.Event()
        self.let = asyncio.Event()
        self._fails = fails

    async def fetch(self, request: Request) -> Response:
        self.asked += 1
        if self.asked == self._arrivals:
            self.arrived.set()
        await self.let.wait()
        if self._fails:
            raise FetchError("no answer", failure_class="timeout", transient=True, requests=1)
        return Response(url=request.url, status=200, headers={}, body=b"news", requests=1)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(tmp_path.as_uri())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_POLL_SECONDS", 0.01)


def process(
    storage: Storage, web: Web, clock: Callable[[], datetime] = lambda: NOW, *, store: bool = True
) -> SourceSnapshots:
    """Return the captures of a source as another process sees them."""
    return Snapshots(storage, web, interval=INTERVAL, clock=clock, store=store).of("wire")


def left_behind(storage: Storage) -> list[str]:
    return [entry.path.rpartition(".snapshot")[2] for entry in storage.list_objects("raw")]


def test_one_fetches_and_the_others_take_what_it_stored(storage: Storage) -> None:
    """However many need it at the same moment; nothing but the capture is left."""

    async def story() -> tuple[int, set[bytes]]:
        web = Web()
        asking = [asyncio.create_task(process(storage, web).get(REQUEST)) for _ in range(5)]
        await web.arrived.wait()
        await asyncio.sleep(0)
        web.let.set()
        return web.asked, {snapshot.body for snapshot in await asyncio.gather(*asking)}

    assert asyncio.run(story()) == (1, {b"news"})
    assert left_behind(storage) == [""]


def test_what_was_captured_after_the_listing_is_found_behind_the_claim(storage: Storage) -> None:
    """Another process may store its capture and give up its claim between our listing and our claim."""

    async def story() -> tuple[int, bytes]:
        web = Web()
        web.let.set()
        ours = process(storage, web)
        await ours.get(Request(url="https://news.example/first"))  # lists what is kept of the source, once
        await process(storage, web).get(REQUEST)
        found = await ours.get(REQUEST)
        return web.asked, found.body

    assert asyncio.run(story()) == (2, b"news")


def test_when_the_fetch_failed_the_others_try_at_once(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that is down is not asked by one after the other, each after a wait."""
    waiting, read = asyncio.Semaphore(0), storage.get_async

    async def counted(path: str) -> bytes:
        waiting.release()
        return await read(path)

    monkeypatch.setattr(storage, "get_async", counted)

    async def story() -> tuple[int, int]:
        down, web = Web(fails=True), Web(arrivals=3)
        first = asyncio.create_task(process(storage, down).get(REQUEST))
        await down.arrived.wait()
        others = [asyncio.create_task(process(storage, web).get(REQUEST)) for _ in range(3)]
        for _ in others:
            await waiting.acquire()
        down.let.set()
        with pytest.raises(FetchError):
            await first
        await asyncio.wait_for(web.arrived.wait(), 5)
        web.let.set()
        await asyncio.gather(*others)
        return down.asked, web.asked

    assert asyncio.run(story()) == (1, 3)
    assert left_behind(storage) == [""]


def test_the_claim_of_a_process_that_died_counts_for_seconds(storage: Storage) -> None:
    """Then the next claim follows: one fetches again, and whoever comes beside it waits for that one."""

    async def story() -> tuple[int, int]:
        killed, web = Web(), Web()
        dying = asyncio.create_task(process(storage, killed).get(REQUEST))
        await killed.arrived.wait()
        later = [asyncio.create_task(process(storage, web, lambda: NOW + claims.WAIT).get(REQUEST)) for _ in range(3)]
        await web.arrived.wait()
        web.let.set()
        await asyncio.gather(*later)
        dying.cancel()
        return killed.asked, web.asked

    assert asyncio.run(story()) == (1, 1)


def test_nobody_waits_longer_than_a_claim_counts(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that takes its time is fetched by whoever has waited; the first to store wins."""
    monkeypatch.setattr(claims, "WAIT", timedelta(seconds=0.1))

    async def story() -> tuple[int, int]:
        slow, web = Web(), Web()
        first = asyncio.create_task(process(storage, slow).get(REQUEST))
        await slow.arrived.wait()
        web.let.set()
        mine = await process(storage, web).get(REQUEST)
        slow.let.set()
        assert (await first).captured_at == mine.captured_at
        return slow.asked, web.asked

    assert asyncio.run(story()) == (1, 1)


@pytest.mark.parametrize("claim", [b"", b"yesterday", b"\xff", b"2026-11-21T00:05:00"])
def test_a_claim_that_nobody_can_read_holds_nobody_up(storage: Storage, claim: bytes) -> None:
    """It is as good as an old one; without a zone it cannot be compared."""
    probe = process(storage, Web())
    path = probe._folder.path(REQUEST.url, "0")
    storage.put(f"{path}.claim-1", claim)
    web = Web()
    web.let.set()
    asyncio.run(process(storage, web, lambda: NOW + timedelta(days=1)).get(REQUEST))
    assert web.asked == 1


def test_who_may_not_delete_fetches_all_the_same(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is left behind, and is old soon."""

    async def refused(path: str) -> None:
        raise StorageError("not allowed")

    monkeypatch.setattr(storage, "delete_async", refused)
    web = Web()
    web.let.set()
    assert asyncio.run(process(storage, web).get(REQUEST)).body == b"news"
    assert left_behind(storage) == ["", ".claim-1"]


def test_a_dry_run_claims_nothing(storage: Storage) -> None:
    """It writes nothing at all, and waits for nobody."""
    web = Web()
    web.let.set()
    asyncio.run(process(storage, web, store=False).get(REQUEST))
    assert left_behind(storage) == []
