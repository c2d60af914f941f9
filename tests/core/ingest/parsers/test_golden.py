"""Golden pairs: a captured body and what its parser makes of it.

A case is two files under ``tests/data/parsers/<mode>/``: ``NAME.<anything>`` and ``NAME.expected.json``, which holds the
rule it shows, the source's catalog fields where they matter, and either the entries or the error.
"""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.captures import URL, captured, followed, listed
from vectora_core.config.resolved import ResolvedSource
from vectora_core.errors import VectoraError
from vectora_core.ingest.dates import find as dates
from vectora_core.ingest.parsers.article import read_article
from vectora_core.ingest.parsers.registry import parser_for
from vectora_core.ingest.types import Entry, Page, Snapshot

DATA = Path(__file__).parents[3] / "data" / "parsers"
MODES = {"feed": "rss", "html": "html", "api": "api", "article": "html"}
CASES = sorted(DATA.glob("*/*.expected.json"))


def _case(expected: Path) -> tuple[dict[str, Any], Snapshot, ResolvedSource]:
    wanted = json.loads(expected.read_text())
    name = expected.name.removesuffix(".expected.json")
    (body,) = (path for path in expected.parent.glob(f"{name}.*") if path != expected)
    mode = MODES[expected.parent.name]
    url = f"{URL}{wanted['path']}" if "path" in wanted else URL
    snapshot = captured(body.read_bytes(), content_type=wanted.get("content_type", ""), url=url)
    return wanted, snapshot, followed(mode, **wanted.get("source", {}))


def shown(entry: Entry, source: ResolvedSource) -> dict[str, Any]:
    """An entry as the expected files show it: its date read, and nothing that is empty."""
    found = dates.find_date(
        entry.dates,
        timezone=source.source.timezone,
        language=source.source.default_language or entry.language,
        date_format=source.extractor.date_format if source.extractor else None,
        now=entry.captured_at,
    )
    fields = {
        "title": entry.title,
        "url": entry.url,
        "content": entry.content,
        "published_at": found.value.astimezone(UTC).isoformat() if found.value else None,
        "date_source": found.source,
        "author": entry.author,
        "tags": list(entry.tags),
        "language": entry.language,
        "parser": entry.parser,
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [], "none")}


def page_shown(page: Page, source: ResolvedSource) -> dict[str, Any]:
    """A page as the expected files show it."""
    fields = {"unusable": dict(page.unusable), "next_url": page.next_url}
    return {"entries": [shown(entry, source) for entry in page.entries]} | {k: v for k, v in fields.items() if v}


def outcome(expected: Path) -> dict[str, Any]:
    """What the parser makes of a case."""
    wanted, snapshot, source = _case(expected)
    try:
        if expected.parent.name == "article":
            entry = listed(**wanted.get("given", {}))
            return {"entry": shown(read_article(snapshot, source, entry), source)}
        return page_shown(parser_for(source.source.ingestion_mode)(snapshot, source), source)
    except VectoraError as error:
        return {"error": type(error).__name__, "message": str(error)}


@pytest.mark.parametrize(
    "expected", CASES, ids=lambda path: f"{path.parent.name}/{path.name.removesuffix('.expected.json')}"
)
def test_golden(expected: Path) -> None:
    """The rule is the case's own, in its expected file."""
    wanted = json.loads(expected.read_text())
    result = {
        name: value
        for name, value in wanted.items()
        if name in ("entries", "unusable", "next_url", "entry", "error", "message")
    }
    assert outcome(expected) == result, wanted["rule"]


def test_every_input_has_its_expectation() -> None:
    """A case is two files; an input without an expectation would be tested by nobody."""
    inputs = {
        path.with_name(path.name.split(".")[0]) for path in DATA.glob("*/*") if not path.name.endswith(".expected.json")
    }
    assert inputs == {path.with_name(path.name.removesuffix(".expected.json")) for path in CASES}
