"""Captures: made once per source and interval, read by all after, never written over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from vectora_core.errors import CorruptSnapshotError, FetchError
from vectora_core.ingest import claims
from vectora_core.ingest.snapshots import Snapshots
from vectora_core.ingest.types import Interval, Request, Response
from vectora_core.storage import Storage, open_storage

INTERVAL = Interval(start=datetime(2026, 11, 20, tzinfo=UTC), end=datetime(2026, 11, 21, tzinfo=UTC))
NOW = datetime(2026, 11, 21, 0, 5, 7, 891011, tzinfo=UTC)
STAMP = "20261121T101500Z"
URL = "https://news.example/feed?a=1"
FOLDER = "raw/wire/2026/11/20/20261120T000000Z--20261121T000000Z"
PATH = f"{FOLDER}/{sha256(URL.encode()).hexdigest()[:16]}-0.snapshot"


class Web:
    """Answers every request with the next number as its body, and counts."""

    def __init__(self, *, start: int = 1, before: Callable[[], Awaitable[None]] | None = None) -> None:
        self.asked: list[str] = []
        self._next = start
        self._before = before

    async def fetch(self, request: Request) -> Response:
        self.asked.append(request.url)
        body = f"body {self._next}\r\n\x00".encode()
        self._next += 1
        if self._before:
            await self._before()
        headers = {"content-type": "text/xml", "etag": '"1"', "set-cookie": "id=1", "server": "x"}
        return Response(url=f"{request.url}#moved", status=203, headers=headers, body=body, requests=2)


class Down:
    """Answers nothing."""

    def __init__(self) -> None:
        self.asked = 0

    async def fetch(self, request: Request) -> Response:
        self.asked += 1
        raise FetchError("down", failure_class="http_500", transient=True, requests=3)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(tmp_path.as_uri())


def snapshots(storage: Storage, web: object, *, now: datetime = NOW, **options: object) -> Snapshots:
    return Snapshots(storage, web, interval=INTERVAL, clock=lambda: now, **options)  # type: ignore[arg-type]


def body_of(captures: Snapshots, url: str = URL) -> bytes:
    return asyncio.run(captures.of("wire").get(Request(url=url))).body


def paths(storage: Storage) -> list[str]:
    return [entry.path for entry in storage.list_objects("raw")]


def test_a_capture_is_stored_where_the_layout_says(storage: Storage) -> None:
    """Source, the interval's last day, the interval, the URL's hash, generation 0; bytes and kept headers inside."""
    snapshot = asyncio.run(snapshots(storage, Web()).of("wire").get(Request(url=URL, headers={"X-Key": "s3cret"})))
    assert paths(storage) == [PATH] == [snapshot.path]
    assert (snapshot.url, snapshot.final_url, snapshot.status) == (URL, f"{URL}#moved", 203)
    assert snapshot.headers == {"content-type": "text/xml", "etag": '"1"'}
    assert snapshot.captured_at == datetime(2026, 11, 21, 0, 5, 7, tzinfo=UTC)
    stored = storage.get(PATH)
    assert stored.endswith(b"\nbody 1\r\n\x00")
    assert b"s3cret" not in stored
    assert b"cookie" not in stored


def test_a_capture_read_again_is_the_capture(storage: Storage) -> None:
    """Who made it and who reads it later see the same, field by field; nothing is fetched twice."""
    web = Web()
    made = asyncio.run(snapshots(storage, web).of("wire").get(Request(url=URL)))
    read = asyncio.run(snapshots(storage, web, now=NOW + timedelta(days=9)).of("wire").get(Request(url=URL)))
    assert read == made
    assert web.asked == [URL]


def test_sources_intervals_and_urls_do_not_mix(storage: Storage) -> None:
    """Another source, URL or interval is another capture."""
    web = Web()
    captures = snapshots(storage, web)
    asyncio.run(captures.of("wire").get(Request(url=URL)))
    asyncio.run(captures.of("wire").get(Request(url=f"{URL}&page=2")))
    asyncio.run(captures.of("wire2").get(Request(url=URL)))
    next_day = Interval(start=INTERVAL.end, end=INTERVAL.end + timedelta(days=1))
    asyncio.run(Snapshots(storage, web, interval=next_day, clock=lambda: NOW).of("wire").get(Request(url=URL)))
    assert len(paths(storage)) == len(web.asked) == 4


def test_a_refresh_captures_once_and_shares(storage: Storage) -> None:
    """All clients and re-runs of a refreshing run read its one capture; runs after it read the newest; the first stays."""
    web = Web()
    first = body_of(snapshots(storage, web))
    again = [body_of(snapshots(storage, web, refresh=STAMP)) for _ in range(2)]
    assert again == [b"body 2\r\n\x00"] * 2
    assert body_of(snapshots(storage, web)) == b"body 2\r\n\x00"
    older = body_of(snapshots(storage, web, refresh="20261121T090000Z"))
    assert older == b"body 3\r\n\x00"
    assert body_of(snapshots(storage, web)) == b"body 2\r\n\x00", "the newest stamp wins, not the last capture"
    assert storage.get(PATH).endswith(first)
    assert len(paths(storage)) == 3


@pytest.mark.parametrize("stamp", ["0", "", "now", "../../x", "2026-11-21T10:15:00Z"])
def test_a_stamp_that_is_none_is_refused(storage: Storage, stamp: str) -> None:
    """The stamp becomes part of a path and is sorted: it has one form."""
    with pytest.raises(ValueError, match="20261121T101500Z"):
        snapshots(storage, Web(), refresh=stamp)


def test_a_dry_run_reads_and_fetches_but_writes_nothing(storage: Storage) -> None:
    """store=False uses what is there, fetches the rest once, and leaves no file."""
    web = Web()
    dry = snapshots(storage, web, store=False)
    assert body_of(dry) == body_of(dry) == b"body 1\r\n\x00"
    assert paths(storage) == []
    assert body_of(snapshots(storage, web)) == b"body 2\r\n\x00"
    assert body_of(snapshots(storage, web, store=False)) == b"body 2\r\n\x00"
    assert len(web.asked) == 2


def test_a_failed_fetch_is_not_stored_but_counted(storage: Storage) -> None:
    """The error passes through, its requests are counted, and the next one asks again."""
    down = Down()
    captures = snapshots(storage, down).of("wire")
    for _ in range(2):
        with pytest.raises(FetchError, match="down"):
            asyncio.run(captures.get(Request(url=URL)))
    assert (captures.requests, captures.fetched, captures.bytes, down.asked) == (6, 0, 0, 2)
    assert paths(storage) == []


def test_counters_belong_to_who_asks(storage: Storage) -> None:
    """Requests and captures count for who caused them, bytes for everybody who read them."""
    captures = snapshots(storage, Web())
    one, other = captures.of("wire"), captures.of("wire")
    asyncio.run(one.get(Request(url=URL)))
    asyncio.run(other.get(Request(url=URL)))
    assert (one.requests, one.fetched, one.bytes, one.late) == (2, 1, 9, False)
    assert (other.requests, other.fetched, other.bytes, other.late) == (0, 0, 9, False)


@pytest.mark.parametrize(("after", "late"), [(timedelta(hours=24), False), (timedelta(hours=24, seconds=1), True)])
def test_late_is_more_than_a_day_after_the_interval(storage: Storage, after: timedelta, late: bool) -> None:
    """The edge is 24 h; a capture keeps its mark for later readers."""
    made = snapshots(storage, Web(), now=INTERVAL.end + after).of("wire")
    read = snapshots(storage, Web(), now=INTERVAL.end).of("wire")
    assert asyncio.run(made.get(Request(url=URL))).late is late
    assert asyncio.run(read.get(Request(url=URL))).late is late
    assert made.late is read.late is late


def test_one_url_asked_for_at_once_is_fetched_once(storage: Storage) -> None:
    """Many tasks of one process, over several handles, share one request; dry runs too."""

    async def story(captures: Snapshots) -> list[bytes]:
        got = await asyncio.gather(*(captures.of("wire").get(Request(url=URL)) for _ in range(8)))
        return [snapshot.body for snapshot in got]

    for store in (False, True):
        web = Web()
        assert set(asyncio.run(story(snapshots(storage, web, store=store)))) == {b"body 1\r\n\x00"}
        assert web.asked == [URL]


def test_a_failure_is_shared_by_those_who_wait(storage: Storage) -> None:
    """A source that is down is asked once for all who wait for it."""
    down = Down()

    async def story() -> list[object]:
        captures = snapshots(storage, down).of("wire")
        return await asyncio.gather(*(captures.get(Request(url=URL)) for _ in range(4)), return_exceptions=True)

    assert all(isinstance(outcome, FetchError) for outcome in asyncio.run(story()))
    assert down.asked == 1


def test_of_two_who_race_the_first_to_store_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers that both found nothing and both fetched end with the same capture, and one file."""
    monkeypatch.setattr(claims, "WAIT", timedelta(0))
    barrier, got = threading.Barrier(2, timeout=5), {}

    async def meet() -> None:
        barrier.wait()

    def work(start: int) -> None:
        web = Web(start=start, before=meet)
        captures = snapshots(open_storage(tmp_path.as_uri()), web).of("wire")
        got[start] = (asyncio.run(captures.get(Request(url=URL))), captures.fetched, len(web.asked))

    threads = [threading.Thread(target=work, args=(start,)) for start in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (one, *costs), (other, *other_costs) = got[100], got[200]
    assert costs == other_costs == [1, 1]
    assert one == other
    storage = open_storage(tmp_path.as_uri())
    assert paths(storage) == [PATH]
    assert storage.get(PATH).endswith(one.body)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: data[:-1], "not the one that was captured"),
        (lambda data: data + b"x", "not the one that was captured"),
        (lambda data: data.replace(b"body", b"BODY"), "not the one that was captured"),
        (lambda data: data[:20], "does not end"),
        (lambda data: b"", "does not end"),
        (lambda data: b"x" + data, "not JSON"),
        (lambda data: b"[" * 100_000 + b"\n", "not JSON"),
        (lambda data: b"\xff\n", "not JSON"),
        (lambda data: data.replace(b'"format":1', b'"format":2'), "format 1"),
        (lambda data: b"[]\n", "format 1"),
        (lambda data: data.replace(b'"status":203', b'"status":"203"'), "status"),
        (lambda data: data.replace(b'"text/xml"', b"7"), "headers"),
        (lambda data: data.replace(b"2026-11-21T00", b"2026-11-21T99"), "captured_at"),
        (lambda data: data.replace(b"feed?a=1", b"feed?a=2"), "another URL"),
    ],
)
def test_a_spoiled_snapshot_is_never_taken_for_the_truth(
    storage: Storage, spoil: Callable[[bytes], bytes], why: str
) -> None:
    """Cut short, changed or foreign: permanent, naming the object and the way out, and nothing is fetched in its place."""
    body_of(snapshots(storage, Web()))
    storage.put(PATH, spoil(storage.get(PATH)))
    web = Web()
    with pytest.raises(CorruptSnapshotError, match=why) as caught:
        body_of(snapshots(storage, web))
    assert f"{storage.url}/{PATH}" in str(caught.value)
    assert "force_refresh" in str(caught.value)
    assert (caught.value.transient, caught.value.failure_class, web.asked) == (False, "corrupt_snapshot", [])
    assert body_of(snapshots(storage, web, refresh=STAMP)) == body_of(snapshots(storage, web)) == b"body 1\r\n\x00"


def test_foreign_files_beside_the_snapshots_are_left_alone(storage: Storage) -> None:
    """Names that are not the layout's are not read as snapshots."""
    for name in (PATH + ".tmp", PATH.replace("-0.", "-9."), f"{FOLDER}/README"):
        storage.put(name, b"x")
    assert body_of(snapshots(storage, Web())) == b"body 1\r\n\x00"
