"""One canonical YAML file, read when first asked; its entries are judged one by one: a mistake stays in its entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from vectora_core.config.document import Document, Flaw, Path
from vectora_core.config.models import Model
from vectora_core.config.validation import did_you_mean, validate
from vectora_core.config.yaml_document import parse_yaml
from vectora_core.errors import ObjectNotFoundError, Problem, StorageError

M = TypeVar("M", bound=Model)
Check = Callable[[Document, Path, dict[str, Any]], Iterator[Problem]]


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """Something of the catalogs that cannot be used, and why; ``whole_file``: nothing in its file can."""

    problems: tuple[Problem, ...]
    whole_file: bool = False

    def __str__(self) -> str:
        return "; ".join(map(str, self.problems))


class CanonicalFile:
    """One file below ``canonical/``.

    :param path: where it is below the config root
    :param content: its bytes, or why there are none
    :param model: what its root may hold; None when its keys are free (scopes)
    :param optional: a file that is not there is an empty one
    """

    def __init__(
        self, path: str, content: bytes | StorageError, model: type[Model] | None = None, *, optional: bool = False
    ) -> None:
        self.path = path
        self._optional = optional
        self._content = content
        self._model = model

    @cached_property
    def _parsed(self) -> tuple[Document | None, tuple[Problem, ...]]:
        if self.missing and self._optional:
            return None, ()
        if self.missing:
            return None, (Problem(file=self.path, line=0, key="", message="does not exist; add the file"),)
        if isinstance(self._content, StorageError):
            return None, (Problem(file=self.path, line=0, key="", message=f"cannot be read: {self._content}"),)
        document, problems = parse_yaml(self.path, self._content)
        if document is None:
            return None, tuple(problems)
        return document, tuple(document.problems(flaw for flaw in document.flaws if len(flaw.path) == 1))

    @property
    def missing(self) -> bool:
        """Whether there is no such file at all."""
        return isinstance(self._content, ObjectNotFoundError)

    @property
    def document(self) -> Document:
        """The document; an empty one when the file cannot be read."""
        return self._parsed[0] or Document(file=self.path, data={}, place=(0, {}))

    @property
    def unusable(self) -> Unusable | None:
        """Why nothing in the file can be used, or None when something can."""
        problems = self._parsed[1]
        return Unusable(problems=problems, whole_file=True) if problems else None

    def unknown_keys(self) -> Iterator[Problem]:
        """The keys at its root that mean nothing."""
        known = tuple(self._model.model_fields) if self._model else tuple(self.document.data)
        for key in self.document.data:
            if key not in known:
                hint = did_you_mean(key, known) or f"; known here: {', '.join(known)}"
                yield self.document.problem((key,), f"unknown key{hint}")

    def flaws_below(self, path: Path) -> list[Flaw]:
        """The flaws that YAML reading found at a path or below it."""
        return [flaw for flaw in self.document.flaws if flaw.path[: len(path)] == path]

    def settings(self, name: str, model: type[M]) -> M | Unusable:
        """Return a section that holds for the whole file (``global_settings``)."""
        if self.missing:
            return model()
        if self.unusable:
            return self.unusable
        path: Path = (name,)
        raw = self.document.data.get(name)
        found, problems = validate(model, self.document, path, {} if raw is None else raw)
        problems += self.document.problems(self.flaws_below(path))
        return Unusable(problems=tuple(problems)) if found is None or problems else found


class Section(Generic[M]):
    """The entries of one section of a canonical file, by key: a list whose entries name themselves, or a mapping.

    :param name: the section's key at the root of the file
    :param model: what an entry may hold
    :param own_key: the key by which an entry of a list names itself; None where the section must be a mapping
    :param checks: what the keys of an entry say together
    """

    def __init__(
        self, file: CanonicalFile, name: str, model: type[M], *, own_key: str | None = None, checks: Check | None = None
    ) -> None:
        self.file = file
        self.name = name
        self._model = model
        self._own_key = own_key
        self._checks = checks
        self._known: dict[str, M | Unusable] = {}

    @cached_property
    def _entries(self) -> dict[str, list[tuple[Path, Any]]]:
        """Where the entries of each key are, and what they hold; more than one entry of a key is a mistake."""
        entries: dict[str, list[tuple[Path, Any]]] = {}
        for path, key, entry in self._raw_entries():
            if isinstance(key, str):
                entries.setdefault(key, []).append((path, entry))
        return entries

    def _raw_entries(self) -> Iterator[tuple[Path, Any, Any]]:
        raw = self._document.data.get(self.name)
        if self._own_key is None and isinstance(raw, dict):
            yield from (((self.name, key), key, entry) for key, entry in raw.items())
        elif self._own_key is not None and isinstance(raw, list):
            for index, entry in enumerate(raw):
                yield (self.name, index), entry.get(self._own_key) if isinstance(entry, dict) else None, entry

    @property
    def _document(self) -> Document:
        return self.file.document

    @property
    def unusable(self) -> Unusable | None:
        """Why no entry can be used: the file cannot be read, or the section is not what it must be."""
        raw = self._document.data.get(self.name)
        if self.file.unusable or raw is None or isinstance(raw, list if self._own_key else dict):
            return self.file.unusable
        kind = "a list of entries" if self._own_key else "a mapping"
        return Unusable(problems=(self._document.problem((self.name,), f"must be {kind}"),), whole_file=True)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all entries, in the order of the file."""
        return tuple(self._entries)

    def raw(self, key: str) -> dict[str, Any]:
        """Return an entry as it stands in the file; empty when there is none or it is no mapping."""
        entries = self._entries.get(key)
        return entries[0][1] if entries and isinstance(entries[0][1], dict) else {}

    def problem(self, key: str, inner: Path, message: str) -> Problem:
        """Return a problem inside an entry."""
        return self._document.problem((*self._entries[key][0][0], *inner), message)

    def get(self, key: str) -> M | Unusable | None:
        """Return an entry, why it cannot be used, or None when there is none of that key."""
        if self.unusable:
            return self.unusable
        if key not in self._entries:
            return None
        if key not in self._known:
            self._known[key] = self._validated(key)
        return self._known[key]

    def _validated(self, key: str) -> M | Unusable:
        path, entry = self._entries[key][0]
        found, problems = validate(self._model, self._document, path, entry)
        if self._checks and isinstance(entry, dict):
            problems += self._checks(self._document, path, entry)
        problems += self._document.problems(self.file.flaws_below(path))
        for again, _ in self._entries[key][1:]:
            message = f"is given twice, first on line {self._document.line(path)}; rename or remove one of the two"
            problems.append(self._document.problem(again, message))
        return Unusable(problems=tuple(sorted(set(problems)))) if found is None or problems else found

    def problems(self) -> list[Problem]:
        """Return every problem of every entry."""
        if self.unusable:
            return list(self.unusable.problems)
        nameless = [
            self._document.problem(path, f"has no {self._own_key}; every entry needs one")
            for path, key, _ in self._raw_entries()
            if not isinstance(key, str)
        ]
        found = [self.get(key) for key in self.keys]
        return nameless + [one for entry in found if isinstance(entry, Unusable) for one in entry.problems]
