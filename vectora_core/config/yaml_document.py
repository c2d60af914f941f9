"""YAML bytes -> plain Python with the line of every key; whatever is wrong with the bytes is a flaw, never an exception.

It knows YAML, not Vectora: what the keys mean is `validation`'s. Work is bounded: size, depth, number of values.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs forget it; CSafeLoader is made of it

from vectora_core.config.document import Document, Flaw, Path, Place
from vectora_core.config.yaml_scalars import read_scalar, unknown_tag
from vectora_core.errors import Problem

MAX_BYTES = 2_000_000
MAX_DEPTH = 64
MAX_VALUES = 200_000  # a catalog of 185 sources has about 5,000

_NOT_YAML = "not valid YAML: {}; check indentation, colons and quotes on this line and the one above"


class _NotReadable(Exception):
    """The file as a whole cannot be read; carries the flaw."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.flaw = Flaw(path=(), line=line, message=message)


def parse_yaml(file: str, data: bytes) -> tuple[Document | None, list[Problem]]:
    """Read one YAML file (YAML 1.1 as PyYAML reads it, one document, a mapping at its root).

    :param file: its path, for messages
    :return: the document, or None when the file cannot be read; and the problems, in line order
    """
    try:
        builder = _Builder()
        builder.run(_text(data))
        document = Document(file=file, data=builder.root, place=builder.place, flaws=tuple(builder.flaws))
        return document, sorted(document.problems(document.flaws))
    except _NotReadable as error:
        return None, [Problem(file=file, line=error.flaw.line, key="", message=error.flaw.message)]


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _NotReadable(0, f"is larger than {MAX_BYTES:,} bytes; split it or remove what is not configuration")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _NotReadable(
            line, f"is not UTF-8 text (byte 0x{data[error.start]:02x}); save it with the encoding UTF-8"
        ) from error


class _Frame:
    """A mapping or list that is being filled."""

    __slots__ = ("anchor", "is_merge", "key", "key_line", "line", "merges", "places", "value", "weight")

    def __init__(self, value: Any, line: int, anchor: str | None) -> None:
        self.value = value
        self.places: Any = {} if isinstance(value, dict) else []
        self.line = line
        self.anchor = anchor
        self.key: str | None = None
        self.key_line = 0
        self.is_merge = False
        self.merges: list[tuple[int, Any, Any]] = []
        self.weight = 1


class _Builder:
    """Builds values from libyaml's events without recursion, so that depth and size are ours to limit."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.place: Place = (1, {})
        self.flaws: list[Flaw] = []
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, Any, int]] = {}
        self._total = 0
        self._documents = 0

    def run(self, text: str) -> None:
        """Read all events of the text."""
        parser = CParser(text)
        try:
            while (event := parser.get_event()) is not None and type(event) is not yaml.StreamEndEvent:
                self._handle(event)
        except yaml.MarkedYAMLError as error:
            raise _NotReadable(*_syntax(error, text)) from error
        except yaml.YAMLError as error:  # the reader's: a character that YAML forbids, its place counted in bytes
            offset = getattr(error, "position", 0) or 0
            line = text.encode()[:offset].count(b"\n") + 1
            raise _NotReadable(line, "holds a control character, which YAML forbids; remove it") from error
        if self._documents == 0:
            raise _NotReadable(0, "is empty; it must be a mapping of keys")

    def _handle(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._open(event, {} if kind is yaml.MappingStartEvent else [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._close()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                raise _NotReadable(
                    event.start_mark.line + 1, "holds more than one YAML document; keep one, with no --- inside"
                )

    def _scalar(self, event: Any) -> None:
        line = event.start_mark.line + 1
        frame = self._frames[-1] if self._frames else None
        if frame is not None and type(frame.value) is dict and frame.key is None:
            frame.is_merge = event.value == "<<" and event.implicit[0]  # in quotes it is a key like any other
            self._key(frame, event.value, line)
            return
        value, complaint = read_scalar(event)
        if complaint:
            self.flaws.append(Flaw(path=self._path(), line=line, message=complaint))
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, event.value, 1)
        self._count(1, line)
        self._add(value, event.value, line, 1)

    def _key(self, frame: _Frame, key: str, line: int) -> None:
        frame.key, frame.key_line = key, line
        if key in frame.value and not frame.is_merge:
            first = frame.places[key][0]
            self.flaws.append(
                Flaw(path=self._path(), line=line, message=f"is given twice, first on line {first}; keep one of the two")
            )

    def _open(self, event: Any, value: Any) -> None:
        line = event.start_mark.line + 1
        if self._frames and type(self._frames[-1].value) is dict and self._frames[-1].key is None:
            raise _NotReadable(line, "a mapping or list is used as a key; keys must be text, quote braces and brackets")
        if len(self._frames) >= MAX_DEPTH:
            raise _NotReadable(line, f"is nested deeper than {MAX_DEPTH} levels; flatten it")
        if event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise _NotReadable(line, unknown_tag(event.tag))
        if event.anchor is not None:
            self._anchors.pop(event.anchor, None)
        self._count(1, line)
        self._frames.append(_Frame(value, line, event.anchor))

    def _close(self) -> None:
        frame = self._frames.pop()
        for line, merged, places in frame.merges:
            _merge(frame, line, merged, places)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.value, frame.places, frame.weight)
        self._add(frame.value, frame.places, frame.line, frame.weight)

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if self._frames and type(self._frames[-1].value) is dict and self._frames[-1].key is None:
            raise _NotReadable(line, f"the alias *{event.anchor} is used as a key; write the key out")
        if event.anchor not in self._anchors:
            inside = any(frame.anchor == event.anchor for frame in self._frames)
            why = "stands inside what it names" if inside else f"names no anchor (&{event.anchor}) above it"
            raise _NotReadable(line, f"the alias *{event.anchor} {why}; write the value out")
        value, places, weight = self._anchors[event.anchor]
        self._count(weight, line)
        self._add(value, places, line, weight)

    def _count(self, weight: int, line: int) -> None:
        self._total += weight
        if self._total > MAX_VALUES:
            raise _NotReadable(
                line, f"holds more than {MAX_VALUES:,} values once its aliases are filled in; make it smaller"
            )

    def _add(self, value: Any, places: Any, line: int, weight: int) -> None:
        if not self._frames:
            self._finish(value, places, line)
            return
        frame = self._frames[-1]
        frame.weight += weight
        if type(frame.value) is list:
            frame.value.append(value)
            frame.places.append((line, places))
        else:
            self._put(frame, value, places)

    def _put(self, frame: _Frame, value: Any, places: Any) -> None:
        key = frame.key or ""
        if frame.is_merge:
            self._remember_merge(frame, value, places)
        else:
            frame.value[key] = value
            frame.places[key] = (frame.key_line, places)
        frame.key = None

    def _remember_merge(self, frame: _Frame, value: Any, places: Any) -> None:
        many = list(zip(value, places, strict=True)) if type(value) is list else [(value, (frame.key_line, places))]
        for one, (_, inner) in many:
            if type(one) is not dict:
                raise _NotReadable(frame.key_line, "<< takes a mapping, or a list of mappings, by alias")
            frame.merges.append((frame.key_line, one, inner))

    def _finish(self, value: Any, places: Any, line: int) -> None:
        if value is None:
            raise _NotReadable(0, "is empty; it must be a mapping of keys")
        if type(value) is not dict:
            kind = "a list" if type(value) is list else "a single value"
            raise _NotReadable(line, f"is {kind}; it must be a mapping of keys")
        self.root, self.place = value, (1, places)

    def _path(self) -> Path:
        """Where the next value goes."""
        return tuple(len(frame.value) if type(frame.value) is list else frame.key or "" for frame in self._frames)


def _merge(frame: _Frame, line: int, merged: dict[str, Any], places: Any) -> None:
    for key, value in merged.items():
        if key not in frame.value:
            frame.value[key] = value
            frame.places[key] = (line, places[key][1])


def _syntax(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    lines = text.splitlines()
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return line, "is indented with a tab, which YAML forbids; use spaces"
    said = error.problem or "it cannot be read"
    if error.context and error.context_mark:
        said += f" {error.context} that begins on line {error.context_mark.line + 1}"
    return line, _NOT_YAML.format(said)
