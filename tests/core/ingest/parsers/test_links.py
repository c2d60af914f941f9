"""Links made absolute, or refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vectora_core.ingest.parsers.links import absolute, next_in_header, next_page, same_page

BASE = "https://example.com/news/"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("a.html", "https://example.com/news/a.html"),
        ("/a b", "https://example.com/a%20b"),
        ("//cdn.example.com/x", "https://cdn.example.com/x"),
        ("  https://other.example/x  ", "https://other.example/x"),
        ("?p=2", "https://example.com/news/?p=2"),
        ("", None),
        ("#top", None),
        ("javascript:void(0)", None),
        ("mailto:a@example.com", None),
        ("data:text/html,x", None),
        ("ftp://example.com/x", None),
        ("http://[broken", None),
        ("https://example.com:99999/", None),
        ("https://", None),
        ("https:///path", None),
        ("https://exa mple.com/", None),
        ("/" + "x" * 4000, None),
    ],
)
def test_absolute(link: str, url: str | None) -> None:
    """A link is an absolute http(s) URL with a host, or nothing; it never raises."""
    assert absolute(BASE, link) == url


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="htps:/[]@#?.%ab 0;\xa0\u3000", max_size=30))
@example("0\xa0;")
@example("0;\xa0;")
def test_absolute_never_raises(link: str) -> None:
    """Whatever stands in href, the answer is a URL that resolves to itself, or None."""
    url = absolute(BASE, link)
    assert url is None or absolute(url, url) == url


@pytest.mark.parametrize(
    ("header", "link"),
    [
        ('<https://example.com/p2>; rel="next"', "https://example.com/p2"),
        ("</p0>; rel=prev, </p2>; rel=next", "/p2"),
        ('</p2>; title="a, b"; rel="last next"', "/p2"),
        ('</p0>; rel="prev"', None),
        ("</p2>; rel=nextish", None),
        ("", None),
    ],
)
def test_next_in_header(header: str, link: str | None) -> None:
    """``rel=next`` among the relation types of a Link header field names the next page."""
    assert next_in_header({"link": header}) == link


def test_the_next_page_is_another_page_of_the_same_host() -> None:
    """A page that names itself, or somebody else's page, as next ends the list."""
    assert next_page(BASE, BASE, "?page=2") == f"{BASE}?page=2"
    assert next_page(BASE, BASE, "./#more") is None
    assert next_page(BASE, BASE, "https://elsewhere.example/?page=2") is None
    assert next_page(BASE, BASE, None) is None


def test_same_page() -> None:
    """Fragment, scheme and final slash make no other page; the query does."""
    assert same_page("http://example.com/a/#x") == same_page("https://example.com/a")
    assert same_page("https://example.com/a?x=1") != same_page("https://example.com/a")
