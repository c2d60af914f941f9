"""Boolean expressions over group ids."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.config.logic import LogicError, parse_logic

NAMES = ("a", "b", "c", "long_name")
EXPRESSIONS = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        inner.map(lambda one: f"not {one}" if " " not in one else f"not ({one})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, st.sets(st.sampled_from(NAMES)))
def test_it_means_what_python_means(text: str, held: set[str]) -> None:
    """NOT binds before AND before OR, in either case, as in Python."""
    expected = eval(text, {}, {name: name in held for name in NAMES})
    assert parse_logic(text.replace("and", "AND").replace("not ", "NOT ")).evaluate(held) is expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab() ANDORT&1_", max_size=30))
def test_any_text_is_an_expression_or_told_why_not(text: str) -> None:
    """Nothing but LogicError comes out, and what parses can be evaluated."""
    with suppress(LogicError):
        assert parse_logic(text).evaluate({"a"}) in (True, False)


def test_names_are_listed_once_in_order() -> None:
    """Operators are no names, in either case."""
    assert parse_logic("b AND (a or NOT b)").names == ("b", "a")


@pytest.mark.parametrize("text", ["(" * 900 + "a" + ")" * 900, "NOT " * 400 + "a"])
def test_depth_is_no_danger(text: str) -> None:
    """Neither parsing nor evaluating recurses."""
    assert parse_logic(text).evaluate({"a"})


def test_a_very_long_expression_is_refused() -> None:
    """Work is bounded."""
    with pytest.raises(LogicError, match="longer than 2,000 characters"):
        parse_logic("a AND " * 1000 + "a")
