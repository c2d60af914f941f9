"""JSON from storage: its values, or one kind of error, whatever the bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.ingest import stored_json


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"\xed\xa0\xbd",
        b"NaN",
        b"[-Infinity]",
        b"[1e999]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5_000,
    ],
)
def test_what_is_no_json_is_a_value_error(data: bytes) -> None:
    """Cut short, in no UTF-8, beyond floats, or nested so deeply that reading it overflows."""
    with pytest.raises(ValueError, match=r"."):
        stored_json.decode(data)


def test_half_a_surrogate_pair_is_replaced() -> None:
    """A page with one in it could not be encoded; a whole pair is the character it means."""
    value = stored_json.decode(b'{"a\\ud83d": ["b \\uDE42 c", "\\ud83d\\ude42"]}')
    assert value == {"a?": ["b ? c", "🙂"]}


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode))
def test_nothing_else_is_raised(data: bytes) -> None:
    """Any bytes are a value or a ValueError, and every value can be written in UTF-8."""
    try:
        value = stored_json.decode(data)
    except ValueError:
        return
    str(value).encode()


@pytest.mark.parametrize("value", [None, True, -1, 2**53 + 1, 1.0, "1", [1]])
def test_a_count_is_a_whole_number_a_reader_holds(value: object) -> None:
    """Not below 0, not beyond 2^53, and True is none."""
    with pytest.raises(ValueError, match="items is no count"):
        stored_json.count(value, "items")
    with pytest.raises(ValueError, match="drops 'x' is no count"):
        stored_json.counts({"x": value}, "drops")
    assert stored_json.counts({"x": 2**53}, "drops") == {"x": 2**53}


@pytest.mark.parametrize("value", [None, True, "1", float("nan"), float("inf"), 10**400, [1]])
def test_a_duration_is_a_finite_number(value: object) -> None:
    """One below zero comes of two clocks, and is none."""
    with pytest.raises(ValueError, match="took is no number of seconds"):
        stored_json.seconds(value, "took")
    assert [stored_json.seconds(given, "took") for given in (1, 2.5, -0.2)] == [1.0, 2.5, 0.0]


def test_objects_and_texts_are_told_from_the_rest() -> None:
    """The message says which value it was."""
    with pytest.raises(ValueError, match="totals is no object"):
        stored_json.mapping([], "totals")
    with pytest.raises(ValueError, match="name is no text"):
        stored_json.text(None, "name")
