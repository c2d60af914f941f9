"""Scopes: names such as ``exclusion_scopes.hr_content`` -> the terms of ``canonical/scopes/*.yaml``.

A name is ``key``, ``file.key``, ``key.category`` or ``file.key.category``; it must mean exactly one thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from vectora_core.config.canonical_file import CanonicalFile, Unusable
from vectora_core.config.document import Document, Path
from vectora_core.config.patterns import PatternError, compile_pattern
from vectora_core.config.validation import describe, did_you_mean
from vectora_core.errors import Problem

MAX_TERM = 300
NEGATIVE = "negative_terms"
"""The category that naming the whole map leaves out: words that speak against, kept beside those that speak for."""


class ScopeIndex:
    """All scopes of all files, read when the first name is looked up."""

    def __init__(self, files: Sequence[CanonicalFile]) -> None:
        self._files = files

    @cached_property
    def _scopes(self) -> dict[str, list[tuple[CanonicalFile, Path, Any]]]:
        """Every name that means something, with everything it means."""
        named: dict[str, list[tuple[CanonicalFile, Path, Any]]] = {}
        for file in self._files:
            stem = PurePosixPath(file.path).stem
            for path, value in _scopes_of(file.document):
                for name in (".".join(map(str, path)), ".".join((stem, *map(str, path)))):
                    named.setdefault(name, []).append((file, path, value))
        return named

    def resolve(self, name: str) -> tuple[str, ...] | Unusable | str:
        """Return the terms a name means.

        :return: the terms; or why the scope cannot be used; or, as text, why the name means nothing or too much
        """
        found = self._scopes.get(name, [])
        if len(found) == 1:
            return _terms(*found[0])
        if found:
            places = " and ".join(f"{file.path}:{file.document.line(path)}" for file, path, _ in found)
            return f"{name!r} means more than one scope ({places}); put the file's name before it"
        hidden = [file.unusable for file in self._files if file.unusable and _may_hold(file, name)]
        if hidden:
            return Unusable(problems=tuple(one for file in hidden for one in file.problems), whole_file=True)
        return f"there is no scope {name!r}{did_you_mean(name, self._scopes) or ' in canonical/scopes/'}"

    def problems(self) -> Iterator[Problem]:
        """Return every problem of every file."""
        for file in self._files:
            if file.unusable:
                yield from file.unusable.problems
                continue
            yield from file.document.problems(file.document.flaws)
            for key, value in file.document.data.items():
                if not key.startswith("_"):
                    yield from _scope_problems(file.document, (key,), value)


def _may_hold(file: CanonicalFile, name: str) -> bool:
    """Whether a file that cannot be read may hold a name: it says so, or it names no file at all."""
    return name.split(".")[0] == PurePosixPath(file.path).stem or name.count(".") < 2


def _scopes_of(document: Document) -> Iterator[tuple[Path, Any]]:
    """Every scope and every category of a file; what starts with an underscore is for people."""
    for key, value in document.data.items():
        if key.startswith("_"):
            continue
        yield (key,), value
        if isinstance(value, dict):
            yield from (((key, category), terms) for category, terms in value.items() if not category.startswith("_"))


def _terms(file: CanonicalFile, path: Path, value: Any) -> tuple[str, ...] | Unusable:
    if file.unusable:
        return file.unusable
    problems = list(_scope_problems(file.document, path, value))
    problems += file.document.problems(file.flaws_below(path))
    if problems:
        return Unusable(problems=tuple(sorted(set(problems))))
    return tuple(dict.fromkeys(_positive(value)))


def _positive(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for category, terms in value.items():
            if category != NEGATIVE and not category.startswith("_"):
                yield from terms or ()
    else:
        yield from value or ()


def _scope_problems(document: Document, path: Path, value: Any) -> Iterator[Problem]:
    if isinstance(value, dict) and len(path) == 1:
        for category, terms in value.items():
            if not category.startswith("_"):
                yield from _scope_problems(document, (*path, category), terms)
    elif isinstance(value, list):
        for index, term in enumerate(value):
            message = _term_message(term, document.written((*path, index)))
            if message:
                yield document.problem((*path, index), message)
    elif value is not None:
        allowed = "a list of terms, or a mapping of categories" if len(path) == 1 else "a list of terms"
        yield document.problem(path, f"must be {allowed}, not {describe(value)}")


def _term_message(term: Any, written: str) -> str:
    if not isinstance(term, str):
        quoted = f'; write "{written}" in quotes' if written else ""
        return f"must be text, not {describe(term, written)}{quoted}"
    if not term.strip():
        return "is an empty term, which would occur everywhere; remove it"
    if len(term) > MAX_TERM:
        return f"is longer than {MAX_TERM} characters; split it"
    try:
        if ".*" in term:
            compile_pattern(term)
    except PatternError as error:
        return str(error)
    return ""
