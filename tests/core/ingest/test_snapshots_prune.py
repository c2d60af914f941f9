"""Retention: old days are deleted, and what is kept is not scanned for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from vectora_core.ingest.snapshots import prune
from vectora_core.storage import Storage, open_storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(tmp_path.as_uri())


def paths(storage: Storage) -> list[str]:
    return [entry.path for entry in storage.list_objects("raw")]


def test_prune_deletes_the_days_before_the_limit(storage: Storage) -> None:
    """Older days, months and years go, the limit's own day stays, and foreign names are not touched."""
    days = ["2024/12/31", "2026/09/30", "2026/10/21", "2026/10/22", "2026/11/20", "2027/01/01"]
    for source in ("a", "b.c"):
        for day in days:
            storage.put(f"raw/{source}/{day}/k/x-0.snapshot", b"x")
    storage.put("raw/a/notes/2020/01/x", b"x")
    storage.put("ingested/a/2020/01/01/items.json", b"[]")
    assert prune(storage, keep_days=30, today=date(2026, 11, 21)) == 6
    left = [f"raw/{source}/{day}/k/x-0.snapshot" for source in ("a", "b.c") for day in days[3:]]
    assert paths(storage) == sorted([*left, "raw/a/notes/2020/01/x"])
    assert storage.find("ingested/a/2020/01/01/items.json") == b"[]"
    assert prune(storage, keep_days=30, today=date(2026, 11, 21)) == 0
    assert "raw/a/2024" not in storage.list_folders("raw/a"), "empty folders go with the last of their snapshots"


@pytest.mark.parametrize("keep_days", [0, 10**12])
def test_prune_keeps_all_when_told_to(storage: Storage, keep_days: int) -> None:
    """0 keeps everything; so does a number of days beyond the calendar."""
    storage.put("raw/a/2001/01/01/k/x-0.snapshot", b"x")
    assert prune(storage, keep_days=keep_days, today=date(2026, 11, 21)) == 0


def test_prune_does_not_look_into_what_it_keeps(tmp_path: Path) -> None:
    """Listings stay at the folders on the limit's path: a kept day is never listed."""

    class Watched(Storage):
        listed: list[str] = []  # noqa: RUF012 - one storage, one test

        def list_folders(self, prefix: str):  # type: ignore[no-untyped-def]
            self.listed.append(prefix)
            return super().list_folders(prefix)

        def list_objects(self, prefix: str):  # type: ignore[no-untyped-def]
            self.listed.append(prefix)
            return super().list_objects(prefix)

    opened = open_storage(tmp_path.as_uri())
    storage = Watched(opened._store, opened.url)
    for day in ("2025/05/05", "2026/10/01", "2026/11/02", "2026/11/20", "2026/12/01"):
        storage.put(f"raw/a/{day}/k/x-0.snapshot", b"x")
    assert prune(storage, keep_days=10, today=date(2026, 11, 21)) == 3
    kept = {"raw/a/2026/11/20", "raw/a/2026/12"}
    assert not kept & set(storage.listed)
    assert set(storage.listed) >= {"raw/a/2025", "raw/a/2026/10", "raw/a/2026/11/02"}


def test_what_another_prune_deleted_is_no_error(storage: Storage) -> None:
    """Two runs may prune at once: what is gone is gone, the rest goes too."""
    names = [f"raw/a/2020/01/01/k/{number}-0.snapshot" for number in range(30)]
    for name in names[::2]:
        storage.put(name, b"x")
    storage.delete_many(names)
    storage.delete_many([])
    assert paths(storage) == []
