"""The registry of parsers."""

from __future__ import annotations

import pytest

from vectora_core.errors import ParseError
from vectora_core.ingest.parsers.registry import PARSERS, parser_for


@pytest.mark.parametrize("mode", PARSERS)
def test_every_registered_parser_exists(mode: str) -> None:
    """Every ``module:function`` of the registry can be imported."""
    assert callable(parser_for(mode))


def test_an_unknown_mode_is_an_error() -> None:
    """A mode without a parser is told with those that have one."""
    with pytest.raises(ParseError, match=r"^ingestion_mode 'ftp' has no parser: use one of rss, html, api$"):
        parser_for("ftp")
