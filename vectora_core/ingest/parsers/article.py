"""The page or PDF behind an entry: its text, and what it says of its date, author and language.

It completes an entry, it never replaces what the list said: title, URL and dates of the list stay.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vectora_core.errors import ParseError
from vectora_core.ingest.dates import find as dates
from vectora_core.ingest.parsers.markup_bounds import excess_of
from vectora_core.ingest.parsers.page_facts import PageFacts, facts_of
from vectora_core.ingest.parsers.text import decode_page, one_line, paragraphs
from vectora_core.ingest.types import DateCandidate, Entry, Snapshot

if TYPE_CHECKING:
    from vectora_core.config.resolved import ResolvedSource

_MARKUP = frozenset({"", "text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml"})


def read_article(snapshot: Snapshot, source: ResolvedSource, entry: Entry) -> Entry:
    """Enrich an entry with its detail page.

    :returns: the entry with the longer of its own and the page's text, with the page's dates behind its own, and with
        author and language where it had none; ``parser`` says what was read (``feed+article``, ``html+pdf``)
    :raises ParseError: when the answer is neither a page nor a readable PDF
    """
    if _is_pdf(snapshot):
        from vectora_core.ingest.parsers.pdf import pdf_text  # pypdf: 0.5 s, for PDF links only

        # The creation date of a PDF is when somebody pressed save: no candidate for its publication.
        return _with_text(entry, pdf_text(snapshot), "pdf")
    if snapshot.content_type not in _MARKUP:
        raise ParseError(f"{snapshot.url}: this is {snapshot.content_type}, not a page or PDF; the list's text stays")
    markup = decode_page(snapshot)
    if excess := excess_of(markup):
        raise ParseError(f"{snapshot.url}: {excess}: too much for an article; the list's text stays")
    facts = facts_of(markup, snapshot.final_url)
    enriched = replace(
        _with_text(entry, _article_text(markup, snapshot), "article"),
        dates=tuple(dict.fromkeys((*entry.dates, *facts.dates))),
        author=entry.author or facts.author,
        language=entry.language or facts.language,
    )
    return enriched if _is_dated(enriched, source) else _searched(enriched, facts, snapshot)


def _is_pdf(snapshot: Snapshot) -> bool:
    """Believe the bytes, then the header, then the URL (many ``.pdf`` links lead to a page around the PDF)."""
    if b"%PDF-" in snapshot.body[:1024]:
        return True
    is_page = snapshot.content_type in _MARKUP and snapshot.content_type
    named = urlsplit(snapshot.final_url).path.lower().endswith(".pdf")
    return snapshot.content_type == "application/pdf" or (named and not is_page)


def _with_text(entry: Entry, text: str, how: str) -> Entry:
    content = max(entry.content, text, key=len)
    return replace(entry, content=content, parser=f"{entry.parser}+{how}")


def _article_text(markup: str, snapshot: Snapshot) -> str:
    import trafilatura  # 1 s and 40 MB: for detail pages only

    try:
        text = trafilatura.extract(markup, url=snapshot.final_url, include_comments=False)
    except Exception as error:  # whatever a stranger's page makes it trip over
        raise ParseError(f"{snapshot.url}: trafilatura cannot read this page: {error}; the list's text stays") from error
    return paragraphs(text or "")


def _is_dated(entry: Entry, source: ResolvedSource) -> bool:
    found = dates.find_date(
        entry.dates,
        timezone=source.source.timezone,
        language=source.source.default_language or entry.language,
        date_format=source.extractor.date_format if source.extractor else None,
        now=entry.captured_at,
    )
    return found.value is not None


def _searched(entry: Entry, facts: PageFacts, snapshot: Snapshot) -> Entry:
    """Ask htmldate, the last resort: it looks for a date in places that are not made for it, and may be wrong."""
    if facts.tree is None:
        return entry
    date = _htmldate(facts.tree, snapshot)
    if not date:
        return entry
    return replace(entry, dates=(*entry.dates, DateCandidate(origin="detail_meta", text=one_line(date))))


def _htmldate(tree: Any, snapshot: Snapshot) -> str | None:
    from htmldate import find_date  # 0.3 s, for undated pages only

    limit = (snapshot.captured_at + timedelta(days=1)).strftime("%Y-%m-%d")
    try:
        found = find_date(tree, extensive_search=False, original_date=True, url=snapshot.final_url, max_date=limit)
    except Exception:  # a page it trips over has no date that could be trusted
        return None
    return str(found) if found else None
