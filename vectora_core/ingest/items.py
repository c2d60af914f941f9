"""From the entries of one source to its items: cut, dated, judged.

It does no I/O: what was fetched comes in, items and drops go out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from vectora_core.config.models import RunMode
from vectora_core.config.resolved import ResolvedClient, ResolvedSource
from vectora_core.ingest import dedup, filters, language
from vectora_core.ingest.dates import find as dates
from vectora_core.ingest.types import DroppedEntry, Entry, FoundDate, Item, Snapshot, Window

SCHEMA_VERSION = "1"
DETAIL_SLACK = timedelta(days=7)
"""A detail page may correct a date by so much; entries further outside the window are not worth a request."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds for every source of one client in one run.

    :param environ: where ``${NAME}`` in header values is looked up
    :param max_detail_pages: detail pages fetched per source
    """

    window: Window
    mode: RunMode
    client: ResolvedClient
    max_detail_pages: int
    environ: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class DetailedEntry:
    """A unique entry after its detail page, if it has one."""

    canonical_url: str
    entry: Entry
    detail: Snapshot | None = None
    failed: bool = False


def judged(
    source: ResolvedSource, detailed: Sequence[DetailedEntry], rules: Rules
) -> tuple[tuple[Item, ...], tuple[DroppedEntry, ...]]:
    """Date every entry and let the window, the content filters and the profiles decide; the first that refuses is named."""
    items: list[Item] = []
    rejected: list[DroppedEntry] = []
    for one in detailed:
        found = date_of(source, one.entry)
        drop = filters.in_window(found.value, rules.window) or filters.select(
            one.entry,
            run_mode=rules.mode,
            profile=source.profile,
            strict_profile=rules.client.strict_profile,
            content_filters=rules.client.content_filters,
            dated=found.value is not None,
            late=one.entry.late,
        )
        if drop:
            rejected.append(DroppedEntry(title=one.entry.title, url=one.entry.url, rule=drop.rule, detail=drop.detail))
        else:
            items.append(_item(source, one, found, rules.client.config_hash))
    return tuple(items), tuple(rejected)


def is_near(found: FoundDate, window: Window) -> bool:
    """Tell whether an entry may still be in the window once its detail page corrects its date."""
    return found.value is None or window.start - DETAIL_SLACK <= found.value < window.end + DETAIL_SLACK


def date_of(source: ResolvedSource, entry: Entry) -> FoundDate:
    """Return the date of an entry as its source writes dates; the clock is the moment of its capture."""
    return dates.find_date(
        entry.dates,
        timezone=source.source.timezone,
        # Templates say "en" or "en-US" whatever the page is in; what the catalog says was written for this source.
        language=source.source.default_language or entry.language,
        date_format=source.extractor.date_format if source.extractor else None,
        now=entry.captured_at,
    )


def _item(source: ResolvedSource, one: DetailedEntry, found: FoundDate, config_hash: str) -> Item:
    entry = one.entry
    captured = [entry.captured_at] + ([one.detail.captured_at] if one.detail else [])
    provenance = {"snapshot": entry.snapshot or None, "config_hash": config_hash, "parser": entry.parser}
    if one.detail:
        provenance["detail_snapshot"] = one.detail.path or None
    return Item(
        item_id=dedup.item_id(source.source_key, one.canonical_url),
        source_key=source.source_key,
        source_type=source.source.source_type,
        title=entry.title,
        content=entry.content,
        url=entry.url,
        canonical_url=one.canonical_url,
        published_at=found.value.astimezone(UTC).isoformat() if found.value else None,
        date_source=found.source,
        captured_at=entry.captured_at.astimezone(UTC).isoformat(),
        ingested_at=max(captured).astimezone(UTC).isoformat(),
        language=language.of(entry, source.source.default_language),
        content_hash=dedup.content_hash(entry.title, entry.content),
        schema_version=SCHEMA_VERSION,
        metadata={
            "author": entry.author,
            "tags": list(dict.fromkeys([*entry.tags, *source.source.tags])),
            "word_count": filters.word_count(entry.content),
        },
        provenance=provenance,
    )


def cut(source: ResolvedSource, one: DetailedEntry) -> DetailedEntry:
    """Rules judge the text that is kept, so that a reader can follow what they decided."""
    limit = source.source.max_content_length
    return replace(one, entry=replace(one.entry, content=_shortened(one.entry.content, limit)))


def _shortened(text: str, limit: int | None) -> str:
    """Cut at a word border, never inside a word."""
    if limit is None or len(text) <= limit:
        return text
    return text[: limit + 1].rsplit(maxsplit=1)[0][:limit].rstrip()
