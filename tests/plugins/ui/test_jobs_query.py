"""What may be asked of the list of jobs: what is usual, what wins over what, and what cannot be used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vectora_airflow.ui.jobs.query import DEFAULT_SIZE, Asked, Wanted, check
from vectora_core.jobs.states import STATUSES

NOW = datetime(2026, 3, 10, 12, 0, 0, 123_456, tzinfo=UTC)


def wanted(**asked: Any) -> Wanted:
    found, problems = check(Asked(**asked), NOW)
    assert found is not None, problems
    return found


def problems(**asked: Any) -> dict[str, str]:
    found, wrong = check(Asked(**asked), NOW)
    assert (found is None) == bool(wrong)
    return wrong


def test_what_is_not_given_is_the_last_week_newest_first() -> None:
    """A default period keeps the first view cheap; 50 rows of it."""
    found = wanted()
    assert found.filter.since == datetime(2026, 3, 3, 12, 0, 0, 123_000, tzinfo=UTC)
    assert (found.filter.until, found.filter.statuses, found.filter.oldest_first) == (None, STATUSES, False)
    assert (found.size, found.sort, found.token) == (DEFAULT_SIZE, "newest", None)


@pytest.mark.parametrize(("period", "hours"), [("1h", 1), ("24h", 24), ("7d", 168), ("30d", 720)])
def test_a_period_counts_back_from_now(period: str, hours: int) -> None:
    """To the millisecond, which is all the table knows."""
    since = wanted(period=period).filter.since
    assert since == NOW.replace(microsecond=123_000) - timedelta(hours=hours)


def test_all_is_without_a_limit() -> None:
    assert wanted(period="all").filter.bounds == (None, None)


def test_given_times_are_utc_and_need_no_period() -> None:
    """As `datetime-local` writes them; one with a zone is taken at its word."""
    found = wanted(since="2026-03-01T10:00", until="2026-03-02T10:00+02:00").filter
    assert found.bounds == ("2026-03-01T10:00:00.000Z", "2026-03-02T07:59:59.999Z")
    assert wanted(period="custom").filter.bounds == (None, None)


def test_another_period_sets_given_times_aside() -> None:
    """The form sends the fields that it hides; the address that it makes has them no more."""
    asked = Asked(period="24h", since="2026-03-01T10:00")
    found, _ = check(asked, NOW)
    assert found is not None and found.filter.since == NOW.replace(microsecond=123_000) - timedelta(hours=24)
    assert asked.address() == {"period": "24h"}


def test_states_are_taken_in_any_case_and_order() -> None:
    """The same states are the same query: its token stays good."""
    one, other = wanted(status=("running", "FAILED")), wanted(status=("FAILED", "RUNNING", "failed"))
    assert one.filter.statuses == other.filter.statuses == ("RUNNING", "FAILED")


def test_texts_are_what_is_wanted() -> None:
    found = wanted(queue=" render ", definition="encode:3", region="eu-west-1", q="acme").filter
    assert (found.job_queue, found.job_definition, found.region, found.text) == ("render", "encode:3", "eu-west-1", "acme")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("status", ("DONE",), "'DONE' is no state of a job; there are SUBMITTED"),
        ("period", "1w", "there are 1h, 24h, 7d, 30d, all, custom"),
        ("since", "yesterday", "write it like 2026-03-10T15:42"),
        ("until", "2026-02-30", "is no time"),
        ("since", "0001-01-01T00:00+14:00", "out of range"),
        ("sort", "colour", "there are newest, oldest"),
        ("size", "24", "between 25 and 200"),
        ("size", "201", "between 25 and 200"),
        ("size", "\u0665\u0660", "between 25 and 200"),
        ("size", "9" * 5000, "between 25 and 200"),
        ("q", "x" * 201, "more than 200 characters"),
        ("queue", "x" * 513, "more than 512 characters"),
        ("token", "x", "begin at the first page"),
        ("token", "abc.12x", "begin at the first page"),
        ("token", "abc." + "9" * 14, "begin at the first page"),
        ("token", ".1773144000000", "begin at the first page"),
    ],
)
def test_what_cannot_be_used_is_named_with_the_way_out(field: str, value: Any, says: str) -> None:
    """By its field, and in few words however long it is."""
    found = problems(**{field: value})
    assert list(found) == [field]
    assert says in found[field]
    assert len(found[field]) < 250


def test_times_that_leave_nothing_between_are_said_at_the_first() -> None:
    assert "no time lies between" in problems(since="2026-03-02T10:00", until="2026-03-01T10:00")["since"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert set(problems(status=("X",), sort="x", size="x", q="x" * 300)) == {"status", "sort", "size", "q"}


def test_a_token_keeps_the_time_of_the_first_page() -> None:
    """Periods of later pages count back from the same moment, whenever they are asked for: or the token would not fit."""
    first = wanted()
    token = first.next_token("abc_-")
    assert token is not None
    later, _ = check(Asked(token=token), NOW + timedelta(hours=3))
    assert later is not None
    assert (later.token, later.filter, later.as_of) == ("abc_-", first.filter, first.as_of)
    assert first.next_token(None) is None


def test_an_address_holds_what_is_not_usual() -> None:
    asked = Asked(status=("RUNNING", "FAILED"), period="7d", sort="newest", size="50", q="a&b#c", token="t.1")
    assert asked.address(token="") == {"status": ("RUNNING", "FAILED"), "q": "a&b#c"}
    assert asked.address(size="25", sort="oldest")["size"] == "25"


def test_a_time_is_shown_as_the_field_of_a_browser_takes_it() -> None:
    """In UTC and without a zone, whatever it was given in; what is no time is left empty, and named beside the field."""
    asked = Asked(since="2026-03-02T01:30:05+02:00", until="2026-03-02")
    assert (asked.local("since"), asked.local("until")) == ("2026-03-01T23:30:05", "2026-03-02T00:00:00")
    assert [Asked(since=text).local("since") for text in ("", "foo", "0001-01-01T00:00+14:00")] == ["", "", ""]
