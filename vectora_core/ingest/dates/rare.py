"""Month names of the languages ``words`` does not list, read by dateparser: imported only when a text gets this far.

It never asks dateparser what it would guess: one language, absolute dates only, day, month and year all written.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from vectora_core.ingest.dates.formats import FIRST_YEAR, LAST_YEAR, Reading

_KNOWN = frozenset({"en", "fr", "de", "es", "it", "pt", "nl"})
_MAX_LENGTH = 80
_WORTH_A_TRY = re.compile(r"(?=.*\d{4})(?=.*[^\W\d_])(?=.*(?<!\d)\d{1,2}(?!\d))", re.DOTALL)
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def read_rare(text: str, how: Reading) -> datetime | None:
    """Read a text in the source's language; None without one, and for all that is not a complete date of it."""
    language = (how.language or "").lower().replace("_", "-").partition("-")[0]
    if language in _KNOWN or not _LANGUAGE.fullmatch(language):
        return None
    if len(text) > _MAX_LENGTH or not _WORTH_A_TRY.match(text):
        return None
    found = _ask(text, language, how)
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=how.zone)).astimezone(UTC)


def _ask(text: str, language: str, how: Reading) -> datetime | None:
    import dateparser  # type: ignore[import-untyped]  # 0.26 s, and only few sources need it

    settings = {
        "STRICT_PARSING": True,
        "REQUIRE_PARTS": ["day", "month", "year"],
        "PARSERS": ["absolute-time"],
        "DATE_ORDER": "DMY" if how.day_first is not False else "MDY",
    }
    try:
        found: datetime | None = dateparser.parse(text, languages=[language], settings=settings)
    except Exception:  # whatever a library trips over in a stranger's text, the text is then no date we can read
        return None
    return found
