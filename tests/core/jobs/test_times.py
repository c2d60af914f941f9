"""Times as numbers: what AWS writes, and what a row made by hand may hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vectora_core.jobs.times import known_time, milliseconds_of, read_time


def test_a_time_is_milliseconds_since_1970_in_utc() -> None:
    """Whatever its zone, to the millisecond."""
    moment = datetime(2026, 3, 10, 15, 42, 1, 234_999, tzinfo=UTC)
    assert milliseconds_of(moment) == milliseconds_of(moment.astimezone()) == 1_773_157_321_234
    assert read_time("2026-03-10T15:42:01.234Z") == read_time("2026-03-10T17:42:01.234+02:00") == 1_773_157_321_234


@pytest.mark.parametrize("text", ["", "soon", "12/24/2025", "2026-03-09", "2026-03-10T15:42:01", "9999-99-99T00:00:00Z"])
def test_what_is_no_time_with_a_zone_is_none(text: str) -> None:
    """Rows made by hand have any text."""
    assert read_time(text) is None


def test_a_number_that_is_no_time_is_none() -> None:
    """AWS writes 0 where there is none; from 1 to the year 2286 it is one."""
    assert [known_time(one) for one in (None, 0, -1, 10**13)] == [None] * 4
    assert [known_time(one) for one in (1, 10**13 - 1)] == [1, 10**13 - 1]
