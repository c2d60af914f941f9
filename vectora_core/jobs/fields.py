"""Typed reading of JSON that nobody has checked: a field is what it must be, is absent, or the event is malformed.

It knows no field of Batch by its name, and no value is ever quoted in a message: it may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vectora_core.errors import MalformedEventError

MAX_TEXT_BYTES = 2_048
"""What DynamoDB takes as a key; the longest name or ARN of Batch is far shorter."""


def encodable(text: str) -> str:
    """Return a text that UTF-8 can hold: JSON may escape half a surrogate pair, which no encoder takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class Fields:
    """One JSON object and where it stands in its event; null counts as absent, as AWS's own readers have it.

    :param path: how messages name the object: ``detail.container``
    :raises MalformedEventError: from every reader, when the value is not of the type that is asked for
    """

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise malformed(path, "must be an object", value)
        self.value = value
        self.path = path

    def text(self, key: str, *, most_bytes: int | None = MAX_TEXT_BYTES) -> str | None:
        """Return a text.

        :param most_bytes: how long it may be as UTF-8; None is as long as it likes
        """
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise malformed(self.at(key), "must be text", value)
        value = encodable(value)
        if most_bytes is not None and len(value.encode()) > most_bytes:
            raise malformed(self.at(key), f"must be at most {most_bytes:,} bytes long", value)
        return value

    def whole(self, key: str, least: int, most: int) -> int | None:
        """Return a whole number between two bounds, both included."""
        value = self.value.get(key)
        if value is None:
            return None
        if type(value) is not int:  # bool is an int to Python, but not to JSON
            raise malformed(self.at(key), "must be a whole number", value)
        if not least <= value <= most:
            raise malformed(self.at(key), f"must be from {least} to {most}", value)
        return value

    def flag(self, key: str) -> bool:
        """Return a flag; absent is false."""
        value = self.value.get(key)
        if value is not None and not isinstance(value, bool):
            raise malformed(self.at(key), "must be true or false", value)
        return bool(value)

    def inner(self, key: str) -> Fields:
        """Return an object inside; absent is empty."""
        value = self.value.get(key)
        return Fields({} if value is None else value, self.at(key))

    def each(self, key: str) -> list[Fields]:
        """Return a list of objects; absent is empty."""
        value = self.value.get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            raise malformed(self.at(key), "must be a list", value)
        return [Fields(one, f"{self.at(key)}[{index}]") for index, one in enumerate(value)]

    def at(self, key: str) -> str:
        """Return how messages name a field of this object."""
        return f"{self.path}.{key}" if self.path else key


_KINDS: dict[type, str] = {bool: "true or false", str: "this text", int: "this number", float: "this number"}


def malformed(path: str, must: str, value: Any) -> MalformedEventError:
    """Return the error for a field that is not what it must be."""
    kind = "an object" if isinstance(value, Mapping) else _KINDS.get(type(value), "what is there")
    kind = "a list" if isinstance(value, list | tuple) else "null" if value is None else kind
    return MalformedEventError(f"{path or 'the event'} {must}, not {kind}; send the event as AWS Batch makes it")
