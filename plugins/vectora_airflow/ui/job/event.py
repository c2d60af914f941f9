"""The stored event of a job as people and programs can take it, whatever a row holds. Does no I/O.

Rows may be made by hand, or moved from an older table: text that is no JSON, or that would grow to many times its size when
it is laid out, is shown as it is.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

from vectora_airflow.ui.job.model import EventView
from vectora_core.jobs.redaction import MAX_DEPTH, REDACTED
from vectora_core.jobs.types import JobRecord

MOST_BLANKS: Final = 2_000_000
"""Characters of indentation, all lines together; an event of AWS has some thousands."""


def event_of(record: JobRecord) -> EventView:
    """Return the event of a row.

    :param record: with its full event
    """
    text = record.full_event
    content, is_json = _parsed(text)
    return EventView(
        content=content,
        is_json=is_json,
        redactions=text.count(REDACTED),
        size=len(text.encode("utf-8", "replace")),
        cut=record.cut,
    )


def _parsed(text: str) -> tuple[Any, bool]:
    if not text:
        return None, False
    try:
        value = json.loads(text, parse_constant=str, parse_float=_number)
        if _can_be_laid_out(value):
            return json.loads(_encodable(json.dumps(value, ensure_ascii=False))), True
    except (ValueError, RecursionError):
        pass
    return _encodable(text), False


def _number(text: str) -> float | str:
    """JSON knows no infinity; what is greater than a number can be stays text."""
    number = float(text)
    return number if math.isfinite(number) else text


def _encodable(text: str) -> str:
    """JSON may escape half a surrogate pair, which no page can hold."""
    return text.encode("utf-8", "replace").decode()


def _can_be_laid_out(value: Any) -> bool:
    layer, blanks = [value], 0
    for depth in range(MAX_DEPTH + 1):
        layer = [child for one in layer for child in _children(one)]
        blanks += 2 * (depth + 1) * len(layer)
        if not layer:
            return True
        if blanks > MOST_BLANKS:
            return False
    return False


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
