"""The size of a page, measured before bs4 or trafilatura read it: half a millisecond an element, hours when nested deep."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree  # type: ignore[import-untyped]  # ships no types

MAX_ELEMENTS = 25_000  # of 147 real pages the largest has 5,141
MAX_DEPTH = 256  # of 147 real pages the deepest has 157; libxml2's own limit for trees


def excess_of(markup: str) -> str | None:
    """Return what is too much in a page (``100002 elements``), or None when all is within bounds."""
    census = _Census()
    parser = etree.HTMLParser(target=census)
    try:
        parser.feed(markup)
        parser.close()
    except _TooMuch as error:
        return str(error)
    except etree.LxmlError:  # no elements at all
        return None
    return None


class _TooMuch(Exception):
    pass


class _Census:
    """A parser target (https://lxml.de/parsing.html#the-target-parser-interface) that counts, and stops at the bounds."""

    def __init__(self) -> None:
        self._depth = 0
        self._elements = 0

    def start(self, _tag: str, _attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise _TooMuch(f"more than {MAX_ELEMENTS} elements")
        if self._depth > MAX_DEPTH:
            raise _TooMuch(f"more than {MAX_DEPTH} elements in one another")

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        """Do nothing; lxml asks for it."""
