"""What an article page says about itself in its markup: dates, author, language.

It reads no running text: a date in a sentence may be that of an event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lxml.html  # type: ignore[import-untyped]  # ships no types
from lxml.etree import LxmlError  # type: ignore[import-untyped]

from vectora_core.ingest.parsers.entries import dates_as_written
from vectora_core.ingest.parsers.jsonld import nodes_of, page_author, page_dates
from vectora_core.ingest.parsers.text import one_line
from vectora_core.ingest.types import DateCandidate

# Names of meta elements that mean the publication, the surest first; dates of the last change are not among them.
_META_DATES = (
    "article:published_time", "og:article:published_time", "datepublished", "rnews:datepublished", "dc.date.issued",
    "dcterms.issued", "dcterms.available", "citation_publication_date", "citation_online_date", "citation_date",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "vr:published_time", "article.published",
    "publication_date", "publicationdate", "publish-date", "publish_date", "publishdate", "published-date", "pubdate",
    "originalpublicationdate", "article_date_original", "displaydate", "og:published_time", "og:pubdate", "bt:pubdate",
    "dc.date", "dcterms.date", "dc.date.created", "dcterms.created", "datecreated", "date",
)  # fmt: skip
_META_AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "citation_author")


@dataclass(frozen=True, kw_only=True)
class PageFacts:
    """What a page says about itself; ``tree`` is its lxml tree, None when there is none."""

    dates: tuple[DateCandidate, ...] = ()
    author: str | None = None
    language: str | None = None
    tree: Any = None


def facts_of(markup: str, url: str) -> PageFacts:
    """Read the markup of a page.

    :param url: the page's URL; it tells the article the page is about from others that are described in it
    """
    try:
        tree = lxml.html.document_fromstring(markup.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (LxmlError, ValueError):  # nothing in it, or nothing lxml can make a tree of
        return PageFacts()
    nodes = nodes_of(script.text or "" for script in tree.iterfind('.//script[@type="application/ld+json"]'))
    metas = _metas(tree)
    return PageFacts(
        dates=dates_as_written(
            [
                *(("detail_time", text) for text in _times(tree)),
                *(("detail_jsonld", text) for text in page_dates(nodes, url)),
                *(("detail_meta", metas[name]) for name in _META_DATES if name in metas),
                *(("detail_meta", text) for text in _microdata(tree)),
            ]
        ),
        author=_author(metas, page_author(nodes, url)),
        language=one_line(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "") or None,
        tree=tree,
    )


def _metas(tree: Any) -> dict[str, str]:
    """Return the content of the first meta element of each name, names in lower case."""
    found: dict[str, str] = {}
    for meta in tree.iterfind(".//meta"):
        content = meta.get("content")
        for attribute in ("property", "name", "itemprop"):
            if content and meta.get(attribute):
                found.setdefault(meta.get(attribute).strip().lower(), content)
    return found


def _times(tree: Any) -> list[str]:
    """Return the publication date of ``time`` elements: the one marked so, else the only one the page has.

    Pages list related articles, comments and events with times of their own: among several, none can be told.
    """
    times = [time for time in tree.iterfind(".//time") if _written(time)]
    marked = [time for time in times if time.get("itemprop") == "datePublished" or time.get("pubdate") is not None]
    if marked:
        return [_written(marked[0])]
    days = {_written(time)[:10] for time in times}
    return [_written(times[0])] if len(days) == 1 else []


def _written(time: Any) -> str:
    return one_line(time.get("datetime") or time.text_content())


def _microdata(tree: Any) -> Iterator[str]:
    for element in tree.iterfind('.//*[@itemprop="datePublished"]'):
        if element.tag not in ("meta", "time"):
            yield one_line(element.get("content") or element.get("datetime") or element.text_content())
            return


def _author(metas: dict[str, str], by_jsonld: str | None) -> str | None:
    named = (metas[name] for name in _META_AUTHORS if name in metas)
    by_meta = next((author for author in named if not author.strip().startswith(("http:", "https:"))), None)
    return one_line(by_jsonld or by_meta or "") or None
