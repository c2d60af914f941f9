"""Reading written dates: the golden table, the order of trust, and what is left unread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.errors import ParseError
from vectora_core.ingest.dates.find import find_date, read_date
from vectora_core.ingest.types import DateCandidate, DateOrigin

NOW = datetime(2026, 4, 30, tzinfo=UTC)
DAY = "2026-04-20"

# written, language, timezone, date_format, read (UTC; None: not a date)
WRITTEN = [
    # as the sources of DESIGN 7 write them
    ("April 20th, 2026", None, None, None, DAY),
    ("2026.01.15", None, None, None, "2026-01-15"),
    ("Monday, April 20, 2026 - 06:45am", None, None, None, f"{DAY}T06:45"),
    ("Monday, April 20, 2026 - 06:45am", None, "America/New_York", None, f"{DAY}T10:45"),
    ("Apr 20, 2026 9:37am", None, None, None, f"{DAY}T09:37"),
    ("Apr 20, 2026 12:05 p.m.", None, None, None, f"{DAY}T12:05"),
    ("Apr 20, 2026 12:05 AM ET", None, None, None, f"{DAY}T04:05"),
    ("December 9, 2025December 9, 2025", None, None, None, "2025-12-09"),
    ("20 avril 2026", "fr", "Europe/Paris", None, "2026-04-19T22:00"),
    ("1er août 2025 à 14h30", "fr", "Europe/Paris", None, "2025-08-01T12:30"),
    ("Publié le lundi 20 avril 2026", "fr", None, None, DAY),
    ("20. März 2026, 14:30 Uhr", "de", "Europe/Berlin", None, "2026-03-20T13:30"),
    ("3. Jänner 2026", "de", None, None, "2026-01-03"),
    ("Mo., 20.04.2026", "de", None, None, DAY),
    ("Seg, 20 Abr 2026 10:00:00 -0300", "pt", None, None, f"{DAY}T13:00"),
    ("20 de abril de 2026", "pt", None, None, DAY),
    ("gio, 23 aprile 2026 18:30:00 +0200", "it", None, None, "2026-04-23T16:30"),
    ("9 dicembre 2025", "it", None, None, "2025-12-09"),
    ("miércoles, 22 de abril de 2026 - 10:00h", "es", None, None, "2026-04-22T10:00"),
    ("Mon, 20 Apr 2026 15:45:00 GMT+9", None, None, None, f"{DAY}T06:45"),
    # RFC 822, RFC 850, ctime, RFC 3339, ISO 8601, JavaScript, epoch
    ("Mon, 20 Apr 2026 06:45:00 EST", None, None, None, f"{DAY}T11:45"),
    ("Mon, 20 Apr 2026 06:45:00 +0530", None, None, None, f"{DAY}T01:15"),
    ("Mon, 20 Apr 26 06:45:00 GMT", None, None, None, f"{DAY}T06:45"),
    ("Mon, 20 Apr 2026 06:45:60 -0000", None, None, None, f"{DAY}T06:45:59"),
    ("Mon Apr 20 06:45:00 2026", None, None, None, f"{DAY}T06:45"),
    ("Mon Apr 20 06:45:00 PDT 2026", None, None, None, f"{DAY}T13:45"),
    ("Mon Apr 20 2026 06:45:00 GMT+0200 (CEST)", None, None, None, f"{DAY}T04:45"),
    ("2026-04-20T06:45:00.123456+02:00", None, None, None, f"{DAY}T04:45"),
    ("2026-04-20T06:45:00Z", None, "Asia/Tokyo", None, f"{DAY}T06:45"),
    ("2026-04-20T06:45", None, "Asia/Tokyo", None, "2026-04-19T21:45"),
    ("2026-04-20 06:45:00+02", None, None, None, f"{DAY}T04:45"),
    ("20260420T064500Z", None, None, None, f"{DAY}T06:45"),
    ("20260420", None, "Europe/Paris", None, "2026-04-19T22:00"),
    ("1776667500", None, None, None, f"{DAY}T06:45"),
    ("1776667500000", None, None, None, f"{DAY}T06:45"),
    # other ways
    ("20-Apr-2026", None, None, None, DAY),
    ("2026/4/20", None, None, None, DAY),
    ("Apr. 20,2026", None, None, None, DAY),
    ("2026年4月20日", "ja", None, None, DAY),
    ("2026년 4월 20일", "ko", None, None, DAY),
    ("20 апреля 2026 г., 10:15", "ru", "Europe/Moscow", None, f"{DAY}T07:15"),  # noqa: RUF001 (it is Russian)
    ("20 kwietnia 2026", "pl", None, None, DAY),
    ("BASEL, Switzerland, April 20, 2026 /PRNewswire/", None, None, None, DAY),
    ("April 20, 2026 · 5 min read", None, None, None, DAY),
    ("Published April 20, 2026. Updated April 22, 2026", None, None, None, DAY),
    ("8:00 AM EDT / 14:00 CEST, April 20, 2026", None, None, None, f"{DAY}T12:00"),
    # day or month first
    ("03/04/2026", None, None, None, None),
    ("03/04/2026", "sv", None, None, None),
    ("03/04/2026", "en-CA", None, None, None),
    ("03/04/2026", "en-US", None, None, "2026-03-04"),
    ("03/04/2026", "en", None, None, "2026-03-04"),
    ("03/04/2026", "en_GB", None, None, "2026-04-03"),
    ("03/04/2026", "fr-CH", None, None, "2026-04-03"),
    ("03/04/2026", "en-US", None, "DD/MM/YYYY", "2026-04-03"),
    ("03/04/2026", None, None, "%m/%d/%Y", "2026-03-04"),
    ("03.04.2026 10:00", None, None, "DD/MM/YYYY", "2026-04-03T10:00"),
    ("25/04/2026", None, None, None, "2026-04-25"),
    ("04-25-2026", "de", None, None, "2026-04-25"),
    ("04/04/2026", None, None, None, "2026-04-04"),
    ("03.04.26", "de", None, None, "2026-04-03"),
    ("03.04.26", None, None, None, None),
    ("26|20|04 at 7", None, None, "%y|%d|%m at %H", f"{DAY}T07:00"),
    # no date, half a date, an event, a range: unread
    ("", None, None, None, None),
    ("April 2026", "en", None, None, None),
    ("2026", "en", None, None, None),
    ("2026-04", None, None, None, None),
    ("kwiecień 2026", "pl", None, None, None),
    ("2 hours ago", "en", None, None, None),
    ("yesterday", "en", None, None, None),
    ("Webinar on May 3, 2026", None, None, None, None),
    ("Register until 3 May 2026", None, None, None, None),
    ("Join our chief executive and the whole team on May 3, 2026 in Basel", None, None, None, None),
    ("May 3-5, 2026", None, None, None, None),
    ("3 - 5 May 2026", None, None, None, None),
    ("May 3, 2026 - May 5, 2026", None, None, None, None),
    ("April 20, 2026 10:00-12:00", None, None, None, None),
    ("Release 17 of April 20, 2026", None, None, None, None),
    ("2026-02-31", None, None, None, None),
    ("April 20, 2026 25:00", None, None, None, None),
    ("Mon, 20 Apr 2026 06:45:00 +9900", None, None, None, None),
    ("0001-01-01T00:00:00Z", None, None, None, None),
    ("1970-01-01", None, None, None, None),
    ("9999-12-31", None, None, None, None),
    ("1.2.3", "de", None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "language", "timezone", "date_format", "expected"), WRITTEN)
def test_written_dates(
    text: str, language: str | None, timezone: str | None, date_format: str | None, expected: str | None
) -> None:
    """A complete date is read in its zone, or in the source's, or in UTC; everything else is None."""
    wanted = datetime.fromisoformat(expected).replace(tzinfo=UTC) if expected else None
    assert read_date(text, timezone=timezone, language=language, date_format=date_format) == wanted


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://example.com/2026/04/20/title", DAY),
        ("https://example.com/2026/4/20/", DAY),
        ("https://example.com/news/2026/apr/20/title", DAY),
        ("https://example.com/2026-04-20-title", DAY),
        ("https://example.com/news/20260420-title.html", DAY),
        ("https://example.com/2026/04/title", None),
        ("https://example.com/article/2026042012345", None),
        ("https://example.com/p/99991231", None),
        ("https://example.com/title?date=2026-04-20", None),
        ("https://example.com/2026-04-20/2026-04-25", None),
        ("https://[example.com/2026/04/20", None),
    ],
)
def test_dates_in_urls(url: str, day: str | None) -> None:
    """A URL's path says one whole day, or nothing; numbers that are ids are no dates."""
    found = find_date([DateCandidate(origin="url", text=url)], timezone=None, language=None, date_format=None, now=NOW)
    assert (found.value.date().isoformat() if found.value else None, found.source) == (day, "url" if day else "none")


def _found(*candidates: tuple[DateOrigin, str]) -> tuple[str | None, str]:
    given = [DateCandidate(origin=origin, text=text) for origin, text in candidates]
    found = find_date(given, timezone=None, language=None, date_format=None, now=NOW)
    return (found.value.date().isoformat() if found.value else None, found.source)


def test_the_most_trusted_readable_date_wins() -> None:
    """Trust is by origin, whatever the order of the candidates; what cannot be read gives way."""
    text, meta = ("text", "2026-04-01"), ("detail_meta", "2026-04-02")
    assert _found(text, meta, ("feed", "yesterday")) == ("2026-04-02", "html")
    assert _found(text, meta, ("jsonld", "2026-04-03")) == ("2026-04-03", "jsonld")
    assert _found(text) == ("2026-04-01", "text")
    assert _found() == (None, "none")


@pytest.mark.parametrize(
    ("origin", "source"),
    [("feed", "feed"), ("time", "html"), ("jsonld", "jsonld"), ("meta", "html"), ("detail_time", "html"),
     ("detail_jsonld", "jsonld"), ("detail_meta", "html"), ("pattern", "text"), ("text", "text")],
)  # fmt: skip
def test_the_source_says_where_the_date_stood(origin: DateOrigin, source: str) -> None:
    """Every origin has its ``date_source``."""
    assert _found((origin, "2026-04-01")) == ("2026-04-01", source)


def test_a_date_ahead_gives_way_to_one_that_is_not() -> None:
    """More than two days after the capture is a mistake or an event, unless nothing else can be read."""
    assert _found(("time", "2026-05-03"), ("text", "2026-04-20")) == ("2026-04-20", "text")
    assert _found(("time", "2026-05-02"), ("text", "2026-04-20")) == ("2026-05-02", "html")
    assert _found(("time", "2026-05-03"), ("text", "2026-05-04")) == ("2026-05-03", "html")


@pytest.mark.parametrize("timezone", ["Europe/Pariss", "../etc/passwd", "Europe", ""])
def test_an_unknown_timezone_is_an_error(timezone: str) -> None:
    """A zone that is none is told, never replaced by UTC."""
    with pytest.raises(ParseError, match="is not in the IANA database"):
        read_date("April 20, 2026", timezone=timezone, language=None, date_format=None)


_TEXTS = st.text(max_size=60) | st.text(alphabet="0123456789 .,:/-+TZapmrilMAYdeof年月日", max_size=40)


@settings(max_examples=300, deadline=None)
@given(
    _TEXTS,
    st.sampled_from([None, "en-US", "de", "fr"]),
    st.sampled_from([None, "Asia/Tokyo"]),
    st.none() | st.text(max_size=8),
)
def test_no_text_breaks_it(text: str, language: str | None, timezone: str | None, date_format: str | None) -> None:
    """Whatever the text: None, or a moment in UTC within the plausible years."""
    found = read_date(text, timezone=timezone, language=language, date_format=date_format)
    assert found is None or (found.utcoffset() == timedelta(0) and 1989 <= found.year <= 2101)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="0123456789 апреляМйкдб.,:", max_size=30), st.sampled_from(["ru", "xx", "zzz", "pl-PL", "-"]))
def test_no_text_breaks_dateparser(text: str, language: str) -> None:
    """The languages dateparser reads are as safe, and unknown ones as well."""
    found = read_date(text, timezone=None, language=language, date_format=None)
    assert found is None or found.utcoffset() == timedelta(0)


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(min_value=datetime(1991, 1, 1), max_value=datetime(2099, 12, 31)),  # noqa: DTZ001 (the zone comes next)
    st.sampled_from(
        ["%a, %d %b %Y %H:%M:%S +0000", "%Y-%m-%dT%H:%M:%SZ", "%A, %B %d, %Y %I:%M:%S %p UTC", "%d %B %Y %H:%M:%S GMT",
         "%Y%m%dT%H%M%SZ", "%d.%m.%Y %H:%M:%S", "%b %d, %Y %H:%M:%S"]
    ),
)  # fmt: skip
def test_what_is_written_is_read_back(moment: datetime, form: str) -> None:
    """Any moment written in a usual form is read as that moment."""
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert read_date(moment.strftime(form), timezone=None, language="de", date_format=None) == moment
