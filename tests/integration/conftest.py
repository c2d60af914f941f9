"""A news site, a configuration and a data root of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite
from tests.integration.scheduler import Newsroom, newsroom


@pytest.fixture
def site() -> Iterator[NewsSite]:
    with NewsSite() as running:
        yield running


@pytest.fixture
def configs(tmp_path: Path) -> ConfigTree:
    return ConfigTree(tmp_path / "configs")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def _newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with newsroom(tmp_path_factory.mktemp("newsroom")) as running:
        yield running


@pytest.fixture
def room(_newsroom: Newsroom) -> Newsroom:
    _newsroom.clean()
    return _newsroom
