"""Failure classes in words: all there are, in the words of the documentation, and as transient as the code says."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime

import pytest

from tests.docs.pages import ROOT, section
from vectora_core.errors import VectoraError
from vectora_core.ingest.failure_classes import FAILURES, failure_of
from vectora_core.ingest.fetch import failures


def documented() -> dict[str, tuple[str, str, str]]:
    """The table of docs/operations.md without its markup: transient, means, what to do."""
    found = {}
    for line in section("docs/operations.md", "## Failure classes").splitlines():
        if line.startswith("| `"):
            plain = re.sub(r"\[[^\]]*\]\(([^)#]+)[^)]*\)", r"docs/\1", line).replace("`", "")
            name, transient, means, remedy = (cell.strip() for cell in plain.strip(" |").split(" | "))
            found[name] = (transient, means, remedy)
    return {name: row for name, row in found.items() if not name.startswith("http_")}


def in_code() -> set[str]:
    """Every constant that is given as a failure class anywhere in the code."""
    found = set()
    for path in [*(ROOT / "vectora_core").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword):
                pairs = [(node.arg, node.value)]
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                pairs = [(getattr(target, "id", getattr(target, "attr", "")), node.value)]
            elif isinstance(node, ast.Dict):
                pairs = [(getattr(key, "value", ""), value) for key, value in zip(node.keys, node.values, strict=True)]
            else:
                continue
            found |= {
                value.value
                for name, value in pairs
                if name == "failure_class" and isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
    return found


def test_every_class_has_its_words_and_no_other_has() -> None:
    """The documentation, the words and the code know the same classes."""
    assert set(FAILURES) == set(documented()) == in_code()


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_the_words_are_those_of_the_documentation(name: str) -> None:
    """Nobody reads two different remedies for one failure."""
    transient, means, remedy = documented()[name]
    failure = FAILURES[name]
    assert (failure.means, failure.remedy) == (means, remedy)
    assert failure.transient is (transient != "no")


def test_words_are_as_transient_as_the_error() -> None:
    """Of the errors that always say the same."""
    errors = [VectoraError]
    for error in errors:
        errors += error.__subclasses__()
    said = {error.failure_class: error.transient for error in errors if "transient" in error.__dict__}
    assert said
    assert {name: FAILURES[name].transient for name in said} == said


def test_statuses_are_transient_as_the_fetch_has_it() -> None:
    """By family, not one by one."""
    for status in range(300, 600):
        error = failures.of_status(status, {}, now=datetime(2026, 3, 10, tzinfo=UTC))
        failure = failure_of(error.failure_class)
        assert failure.transient is error.transient, status
        assert str(status) in failure.means
        assert failure.remedy


def test_statuses_with_a_remedy_of_their_own_have_it() -> None:
    """Credentials, being refused, a page that is gone, too many requests, a site in trouble."""
    remedies = [failure_of(f"http_{status}").remedy for status in (401, 403, 404, 410, 429, 500, 418)]
    assert len(set(remedies)) == 7
    for words, remedy in zip(
        ("credentials", "VECTORA_USER_AGENT", "URL", "gone", "min_request_interval_seconds", "wait", "URL"),
        remedies,
        strict=True,
    ):
        assert words in remedy
    assert failure_of("http_5xx").remedy == failure_of("http_500").remedy


@pytest.mark.parametrize(
    "name", ["", "http_", "http_99999", "http_\uff14\uff10\uff13", "tomorrow", "HTTP_403", "http_403\n"]
)
def test_a_class_nobody_knows_is_told_as_such(name: str) -> None:
    """A newer Vectora may have written it; it is no crash."""
    assert "does not know" in failure_of(name).means
