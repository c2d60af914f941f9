"""Real feeds and pages, where the corpus is at hand: ``../shared/corpus`` beside the project (its README tells more).

Run with ``-s`` to see the figures.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import feedparser
import pytest

from tests.fakes.captures import captured, followed, listed
from vectora_core.errors import ParseError, SelectorMissedError
from vectora_core.ingest.dates import find as dates
from vectora_core.ingest.parsers.article import read_article
from vectora_core.ingest.parsers.feed import parse_feed
from vectora_core.ingest.parsers.html import parse_list
from vectora_core.ingest.types import DateCandidate, Entry, Page

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is absent")]


def _day(entry: Entry, language: str | None = None) -> date | None:
    now = max(entry.captured_at, listed().captured_at)
    found = dates.find_date(entry.dates, timezone=None, language=language, date_format=None, now=now)
    return found.value.date() if found.value else None


def _feeds() -> Iterator[tuple[str, bytes]]:
    for path in sorted((CORPUS / "feeds").glob("*/*")):
        yield path.name, path.read_bytes()


def _page(body: bytes) -> Page:
    try:
        return parse_feed(captured(body), followed("rss"))
    except ParseError:
        return Page(entries=())


def test_feeds_have_the_entries_feedparser_finds() -> None:
    """Every entry of every real feed is an entry or counted as unusable; what is no feed has none."""
    entries = undated = 0
    for name, body in _feeds():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = len(feedparser.parse(BytesIO(body)).entries)
        if name.endswith(".json"):
            assert len(parse_feed(captured(body), followed("rss")).entries) > 0
        else:
            page = _page(body)
            assert len(page.entries) + sum(page.unusable.values()) == expected, name
            entries += len(page.entries)
            undated += sum(1 for one in page.entries if not _day(one) and any(date.origin == "feed" for date in one.dates))
    print(f"\nfeeds: {entries} entries, {undated} with a date that could not be read")
    assert undated == 0


def test_dates_of_article_pages() -> None:
    """Detail pages in many languages: at least 85 in 100 publication dates, few wrong ones."""
    pages = CORPUS / "html-dates"
    seen: Counter[str] = Counter()
    for name, wanted in json.loads((pages / "expected.json").read_text()).items():
        entry = listed(url=wanted["url"], dates=(DateCandidate(origin="url", text=wanted["url"]),))
        snapshot = captured((pages / name).read_bytes(), content_type="text/html", url=wanted["url"])
        read = _day(read_article(snapshot, followed("html"), entry))
        expected = date.fromisoformat(wanted["date"]) if isinstance(wanted["date"], str) else None
        seen["right" if read == expected else "none" if read is None else "wrong"] += 1
    print(f"\narticle dates: {dict(seen)}")
    assert seen["right"] >= 0.85 * seen.total()
    assert seen["wrong"] <= 0.08 * seen.total()


def test_lists_without_an_extractor() -> None:
    """Listing pages nobody wrote selectors for: the usual lists find most links, and never crash."""
    seen: Counter[str] = Counter()
    for path in sorted((CORPUS / "html-lists").glob("*.html")):
        wanted = json.loads(path.with_name(path.stem + ".expected.json").read_text())
        seen["expected"] += len(wanted)
        try:
            page = parse_list(captured(path.read_bytes(), content_type="text/html"), followed("html"))
        except SelectorMissedError:
            continue
        found = {_last(entry.url): entry for entry in page.entries}
        for item in wanted:
            entry = found.get(_last(item["url"] or "-"))
            seen["links"] += entry is not None
            seen["titles"] += entry is not None and _same(entry.title, item["title"])
            seen["dates"] += entry is not None and str(_day(entry, "en-US")) == item["date"]
    print(f"\nlists: {dict(seen)}")
    assert seen["links"] >= 0.75 * seen["expected"]


def _last(url: str) -> str:
    return unquote(url).rstrip("/").rpartition("/")[2].lower()


def _same(one: str, other: str) -> bool:
    first, second = " ".join(one.lower().split()), " ".join(other.lower().split())
    return first in second or second in first
