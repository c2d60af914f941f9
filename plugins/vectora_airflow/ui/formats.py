"""Values as people read them: times, durations, numbers, JSON. Everything they return is safe to stand in a page."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from markupsafe import Markup, escape

from vectora_core.jobs.redaction import REDACTED

_MOST_TIMES, _ALWAYS = 8, 10_000
"""How much longer than its text indented JSON may be: 400 KB of it, nested 900 deep, would be 360 MB."""

NOTHING = "–"  # noqa: RUF001  # what tables of people say for nothing


def moment(value: datetime | str | int | None, missing: str = NOTHING) -> Markup:
    """Return a time as an element that a script turns into the reader's zone; UTC without it, and on hover.

    :param value: aware, or ISO 8601 text, or milliseconds since 1970 UTC
    :param missing: what to say when there is none
    """
    found = as_datetime(value)
    if found is None:
        return escape(value if isinstance(value, str) and value else missing)
    machine = found.isoformat(timespec="seconds").replace("+00:00", "Z")
    people = f"{found:%Y-%m-%d %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, people, f"{found:%Y-%m-%d %H:%M} UTC")


def as_datetime(value: datetime | str | int | None) -> datetime | None:
    """Return a time in UTC; None for what is none: strangers wrote it."""
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        elif isinstance(value, int):
            value = datetime.fromtimestamp(value / 1000, UTC)
        return value.astimezone(UTC) if value is not None and value.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def duration(seconds: float | None) -> str:
    """Return a duration: ``0.4 s``, ``12 s``, ``3 min 05 s``, ``2 h 07 min``, ``3 d 04 h``."""
    if seconds is None or not isfinite(seconds):
        return NOTHING
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02d} h"


def number(value: float | None) -> str:
    """Return a number with its thousands apart."""
    return NOTHING if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """Return a share of 1 in percent; one that is not whole never reads 100 %, and one above nothing never 0 %."""
    if share is None:
        return NOTHING
    shown = min(max(round(100 * share, 1), 0.1 if share > 0 else 0.0), 99.9 if share < 1 else 100.0)
    return f"{shown:g} %"


def pretty_json(value: Any) -> Markup:
    """Return JSON in lines, with every redaction marked.

    :param value: what JSON can hold, or its text; text that is no JSON is shown as it is
    """
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    with suppress(ValueError, RecursionError):
        text = _indented(json.loads(text), longest=_MOST_TIMES * len(text) + _ALWAYS)
    marked = Markup('<mark title="removed before it was stored">{}</mark>').format(REDACTED)
    return marked.join(escape(part) for part in text.split(REDACTED))


def _indented(value: Any, *, longest: int) -> str:
    """Return JSON in lines.

    :raises ValueError: when that would be longer than it may be
    """
    parts, length = [], 0
    for part in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):
        parts.append(part)
        length += len(part)
        if length > longest:
            raise ValueError("indented, it is too long")
    return "".join(parts)
