"""All pages of the demo web site for one day: a pure function from the day to what stands under each path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape

from stack.demo_site import feeds, press
from stack.demo_site.articles import Article, articles_of
from stack.demo_site.pdf import pdf_document

_HTML = "text/html; charset=utf-8"
_TITLES = {
    "biotech": "BioPulse Daily",
    "pharma": "Pharma Ledger",
    "energy": "Grid and Tide",
    "science": "Bench Notes",
    "news": "Wire Nine",
}
SOURCES = (
    "/rss/biotech.xml",
    "/rss/pharma.xml",
    "/atom/energy.xml",
    "/rdf/science.rdf",
    "/press/",
    "/api/news.json",
    "/down/rss.xml",
)
"""What the sample configuration follows; the last one always answers 503."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a path answers."""

    body: bytes
    content_type: str
    status: int = 200


def site(origin: str, today: date) -> dict[str, Answer]:
    """Return every page of the site by its path.

    :param origin: ``http://127.0.0.1:PORT``, for the absolute links in feeds
    :param today: the day everything is dated from; nothing is dated on or after it
    """
    return dict([*_feeds(origin, today), *_channel_pages(origin, today), *_press(origin, today), *_others(origin, today)])


def _feeds(origin: str, today: date) -> Iterator[tuple[str, Answer]]:
    def of(channel: str) -> tuple[str, str, tuple[Article, ...]]:
        return _TITLES[channel], f"{origin}/{channel}/", articles_of(channel, today)

    yield "/rss/biotech.xml", _xml(feeds.rss(*of("biotech"), whole_text=True), "application/rss+xml")
    yield "/rss/pharma.xml", _xml(feeds.rss(*of("pharma"), whole_text=False), "application/rss+xml")
    yield "/atom/energy.xml", _xml(feeds.atom(*of("energy")), "application/atom+xml")
    yield "/rdf/science.rdf", _xml(feeds.rdf(*of("science")), "application/rdf+xml")


def _channel_pages(origin: str, today: date) -> Iterator[tuple[str, Answer]]:
    for channel, title in _TITLES.items():
        articles = articles_of(channel, today)
        links = "".join(f'<li><a href="/{channel}/{one.slug}.html">{escape(one.title)}</a></li>' for one in articles)
        yield f"/{channel}/", _html(press.page(title, f"<h1>{escape(title)}</h1><ul>{links}</ul>"))
        for article in articles:
            path = f"/{channel}/{article.slug}.html"
            yield path, _html(press.release_page(article, origin + path))


def _press(origin: str, today: date) -> Iterator[tuple[str, Answer]]:
    releases = articles_of("press", today)
    yield "/press/", _html(press.press_list(releases))
    for release in releases:
        path = press.link_of(release)
        if release.file:
            body = pdf_document(release.title, release.body, release.published)
            yield path, Answer(body=body, content_type="application/pdf")
        else:
            yield path, _html(press.release_page(release, origin + path))


def _others(origin: str, today: date) -> Iterator[tuple[str, Answer]]:
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in SOURCES)
    yield "/", _html(press.page("Vectora demo site", f"<h1>Sources of the Vectora demo</h1><ul>{links}</ul>"))
    yield "/api/news.json", _news(origin, today)
    yield "/down/rss.xml", Answer(body=b"down for maintenance\n", content_type="text/plain; charset=utf-8", status=503)


def _news(origin: str, today: date) -> Answer:
    listed = feeds.listed(articles_of("news", today), f"{origin}/news/")
    articles = [
        {
            "headline": article.title,
            "summary": article.summary,
            "link": url,
            "published": article.published.isoformat(),
            "byline": article.author,
        }
        for article, url in listed
    ]
    body = json.dumps({"data": {"count": len(articles), "articles": articles}}, indent=1).encode()
    return Answer(body=body, content_type="application/json")


def _html(text: str) -> Answer:
    return Answer(body=text.encode(), content_type=_HTML)


def _xml(body: bytes, content_type: str) -> Answer:
    return Answer(body=body, content_type=f"{content_type}; charset=utf-8")
