"""Scope names and the terms they mean."""

from __future__ import annotations

import pytest

from vectora_core.config.canonical_file import CanonicalFile, Unusable
from vectora_core.config.scopes import ScopeIndex

FILES = {
    "lai_keywords": b"lai_keywords:\n  core: [depot, LAI]\n  more: [gel, depot]\n"
    b"  negative_terms: [oral]\n  _metadata: {owner: x}\n",
    "exclusions": b"_about: for people\nhr: [job]\nshared: [a]\nempty:\n",
    "others": b"shared: [b]\nfile_only: [c]\n",
}


def index(**changed: bytes) -> ScopeIndex:
    contents = {**FILES, **changed}
    return ScopeIndex([CanonicalFile(f"canonical/scopes/{name}.yaml", data) for name, data in contents.items()])


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("hr", ("job",)),
        ("exclusions.hr", ("job",)),
        ("lai_keywords.core", ("depot", "LAI")),
        ("lai_keywords.lai_keywords.more", ("gel", "depot")),
        ("lai_keywords", ("depot", "LAI", "gel")),
        ("lai_keywords.lai_keywords", ("depot", "LAI", "gel")),
        ("lai_keywords.negative_terms", ("oral",)),
        ("others.shared", ("b",)),
        ("empty", ()),
    ],
)
def test_a_name_means_its_terms(name: str, terms: tuple[str, ...]) -> None:
    """Key, file.key, key.category, file.key.category; the map means its positive categories, each term once."""
    assert index().resolve(name) == terms


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shared", "means more than one scope (canonical/scopes/exclusions.yaml:3 and canonical/scopes/others.yaml:1)"),
        ("lai_keywords.cor", "did you mean lai_keywords.core?"),
        ("lai_keywords._metadata", "there is no scope"),
        ("_about", "there is no scope"),
        ("nothing", "there is no scope 'nothing' in canonical/scopes/"),
    ],
)
def test_a_name_that_means_nothing_or_too_much_is_told(name: str, said: str) -> None:
    """What is for people is no scope."""
    found = index().resolve(name)
    assert isinstance(found, str)
    assert said in found


def test_a_mistake_fails_its_scope_only() -> None:
    """The other scopes of the file can be used."""
    broken = index(exclusions=b"hr: [job]\nbad: [no, '', 'x (.*']\n")
    assert broken.resolve("hr") == ("job",)
    found = broken.resolve("bad")
    assert isinstance(found, Unusable)
    assert [(one.line, one.key) for one in found.problems] == [(2, "bad[0]"), (2, "bad[1]"), (2, "bad[2]")]
    assert not found.whole_file


def test_a_file_that_cannot_be_read_may_hold_what_is_missing() -> None:
    """Then nobody can say that the name means nothing."""
    broken = index(others=b"shared: [")
    assert broken.resolve("hr") == ("job",)
    found = broken.resolve("file_only")
    assert isinstance(found, Unusable)
    assert found.whole_file
    assert isinstance(broken.resolve("exclusions.hr.nothing"), str)
