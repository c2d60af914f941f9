"""The house as import rules (pyproject.toml): imports only go down, and a module outside the picture is a failure."""

from __future__ import annotations

from pathlib import Path

from importlinter import cli

ROOT = Path(__file__).resolve().parents[2]


def test_imports_only_go_down(monkeypatch) -> None:
    """Every contract of the import linter is kept."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT / "plugins"))
    assert cli.lint_imports(config_filename="pyproject.toml", no_cache=True) == cli.EXIT_STATUS_SUCCESS
