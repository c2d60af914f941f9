"""Identifier patterns: at most one group, and bounded work whatever the text."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.identifier_patterns import identifier_pattern


@pytest.mark.parametrize(
    "text",
    [
        "[0-9a-f]{24}",
        "^[a-z]+-([0-9]+)",
        r"(?<!\w)(?:pre|post)-(\w+)",
        "(?:ab)+",
        "(a|b)+",
        r"(?:\w+-){2}",
        "a{3,9}b?",
        "(?>a+)b",
        "(?=x)x++",
        "(a)?(?(1)b|c)",
        "x",
    ],
)
def test_ordinary_patterns_are_taken(text: str) -> None:
    """Up to two open repeats one after the other."""
    assert identifier_pattern(text).pattern == text


@pytest.mark.parametrize(
    "text",
    ["(a+)+", "(?:a|aa)+", "(?:a?){40}", "a?" * 30 + "x", "a*b*c*", r"(?:\w+-){3}", "(?:(?:a{1,9}){1,9}){1,9}", "(?:x+y)*"],
)
def test_patterns_that_may_run_away_are_refused(text: str) -> None:
    """Exponential ones, and those of the third power."""
    with pytest.raises(ValueError, match="could match in too many ways; keep at most two"):
        identifier_pattern(text)


@pytest.mark.parametrize("text", ["(", "[a-", "(?P<a", "a{9999999999999}", "*", "(" * 499])
def test_what_is_no_pattern_is_told(text: str) -> None:
    """In the words of Python's parser."""
    with pytest.raises(ValueError, match=r"is not a regular expression: .*; correct it"):
        identifier_pattern(text)


@given(st.text(alphabet="ab(|)?*+{1,9}[]^$\\dw.<=!:P", max_size=20))
def test_no_text_makes_it_raise_anything_else(text: str) -> None:
    """Editors write anything."""
    with suppress(ValueError):
        assert identifier_pattern(text).groups <= 1
