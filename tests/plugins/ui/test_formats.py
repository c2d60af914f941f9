"""Values as people read them; what strangers wrote stays text."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from time import monotonic
from typing import Any

import pytest
from markupsafe import Markup

from vectora_airflow.ui.formats import NOTHING, as_datetime, duration, moment, number, percent, pretty_json
from vectora_core.jobs.redaction import REDACTED

AT = datetime(2026, 3, 10, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [AT, AT.astimezone(timezone(timedelta(hours=2))), "2026-03-10T12:00:05Z", "2026-03-10T13:00:05+01:00", 1773144005000],
)
def test_a_moment_is_told_in_utc_for_machines_and_on_hover(value: Any) -> None:
    """Whatever zone or form it came in; the script of the page puts it into the reader's zone."""
    expected = '<time datetime="2026-03-10T12:00:05Z" title="2026-03-10 12:00:05 UTC">2026-03-10 12:00 UTC</time>'
    assert moment(value) == expected


@pytest.mark.parametrize("value", ["2026-03-10T12:00:05", "tomorrow", "<b>", 10**30, -(10**30), "9999-12-31T23:59:59-12:00"])
def test_what_is_no_moment_stays_what_it_is(value: Any) -> None:
    """A time without a zone is none: nobody knows which one was meant. Text is shown, escaped."""
    assert as_datetime(value) is None
    assert moment(value) == (Markup.escape(value) if isinstance(value, str) else NOTHING)


def test_no_moment_is_said_so() -> None:
    """By a dash, or by the words of the page."""
    assert moment(None) == moment("") == NOTHING
    assert moment(None, "<never>") == "&lt;never&gt;"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7620, "2 h 07 min"),
        (86399.9, "1 d 00 h"),
        (273600, "3 d 04 h"),
        (-3, "0.0 s"),
        (None, NOTHING),
        (float("nan"), NOTHING),
        (float("inf"), NOTHING),
    ],
)
def test_durations(seconds: float | None, expected: str) -> None:
    """Two units at most, never sixty of the smaller one; two clocks that differ give no time below nothing."""
    assert duration(seconds) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, "0"), (1234567, "1,234,567"), (1234.5, "1,234.5"), (None, NOTHING)])
def test_numbers(value: float | None, expected: str) -> None:
    """Thousands apart."""
    assert number(value) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0 %"), (0.00001, "0.1 %"), (0.5, "50 %"), (0.123, "12.3 %"), (0.99999, "99.9 %"), (1, "100 %"), (None, NOTHING)],
)
def test_a_share_is_whole_or_nothing_only_when_it_is(share: float | None, expected: str) -> None:
    """One failure in a million jobs is not 100 %."""
    assert percent(share) == expected


def test_json_is_shown_in_lines_with_its_redactions_marked() -> None:
    """A value or its text; everything in it is escaped."""
    said = pretty_json({"name": "<script>", "secret": REDACTED})
    assert said == pretty_json(json.dumps({"name": "<script>", "secret": REDACTED}))
    assert '<mark title="removed before it was stored">' in said
    assert "<script>" not in said
    assert said.splitlines()[1] == "  &#34;name&#34;: &#34;&lt;script&gt;&#34;,"


@pytest.mark.parametrize("text", ["{", "", "<b>", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"])
def test_what_is_no_json_is_shown_as_it_is(text: str) -> None:
    """It was cut, or is nothing that can be read: the text is all there is."""
    assert pretty_json(text) == Markup.escape(text)


def test_json_made_to_grow_is_shown_as_it_is() -> None:
    """400 KB, nested deeply, would be 360 MB with every line indented."""
    text = "[" * 800 + ",".join(["1"] * 200_000) + "]" * 800
    started = monotonic()
    assert len(pretty_json(text)) == len(text)
    assert monotonic() - started < 5
