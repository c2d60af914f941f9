"""What every test gets: an Airflow home of its own, and on request a news site, a configuration and a data root."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="vectora-airflow-home-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
for name in [name for name in os.environ if name.startswith("VECTORA_") or name in ("CONFIG_BUCKET", "DATA_BUCKET")]:
    del os.environ[name]


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
