"""The language of an entry: what its source says, or else what the text looks like."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from vectora_core.ingest.types import Entry

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]  # ships no types

MIN_CHARACTERS = 120
"""About twenty words, in characters because not every language puts blanks between words; below it detection guesses."""

MAX_CHARACTERS = 4_000
MIN_CONFIDENCE = 0.9
"""Text of 120 characters and more gets over 0.99; lists of names, figures and addresses stay far below."""

_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\s*")
_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx"})


def of(entry: Entry, default_language: str | None) -> str | None:
    """Return the language of an entry: its own, else that of its source, else the detected one.

    :return: the primary subtag alone in lower case (``en-US`` is ``en``, RFC 5646 2.2.1), since detection knows no more and
        readers want one word for one language; None when nobody knows
    """
    return primary(entry.language) or primary(default_language) or detect(f"{entry.title}\n{entry.content}")


def primary(tag: str | None) -> str | None:
    """Return the primary subtag of a language tag in lower case; None for no tag, a broken one, or one that names none."""
    match = _TAG.fullmatch(tag[:100]) if tag else None
    subtag = match[1].lower() if match else ""
    return subtag if subtag and subtag not in _NO_LANGUAGE else None


def detect(text: str) -> str | None:
    """Detect the language of a text of at least 120 characters, by its first 4,000.

    :return: an ISO 639 code in lower case; None when the text is too short or could be several languages
    """
    text = " ".join(text[: 4 * MAX_CHARACTERS].split())[:MAX_CHARACTERS]
    if len(text) < MIN_CHARACTERS:
        return None
    language, confidence = _identifier().classify(text)
    return primary(language) if confidence >= MIN_CONFIDENCE else None


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """Load the model: numpy and it cost 1-3 s and 100 MB, so only for a text whose language nobody gave."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
