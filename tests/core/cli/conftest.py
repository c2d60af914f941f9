"""The `vectora` command in a folder of the test's, with its configuration and its data root in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.command_line import NOW, Vectora, answer_of, answer_of_process
from tests.fakes.config_tree import ConfigTree
from vectora_core.cli import roots


@pytest.fixture
def _settings(configs: ConfigTree, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "CONFIG_ROOT": configs.url,
        "DATA_ROOT": data.as_uri(),
        "ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        "FETCH_ATTEMPTS": "1",
        "FETCH_TIMEOUT_SECONDS": "20",
    }.items():
        monkeypatch.setenv(f"VECTORA_{name}", value)


@pytest.fixture
def vectora(_settings: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Vectora:
    """Runs a command in this process, at `NOW`."""
    monkeypatch.setattr(roots, "utc_now", lambda: NOW)
    return lambda *arguments: answer_of(arguments, capsys)


@pytest.fixture
def vectora_process(_settings: None) -> Vectora:
    """Runs a command as a process, at the time it is."""
    return lambda *arguments, **more: answer_of_process(arguments, **more)
