"""What no template, module or script of the pages may contain: whatever would let text of strangers run."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from vectora_airflow.ui.rendering import STATIC

UI: Final = STATIC.parent
TEMPLATES: Final = sorted((UI / "templates").glob("*.html"))
MODULES: Final = sorted(UI.rglob("*.py"))
SCRIPTS: Final = sorted(path for path in STATIC.glob("*.js") if ".min." not in path.name)
DRAWINGS: Final = sorted(STATIC.rglob("*.svg"))
MAKES_MARKUP: Final = {"formats.py"}
MAKES_PAGES: Final = {"rendering.py"}
OF_TEMPLATES: Final = {
    "the filter safe": r"\|\s*safe\b",
    "no escaping": r"autoescape",
    "an inline style": r"(?<![\w-])style\s*=",
    "a handler in an attribute": r"(?<![\w-])on[a-z]+\s*=\s*[\"'{]",
    "a script in the page": r"<script(?![^>]*\bsrc=)",
    "a style sheet in the page": r"<style",
    "an address that is a script": r"javascript:",
    "markup of its own": r"Markup|\|\s*forceescape|srcdoc|<iframe|<object|<embed|<base|http-equiv",
    "an attribute without quotes": r"<[a-z][^>]*\s[\w-]+={{",
}
OF_SCRIPTS: Final = (
    r"\.(inner|outer)HTML\s*[+=]|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(\s*[\"']on|srcdoc"
)


def name(path: Path) -> str:
    return str(path.relative_to(UI))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_lets_nothing_run(path: Path) -> None:
    """Everything is escaped and quoted, and nothing is inline: the policy of the pages would block it anyway."""
    text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    found = {what: re.search(pattern, text, re.IGNORECASE) for what, pattern in OF_TEMPLATES.items()}
    assert not {what: match[0] for what, match in found.items() if match}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_makes_no_markup_of_its_own(path: Path) -> None:
    """Text becomes part of a page in templates alone; one module makes elements, by format, which escapes."""
    called = {called_name(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
    if path.name not in MAKES_MARKUP:
        assert "Markup" not in called
    if path.name not in MAKES_PAGES:
        assert not called & {"HTMLResponse", "from_string", "Environment", "Template"}
    assert not called & {"eval", "exec", "render_template_string"}


@pytest.mark.parametrize("module", sorted(MAKES_MARKUP))
def test_elements_are_made_of_literals(module: str) -> None:
    """`Markup` is given literals alone: never an f-string, a sum or a name."""
    for node in ast.walk(ast.parse((UI / module).read_text())):
        if isinstance(node, ast.Call) and called_name(node) == "Markup":
            assert all(isinstance(one, ast.Constant) for one in node.args), ast.unparse(node)


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_makes_no_elements_of_text(path: Path) -> None:
    """Scripts set text and attributes; only whole pages of ours are parsed."""
    assert not re.search(OF_SCRIPTS, path.read_text())


@pytest.mark.parametrize("path", DRAWINGS, ids=name)
def test_a_drawing_is_only_drawn(path: Path) -> None:
    """An SVG file that is opened by itself is a document: there is nothing in it that runs or loads."""
    assert not re.search(r"<script|\bon[a-z]+=|href=|<foreignObject|@import|url\(", path.read_text(), re.IGNORECASE)


def test_there_is_something_to_look_at() -> None:
    """A folder that moved is not a folder without faults."""
    assert TEMPLATES and MODULES and SCRIPTS and DRAWINGS


def called_name(call: ast.Call) -> str:
    return (
        call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    )
