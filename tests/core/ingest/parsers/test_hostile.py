"""Hostile and broken input: every parser ends, and fails with errors of ours only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.captures import captured, followed, listed
from vectora_core.errors import ParseError, VectoraError
from vectora_core.ingest.parsers.article import read_article
from vectora_core.ingest.parsers.pdf import pdf_text
from vectora_core.ingest.parsers.registry import parser_for
from vectora_core.ingest.types import Entry

DATA = Path(__file__).parents[3] / "data" / "parsers"
SEEDS = [path.read_bytes() for path in sorted(DATA.glob("*/*")) if not path.name.endswith(".expected.json")]
API = {"fields": {"items": "data.results", "title": "headline", "url": "permalink", "date": "when"}}
EXTRACTOR = {"extractor": {"selectors": {"item": "li, div, tr, article", "title": "a, h3", "url": "a"}}}


def _feed(body: bytes) -> tuple[Entry, ...]:
    return parser_for("rss")(captured(body), followed("rss")).entries


def _html(body: bytes) -> tuple[Entry, ...]:
    return parser_for("html")(captured(body), followed("html", **EXTRACTOR)).entries


def _usual(body: bytes) -> tuple[Entry, ...]:
    return parser_for("html")(captured(body), followed("html")).entries


def _api(body: bytes) -> tuple[Entry, ...]:
    return parser_for("api")(captured(body), followed("api", **API)).entries


def _article(body: bytes) -> tuple[Entry, ...]:
    return (read_article(captured(body), followed("html"), listed()),)


PARSERS = [_feed, _html, _usual, _api, _article]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A golden input with a piece cut out, doubled, or replaced by noise."""
    seed = draw(st.sampled_from(SEEDS))
    start = draw(st.integers(0, len(seed)))
    end = draw(st.integers(start, min(len(seed), start + 60)))
    piece = draw(st.sampled_from([b"", seed[start:end] * 2]) | st.binary(max_size=20))
    return seed[:start] + piece + seed[end:]


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@settings(max_examples=50, deadline=None)
@given(body=mutated() | st.binary(max_size=200))
def test_only_our_errors(parse: Callable[[bytes], tuple[Entry, ...]], body: bytes) -> None:
    """Random bytes and mutated documents give entries with a title and an http URL, or a VectoraError."""
    try:
        entries = parse(body)
    except VectoraError:
        return
    for entry in entries:
        assert entry.title
        assert entry.url.startswith(("http://", "https://"))
        f"{entry}".encode()


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (_html, b"<div>" * 100_000 + b"<a href=x>t</a>"),
        (_usual, b"<ul><li>" * 100_000),
        (_usual, b"<article><a href=x>t</a></article>" * 20_000),
        (_article, b"<div>" * 100_000),
        (_article, b"<a href=/x>" * 50_000),
        (_api, b'{"data":' * 100_000),
        (_api, b'{"data": {"results": [' + b"1" * 5_000 + b"]}}"),
        (_feed, b"{" * 100_000),
        (_feed, b" " * 100),
        (_feed, b""),
        (_feed, b"<rss>" + b" " * 10_000_001),
    ],
)  # fmt: skip
def test_too_much_is_refused_at_once(parse: Callable[[bytes], tuple[Entry, ...]], body: bytes) -> None:
    """Depth and size beyond all real documents are an error before they cost anything."""
    started = process_time()
    with pytest.raises(ParseError):
        parse(body)
    assert process_time() - started < 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7"])
def test_entities_of_a_feed_are_not_expanded(encoding: str) -> None:
    """The billion laughs stay three characters each, whatever the encoding they hide in."""
    entities = "".join(f'\n<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    head = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [\n<!ENTITY a "{"a" * 1000}">{entities}]>'
    feed = (
        '<rss version="2.0"><channel><item><title>x &a; &j;</title><link>https://example.com/</link></item></channel></rss>'
    )
    assert [entry.title for entry in _feed((head + feed).encode(encoding))] == ["x &a; &j;"]


def test_a_feed_is_never_a_file_name(tmp_path: Path) -> None:
    """feedparser opens bytes that name a file; a server that answers with a path gets an error."""
    secret = tmp_path / "secret.xml"
    secret.write_bytes((DATA / "feed" / "rss.xml").read_bytes())
    with pytest.raises(ParseError, match="this is no RSS or Atom feed"):
        _feed(str(secret).encode())


def test_an_encrypted_pdf_is_an_error() -> None:
    """A PDF that asks for a password says so."""
    from io import BytesIO

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(DATA / "article" / "release.pdf"))
    writer.encrypt("secret", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(ParseError, match="this PDF is encrypted"):
        pdf_text(captured(out.getvalue(), content_type="application/pdf"))


def test_a_long_pdf_is_read_in_part() -> None:
    """Only the first 50 pages are read."""
    from io import BytesIO

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for _ in range(60):
        writer.append(PdfReader(DATA / "article" / "release.pdf"))
    out = BytesIO()
    writer.write(out)
    assert pdf_text(captured(out.getvalue())).count("Acme reports results") == 50
