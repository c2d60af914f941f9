"""Regular expressions that take an identifier out of a short text: which of them are safe enough to be run by everybody.

Standard library only: the check of the configuration and the job-state Lambda have to agree, and the Lambda stays small.
"""

from __future__ import annotations

import re
import warnings
from re import _constants, _parser  # type: ignore[attr-defined]  # the only parse tree of a pattern there is
from typing import Any, Final

MAX_SEARCHED: Final = 1_024
"""Characters of a text that a pattern is given."""
MAX_LENGTH: Final = 500
MAX_WAYS: Final = (MAX_SEARCHED + 1) ** 2
"""Two open repeats: the worst of them takes 2 s on 1,024 hostile characters, a third would take minutes."""

_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)


def identifier_pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern with at most one group.

    :raises ValueError: when it is no pattern, has more groups, or could match in too many ways; the message goes on after
        the name of the key: ``has 2 groups; …``
    """
    if not 0 < len(text) <= MAX_LENGTH:
        raise ValueError(f"must have 1 to {MAX_LENGTH} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set" is advice, not an error
            pattern, tree = re.compile(text), _parser.parse(text)
            ways = _ways(tree)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a regular expression: {error}; correct it") from error
    if pattern.groups > 1:
        raise ValueError(f"has {pattern.groups} groups; keep one, and write the others as (?:…)")
    if ways > MAX_WAYS:
        raise ValueError("could match in too many ways; keep at most two of * + and ?, and none inside another")
    return pattern


def _ways(nodes: Any) -> int:
    """In how many ways a pattern could divide a text, at most: what a search that fails has to try from one place."""
    ways = 1
    for operation, argument in nodes:
        ways = min(ways * _ways_of(operation, argument), MAX_WAYS + 1)
    return ways


def _ways_of(operation: Any, argument: Any) -> int:
    if operation in _REPEATS:
        least, most, body = argument
        times = min(most, MAX_SEARCHED)
        once = _ways(body)
        return int(max(times - least + 1, 1) * (1 if once == 1 else once ** min(times, 64)))
    if operation is _constants.BRANCH:
        return sum(map(_ways, argument[1]))
    if operation is _constants.SUBPATTERN:
        return _ways(argument[3])
    if operation in (_constants.ASSERT, _constants.ASSERT_NOT):
        return _ways(argument[1])
    if operation is _constants.GROUPREF_EXISTS:
        return sum(_ways(branch) for branch in argument[1:] if branch is not None)
    return _ways(argument) if operation is _constants.ATOMIC_GROUP else 1
