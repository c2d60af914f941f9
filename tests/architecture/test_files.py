"""Habits that hold for every file: short, introduced by their first line, no drawer for leftovers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted(
    path
    for folder in ("vectora_core", "plugins", "dags", "stack", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CODE, ids=name)
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    """Under 300 lines; the first line is a docstring; no `utils`, `helpers` or `common`."""
    text = path.read_text()
    assert len(text.splitlines()) < 300
    assert text.startswith('"""')
    assert path.stem not in {"utils", "helpers", "common"}


@pytest.mark.parametrize("path", [path for path in CODE if "tests" not in path.parts], ids=name)
def test_no_function_is_over_forty_lines(path: Path) -> None:
    """A function fits a screen; its docstring does not count."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            assert (node.end_lineno or 0) - first.lineno < 40, f"{node.name} in line {node.lineno}"


@pytest.mark.parametrize(
    "path", [path for path in CODE if path.name == "__init__.py" and "tests" not in path.parts], ids=name
)
def test_a_package_re_exports_nothing(path: Path) -> None:
    """DAG parsing and Lambda cold starts would pay for it."""
    imports = [node for node in ast.parse(path.read_text()).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert all(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in imports)


def test_the_plugins_loader_is_kept_out_of_the_package() -> None:
    """Airflow would import every file of it as a top-level module named by its stem."""
    assert "vectora_airflow/" in (ROOT / "plugins/.airflowignore").read_text().splitlines()
