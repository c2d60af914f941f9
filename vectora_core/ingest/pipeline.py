"""One source of one client, from its address to its items; drawn once, in `ingest_source`.

It does not load configuration and does not store items: `client` does.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Protocol

from vectora_core.config.resolved import BrokenSource, ResolvedSource
from vectora_core.errors import ParseError, SelectorMissedError, VectoraError
from vectora_core.ingest import dedup, items
from vectora_core.ingest.dedup import UniqueEntry
from vectora_core.ingest.items import DetailedEntry, Rules
from vectora_core.ingest.parsers.registry import parser_for
from vectora_core.ingest.types import DroppedEntry, Entry, Item, Page, Request, Snapshot, SourceOutcome

_ENVIRONMENT_VALUE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class SourceSnapshots(Protocol):
    """The captures of one source in the run's interval."""

    requests: int
    bytes: int

    async def get(self, request: Request) -> Snapshot:
        """Return the capture of a URL, fetching it when this interval has none yet."""
        ...


class Snapshots(Protocol):
    """The captures of the run's interval."""

    def of(self, source_key: str) -> SourceSnapshots:
        """Return those of one source."""
        ...


@dataclass(frozen=True, kw_only=True)
class SourceResult:
    """What one source gave: its items, what was dropped, and the account of both."""

    outcome: SourceOutcome
    items: tuple[Item, ...] = ()
    dropped: tuple[DroppedEntry, ...] = ()


async def ingest_sources(snapshots: Snapshots, rules: Rules, only: Sequence[str]) -> tuple[SourceResult, ...]:
    """Ingest every source a client follows, all at once.

    :param only: source keys the run is narrowed to; empty means all
    """
    return tuple(await asyncio.gather(*(_outcome_of(source, snapshots, rules, only) for source in rules.client.sources)))


async def _outcome_of(
    source: ResolvedSource | BrokenSource, snapshots: Snapshots, rules: Rules, only: Sequence[str]
) -> SourceResult:
    """A bad source is a value in the stream: its error becomes its outcome. The unforeseen still stops the task."""
    if only and source.source_key not in only:
        return SourceResult(outcome=_outcome(source, "skipped"))
    if isinstance(source, BrokenSource):
        broken = replace(_outcome(source, "failed"), failure_class="config", error=source.message)
        return SourceResult(outcome=broken)
    started, captures = monotonic(), snapshots.of(source.source_key)
    try:
        result = await ingest_source(source, captures, rules)
    except VectoraError as error:
        missed = isinstance(error, SelectorMissedError)
        failed = replace(
            _outcome(source, "selector_missed" if missed else "failed"),
            failure_class=error.failure_class,
            error=str(error),
            transient=error.transient,
        )
        result = SourceResult(outcome=failed)
    outcome = replace(
        result.outcome,
        bytes=captures.bytes,
        requests=captures.requests,
        duration_seconds=round(monotonic() - started, 3),
    )
    return replace(result, outcome=outcome)


async def ingest_source(source: ResolvedSource, captures: SourceSnapshots, rules: Rules) -> SourceResult:
    """Turn one source into items.

    ::

        address ─ snapshot ─ parse ─┬─ next page …                         up to max_pages
                                    ▼
        entries ─ unique ─ near the window ─ detail page (full_article) ─ cut to max_content_length
                                    ─ dated ─ in the window ─ content filters ─ profiles ─ items

    :raises VectoraError: when the source as a whole cannot be used; a source is whole or failed, never half
    """
    pages = await _pages(source, captures, rules)
    entries = [entry for page in pages for entry in page.entries]
    unusable = sum((Counter(page.unusable) for page in pages), Counter[str]())
    if not entries and unusable:
        raise ParseError(f"{source.source.url}: none of the {unusable.total()} entries is usable: {dict(unusable)}")
    unique, dropped = dedup.unique(entries)
    detailed = [items.cut(source, one) for one in await _with_details(source, unique, captures, rules)]
    kept, rejected = items.judged(source, detailed, rules)
    dropped = (*dropped, *rejected)
    outcome = replace(
        _outcome(source, "ok" if entries else "empty"),
        counts=_counts(entries, unique, detailed, kept, rejected),
        drops=dict(sorted((Counter(drop.rule for drop in dropped) + unusable).items())),
        late=any(entry.late for entry in entries),
    )
    return SourceResult(outcome=outcome, items=kept, dropped=dropped)


async def _pages(source: ResolvedSource, captures: SourceSnapshots, rules: Rules) -> list[Page]:
    """Fetch and parse the pages of a list: numbered by ``{page}`` in the URL, else as the source links them."""
    parse = parser_for(source.source.ingestion_mode)
    address, limit = str(source.source.url), source.source.max_pages
    pages: list[Page] = []
    seen: set[str] = set()
    url: str | None = _numbered(address, 1)
    while url and url not in seen and len(pages) < limit:
        seen.add(url)
        snapshot = await captures.get(_request(source, url, rules.environ))
        try:
            page = parse(snapshot, source)
        except SelectorMissedError:
            if not pages:
                raise
            break  # numbered past the end of the list, where many sites show a page without one
        pages.append(page)
        url = _next(address, page, len(pages))
    return pages


def _next(address: str, page: Page, read: int) -> str | None:
    if _numbered(address, 1) == address:
        return page.next_url
    return _numbered(address, read + 1) if page.entries else None


def _numbered(address: str, number: int) -> str:
    # The models keep URLs normalised, with the braces of {page} percent-encoded.
    return address.replace("%7Bpage%7D", str(number)).replace("{page}", str(number))


def _request(source: ResolvedSource, url: str, environ: Mapping[str, str]) -> Request:
    return Request(
        url=url,
        headers={name: _filled(value, source, environ) for name, value in source.source.headers.items()},
        timeout_seconds=source.source.timeout_seconds,
        ssl_verify=source.ssl_verify,
        min_interval_seconds=source.source.min_request_interval_seconds,
    )


def _filled(value: str, source: ResolvedSource, environ: Mapping[str, str]) -> str:
    missing = [name for name in _ENVIRONMENT_VALUE.findall(value) if name not in environ]
    if missing:
        error = VectoraError(f"{source.source_key}: headers need the environment variable {missing[0]}, which is not set")
        error.failure_class = "config"
        raise error
    return _ENVIRONMENT_VALUE.sub(lambda match: environ[match[1]], value)


async def _with_details(
    source: ResolvedSource, unique: Sequence[UniqueEntry], captures: SourceSnapshots, rules: Rules
) -> list[DetailedEntry]:
    plain = [DetailedEntry(canonical_url=one.canonical_url, entry=one.entry) for one in unique]
    if source.source.content_enrichment != "full_article":
        return plain
    near = [one for one in plain if items.is_near(items.date_of(source, one.entry), rules.window)]
    read = await asyncio.gather(*(_with_detail(source, one, captures, rules) for one in near[: rules.max_detail_pages]))
    by_url = {one.canonical_url: one for one in read}
    return [by_url.get(one.canonical_url, one) for one in plain]


async def _with_detail(source: ResolvedSource, one: DetailedEntry, captures: SourceSnapshots, rules: Rules) -> DetailedEntry:
    """Read the page behind an entry; where that fails the entry stays as its list gave it, and is counted."""
    from vectora_core.ingest.parsers.article import read_article  # trafilatura: only where a detail page is read

    try:
        snapshot = await captures.get(_detail_request(source, one.entry.url, rules.environ))
        return replace(one, entry=read_article(snapshot, source, one.entry), detail=snapshot)
    except VectoraError:
        return replace(one, failed=True)


def _detail_request(source: ResolvedSource, url: str, environ: Mapping[str, str]) -> Request:
    """The header fields of a source are secrets of its API: they do not go to the pages it links."""
    return replace(_request(source, url, environ), headers={})


def _outcome(source: ResolvedSource | BrokenSource, outcome: str) -> SourceOutcome:
    mode = source.source.ingestion_mode if isinstance(source, ResolvedSource) else "none"
    return SourceOutcome(source_key=source.source_key, ingestion_mode=mode, outcome=outcome)  # type: ignore[arg-type]


def _counts(
    entries: Sequence[Entry],
    unique: Sequence[UniqueEntry],
    detailed: Sequence[DetailedEntry],
    kept: Sequence[Item],
    rejected: Sequence[DroppedEntry],
) -> dict[str, int]:
    outside = sum(drop.rule.startswith("window:") for drop in rejected)
    counts = {"parsed": len(entries), "unique": len(unique), "in_window": len(unique) - outside, "kept": len(kept)}
    details = {
        "details_read": sum(one.detail is not None for one in detailed),
        "details_failed": sum(one.failed for one in detailed),
    }
    return counts | {name: number for name, number in details.items() if number}
