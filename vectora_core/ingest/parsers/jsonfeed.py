"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), which feedparser does not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vectora_core.errors import ParseError
from vectora_core.ingest.parsers.entries import Draft, build_page, dates_as_written
from vectora_core.ingest.parsers.json_body import read_json, string_of
from vectora_core.ingest.parsers.links import next_in_header, next_page
from vectora_core.ingest.parsers.text import plain_text
from vectora_core.ingest.types import Page, Snapshot

if TYPE_CHECKING:
    from vectora_core.config.resolved import ResolvedSource


def parse_json_feed(snapshot: Snapshot, source: ResolvedSource) -> Page:
    """Read a JSON Feed.

    :raises ParseError: when the document is JSON of another kind
    """
    feed = read_json(snapshot)
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in str(feed.get("version")):
        raise ParseError(f"{snapshot.url}: this JSON is no JSON Feed: use ingestion_mode: api with fields")
    listed = feed.get("items")
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    fullest = source.source.content_enrichment != "basic"
    return build_page(
        (_draft(item, feed, fullest=fullest) for item in items),
        snapshot=snapshot,
        source=source,
        parser="feed",
        base=snapshot.final_url,
        next_url=next_page(snapshot.final_url, snapshot.final_url, _next_link(feed, snapshot)),
    )


def _draft(item: dict[str, Any], feed: dict[str, Any], *, fullest: bool) -> Draft:
    return Draft(
        title=plain_text(string_of(item.get("title"))),
        link=_link(item),
        content=_content(item, fullest=fullest),
        dates=dates_as_written(("feed", item.get(name)) for name in ("date_published", "date_modified")),
        author=_author(item) or _author(feed),
        tags=tuple(string_of(tag) for tag in item["tags"]) if isinstance(item.get("tags"), list) else (),
        language=string_of(item.get("language")) or string_of(feed.get("language")),
    )


def _link(item: dict[str, Any]) -> str | None:
    link = string_of(item.get("url")) or string_of(item.get("external_url"))
    identity = string_of(item.get("id"))
    return link or (identity if identity.startswith(("http://", "https://")) else None)


def _content(item: dict[str, Any], *, fullest: bool) -> str:
    texts = [plain_text(string_of(item.get("summary"))), plain_text(string_of(item.get("content_html")))]
    texts.append(string_of(item.get("content_text")))
    return max(texts, key=len) if fullest else next((text for text in texts if text), "")


def _author(thing: dict[str, Any]) -> str | None:
    listed = thing.get("authors")
    authors = [*(listed if isinstance(listed, list) else []), thing.get("author")]
    names = (string_of(author.get("name")) for author in authors if isinstance(author, dict))
    return ", ".join(name for name in names if name) or None


def _next_link(feed: dict[str, Any], snapshot: Snapshot) -> str | None:
    return string_of(feed.get("next_url")) or next_in_header(snapshot.headers)
