"""Where a paged query goes on, as a text that travels through command lines and URLs. Does no I/O.

A token holds positions in the query it came from, nothing else: a forged one reads no more than that query may.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vectora_core.errors import ParametersError

Position = tuple[str, ...]
"""What stands between two rows of one part of a query: (timestamp, job id), or (job id,)."""

_LONGEST = 20_000
_LONGEST_PART = 2_048  # bytes of a partition key; sort keys have 1,024


@dataclass(frozen=True, kw_only=True)
class Positions:
    """How far each part of a query was read.

    :param after: by the name of the part, the last row it gave; a part that is not named begins at its beginning
    :param done: parts that were read to their end
    """

    after: Mapping[str, Position] = field(default_factory=dict)
    done: frozenset[str] = frozenset()


def to_token(positions: Positions, fingerprint: str) -> str:
    """Return the token of a query (see `JobFilter.fingerprint`)."""
    document = {"q": fingerprint, "after": positions.after, "done": sorted(positions.done)}
    return base64.urlsafe_b64encode(json.dumps(document, separators=(",", ":")).encode()).decode().rstrip("=")


def from_token(token: str, fingerprint: str, widths: Mapping[str, int]) -> Positions:
    """Read a token back.

    :param widths: the parts of the query, and how many texts a position of each has
    :raises ParametersError: when it is no token, or one of another query
    """
    try:
        document = _document(token)
    except (ValueError, binascii.Error, RecursionError):
        raise ParametersError("next_token: it is not what an earlier page gave; start without one") from None
    if document.get("q") != fingerprint:
        raise ParametersError("next_token: it is of another query; give the same arguments, or start without one")
    after, done = document.get("after"), document.get("done")
    if not (isinstance(after, dict) and isinstance(done, list) and _fit(after, done, widths)):
        raise ParametersError("next_token: it does not fit this query; start without one")
    return Positions(after={name: tuple(position) for name, position in after.items()}, done=frozenset(done))


def _document(token: str) -> dict[str, Any]:
    if len(token) > _LONGEST or not token.isascii():
        raise ValueError("too long")
    document = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    if not isinstance(document, dict):
        raise ValueError("no mapping")
    return document


def _fit(after: dict[str, Any], done: list[Any], widths: Mapping[str, int]) -> bool:
    return all(isinstance(name, str) and name in widths for name in done) and all(
        name in widths and isinstance(position, list) and len(position) == widths[name] and all(map(_is_part, position))
        for name, position in after.items()
    )


def _is_part(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text.encode("utf-8", "replace")) <= _LONGEST_PART
