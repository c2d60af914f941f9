"""What was fetched, kept by source and interval: fetched once, read by everybody after, never written over.

It does not know how to fetch (`fetch` does) and does not look into bodies (`parsers` do).

    raw/{source_key}/{yyyy}/{mm}/{dd}/{interval}/{first 16 hex of sha256(url)}-{generation}.snapshot

The date is the interval's last day. The generation is ``0`` for the first capture and the stamp of the run for one that was
asked for by `force_refresh`, so stamps sort behind it and the newest is the last.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Protocol

from vectora_core.errors import CorruptSnapshotError, FetchError, ObjectNotFoundError
from vectora_core.ingest.claims import claimed
from vectora_core.ingest.single_flight import Flights
from vectora_core.ingest.snapshot_format import KEPT_HEADERS, NotASnapshotError, decode, encode
from vectora_core.ingest.types import LATE_AFTER, Interval, Request, Response, Snapshot
from vectora_core.storage import Storage

RAW = "raw"
FIRST = "0"
_STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_NAME = re.compile(r"([0-9a-f]{16})-(0|\d{8}T\d{6}Z)\.snapshot", re.ASCII)
_NUMBER = re.compile(r"\d{4}|\d{2}", re.ASCII)


class Fetch(Protocol):
    """Who fetches what is not kept yet; where that is forbidden it raises FetchError ``no_snapshot``."""

    async def fetch(self, request: Request) -> Response:
        """Return the 2xx answer to a request."""
        ...


class Snapshots:
    """The captures of one run's interval; to be used in one event loop.

    :param storage: the data root
    :param fetch: asked for what is not there
    :param interval: names the captures, and says when one is late
    :param clock: the present moment, with its zone
    :param refresh: stamp of a run that captures everything afresh (``20261121T101500Z``); all its clients and its re-runs
        share the captures of that stamp
    :param store: False writes nothing; what had to be fetched is kept in memory for the rest of the run
    """

    def __init__(
        self,
        storage: Storage,
        fetch: Fetch,
        *,
        interval: Interval,
        clock: Callable[[], datetime],
        refresh: str | None = None,
        store: bool = True,
    ) -> None:
        if refresh is not None and not _STAMP.fullmatch(refresh):
            raise ValueError(f"refresh is {refresh!r}: give a stamp like 20261121T101500Z")
        self._captor = _Captor(fetch=fetch, interval=interval, clock=clock, refresh=refresh)
        self._storage = storage
        self._store = store
        self._folders: dict[str, _Folder] = {}

    def of(self, source_key: str) -> SourceSnapshots:
        """Return the captures of one source, with counters of their own."""
        if source_key not in self._folders:
            self._folders[source_key] = _Folder(self._storage, source_key, self._captor.interval, store=self._store)
        return SourceSnapshots(self._folders[source_key], self._captor)


@dataclass(frozen=True, kw_only=True)
class _Captor:
    """What making captures takes, the same for all sources."""

    fetch: Fetch
    interval: Interval
    clock: Callable[[], datetime]
    refresh: str | None


class SourceSnapshots:
    """The captures of one source for one client, counted: ``requests`` made, ``bytes`` of bodies, ``fetched`` captures.

    ``late`` says whether any of them is.
    """

    def __init__(self, folder: _Folder, captor: _Captor) -> None:
        self._folder = folder
        self._captor = captor
        self.requests = 0
        self.bytes = 0
        self.fetched = 0
        self.late = False

    async def get(self, request: Request) -> Snapshot:
        """Return the capture of a URL: the newest there is (or this refresh's own), else what a fetch gives now.

        Who asks for a URL that is on its way already waits for it.

        :raises FetchError: when it has to be fetched and cannot be; nothing is stored then
        :raises CorruptSnapshotError: when the stored bytes are not what was captured
        :raises StorageError: when the storage does not answer
        """
        snapshot = await self._folder.flights.join(request.url, lambda: self._take(request))
        self.bytes += len(snapshot.body)
        self.late = self.late or snapshot.late
        return snapshot

    async def _take(self, request: Request) -> Snapshot:
        """kept? ── yes ── read it;  no ── claimed? ── yes ── wait and read it;  no ── fetch ── create ── somebody was first?
        read theirs.
        """
        kept = await self._folder.generations(request.url)
        wanted = self._captor.refresh or max(kept, default=FIRST)
        if wanted in kept:
            return await self._folder.read(request.url, wanted)
        async with self._folder.claimed(request.url, wanted, self._captor.clock) as theirs:
            if theirs is not None:
                return theirs
            return await self._folder.keep(await self._capture(request, wanted), wanted)

    async def _capture(self, request: Request, generation: str) -> Snapshot:
        try:
            response = await self._captor.fetch.fetch(request)
        except FetchError as error:
            self.requests += error.requests
            raise
        self.requests += response.requests
        self.fetched += 1
        captured_at = self._captor.clock().astimezone(UTC).replace(microsecond=0)
        return Snapshot(
            source_key=self._folder.source_key,
            url=request.url,
            final_url=response.url,
            status=response.status,
            headers={name: value for name, value in response.headers.items() if name in KEPT_HEADERS},
            body=response.body,
            captured_at=captured_at,
            late=captured_at - self._captor.interval.end > LATE_AFTER,
            path=self._folder.path(request.url, generation),
        )


class _Folder:
    """What is kept of one source in one interval; listed once, when it is first asked for."""

    def __init__(self, storage: Storage, source_key: str, interval: Interval, *, store: bool) -> None:
        self.source_key = source_key
        self.flights: Flights[Snapshot] = Flights()
        self._listings: Flights[None] = Flights()
        self._storage = storage
        self._prefix = f"{RAW}/{source_key}/{interval.day:%Y/%m/%d}/{interval.key}"
        self._store = store
        self._kept: defaultdict[str, set[str]] | None = None
        self._unstored: dict[str, Snapshot] = {}

    def path(self, url: str, generation: str) -> str:
        return f"{self._prefix}/{_hash(url)}-{generation}.snapshot"

    async def generations(self, url: str) -> set[str]:
        if self._kept is None:
            await self._listings.join("", self._list)
        return self._known[_hash(url)]

    @asynccontextmanager
    async def claimed(self, url: str, generation: str, clock: Callable[[], datetime]) -> AsyncIterator[Snapshot | None]:
        """Claim a URL while it is fetched; yield the capture that another process has made meanwhile, if there is one.

        Also who waited for nobody looks again: the other may have stored its capture and given up its claim after our
        listing. Who stores nothing claims nothing.
        """
        if not self._store:
            yield None
            return
        async with claimed(self._storage, self.path(url, generation), clock=clock):
            yield await self._find(url, generation)

    async def _find(self, url: str, generation: str) -> Snapshot | None:
        try:
            found = await self.read(url, generation)
        except ObjectNotFoundError:
            return None
        self._known[_hash(url)].add(generation)
        return found

    async def read(self, url: str, generation: str) -> Snapshot:
        path = self.path(url, generation)
        if path in self._unstored:
            return self._unstored[path]
        data = await self._storage.get_async(path)
        try:
            snapshot = decode(data, source_key=self.source_key, path=path)
            if snapshot.url != url:
                raise NotASnapshotError("it is of another URL")
        except NotASnapshotError as error:
            raise CorruptSnapshotError(
                f"{self._storage.url_of(path)}: this snapshot cannot be trusted, {error}; "
                "run with force_refresh to capture the source again, or delete the object"
            ) from error
        return snapshot

    async def keep(self, snapshot: Snapshot, generation: str) -> Snapshot:
        """Store a capture and return it, or the one that another process stored first."""
        first = True
        if self._store:
            first = await self._storage.create_async(snapshot.path, encode(snapshot))
        else:
            self._unstored[snapshot.path] = snapshot
        self._known[_hash(snapshot.url)].add(generation)
        return snapshot if first else await self.read(snapshot.url, generation)

    @property
    def _known(self) -> defaultdict[str, set[str]]:
        assert self._kept is not None, "listed before anything is kept"
        return self._kept

    async def _list(self) -> None:
        kept = defaultdict[str, set[str]](set)
        for entry in await self._storage.list_async(self._prefix):
            name = _NAME.fullmatch(entry.path.rpartition("/")[2])
            if name:
                kept[name[1]].add(name[2])
        self._kept = kept


def _hash(url: str) -> str:
    return sha256(url.encode(errors="surrogatepass")).hexdigest()[:16]


def prune(storage: Storage, *, keep_days: int, today: date) -> int:
    """Delete the snapshots of days before ``today - keep_days`` and return how many; 0 keeps all.

    Folders are listed level by level and only where there is something to delete: what is kept is not scanned.

    :raises StorageError: when the storage does not answer; running it again goes on
    """
    if keep_days == 0:
        return 0
    oldest = date.fromordinal(max(1, today.toordinal() - keep_days))
    deleted = 0
    for source in storage.list_folders(RAW):
        for folder in _before(storage, source, (oldest.year, oldest.month, oldest.day)):
            paths = [entry.path for entry in storage.list_objects(folder)]
            storage.delete_many(paths)
            deleted += len(paths)
    return deleted


def _before(storage: Storage, folder: str, limit: tuple[int, ...]) -> Iterator[str]:
    """Yield the folders below (``yyyy``, ``mm``, ``dd``) whose date is before the limit, a whole year as one folder."""
    for child in storage.list_folders(folder):
        name = child.rpartition("/")[2]
        if not _NUMBER.fullmatch(name):
            continue
        if int(name) < limit[0]:
            yield child
        elif int(name) == limit[0] and len(limit) > 1:
            yield from _before(storage, child, limit[1:])
