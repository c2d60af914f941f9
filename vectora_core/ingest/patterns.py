"""Searches for the regular expressions of the configuration, under a time limit, in text that strangers wrote.

The configuration refuses those that are known to run away, but no static look finds all of them (``\\w+\\w+\\w+x`` takes
minutes on a thousand letters), and the standard library cannot stop a search. The `regex` module can; it is imported
(0.1 s) only where there is a pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vectora_core.errors import PatternFailedError

MAX_TEXT = 200_000
"""Characters of a text that are looked at; nobody writes a longer article, but a broken page may be one."""

LIMIT_SECONDS = 1.0
"""Time one search may take; a sound pattern needs about a ten-thousandth of it."""


@dataclass(frozen=True, kw_only=True)
class SafePattern:
    """A regular expression, case-insensitive; ``source`` is what the editor wrote."""

    source: str
    compiled: Any

    def search(self, text: str) -> str | None:
        """Return what the pattern matches first in the first 200,000 characters of a text, None when nothing.

        :raises PatternFailedError: when the search takes longer than a second
        """
        try:
            match = self.compiled.search(text, endpos=MAX_TEXT, timeout=LIMIT_SECONDS)
        except TimeoutError as error:
            raise PatternFailedError(
                f"regular expression {self.source!r}: took more than {LIMIT_SECONDS:g} s on a text of {len(text):,} "
                "characters; give each of its repeats a bound, as in {0,20}"
            ) from error
        return str(match[0]) if match else None


@lru_cache(maxsize=4096)
def safe_pattern(source: str, expression: str | None = None) -> SafePattern:
    """Make a pattern ready to search; the same one is made ready once per process.

    :param source: what the editor wrote; error messages show it
    :param expression: what to search for instead, when it was derived from the source
    :raises PatternFailedError: when it is not a regular expression
    """
    import regex  # type: ignore[import-untyped]  # ships no types; 0.1 s, see above

    try:
        compiled = regex.compile(source if expression is None else expression, regex.IGNORECASE)
    except (regex.error, RecursionError, OverflowError) as error:
        raise PatternFailedError(
            f"regular expression {source!r}: {error}; correct it, or escape its special characters"
        ) from error
    return SafePattern(source=source, compiled=compiled)
