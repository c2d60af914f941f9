"""One real Airflow for all tests that need a scheduler."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.scheduler import Newsroom, newsroom


@pytest.fixture(scope="package")
def _newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with newsroom(tmp_path_factory.mktemp("newsroom")) as running:
        yield running


@pytest.fixture
def room(_newsroom: Newsroom) -> Newsroom:
    _newsroom.clean()
    return _newsroom
