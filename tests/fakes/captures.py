"""Snapshots and sources for parser tests: what was captured, without a fetch, and whose it is, without a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vectora_core.config.models import Extractor, Selectors, Source
from vectora_core.config.resolved import ResolvedSource
from vectora_core.ingest.types import Entry, Snapshot

URL = "https://news.example.com/releases/"
CAPTURED = datetime(2026, 4, 30, 6, 0, tzinfo=UTC)


def captured(
    body: bytes | str,
    *,
    content_type: str = "",
    url: str = URL,
    headers: Mapping[str, str] | None = None,
    late: bool = False,
) -> Snapshot:
    """A snapshot of a body, captured on 30 April 2026."""
    given = {"content-type": content_type} if content_type else {}
    return Snapshot(
        source_key="example",
        url=url,
        final_url=url,
        status=200,
        headers={**given, **(headers or {})},
        body=body.encode() if isinstance(body, str) else body,
        captured_at=CAPTURED,
        late=late,
        path="raw/example/2026/04/30/capture",
    )


def followed(
    mode: str, *, extractor: Mapping[str, Any] | None = None, max_items: int | None = None, **fields: Any
) -> ResolvedSource:
    """A source in a mode; ``fields`` are those of its catalog entry, ``extractor`` is as html_extractors.yaml has it."""
    general = Selectors.model_validate(fields.pop("general_selectors", {}))
    source = Source.model_validate({"source_key": "example", "ingestion_mode": mode, f"{mode}_url": URL, **fields})
    return ResolvedSource(
        source=source,
        bouquets=(),
        profile=None,
        extractor=Extractor.model_validate(extractor) if extractor else None,
        fallback_selectors=general,
        max_items=max_items,
        ssl_verify=True,
    )


def listed(**fields: Any) -> Entry:
    """An entry as its list gave it."""
    given = {
        "title": "Acme reports results",
        "url": f"{URL}acme",
        "parser": "html",
        "snapshot": "raw/list",
        "captured_at": CAPTURED,
    }
    return Entry(**{**given, **fields})
