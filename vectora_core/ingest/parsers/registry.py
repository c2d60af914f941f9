"""Which parser reads which ingestion mode; a parser's libraries are imported when the first source needs them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from vectora_core.errors import ParseError
from vectora_core.ingest.types import Page, Snapshot

if TYPE_CHECKING:
    from vectora_core.config.resolved import ResolvedSource

Parser = Callable[[Snapshot, "ResolvedSource"], Page]

PARSERS: dict[str, str] = {
    "rss": "vectora_core.ingest.parsers.feed:parse_feed",
    "html": "vectora_core.ingest.parsers.html:parse_list",
    "api": "vectora_core.ingest.parsers.api:parse_api",
}
"""Ingestion mode -> ``module:function``; a new technology is a file and a line here."""


def parser_for(mode: str) -> Parser:
    """Return the parser of an ingestion mode.

    :raises ParseError: when there is none
    """
    if mode not in PARSERS:
        raise ParseError(f"ingestion_mode {mode!r} has no parser: use one of {', '.join(PARSERS)}")
    module, _, function = PARSERS[mode].partition(":")
    return cast(Parser, getattr(import_module(module), function))
