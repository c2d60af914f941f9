"""Which regular expressions the configuration may hold."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.config.patterns import PatternError, compile_pattern


@pytest.mark.parametrize(
    "text",
    [
        r"appoints.*chief",
        r"([A-Z]\w+ \d{1,2}, \d{4})\w*",
        r"(\w+,)+",
        r"a(?:, \w+){0,5}",
        "[[a]",
        r"(?P<day>\d+)",
        "a.*b.*c",
    ],
)
def test_ordinary_patterns_are_fine(text: str) -> None:
    """What editors write passes."""
    assert compile_pattern(text)


@pytest.mark.parametrize(
    "text", ["(a+)+b", r"(\w+\s?)*x", "(.*,)+x", "((a+))*b", "(?:a+|b)*x", "(?i:(a+)+)b", "(?:(?:a*){3})*b"]
)
def test_repeated_repeats_are_refused(text: str) -> None:
    """A repeat of a repeat with nothing fixed between the rounds takes exponential time."""
    with pytest.raises(PatternError, match="repeats a repeat"):
        compile_pattern(text)


@pytest.mark.parametrize("text", ["", "x*", ".*", "(a|)"])
def test_a_pattern_that_matches_nothing_at_all_matches_everything(text: str) -> None:
    """As an exclusion it would drop every item."""
    with pytest.raises(PatternError, match="matches empty text"):
        compile_pattern(text)


@pytest.mark.parametrize("text", ["a" * 501, "a.*b.*c.*d.*e", "a+b+" * 6])
def test_size_is_bounded(text: str) -> None:
    """Length, wildcards and repeats have a limit."""
    with pytest.raises(PatternError, match="split it into several patterns"):
        compile_pattern(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=r"ab.*+?()[]{}|\1,^$:=!<P>#-i", max_size=20))
def test_any_text_is_a_pattern_or_told_why_not(text: str) -> None:
    """Nothing but PatternError comes out."""
    with suppress(PatternError):
        assert compile_pattern(text).pattern == text
