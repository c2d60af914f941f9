"""The stack of docker-compose.yaml, started once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.distributed.team import Team
from tests.distributed.team import team as running_team


@pytest.fixture(scope="package")
def _team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with running_team(tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture
def team(_team: Team) -> Iterator[Team]:
    """The stack; after a test every service is well again, and no source holds its answer back."""
    yield _team
    for page in _team.site.pages.values():
        if page.gate:
            page.gate.set()
        page.gate = None
    _team.compose.wait_until_up()
