"""A small configuration without mistakes, on disk, for the tests to break."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from vectora_core.config.catalog_files import load_catalog
from vectora_core.config.client_files import load_client
from vectora_core.config.resolved import ResolvedClient
from vectora_core.storage import Storage, open_storage

BASE = Path(__file__).parent / "base"


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A configuration root in a folder of its own."""

    folder: Path

    @property
    def storage(self) -> Storage:
        return open_storage(self.folder.as_uri())

    def write(self, path: str, content: str | bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new, 1))

    def client(self, client_id: str, source_config: str = "{source_bouquets_enabled: [press]}", more: str = "") -> None:
        profile = f"client_profile: {{name: N, client_id: {client_id}, active: true}}\n"
        self.write(f"clients/{client_id}.yaml", f"{profile}source_config: {source_config}\n{more}")

    def load(self, client_id: str) -> ResolvedClient:
        return load_client(self.storage, client_id, catalog=load_catalog(self.storage))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """The base configuration, copied."""
    shutil.copytree(BASE, tmp_path / "configs")
    return Tree(folder=tmp_path / "configs")
