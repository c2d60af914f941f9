"""Terms in a text: which words and phrases of a list occur in it, on word borders and in any spelling.

It does not know what a term means for an item: `filters` does. How a text is read:

- case does not count; accents do; Unicode is compared in its compatibility form (NFKC), so ligatures of PDFs are letters;
- ``®``, ``™``, ``©``, ``℠``, ``(R)``, ``(TM)`` and invisible characters are not there;
- hyphens and spaces of all kinds are one: ``long-acting`` is ``long acting``, but not ``longacting``;
- a term is found as whole words in a row: no plural, no other ending, nothing across other punctuation;
- languages written without spaces (Chinese, Japanese) have no word borders: each of their characters is a word;
- a term with ``.*`` is a regular expression on word borders, in which ``.*`` spans at most 100 characters of one sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vectora_core.ingest.patterns import MAX_TEXT, SafePattern, safe_pattern

IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Kana and Han, as ranges for a character class of a regular expression."""

_MARKS = dict.fromkeys(map(ord, "®™©℠"), " ")
_INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF))
_APOSTROPHES = dict.fromkeys((0x60, 0xB4, 0x2BC, 0x2018, 0x2019), "'")
# From hyphen to en dash, and minus. The em dash is left out: it stands between clauses, not between the parts of a word.
_HYPHENS = dict.fromkeys((*range(0x2010, 0x2014), 0x2212), "-")
_PLAIN = _MARKS | _INVISIBLE | _APOSTROPHES | _HYPHENS
_PATTERN_PLAIN = _PLAIN | dict.fromkeys(_MARKS)
_WRITTEN_MARKS = re.compile(r"\((?:r|tm|sm)\)", re.IGNORECASE)

# In this order, so that no step repeats over a long run of blanks.
_BLANKS = re.compile(r"[^\S\n]+")
_HYPHENATED = re.compile(r" ?-[ -]*")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?![a-z])")

# Parts of a regular expression, in this order: escape, character class, inline flags, wildcard, blank or hyphen, the rest.
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[A-Za-z-]+[:)]|(?P<any>\.[*+]\??)|(?P<blank>[\s-]+)|.", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class TermMatcher:
    """A list of terms made ready to be looked for.

    :param terms: the distinct terms, in the order they were given; of two spellings of one term the first
    :param by_word: for the longest word of a term, the terms that have it: normal form and position in ``terms``
    :param patterns: the terms that are regular expressions, and their positions in ``terms``
    """

    terms: tuple[str, ...]
    by_word: Mapping[str, Sequence[tuple[str, int]]]
    patterns: tuple[tuple[SafePattern, int], ...]

    def find(self, text: str) -> tuple[str, ...]:
        """Return the distinct terms that occur in a text, in the order of the list.

        :param text: any text; its first 200,000 characters are looked at
        :raises PatternFailedError: when a regular expression takes longer than a second
        """
        found = self._words_in(text) if self.by_word else []
        if self.patterns:
            sentences = _sentences(text)
            found += [position for pattern, position in self.patterns if pattern.search(sentences) is not None]
        return tuple(self.terms[position] for position in sorted(found))

    def _words_in(self, text: str) -> list[int]:
        words, vocabulary = _read(text)
        return [
            position
            for word in self.by_word.keys() & vocabulary
            for form, position in self.by_word[word]
            if form == word or f" {form} " in words
        ]


def compile_terms(terms: Sequence[str]) -> TermMatcher:
    """Make a list of terms ready; the same list is made ready once per process.

    :raises PatternFailedError: when a term with ``.*`` is not a regular expression
    """
    return _compiled(tuple(terms))


def normal_form(term: str) -> str:
    """Return what all spellings of a term have in common; a regular expression is its own.

    It is empty for a term without any word, which is found nowhere.
    """
    return term.strip() if is_pattern(term) else " ".join(_words(_normalised(term)))


def is_pattern(term: str) -> bool:
    """Say whether a term is a regular expression: whether ``.*`` is in it, and not as an escaped dot."""
    return ".*" in term and any((part["any"] or "").startswith(".*") for part in _PART.finditer(term))


@lru_cache(maxsize=256)
def _compiled(terms: tuple[str, ...]) -> TermMatcher:
    forms: dict[str, str] = {}
    for term in terms:
        forms.setdefault(normal_form(term), term)
    forms.pop("", None)
    by_word: dict[str, list[tuple[str, int]]] = {}
    patterns: list[tuple[SafePattern, int]] = []
    for position, (form, term) in enumerate(forms.items()):
        if is_pattern(term):
            patterns.append((safe_pattern(term, _expression(term)), position))
        else:
            by_word.setdefault(max(form.split(), key=len), []).append((form, position))
    return TermMatcher(terms=tuple(forms.values()), by_word=by_word, patterns=tuple(patterns))


def _expression(term: str) -> str:
    """Bound the wildcards of a term, let blanks and hyphens stand for each other, and add word borders."""

    def replaced(part: re.Match[str]) -> str:
        if part["any"]:
            return ".{1,100}?" if part["any"].startswith(".+") else ".{0,100}?"
        return "[ -]" if part["blank"] else part[0]

    return rf"(?<!\w)(?:{_PART.sub(replaced, term.translate(_PATTERN_PLAIN).strip())})(?!\w)"


@lru_cache(maxsize=16)
def _read(text: str) -> tuple[str, frozenset[str]]:
    """Return a text as its words with one space around each, and the set of them.

    Cached, because one text is asked for the terms of several scopes in a row.
    """
    words = _words(_normalised(text))
    return f" {' '.join(words)} ", frozenset(words)


@lru_cache(maxsize=16)
def _sentences(text: str) -> str:
    """Return a text for regular expressions: one sentence a line, a single blank or hyphen between words."""
    lines = "\n".join(_cleaned(text).splitlines())
    return _SENTENCE_END.sub("\n", _HYPHENATED.sub("-", _BLANKS.sub(" ", lines)))


def _normalised(text: str) -> str:
    folded = _cleaned(text).casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


def _cleaned(text: str) -> str:
    text = text[:MAX_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_PLAIN))
    return _WRITTEN_MARKS.sub(" ", text)


def _words(normalised: str) -> list[str]:
    if normalised.isascii():
        return _word_pattern("").findall(normalised)
    marks = sorted(char for char in set(normalised) if char > "\u02ff" and unicodedata.category(char)[0] == "M")
    return _word_pattern("".join(marks)).findall(normalised)


@lru_cache(maxsize=64)
def _word_pattern(marks: str) -> re.Pattern[str]:
    """Return what a word is: an ideograph, a run of letters and digits, or one sign that is neither blank nor hyphen.

    :param marks: combining marks of the text at hand: letters to a reader (Hindi vowels), but not to ``\\w``
    """
    word = rf"(?:[^\W{IDEOGRAPHS}]|[{marks}])+" if marks else rf"[^\W{IDEOGRAPHS}]+"
    return re.compile(rf"[{IDEOGRAPHS}]|{word}|[^\w\s-]")
