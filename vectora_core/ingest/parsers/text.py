"""Plain text out of markup, bytes and strangers' strings.

It is a scanner, not a parser: it never fails, runs in linear time on hostile markup, and knows no document structure.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vectora_core.ingest.types import Snapshot

MAX_MARKUP = 1_000_000
"""Characters of markup that are looked at for one text; the longest article is a tenth of it."""

_HIDDEN = re.compile(r"<(script|style|template|noscript|svg|math|head)(?=[\s/>])|<!--|<!\[CDATA\[", re.IGNORECASE)
# No quantifier may cross the next "<": a million unclosed tags then cost one pass, not a million.
_TAG = re.compile(r"""<[/!?]?([a-zA-Z][^\s<>/]*)(?:[^<>"']|"[^"<]*"|'[^'<]*'|["'])*+>?|<[!?/][^<>]*>?""")
_INLINE_TAGS = (
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup "
    "tt u var wbr"
)
_INLINE = frozenset(_INLINE_TAGS.split())
# Control characters, and what is invisible inside words (soft hyphen, zero-width space, byte order mark).
_DROPPED = dict.fromkeys(
    [*(code for code in range(32) if code not in (9, 10, 12, 13)), 127, 0xAD, 0x200B, 0x2060, 0xFEFF], None
)


def plain_text(markup: str) -> str:
    """Return what a reader sees of a piece of HTML: no tags, entities decoded, white space in single blanks."""
    if "<" in markup:
        markup = _TAG.sub(_gap, _without_hidden(markup[:MAX_MARKUP]))
    return one_line(html.unescape(markup))


def one_line(text: str) -> str:
    """Return a text with its white space in single blanks, without control and invisible characters."""
    return " ".join(_storable(text).split())


def paragraphs(text: str) -> str:
    """Return a text with one line per paragraph, each as ``one_line`` leaves it."""
    lines = (" ".join(line.split()) for line in _storable(text).splitlines())
    return "\n".join(line for line in lines if line)


def decode_page(snapshot: Snapshot) -> str:
    """Decode the body of an HTML page: byte order mark, header, meta element, then UTF-8, then windows-1252.

    The order is that of https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding
    """
    from w3lib.encoding import html_to_unicode

    header = snapshot.headers.get("content-type")
    return html_to_unicode(header, snapshot.body, auto_detect_fun=_utf8_or_latin)[1].replace("\0", "")


def _storable(text: str) -> str:
    # JSON may carry half a surrogate pair, which no encoder takes; by way of UTF-16 it becomes U+FFFD.
    text = text.translate(_DROPPED)
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _gap(tag: re.Match[str]) -> str:
    return "" if (tag[1] or "").lower() in _INLINE else " "


def _without_hidden(markup: str) -> str:
    kept: list[str] = []
    position = 0
    while opening := _HIDDEN.search(markup, position):
        kept.append(markup[position : opening.start()])
        position = _after_hidden(markup, opening, kept)
    kept.append(markup[position:])
    return " ".join(kept)


def _after_hidden(markup: str, opening: re.Match[str], kept: list[str]) -> int:
    """Return where the text goes on after a comment or a script; never closed means it hides all the rest."""
    if opening[1]:
        closing = re.compile(rf"</{opening[1]}[^<>]*>", re.IGNORECASE).search(markup, opening.end())
        return closing.end() if closing else len(markup)
    ending = "-->" if opening[0] == "<!--" else "]]>"
    end = markup.find(ending, opening.end())
    if ending == "]]>":
        kept.append(html.escape(markup[opening.end() : end if end >= 0 else len(markup)], quote=False))
    return end + len(ending) if end >= 0 else len(markup)


def _utf8_or_latin(body: bytes) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
