"""The documentation as tests see it: its pages, their blocks of code, words in code, tables, links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = {str(path.relative_to(ROOT)): path.read_text() for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS]}

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


def blocks(page: str, language: str, *, within: str | None = None) -> list[str]:
    """Return the blocks of one language, of a page or of one text of it, without the indentation they stand in."""
    found = [match for match in _BLOCK.finditer(within or PAGES[page]) if match[2] == language]
    return [re.sub(f"^{match[1]}", "", match[3], flags=re.MULTILINE) for match in found]


def prose(page: str) -> str:
    """Return a page without its blocks."""
    return _BLOCK.sub("", PAGES[page])


def words_in_code(page: str) -> list[str]:
    """Return what stands between backquotes in the running text."""
    return _CODE.findall(prose(page))


def everywhere_in_code() -> Iterator[tuple[str, str]]:
    """Yield page and words, of all pages: what stands between backquotes, and the lines of shell blocks."""
    for page in PAGES:
        for words in words_in_code(page):
            yield page, words
        for block in blocks(page, "bash"):
            for line in block.splitlines():
                yield page, line


def section(page: str, heading: str) -> str:
    """Return the text below a heading, up to the next one of its level or above; a comment in a block is no heading."""
    level = len(heading) - len(heading.lstrip("#"))
    text = PAGES[page]
    masked = _BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    found = re.search(f"^{re.escape(heading)}$", masked, re.MULTILINE)
    assert found, f"{page} has no heading {heading!r}"
    after = re.compile(rf"^#{{1,{level}}} ", re.MULTILINE).search(masked, found.end())
    return text[found.end() : after.start() if after else None]


def first_column(text: str) -> list[str]:
    """Return the words in code of the first column of every table in a text."""
    cells = (line.split("|")[1] for line in text.splitlines() if line.startswith("| "))
    return [words for cell in cells for words in _CODE.findall(cell)]


def links(page: str) -> list[tuple[bool, str]]:
    """Return every link of a page, and whether it is an image."""
    return [(bool(image), target) for image, target in _LINK.findall(prose(page))]


def anchors(page: str) -> set[str]:
    """Return the names its headings can be linked by, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
