"""Variables of a compose file, https://docs.docker.com/reference/compose-file/interpolation/."""

from __future__ import annotations

import pytest

from stack.compose.interpolation import fill_in
from stack.errors import StackError

SET = {"NAME": "value", "EMPTY": "", "MONEY": "$5 ${NAME}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("$NAME and ${NAME}", "value and value"),
        ("${NAME:-default} ${EMPTY:-default} ${NONE:-default}", "value default default"),
        ("${EMPTY-default}|${NONE-default}", "|default"),
        ("${NAME:+there}|${EMPTY:+there}|${EMPTY+there}|${NONE:+there}", "there||there|"),
        ("${NAME:?must be}", "value"),
        ("${NONE}", ""),
        ("${NONE-${NAME:+nested ${NAME}}}", "nested value"),
        ("${EMPTY-${NAME:+nested}}", ""),
        ("$$NAME costs $$5", "$NAME costs $5"),
        ("${MONEY}", "$5 ${NAME}"),
    ],
)
def test_a_text_is_filled_in(text: str, filled: str) -> None:
    """With a colon empty counts as not set; what a value holds is no variable."""
    assert fill_in(text, SET) == filled


def test_only_values_are_filled_in() -> None:
    """In lists and mappings too, keys and what is no text left alone."""
    assert fill_in({"$NAME": ["$NAME", 5, None]}, SET) == {"$NAME": ["value", 5, None]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${NONE:?say which}", "NONE is not set: say which"),
        ("${EMPTY:?say which}", "EMPTY is not set: say which"),
        ("${NONE?say which}", "NONE is not set: say which"),
        ("5 $ each", "write \\$\\$ for a dollar sign"),
        ("${}", "cannot be read"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(text: str, message: str) -> None:
    """Naming the variable, or the text."""
    with pytest.raises(StackError, match=message):
        fill_in(text, SET)
