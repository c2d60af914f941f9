"""JSON that lies in storage, whoever wrote it and when: values of the type a reader expects, or ValueError."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

MOST = 2**53
"""The largest whole number that every reader of JSON holds exactly (RFC 8259 6)."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def decode(data: bytes) -> Any:
    """Return the value of a JSON text in UTF-8.

    Half a surrogate pair, with which no page can be written, becomes a question mark.

    :raises ValueError: when it is no JSON text, NaN and numbers beyond floats included, or nested too deeply
    """
    try:
        text = data.decode()
        value = _DECODER.decode(text)
        if _SURROGATE.search(text):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def mapping(value: object, name: str) -> Mapping[str, Any]:
    """Return a JSON object.

    :raises ValueError: when it is none; the message says the name
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is no object")
    return value


def text(value: object, name: str) -> str:
    """Return a text.

    :raises ValueError: when it is none
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def count(value: object, name: str) -> int:
    """Return a whole number from 0 to 2^53.

    :raises ValueError: when it is none
    """
    if type(value) is not int or not 0 <= value <= MOST:
        raise ValueError(f"{name} is no count")
    return value


def counts(value: object, name: str) -> dict[str, int]:
    """Return a JSON object of counts.

    :raises ValueError: when it is none
    """
    return {key: count(number, f"{name} {key!r}") for key, number in mapping(value, name).items()}


def seconds(value: object, name: str) -> float:
    """Return a duration in seconds; one that is below 0, where two clocks differed, is 0.

    :raises ValueError: when it is no number, or none that can be
    """
    if type(value) not in (int, float) or not -MOST <= value <= MOST:  # type: ignore[operator]
        raise ValueError(f"{name} is no number of seconds")
    return max(0.0, float(value))  # type: ignore[arg-type]


def _finite(literal: str) -> float:
    number = float(literal)
    if not isfinite(number):
        raise ValueError("it holds a number beyond all floats")
    return number


def _no_constant(literal: str) -> None:
    raise ValueError(f"{literal} is no JSON (RFC 8259 6)")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
