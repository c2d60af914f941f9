"""Dates and authors in the JSON-LD (https://schema.org/Article) that pages carry in their scripts.

It takes what stands between the script tags; finding those is the business of whoever parsed the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from vectora_core.ingest.parsers.links import absolute, same_page

MAX_SCRIPT = 500_000
MAX_NODES = 5_000

_WRAPPING = re.compile(r"^\s*(?:/[/*])?\s*(?:<!--|<!\[CDATA\[)(?:\*/)?|(?:/[/*])?\s*(?:-->|\]\]>)\s*(?:\*/)?\s*$")
_PAGES = frozenset({"WebPage", "ItemPage", "AboutPage", "MedicalWebPage"})
_PUBLISHED = ("datePublished", "dateCreated", "uploadDate")


def nodes_of(scripts: Iterable[str]) -> list[dict[str, Any]]:
    """Return every object in the scripts, also those inside ``@graph`` and lists; what is no JSON is left out."""
    found: list[dict[str, Any]] = []
    for script in scripts:
        waiting: list[Any] = [_document(script)]
        while waiting and len(found) < MAX_NODES:
            value = waiting.pop()
            if isinstance(value, dict):
                found.append(value)
                waiting.extend(reversed(list(value.values())))
            elif isinstance(value, list):
                waiting.extend(reversed(value[:MAX_NODES]))
    return found


def dates_by_url(nodes: Iterable[dict[str, Any]], base: str) -> dict[str, str]:
    """Return the written publication date by page (``links.same_page``), for the articles a list page describes."""
    found: dict[str, str] = {}
    for node in nodes:
        if date := _published(node):
            for url in _addresses(node, base):
                found.setdefault(same_page(url), date)
    return found


def page_dates(nodes: list[dict[str, Any]], url: str) -> list[str]:
    """Return the written publication dates of the article a page is about, and of the page as such, in this order."""
    dated = [node for node in nodes if _published(node)]
    pages = [node for node in dated if _types(node) & _PAGES]
    return [date for node in [*_about(dated, url), *pages[:1]] if (date := _published(node))]


def page_author(nodes: list[dict[str, Any]], url: str) -> str | None:
    """Return the names of the authors of the article a page is about."""
    for article in _about([node for node in nodes if node.get("author")], url):
        return ", ".join(dict.fromkeys(_names(article["author"]))) or None
    return None


def _about(nodes: list[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    """Return the one article with the page's own URL, else the first; a page describes related ones and the latest too."""
    articles = [node for node in nodes if _is_article(node)]
    own = [node for node in articles if any(same_page(one) == same_page(url) for one in _addresses(node, url))]
    return (own or articles)[:1]


def _document(script: str) -> Any:
    try:
        return json.loads(_WRAPPING.sub("", script[:MAX_SCRIPT]).strip(), strict=False)  # line breaks stand in strings
    except (ValueError, RecursionError):
        return None


def _published(node: dict[str, Any]) -> str | None:
    dates = (node.get(name) for name in _PUBLISHED)
    return next((date for date in dates if isinstance(date, str) and date.strip()), None)


def _types(node: dict[str, Any]) -> set[str]:
    given = node.get("@type")
    return {one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)}


def _is_article(node: dict[str, Any]) -> bool:
    return any(kind.endswith(("Article", "BlogPosting", "Report", "Posting", "Review")) for kind in _types(node))


def _addresses(node: dict[str, Any], base: str) -> Iterator[str]:
    main = node.get("mainEntityOfPage")
    for value in (node.get("url"), node.get("@id"), main.get("@id") if isinstance(main, dict) else main):
        if isinstance(value, str) and (url := absolute(base, value)):
            yield url


def _names(author: Any) -> Iterator[str]:
    for one in author if isinstance(author, list) else [author]:
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str) and name.strip() and not name.startswith("http"):
            yield name
