"""The articles of the demo web site: read from ``content/*.yaml``, dated relative to a given day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_CONTENT = Path(__file__).parent / "content"


@dataclass(frozen=True, kw_only=True)
class Article:
    """One article; ``published`` is in UTC, ``repeat`` asks its channel to list it twice."""

    slug: str
    title: str
    published: datetime
    author: str
    tags: tuple[str, ...]
    summary: str
    body: tuple[str, ...]
    repeat: bool
    written: str
    file: str | None


def articles_of(channel: str, today: date) -> tuple[Article, ...]:
    """Return the articles of a channel (the stem of a content file), newest first."""
    content = _content(channel)
    found = [_article(item, content["about"], today) for item in content["items"]]
    return tuple(sorted(found, key=lambda article: article.published, reverse=True))


def _article(item: dict[str, Any], about: str, today: date) -> Article:
    day = today - timedelta(days=item["days_ago"])
    return Article(
        slug=item["slug"],
        title=item["title"],
        published=datetime.combine(day, time.fromisoformat(item["time"]), tzinfo=UTC),
        author=item["author"],
        tags=tuple(item["tags"]),
        summary=item["summary"],
        body=(*item["body"], about),
        repeat=item.get("repeat", False),
        written=item.get("written", "time"),
        file=item.get("file"),
    )


@cache
def _content(channel: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((_CONTENT / f"{channel}.yaml").read_text(encoding="utf-8"))
    return content
