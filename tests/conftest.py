"""What every test gets: an Airflow home of its own, and on request a news site, a configuration and a data root."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="vectora-airflow-home-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
for name in [name for name in os.environ if name.startswith("VECTORA_") or name in ("CONFIG_BUCKET", "DATA_BUCKET")]:
    del os.environ[name]

_ONE_WORKER = ("tests/e2e/", "tests/integration/", "tests/stack/")
"""Folders whose tests share one running Airflow: dealt out file by file they would start one in each worker."""


class _ByServer(LoadScopeScheduling):
    """Deals out whole files, and whole folders whose tests share a server."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in _ONE_WORKER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByServer(config, log)


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
