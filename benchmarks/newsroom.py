"""The made-up newsroom that is measured: clients of 130 lines, a catalog of 185 sources, and twenty feeds that answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template

import yaml

from stack.places import CONFIGS
from tests.fakes.news_site import Answer, Article, NewsSite, rss

FEEDS = 20
SOURCES = 185  # the size of the catalog of the system that went before
ENTRIES = 30
ONE_FEED = "one_feed"
_CLIENT = Template((Path(__file__).parent / "data" / "client.yaml").read_text(encoding="utf-8"))
_WORDS = (
    "The company said on Tuesday that the subcutaneous depot kept its level for twelve weeks in the second cohort, that no "
    "patient left the trial, and that the file goes to the agency before the summer; analysts had expected less of it."
)


def client_name(number: int) -> str:
    """Return the id of a client."""
    return f"client_{number:04d}"


def client_file(number: int, bouquet: str | None = None, *, feeds: int = FEEDS) -> tuple[str, bytes]:
    """Return the path below the config root and the text of a client.

    :param bouquet: what it follows; None takes one of those with two feeds, in turn
    """
    client_id, followed = client_name(number), bouquet or f"bouquet_{number % (feeds // 2)}"
    text = _CLIENT.substitute(client_id=client_id, name=f"Client number {number}", bouquet=followed)
    return f"clients/{client_id}.yaml", text.encode()


def write_clients(root: Path, clients: int, *, bouquet: str | None = None, feeds: int = FEEDS) -> None:
    """Write the files of so many clients; see `client_file`."""
    (root / "clients").mkdir(parents=True, exist_ok=True)
    for number in range(clients):
        path, data = client_file(number, bouquet, feeds=feeds)
        (root / path).write_bytes(data)


def write_catalog(root: Path, site_url: str, *, enrichment: str = "basic", feeds: int = FEEDS) -> None:
    """Write the canonical files: the sample profiles and scopes, and a catalog in which every feed is on the local site.

    :param enrichment: ``content_enrichment`` of the feeds
    """
    shutil.copytree(CONFIGS / "canonical", root / "canonical", dirs_exist_ok=True)
    sources = [_source(number, site_url, enrichment) for number in range(SOURCES)]
    bouquets = [
        {
            "bouquet_id": f"bouquet_{number}",
            "description": f"the feeds {2 * number} and {2 * number + 1}",
            "source_keys": [f"press_sector__feed_{2 * number}", f"press_sector__feed_{2 * number + 1}"],
        }
        for number in range(feeds // 2)
    ]
    bouquets.append({"bouquet_id": ONE_FEED, "description": "one feed", "source_keys": ["press_sector__feed_0"]})
    text = yaml.safe_dump({"sources": sources, "bouquets": bouquets}, sort_keys=False)
    (root / "canonical/sources/source_catalog.yaml").write_text(text, encoding="utf-8")
    (root / "canonical/sources/html_extractors.yaml").write_text("extractors: {}\n", encoding="utf-8")


@contextmanager
def news_site(feeds: int = FEEDS) -> Iterator[NewsSite]:
    """Serve the feeds and their articles on 127.0.0.1."""
    with NewsSite() as site:
        for number in range(feeds):
            site.pages[f"/feed/{number}.xml"] = Answer(body=_feed(number, site.url))
        article = Answer(body=_article(), content_type="text/html; charset=utf-8")
        site.pages |= {f"/article/{number}/{entry}": article for number in range(feeds) for entry in range(ENTRIES)}
        yield site


def _source(number: int, site_url: str, enrichment: str) -> dict[str, object]:
    return {
        "source_key": f"press_sector__feed_{number}",
        "source_type": "press_sector",
        "ingestion_mode": "rss",
        "rss_url": f"{site_url}/feed/{number}.xml",
        "enabled": True,
        "homepage_url": f"{site_url}/{number}/",
        "default_language": "en",
        "timezone": "Europe/Madrid",
        "ingestion_profile": "press_technology_focused" if number % 2 else "press_exclude_noise",
        "content_enrichment": enrichment,
        "max_content_length": 20000,
        "tags": ["pharma", "sector press"],
        "notes": f"RSS 2.0, feed number {number}",
    }


def _feed(number: int, site_url: str) -> bytes:
    now = datetime.now(UTC)
    articles = [
        Article(
            title=f"Feed {number}, article {entry}: a long-acting injectable lasts twelve weeks",
            link=f"{site_url}/article/{number}/{entry}",
            published=now - timedelta(hours=6 * entry + 1),
            text=f"{_WORDS} {_WORDS}",
        )
        for entry in range(ENTRIES)
    ]
    return rss(articles, title=f"Feed {number}")


def _article() -> bytes:
    paragraphs = "".join(f"<p>{_WORDS} Part {number}.</p>" for number in range(12))
    return (
        '<!doctype html><html lang="en"><head><title>A long-acting injectable lasts twelve weeks</title></head><body>'
        f"<nav><a href='/'>Home</a></nav><main><article><h1>It lasts</h1>{paragraphs}</article></main></body></html>"
    ).encode()
