"""What a page may be made of, as a browser sees it: nothing that strangers wrote runs, loads or leads anywhere unasked."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from vectora_airflow.ui.rendering import STATIC

PREFIX: Final = "/airflow"
"""Where the pages of tests believe Airflow to be."""

PAYLOADS: Final = (
    "<script>attack()</script>",
    "</title></script></textarea><svg onload=attack()>",
    "<img src=x onerror=attack()>",
    '"><a href=javascript:attack()>x</a>',
    '" onmouseover=attack() x="',
    "' onfocus=attack() autofocus x='",
    "javascript:attack()",
    "data:text/html,<script>attack()</script>",
    "//attack.example/x",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "]]>",
    "&lt;script&gt;",
    "\u202eattack",
    "a\x00b",
)
"""What strangers write where a name, a reason or a link is expected; `EVERYTHING` is all of it in one text."""
EVERYTHING: Final = " ".join(PAYLOADS)

_ELEMENTS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        html head meta title link script body header nav main section article aside footer search div span p h1 h2 h3 h4 a
        ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td pre code mark time strong b em i small abbr
        kbd samp s del ins sub sup br hr wbr details summary figure figcaption data q blockquote img
        form fieldset legend label input select option optgroup textarea button output progress meter datalist
        svg g defs desc rect circle line path polyline polygon text tspan ellipse clippath
        """,
    )
)
_ADDRESSES: Final = ("href", "src", "action", "formaction", "data-address", "data-run", "data-login", "xlink:href", "poster")
_ONLY_FILES: Final = {"script": "src", "img": "src", "link": "href"}
_FORBIDDEN_ATTRIBUTE: Final = re.compile(r"on.*|style|srcdoc|srcset|http-equiv|ping|background|manifest", re.IGNORECASE)


def assert_inert(html: str, *, prefix: str = PREFIX) -> BeautifulSoup:
    """Check a whole page, as two parsers read it; return it as the stricter one does.

    :param html: the text of an answer, by default of the ``pages`` fixture
    :param prefix: what its addresses begin with
    """
    for parser in ("lxml", "html.parser"):
        soup = BeautifulSoup(html, parser)
        for element in soup.find_all(True):
            _check(element, prefix)
    return soup


def _check(element: Tag, prefix: str) -> None:
    assert element.name in _ELEMENTS, f"an element that no page is made of: {_said(element)}"
    for name, value in element.attrs.items():
        assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9:-]*", name), f"an attribute that came from a text: {_said(element)}"
        assert not _FORBIDDEN_ATTRIBUTE.fullmatch(name), f"{name} does not belong into a page: {_said(element)}"
        if name in _ADDRESSES:
            _check_address(element, str(value), prefix)
    if element.name == "script":
        assert not element.get_text().strip() and element.get("src"), f"a script inside the page: {_said(element)}"
    if (only := _ONLY_FILES.get(element.name)) and element.get(only) is not None:
        path = urlsplit(str(element[only])).path
        files = f"{prefix}/vectora/static/"
        is_ours = path.startswith(files) and (STATIC / path.removeprefix(files)).is_file()
        assert is_ours, f"no file of ours: {_said(element)}"


def _check_address(element: Tag, address: str, prefix: str) -> None:
    assert address.isprintable() and "\\" not in address, f"an address that browsers read in their own way: {_said(element)}"
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        assert parts.scheme in ("http", "https") and parts.netloc, f"an address that is none of the web: {_said(element)}"
        assert element.name == "a", f"only links lead out: {_said(element)}"
        assert "noopener" in element.get("rel", []), f"a link that leads out without rel=noopener: {_said(element)}"
        return
    assert parts.path == "" or f"{parts.path}/".startswith(f"{prefix}/"), f"an address outside {prefix}: {_said(element)}"
    assert ".." not in unquote(parts.path).split("/"), f"an address that climbs: {_said(element)}"


def _said(element: Tag) -> str:
    return str(element)[:300]
