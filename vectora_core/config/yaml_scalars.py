"""One YAML scalar -> text, number, truth value, date or nothing, by the rules of YAML 1.1 as PyYAML has them."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import SafeConstructor

_PREFIX = "tag:yaml.org,2002:"
_RESOLVERS: dict[str, list[tuple[str, Any]]] = yaml.SafeLoader.yaml_implicit_resolvers  # by first character
_TEXT = (f"{_PREFIX}str", f"{_PREFIX}value", f"{_PREFIX}merge")
_BOOLEANS = SafeConstructor.bool_values
_constructor = SafeConstructor()
_CONSTRUCT = {
    f"{_PREFIX}int": (_constructor.construct_yaml_int, "a number"),
    f"{_PREFIX}float": (_constructor.construct_yaml_float, "a number"),
    f"{_PREFIX}timestamp": (_constructor.construct_yaml_timestamp, "a date"),
}


def read_scalar(event: Any) -> tuple[Any, str]:
    """Return the value of a scalar event and, when it cannot be read, what is wrong with it (its text is then the value)."""
    text: str = event.value
    tag = event.tag
    if tag is None or tag == "!":
        if not event.implicit[0]:
            return text, ""
        tag = _implicit_tag(text)
    if tag in _TEXT:
        return text, ""
    return _construct(tag, text)


def unknown_tag(tag: str) -> str:
    """Return what is said of a tag that stands for anything but plain data."""
    written = tag.replace(_PREFIX, "!!", 1)
    return f"the tag {written if len(written) <= 60 else written[:60] + '…'} is not allowed; remove it"


def _implicit_tag(text: str) -> str:
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return tag
    return _TEXT[0]


def _construct(tag: str, text: str) -> tuple[Any, str]:
    if tag == f"{_PREFIX}null":
        return None, ""
    if tag == f"{_PREFIX}bool" and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()], ""
    if tag not in _CONSTRUCT:
        return text, unknown_tag(tag)
    construct, kind = _CONSTRUCT[tag]
    try:
        return construct(yaml.ScalarNode(tag, text)), ""
    except (ValueError, OverflowError, AttributeError, IndexError):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        return text, f"{shown} looks like {kind} and is none; correct it, or quote it to make it text"
