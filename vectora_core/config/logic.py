"""Boolean expressions over names: ``entity AND (technology OR NOT noise)``; parsed once, evaluated for every item.

Precedence as everywhere: NOT before AND before OR. Operators may be written in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

MAX_LENGTH = 2_000
OPERATORS = {"OR": 1, "AND": 2, "NOT": 3}
_TOKEN = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_]*)|([()])|(\S))")


class LogicError(ValueError):
    """The text is not a boolean expression; the message says where it stops being one."""


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A parsed expression.

    ``postfix`` holds names and operators in the order a stack needs them, so evaluating never recurses.
    """

    text: str
    postfix: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names it asks for, each once, in the order they are written."""
        return tuple(dict.fromkeys(token for token in self.postfix if token not in OPERATORS))

    def evaluate(self, held: Set[str]) -> bool:
        """Return whether the expression is true when exactly the names in ``held`` are."""
        stack: list[bool] = []
        for token in self.postfix:
            if token == "NOT":  # noqa: S105  # an operator, not a password
                stack.append(not stack.pop())
            elif token in OPERATORS:
                right, left = stack.pop(), stack.pop()
                stack.append((left and right) if token == "AND" else (left or right))  # noqa: S105
            else:
                stack.append(token in held)
        return stack.pop()


def parse_logic(text: str) -> Expression:
    """Parse an expression of names, AND, OR, NOT and parentheses (Dijkstra's shunting yard).

    :raises LogicError: when it is none
    """
    if len(text) > MAX_LENGTH:
        raise LogicError(f"is longer than {MAX_LENGTH:,} characters")
    output: list[str] = []
    waiting: list[str] = []
    operand_next = True
    for token in _tokens(text):
        operand_next = _take(token, operand_next, output, waiting)
    if operand_next:
        raise LogicError("ends where a group id is expected" if output or waiting else "is empty")
    _unwind(output, waiting, 0)
    if waiting:
        raise LogicError("has a parenthesis that is not closed")
    return Expression(text=text, postfix=tuple(output))


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text.rstrip()):
        name, parenthesis, other = match.groups()
        if other:
            raise LogicError(f"has {other!r}, where only group ids, AND, OR, NOT and parentheses may stand")
        yield name.upper() if name and name.upper() in OPERATORS else name or parenthesis


def _take(token: str, operand_next: bool, output: list[str], waiting: list[str]) -> bool:
    """Take in one token; return whether an operand must come next."""
    opens = token in ("(", "NOT")
    if operand_next != (opens or not (token == ")" or token in OPERATORS)):  # noqa: S105
        raise LogicError(f"has {token!r} where {'a group id' if operand_next else 'AND, OR or the end'} is expected")
    if opens:
        waiting.append(token)
        return True
    if token == ")":  # noqa: S105
        _unwind(output, waiting, 0)
        if not waiting:
            raise LogicError("has a ) without its (")
        waiting.pop()
        return False
    if token in OPERATORS:
        _unwind(output, waiting, OPERATORS[token])
        waiting.append(token)
        return True
    output.append(token)
    return False


def _unwind(output: list[str], waiting: list[str], precedence: int) -> None:
    while waiting and waiting[-1] != "(" and OPERATORS[waiting[-1]] >= precedence:
        output.append(waiting.pop())
