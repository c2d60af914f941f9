"""Selectors of list pages, beyond the golden cases."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.fakes.captures import URL, captured, followed
from vectora_core.errors import ParseError, SelectorMissedError
from vectora_core.ingest.parsers.html import parse_list
from vectora_core.ingest.parsers.selectors import select

ROWS = "<div id=l>" + "".join(f"<div class=r><a href=/{n}>Release {n}</a></div>" for n in range(5)) + "</div>"


def _list(body: str, *, max_items: int | None = None, **extractor: object) -> list[str]:
    source = followed("html", extractor=extractor or None, max_items=max_items)
    return [entry.url for entry in parse_list(captured(body), source).entries]


def test_max_items() -> None:
    """No more than max_items entries are taken, the first ones."""
    assert _list(ROWS, max_items=2, selectors={"item": ".r"}) == ["https://news.example.com/0", "https://news.example.com/1"]


def test_base_url_of_the_extractor() -> None:
    """Relative links are relative to the extractor's base_url, where it gives one."""
    assert _list("<p><a href=a>Some title</a></p>", selectors={"item": "p"}, base_url="https://cdn.example.com/x/") == [
        "https://cdn.example.com/x/a"
    ]


def test_a_broken_selector_is_named() -> None:
    """A selector soupsieve cannot parse is an error that quotes it, should one get past the configuration."""
    with pytest.raises(ParseError, match=r"selector 'li\[' is no CSS selector: "):
        select(BeautifulSoup(ROWS, "lxml"), ["li["], captured(ROWS))


def test_selectors_are_tried_in_order() -> None:
    """Of several selectors the first that matches anything counts."""
    assert len(_list(ROWS, selectors={"item": ["li", ".r"]})) == 5


def test_a_container_full_of_links_is_not_empty() -> None:
    """Where the container is there and full, no item means that the item selector missed."""
    with pytest.raises(SelectorMissedError, match=rf"^{URL}: selectors\.item '\.row' matches nothing"):
        _list(ROWS, selectors={"container": "#l", "item": ".row"})


def test_general_selectors_serve_sources_without_an_extractor() -> None:
    """The general fallback selectors come before the built-in ones, and give way to them."""
    page = ROWS + "<ul>" + "<li><h3><a href=/z>Z</a></h3></li>" * 3 + "</ul>"
    source = followed("html", general_selectors={"item": "#l .r"})
    assert len(parse_list(captured(page), source).entries) == 5
    source = followed("html", general_selectors={"item": ".gone"})
    assert [entry.title for entry in parse_list(captured(page), source).entries] == ["Z"]


def test_provenance() -> None:
    """An entry says which capture it is from, when that was, and whether it was late."""
    (entry, *_) = parse_list(captured(ROWS.replace("div", "p"), late=True), followed("html")).entries
    assert (entry.snapshot, entry.late, entry.parser) == ("raw/example/2026/04/30/capture", True, "html")
