"""RSS, RDF and Atom feeds, read by feedparser; what turns out to be a JSON Feed is ``jsonfeed``'s.

It imports nothing that a plain feed does not need: most mapped instances read feeds only, and pay for every import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import feedparser  # type: ignore[import-untyped]  # ships no types
from feedparser.encodings import convert_to_utf8  # type: ignore[import-untyped]

from vectora_core.errors import ParseError
from vectora_core.ingest.parsers.entries import Draft, build_page, dates_as_written
from vectora_core.ingest.parsers.links import next_in_header, next_page
from vectora_core.ingest.parsers.text import one_line, plain_text
from vectora_core.ingest.types import DateCandidate, Page, Snapshot

if TYPE_CHECKING:
    from vectora_core.config.resolved import ResolvedSource

MAX_BYTES = 10_000_000  # feedparser reads about 1 MB a second; the largest feed of the corpus has 0.9 MB

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_TITLE_MARKUP = re.compile(r"</?(?:a|b|br|em|i|p|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE)


def parse_feed(snapshot: Snapshot, source: ResolvedSource) -> Page:
    """Read a feed.

    :returns: its entries in the feed's order; those without title or link are counted in ``unusable``
    :raises ParseError: when the bytes are no feed (an empty body, an HTML page, something larger than 10 MB)
    """
    if snapshot.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        from vectora_core.ingest.parsers.jsonfeed import parse_json_feed  # few sources speak it

        return parse_json_feed(snapshot, source)
    feed = _parsed(snapshot)
    fullest = source.source.content_enrichment != "basic"
    return build_page(
        (_draft(entry, feed, fullest=fullest) for entry in feed.entries),
        snapshot=snapshot,
        source=source,
        parser="feed",
        base=snapshot.final_url,
        next_url=next_page(snapshot.final_url, snapshot.final_url, _next_link(feed.feed, snapshot)),
    )


def _parsed(snapshot: Snapshot) -> Any:
    if not snapshot.body.strip():
        raise ParseError(f"{snapshot.url}: the answer is empty: check rss_url")
    if len(snapshot.body) > MAX_BYTES:
        raise ParseError(f"{snapshot.url}: {len(snapshot.body)} bytes are too many for a feed (limit {MAX_BYTES})")
    try:
        feed = feedparser.parse(
            BytesIO(_without_entities(_as_utf8(snapshot))),  # bytes alone would be tried as the name of a file
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": snapshot.final_url},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # feedparser lets what its parsers trip over through (OverflowError on &#99999999999;)
        raise ParseError(f"{snapshot.url}: feedparser cannot read this feed: {error}") from error
    if not feed.version and not feed.entries:
        kind = snapshot.content_type or "no content type"
        raise ParseError(f"{snapshot.url}: this is no RSS or Atom feed ({kind}): check rss_url, or use ingestion_mode: html")
    return feed


def _as_utf8(snapshot: Snapshot) -> bytes:
    """Decide the encoding as feedparser does (RFC 7303), without the ASCII it assumes where a text type names none."""
    charset = _CHARSET.search(snapshot.headers.get("content-type", ""))
    content_type = "application/xml" + (f"; charset={charset[1]}" if charset else "")
    return bytes(convert_to_utf8({"content-type": content_type}, snapshot.body, {}))


def _without_entities(document: bytes) -> bytes:
    """Drop a DOCTYPE that declares entities of its own: with a few of them a kilobyte becomes gigabytes."""
    root = re.search(rb"<\w", document)
    head = document[: root.start()] if root else document
    if b"<!ENTITY" not in head:
        return document
    return head.partition(b"<!DOCTYPE")[0].partition(b"<!ENTITY")[0] + document[len(head) :]


def _draft(entry: Any, feed: Any, *, fullest: bool) -> Draft:
    content, language = _content(entry, fullest=fullest)
    return Draft(
        title=_title(entry, is_atom=feed.version.startswith("atom")),
        link=_link(entry),
        content=content,
        dates=_dates(entry),
        author=entry.get("author_detail", {}).get("name") or entry.get("author"),
        tags=tuple(tag.get("term") or "" for tag in entry.get("tags", ())),
        language=language or entry.get("title_detail", {}).get("language") or feed.feed.get("language"),
    )


def _title(entry: Any, *, is_atom: bool) -> str:
    """Read a title: Atom says whether it is markup (RFC 4287 3.1.1), RSS leaves it to be guessed."""
    title = entry.get("title") or ""
    is_markup = entry.get("title_detail", {}).get("type") in _HTML or (not is_atom and _TITLE_MARKUP.search(title))
    return plain_text(title) if is_markup else one_line(title)


def _link(entry: Any) -> str | None:
    """Return the entry's link as it is known to its publisher, else its permanent id (RSS 2.0 guid, isPermaLink)."""
    link = entry.get("feedburner_origlink") or entry.get("link")
    if link is None:
        alternates = (one.get("href") for one in entry.get("links", ()) if one.get("rel") == "alternate")
        link = next((href for href in alternates if href), None)
    if link is None:
        return None
    if link == entry.get("id") and not link.startswith(("http://", "https://")):
        return None  # tag:… and urn:… (RFC 4287 4.2.6) name the entry, they do not lead to it
    return str(link) or "#"  # feedparser empties links that urljoin cannot take: bad, not missing


def _dates(entry: Any) -> tuple[DateCandidate, ...]:
    # dict.get, since feedparser's own passes published off as updated, with a warning.
    return dates_as_written(("feed", dict.get(entry, name)) for name in ("published", "updated", "created"))


def _content(entry: Any, *, fullest: bool) -> tuple[str, str | None]:
    """Return the text of an entry and its language: the summary, or the longest text it carries."""
    declared = [entry.get("summary_detail"), *entry.get("content", ())]
    texts = [text for text in declared if text] or [{"value": entry.get("summary"), "type": "text/html"}]
    readable = [(_plain(text), text.get("language")) for text in texts if _is_text(text)]
    if not fullest:
        return next((found for found in readable if found[0]), ("", None))
    return max(readable, key=lambda found: len(found[0]), default=("", None))


def _is_text(text: Mapping[str, Any]) -> bool:
    return text.get("type") in _HTML or str(text.get("type")).startswith("text/")


def _plain(text: Mapping[str, Any]) -> str:
    value = text.get("value") or ""
    return one_line(value) if text.get("type") == "text/plain" else plain_text(value)


def _next_link(feed: Any, snapshot: Snapshot) -> str | None:
    """Return the next page of a paged feed (RFC 5005 3), as its head or the answer's header names it."""
    links = (link.get("href") for link in feed.get("links", ()) if link.get("rel") == "next")
    return next((str(link) for link in links if link), None) or next_in_header(snapshot.headers)
