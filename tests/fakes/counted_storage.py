"""A folder as storage that counts what is asked of it, and that refuses what it is told to refuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from vectora_core.errors import StorageError
from vectora_core.storage import Storage, StoredObject, open_storage


class CountedStorage(Storage):
    """A folder; ``asked`` counts reads by path, ``rounds`` has the paths of each parallel read.

    :param refused: parts of paths that cannot be read; an empty one refuses everything
    :param unwritable: parts of paths that cannot be written
    """

    def __init__(self, folder: Path, *refused: str, unwritable: Sequence[str] = ()) -> None:
        super().__init__(open_storage(folder.as_uri())._store, folder.as_uri())
        self.asked: Counter[str] = Counter()
        self.rounds: list[list[str]] = []
        self._refused, self._unwritable = refused, unwritable

    def get(self, path: str) -> bytes:
        self._ask(path)
        return super().get(path)

    async def get_async(self, path: str) -> bytes:
        self._ask(path)
        return await super().get_async(path)

    def get_many(self, paths: Iterable[str]) -> dict[str, bytes | StorageError]:
        self.rounds.append(list(paths))
        return super().get_many(self.rounds[-1])

    def put(self, path: str, data: bytes) -> None:
        self._refuse(path, self._unwritable)
        super().put(path, data)

    def list_objects(self, prefix: str) -> Sequence[StoredObject]:
        self.asked[f"list {prefix}"] += 1
        return super().list_objects(prefix)

    def _ask(self, path: str) -> None:
        self.asked[path] += 1
        self._refuse(path, self._refused)

    def _refuse(self, path: str, parts: Sequence[str]) -> None:
        if any(part in path for part in parts):
            raise StorageError(f"{self.url_of(path)} cannot be reached: this is a test")
