"""Terms are found as words, in any spelling, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.errors import PatternFailedError
from vectora_core.ingest.patterns import safe_pattern
from vectora_core.ingest.terms import compile_terms, is_pattern, normal_form

CASES = sorted(Path(__file__).parents[2].joinpath("data/filters/terms").glob("*.yaml"))

WORDS = st.sampled_from(
    ["lai", "LAI", "cLAIm", "long", "Acting", "acting", "gel", "Angeles", "®", "-", " ", "  ", ",", ".", "\n"]
)
TEXTS = st.lists(WORDS, max_size=12).map("".join)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_case(path: Path) -> None:
    """Each file of tests/data/filters/terms is a rule, its terms, and what they find in texts."""
    golden: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    matcher = compile_terms(golden["terms"])
    found = [{"text": case["text"], "found": list(matcher.find(case["text"]))} for case in golden["cases"]]
    assert found == golden["cases"], golden["rule"]


def naive(terms: list[str], text: str) -> list[str]:
    """Look for every term on its own by a regular expression on the text as it is written."""
    found: dict[str, str] = {}
    for term in terms:
        parts = re.findall(r"\w+|[^\w\s®-]", term)
        pattern = r"[\s®-]*".join(
            (r"(?<!\w)" if re.match(r"\w", part) else "") + re.escape(part) + (r"(?!\w)" if re.match(r"\w", part) else "")
            for part in parts
        )
        if parts and re.search(pattern, text, re.IGNORECASE):
            found.setdefault(" ".join(parts).casefold(), term)
    return list(found.values())


@settings(max_examples=250, deadline=None)
@given(st.lists(TEXTS.map(str.strip), max_size=5, unique_by=normal_form), TEXTS)
def test_agrees_with_a_naive_search(terms: list[str], text: str) -> None:
    """The index finds what looking for each term on its own finds."""
    assert list(compile_terms(terms).find(text)) == naive(terms, text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=4), st.text(st.characters(codec=None), max_size=60))
def test_never_raises_and_finds_each_term_in_itself(terms: list[str], text: str) -> None:
    """Any Unicode, half surrogate pairs too, can be term and text; a term that has a word is found in itself."""
    plain = [term for term in terms if not is_pattern(term)]
    assert set(compile_terms(plain).find(text)) <= set(plain)
    for term in plain:
        assert bool(compile_terms([term]).find(term)) == bool(normal_form(term))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(st.characters(codec=None), max_size=60))
def test_a_pattern_is_found_or_refused(pattern: str, text: str) -> None:
    """Whatever stands around .*: it is searched, or refused by name."""
    try:
        compile_terms([f"{pattern}.*"]).find(text)
    except PatternFailedError as error:
        assert repr(f"{pattern}.*") in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    "text",
    ["a " * 500_000, "launch " * 200_000, " " * 1_000_000, "-" * 1_000_000, "(r" * 500_000, "\n" * 1_000_000, "़" * 500_000],
    ids=["words", "hits", "blanks", "hyphens", "parentheses", "lines", "marks"],
)
def test_hostile_text_takes_bounded_time(text: str) -> None:
    """A million characters of anything are done within the limit of one search, and what is behind 200,000 is not seen."""
    assert compile_terms(["launch.*platform", "phase.*trial.*result", "unheard-of"]).find(text + "unheard-of") == ()


def test_a_pattern_that_runs_away_is_stopped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that takes too long ends in an error that shows what the editor wrote."""
    monkeypatch.setattr("vectora_core.ingest.patterns.LIMIT_SECONDS", 0.05)
    with pytest.raises(PatternFailedError, match=r"regular expression '\(a\+\)\+\.\*x': took more than 0.05 s .*bound"):
        compile_terms(["(a+)+.*x"]).find("a" * 5000)


def test_a_pattern_that_is_none_is_refused() -> None:
    """The message names the expression and the way out."""
    with pytest.raises(PatternFailedError, match=r"regular expression '\(a': missing \).*; correct it, or escape"):
        safe_pattern("(a")
