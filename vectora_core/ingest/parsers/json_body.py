"""The body of a snapshot as JSON (RFC 8259), strictly: no NaN, no depth that breaks Python."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from vectora_core.errors import ParseError
from vectora_core.ingest.parsers.text import decode_page
from vectora_core.ingest.types import Snapshot


def read_json(snapshot: Snapshot) -> Any:
    """Return the document a snapshot holds.

    :raises ParseError: when it is none
    """
    try:
        return json.loads(_text(snapshot), parse_constant=_refused)
    except (ValueError, RecursionError) as error:  # not JSON, a number of 5,000 digits; nested 1,000 deep
        kind = snapshot.content_type or "no content type"
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ParseError(f"{snapshot.url}: the answer is no JSON document ({kind}): {reason}; check the URL") from error


def string_of(value: object) -> str:
    """Return a JSON string or number as text; everything else is empty (a date may be a number, a title too)."""
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def _text(snapshot: Snapshot) -> str | bytes:
    try:
        return snapshot.body.decode(json.detect_encoding(snapshot.body))
    except UnicodeDecodeError:  # JSON is UTF-8, but not everywhere
        return decode_page(snapshot)


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")
