"""Entries from what a parser found: absolute links, plain text, and a count of what is unusable, alike for all parsers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from vectora_core.errors import ParseError
from vectora_core.ingest.parsers.links import absolute
from vectora_core.ingest.parsers.text import one_line
from vectora_core.ingest.types import DateCandidate, Entry, Page, Snapshot

if TYPE_CHECKING:
    from vectora_core.config.resolved import ResolvedSource

MAX_TAGS = 50
MAX_DATE_LENGTH = 300
MAX_PATTERN_TEXT = 5_000  # the declared patterns are an editor's: they see little enough for a bad one to end

_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An article as a source lists it, its link and dates still as written, its texts plain.

    ``card`` is all the text of it, for the source's ``date_extraction_patterns``; empty means title and content.
    """

    title: str
    link: str | None
    content: str = ""
    dates: tuple[DateCandidate, ...] = ()
    author: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    card: str = ""


def build_page(
    drafts: Iterable[Draft], *, snapshot: Snapshot, source: ResolvedSource, parser: str, base: str, next_url: str | None
) -> Page:
    """Turn drafts into entries.

    :param base: what relative links are relative to
    :returns: the entries in their order; drafts without title, link or usable URL are counted, never mended
    """
    results = [_entry(draft, snapshot=snapshot, source=source, parser=parser, base=base) for draft in drafts]
    entries = tuple(result for result in results if isinstance(result, Entry))
    unusable = Counter(result for result in results if isinstance(result, str))
    return Page(entries=entries, unusable=dict(sorted(unusable.items())), next_url=next_url)


def dates_as_written(origin_texts: Iterable[tuple[str, object]]) -> tuple[DateCandidate, ...]:
    """Return candidates of the texts that are not empty, each once, in their order."""
    found = (
        DateCandidate(origin=origin, text=one_line(text)[:MAX_DATE_LENGTH])  # type: ignore[arg-type]
        for origin, text in origin_texts
        if isinstance(text, str)
    )
    return tuple(dict.fromkeys(candidate for candidate in found if candidate.text))


def _entry(draft: Draft, *, snapshot: Snapshot, source: ResolvedSource, parser: str, base: str) -> Entry | str:
    title, link = one_line(draft.title), (draft.link or "").strip()
    if not title:
        return "no_title"
    if not link:
        return "no_url"
    url = absolute(base, link)
    if url is None:
        return "bad_url"
    return Entry(
        title=title,
        url=url,
        content=draft.content,
        dates=draft.dates + _dates_around(draft, url, source.source.date_extraction_patterns),
        author=one_line(draft.author or "") or None,
        tags=tuple(dict.fromkeys(tag for raw in draft.tags[:MAX_TAGS] if (tag := one_line(raw)))),
        language=one_line(draft.language or "") or None,
        parser=parser,
        snapshot=snapshot.path,
        captured_at=snapshot.captured_at,
        late=snapshot.late,
    )


def _dates_around(draft: Draft, url: str, patterns: tuple[str, ...]) -> tuple[DateCandidate, ...]:
    card = (draft.card or f"{draft.title}\n{draft.content}")[:MAX_PATTERN_TEXT]
    matches = (_compiled(pattern).search(card) for pattern in patterns)
    written = [("pattern", _first_group(match)) for match in matches if match]
    return dates_as_written([("url", url)] * bool(_YEAR.search(url)) + written)


def _first_group(match: re.Match[str]) -> str:
    return (match[1] or "") if match.re.groups else match[0]


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ParseError(f"date_extraction_patterns: {pattern!r} is no regular expression: {error}; mend it") from error
