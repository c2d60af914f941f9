"""Variables in a compose file, filled in as `docker compose` does.

https://docs.docker.com/reference/compose-file/interpolation/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from stack.errors import StackError

_VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-?+])([^${}]*))?\})")
"""One with no other in it: what stands in a default is filled in first."""
_DOLLAR: Final = "\0"  # in no YAML file: stands for a dollar sign that begins no variable


def fill_in(value: Any, variables: Mapping[str, str]) -> Any:
    """Return a part of a compose file with the variables of its texts filled in; keys stay as they are.

    :raises StackError: when a variable is not set that must be (``${NAME:?why}``), or a text cannot be read
    """
    if isinstance(value, str):
        return _fill_in_text(value, variables)
    if isinstance(value, list):
        return [fill_in(one, variables) for one in value]
    if isinstance(value, dict):
        return {key: fill_in(one, variables) for key, one in value.items()}
    return value


def _fill_in_text(text: str, variables: Mapping[str, str]) -> str:
    left = text.replace("$$", _DOLLAR)
    while (found := _VARIABLE.search(left)) is not None:
        filled = _value_of(found, variables).replace("$", _DOLLAR)
        left = left[: found.start()] + filled + left[found.end() :]
    if "$" in left:
        raise StackError(f"{text!r}: the variable in it cannot be read; write $$ for a dollar sign")
    return left.replace(_DOLLAR, "$")


def _value_of(found: re.Match[str], variables: Mapping[str, str]) -> str:
    plain, name, operator, operand = found.groups()
    value = variables.get(plain or name)
    is_set = bool(value) if (operator or "").startswith(":") else value is not None
    match (operator or "")[-1:]:
        case "-":
            return value or "" if is_set else operand
        case "+":
            return operand if is_set else ""
        case "?" if not is_set:
            raise StackError(f"{name} is not set: {operand}")
        case _:
            return value or ""
