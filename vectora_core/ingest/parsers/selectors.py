"""The CSS selectors in force for a list page: declared ones tried in order, and what is usual where none are declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bs4 import Tag
from soupsieve.util import SelectorSyntaxError

from vectora_core.config.models import Selector, Selectors
from vectora_core.errors import ParseError, SelectorMissedError
from vectora_core.ingest.types import Snapshot

_AROUND = frozenset({"nav", "header", "footer", "aside"})
# From the surest sign of an article to the weakest; the first that is there three times is the list, else the most frequent.
_USUAL = (
    "article:has(a[href])",
    ".views-row:has(a[href]), [class*='news-item' i]:has(a[href]), [class*='press-release' i]:has(a[href])",
    "li:has(:is(h2, h3, h4, h5) a[href]), li:has(a[href] :is(h2, h3, h4, h5)), li:has(time):has(a[href])",
    "div:has(> :is(h2, h3, h4) a[href]), div:has(> a[href] :is(h2, h3, h4)), a[href]:has(h2, h3, h4)",
    "tr:has(td a[href])",
    "li:has(> a[href])",
    "p:has(> a[href])",
)
_LEAST = 3


@dataclass(frozen=True, kw_only=True)
class ListSelectors:
    """Selectors of one list, each a sequence that is tried in order; an empty one leaves the choice to what is usual.

    ``name`` is the key they stand under, for messages; empty for the built-in ones.
    """

    name: str
    container: Sequence[str] = ()
    item: Sequence[str] = ()
    title: Sequence[str] = ()
    url: Sequence[str] = ()
    date: Sequence[str] = ()
    description: Sequence[str] = ()

    @classmethod
    def of(cls, given: Selectors | None, name: str) -> ListSelectors | None:
        """Return what is declared; None when nothing is."""
        if given is None or given == Selectors():
            return None
        return cls(
            name=name,
            container=_tried(given.container),
            item=_tried(given.item),
            title=_tried(given.title),
            url=_tried(given.url),
            date=_tried(given.date),
            description=_tried(given.description),
        )

    def missed(self, part: str, snapshot: Snapshot) -> SelectorMissedError:
        """Return the error for a part that matches nothing, naming the selector and the page."""
        declared = ", ".join(repr(selector) for selector in getattr(self, part))
        if declared:
            message = f"{self.name}.{part} {declared} matches nothing: the page changed, or mend the selector"
        elif self.name:
            message = f"no {part} found, and {self.name}.{part} is not declared: declare it in html_extractors.yaml"
        else:
            message = f"no list of articles found (no {part}): declare an extractor in html_extractors.yaml"
        return SelectorMissedError(f"{snapshot.url}: {message}")


ANY_CARD = ListSelectors(name="")
"""Nothing declared: whatever looks like a list of articles."""


def select(root: Tag, selectors: Sequence[str], snapshot: Snapshot) -> list[Tag]:
    """Return the elements below ``root`` that the first selector with any match matches.

    :raises ParseError: when a selector is no CSS selector
    """
    for selector in selectors:
        try:
            found = root.select(selector)
        except (SelectorSyntaxError, NotImplementedError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise ParseError(f"{snapshot.url}: selector {selector!r} is no CSS selector: {reason}; mend it") from error
        if found:
            return list(found)
    return []


def usual_cards(root: Tag) -> list[Tag]:
    """Return the elements that look like the articles of a list, outside navigation, header and footer."""
    few: list[Tag] = []
    for selector in _USUAL:
        found = [item for item in root.select(selector) if not _is_around(item)]
        found = _innermost(found)
        if len(found) >= _LEAST:
            return found
        few = max(few, found, key=len)
    return few


def _is_around(item: Tag) -> bool:
    return any(parent.name in _AROUND for parent in item.parents)


def _innermost(items: list[Tag]) -> list[Tag]:
    """Drop elements around others: the list itself is no item of it."""
    outer = {id(parent) for item in items for parent in item.parents}
    return [item for item in items if id(item) not in outer]


def _tried(selector: Selector | None) -> Sequence[str]:
    if selector is None:
        return ()
    return (selector,) if isinstance(selector, str) else selector
