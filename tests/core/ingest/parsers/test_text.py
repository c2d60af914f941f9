"""Plain text out of markup and bytes."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.captures import captured
from vectora_core.ingest.parsers.text import MAX_MARKUP, decode_page, paragraphs, plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>two <b>th</b>ree</p>", "One two three"),
        ("a&nbsp;&amp;&#32;b &lt;c&gt;", "a & b <c>"),
        ("x<script>if (a<b) '</p>'</script>y<STYLE>p{}</Style >z", "x y z"),
        ("a <!-- <p>hidden</p> --> b <![CDATA[c < d]]>", "a b c < d"),
        ("<a title='x > y' href=z>link</a>", "link"),
        ("p < 0.05 and 3<4", "p < 0.05 and 3<4"),
        ("never <script>closed <p>words", "never"),
        ("soft\u00adhyphen zero\u200bwidth \x00nul", "softhyphen zerowidth nul"),
        ("line<br>break<br/>s", "line break s"),
        ("", ""),
    ],
)
def test_plain_text(markup: str, text: str) -> None:
    """Text is what a reader sees: block elements part words, inline ones do not, scripts are not there."""
    assert plain_text(markup) == text


def test_paragraphs_keep_lines() -> None:
    """Line breaks stay, blank lines and runs of blanks do not."""
    assert paragraphs(" a  b \r\n\n c\t\n") == "a b\nc"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>!-/ab\"'&;[]=script CDATA", max_size=200))
def test_it_never_fails(markup: str) -> None:
    """Whatever the markup, the text is one line without blanks around it."""
    text = plain_text(markup)
    assert text == " ".join(text.split())


@pytest.mark.parametrize("unit", ["<a ", "<", "<!--", "<script>", '<a "', "<a '\"", "<![CDATA[", "&#x", "</", "<a>"])
def test_hostile_markup_costs_linear_time(unit: str) -> None:
    """A megabyte of the worst repetition takes a second or two, not hours."""
    started = process_time()
    plain_text(unit * (MAX_MARKUP // len(unit)))
    assert process_time() - started < 5


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("é “x”".encode(), ""),
        ("é “x”".encode("cp1252"), ""),
        ("é “x”".encode("utf-16"), ""),
        ("é “x”".encode("cp1252"), "text/html; charset=ISO-8859-1"),
        ("<meta charset=windows-1252>é “x”".encode("cp1252"), "text/html"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=utf-8">é “x”'.encode(), "text/html"),
    ],
)
def test_encodings(body: bytes, content_type: str) -> None:
    """Byte order mark, header, meta element, then UTF-8, then windows-1252 decide the encoding."""
    assert decode_page(captured(body, content_type=content_type)).endswith("é “x”")
