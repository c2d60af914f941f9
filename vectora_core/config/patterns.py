"""Which regular expressions the configuration may hold: those that compile and cannot run away on hostile text.

A static look, so it is cheap and errs on the safe side; whoever matches still bounds the text.
"""

from __future__ import annotations

import re
import warnings
from re import _constants, _parser  # type: ignore[attr-defined]  # the only parse tree of a pattern there is
from typing import Any

MAX_LENGTH = 500
MAX_REPEATS = 10
MAX_WILDCARDS = 3  # each .* adds a power of the text's length to the worst case
_MANY = 20  # (a{0,19}){0,19} still ends soon
_PYTHON_LITERAL = re.compile(r"""^[rRbBuU]{1,2}(["']).*\1$""", re.DOTALL)


class PatternError(ValueError):
    """The regular expression cannot be used; the message says why and what to do."""


def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern of the configuration, case-insensitively.

    :raises PatternError: when it does not compile, or nested repeats could take exponential time
    """
    if _PYTHON_LITERAL.match(text):
        raise PatternError('is written as a Python string (r"…"); YAML needs no r before the quote, remove it')
    if len(text) > MAX_LENGTH:
        raise PatternError(f"is longer than {MAX_LENGTH} characters; split it into several patterns")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set" is advice, not an error
            compiled = re.compile(text, re.IGNORECASE)
            tree = _parser.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"is not a regular expression: {error}; correct it") from error
    if compiled.search(""):
        raise PatternError("matches empty text, and so everything; make it ask for at least one character")
    _refuse_runaway(tree)
    return compiled


def _refuse_runaway(tree: Any) -> None:
    repeats = wildcards = 0
    open_nodes = [(node, False) for node in tree]
    while open_nodes:
        (operation, argument), inside = open_nodes.pop()
        many = operation in _REPEATS and argument[1] >= _MANY
        if many and inside:
            raise PatternError("repeats a repeat, which can take exponential time; bound the outer one, as in {0,5}")
        repeats += many
        wildcards += many and _first(argument[2]) is _constants.ANY
        ambiguous = many and _can_split(argument[2])
        for branch in _branches(operation, argument):
            open_nodes.extend((node, inside or ambiguous) for node in branch)
    if repeats > MAX_REPEATS or wildcards > MAX_WILDCARDS:
        raise PatternError(
            f"has more than {MAX_WILDCARDS} wildcards (.*) or {MAX_REPEATS} open repeats; split it into several patterns"
        )


_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)


def _can_split(body: Any) -> bool:
    """Whether a repeated body may divide one text among its rounds in more than one way: no fixed character parts them."""
    while len(body) == 1 and body[0][0] is _constants.SUBPATTERN:
        body = body[0][1][3]
    fixed = any(operation in (_constants.LITERAL, _constants.IN) for operation, _ in body)
    return not fixed or any(
        operation in _REPEATS and _first(argument[2]) in (_constants.ANY, _constants.NOT_LITERAL)
        for operation, argument in body
    )


def _first(body: Any) -> Any:
    return body[0][0] if len(body) else None


def _branches(operation: Any, argument: Any) -> list[Any]:
    """The sub-patterns of one node of the parse tree."""
    if operation in _REPEATS or operation is _constants.POSSESSIVE_REPEAT:
        return [argument[2]]
    if operation is _constants.SUBPATTERN:
        return [argument[3]]
    if operation is _constants.BRANCH:
        return list(argument[1])
    if operation in (_constants.ASSERT, _constants.ASSERT_NOT):
        return [argument[1]]
    if operation is _constants.GROUPREF_EXISTS:
        return [branch for branch in argument[1:] if branch is not None]
    return [argument] if operation is _constants.ATOMIC_GROUP else []
