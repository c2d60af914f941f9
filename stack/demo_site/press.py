"""The press section of the demo web site: a list of cards with dates as people write them, and the pages of releases."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape

from stack.demo_site.articles import Article
from stack.demo_site.feeds import paragraphs

_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


def _long(moment: datetime) -> str:
    return f"{moment:%B} {moment.day}, {moment.year}"


WRITTEN: dict[str, Callable[[datetime], str]] = {
    "ordinal": lambda at: f"{at:%B} {at.day}{_ORDINALS.get(at.day, 'th')}, {at.year}",  # April 20th, 2026
    "dotted": lambda at: f"{at:%Y.%m.%d}",  # 2026.01.15
    "weekday": lambda at: f"{at:%A}, {_long(at)} - {at:%I:%M%p}".replace("AM", "am").replace("PM", "pm"),
    "short": lambda at: f"{at:%b} {at.day}, {at.year} {at:%I:%M%p}".replace("AM", "am").replace("PM", "pm"),
    "doubled": lambda at: _long(at) * 2,  # December 9, 2025December 9, 2025
}
"""The forms in which dates stand on the cards; what is not listed stands in ``<time datetime>``."""


def press_list(articles: Sequence[Article]) -> str:
    """Write the list: one card a release, each with its link twice (title and READ MORE)."""
    cards = "\n".join(_card(article) for article in articles)
    return page(
        "Norvale newsroom",
        f'<nav><a href="/">Home</a> <a href="/press/">News</a></nav>\n<h1>Newsroom</h1>\n'
        f'<div class="press-list">\n{cards}\n</div>',
    )


def release_page(article: Article, url: str) -> str:
    """Write the page of one release or article, with JSON-LD (schema.org NewsArticle)."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": article.published.isoformat(),
        "author": {"@type": "Person", "name": article.author},
        "url": url,
    }
    script = json.dumps(data).replace("</", "<\\/")
    return page(
        article.title,
        f'<nav><a href="/">Home</a></nav>\n<main><article>\n<h1>{escape(article.title)}</h1>\n'
        f'<p class="byline">By {escape(article.author)}, {_long(article.published)}</p>\n'
        f"{paragraphs(article)}\n</article></main>\n"
        "<footer><p>Legal notice and contact. All rights invented.</p></footer>",
        head=f'<script type="application/ld+json">{script}</script><link rel="canonical" href="{escape(url)}">',
    )


def link_of(article: Article) -> str:
    """Return the address of a release on the site: its page, or its PDF file."""
    return f"/press/files/{article.file}" if article.file else f"/press/releases/{article.slug}.html"


def page(title: str, body: str, *, head: str = "") -> str:
    """Write a whole HTML page around a body."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _card(article: Article) -> str:
    link = escape(link_of(article))
    return (
        f'<article class="card">\n<h3 class="card-title"><a href="{link}">{escape(article.title)}</a></h3>\n'
        f"{_date(article)}\n"
        f'<p class="card-text">{escape(article.summary)}</p>\n<a class="more" href="{link}">READ MORE</a>\n</article>'
    )


def _date(article: Article) -> str:
    form = WRITTEN.get(article.written)
    if form:
        return f'<span class="card-date">{form(article.published)}</span>'
    return f'<time class="card-date" datetime="{article.published.isoformat()}">{_long(article.published)}</time>'
