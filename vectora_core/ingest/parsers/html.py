"""HTML list pages, read by the CSS selectors of the source's extractor, else by fallback selectors.

Which elements are the articles is decided here; what an article's card says is ``cards``' business.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Tag
from bs4.exceptions import ParserRejectedMarkup

from vectora_core.errors import ParseError, SelectorMissedError
from vectora_core.ingest.parsers.cards import Card, better_of, read_card
from vectora_core.ingest.parsers.entries import Draft, build_page
from vectora_core.ingest.parsers.jsonld import dates_by_url, nodes_of
from vectora_core.ingest.parsers.links import absolute, next_in_header, next_page, same_page
from vectora_core.ingest.parsers.markup_bounds import excess_of
from vectora_core.ingest.parsers.selectors import ANY_CARD, ListSelectors, select, usual_cards
from vectora_core.ingest.parsers.text import decode_page
from vectora_core.ingest.types import DateCandidate, Page, Snapshot

if TYPE_CHECKING:
    from vectora_core.config.resolved import ResolvedSource

MAX_CARDS = 2_000
MAX_LINKS_WHEN_EMPTY = 2  # "no releases in this year, see all": an empty list still links somewhere

_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse_list(snapshot: Snapshot, source: ResolvedSource) -> Page:
    """Read a list of articles.

    :returns: the articles in the page's order, each once; none when the declared container is there and holds no links
    :raises ParseError: when the answer is no HTML, or a selector cannot be understood
    :raises SelectorMissedError: when the selectors match nothing, or no item has a title or a link
    """
    soup = _opened(snapshot)
    base = _base(soup, snapshot, source)
    cards = _cards(soup, snapshot, source)
    drafts = _merged((card.draft for card in cards if not card.is_blank), base, _linked_dates(soup, base))
    language = soup.html.get("lang") if soup.html else None
    return build_page(
        (replace(draft, language=str(language or "")) for draft in drafts[: source.max_items]),
        snapshot=snapshot,
        source=source,
        parser="html",
        base=base,
        next_url=next_page(snapshot.final_url, base, _next_link(soup, snapshot)),
    )


def _opened(snapshot: Snapshot) -> BeautifulSoup:
    kind = snapshot.content_type
    if "<" not in (text := decode_page(snapshot)) or snapshot.body.startswith(b"%PDF"):
        raise ParseError(f"{snapshot.url}: this is no HTML page ({kind or 'no content type'}): check html_url")
    if excess := excess_of(text):
        raise ParseError(f"{snapshot.url}: {excess}: too much for a list of articles; check html_url")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # bs4 remarks on markup that looks like XML or a file name
            return BeautifulSoup(_PROLOG.sub("", text), "lxml")
    except (ParserRejectedMarkup, RecursionError) as error:
        raise ParseError(f"{snapshot.url}: lxml cannot read this page: {error}; check html_url") from error


def _cards(soup: BeautifulSoup, snapshot: Snapshot, source: ResolvedSource) -> list[Card]:
    """Try the selectors in force one set after the other; the first miss is the one worth telling."""
    missed: SelectorMissedError | None = None
    for selectors in _in_turn(source):
        try:
            return _cards_by(selectors, soup, snapshot)
        except SelectorMissedError as error:
            missed = missed or error
    assert missed is not None
    raise missed


def _in_turn(source: ResolvedSource) -> list[ListSelectors]:
    """An extractor that misses is told, not papered over: the general selectors are for sources that have none."""
    extractor = source.extractor
    if extractor and (own := ListSelectors.of(extractor.selectors, "selectors")):
        spare = ListSelectors.of(extractor.fallback_selectors, "fallback_selectors")
        return [own, *([spare] if spare else [])]
    spare = ListSelectors.of(extractor.fallback_selectors if extractor else None, "fallback_selectors")
    general = ListSelectors.of(source.fallback_selectors, "fallback_selectors")
    return [*([spare] if spare else []), *([general] if general else []), ANY_CARD]


def _cards_by(selectors: ListSelectors, soup: BeautifulSoup, snapshot: Snapshot) -> list[Card]:
    containers: Sequence[Tag] = [soup]
    if selectors.container:
        containers = select(soup, selectors.container, snapshot)
        if not containers:
            raise selectors.missed("container", snapshot)
    items = _items(selectors, containers, snapshot)
    if not items:
        if selectors.container and _links_in(containers) <= MAX_LINKS_WHEN_EMPTY:
            return []
        raise selectors.missed("item", snapshot)
    cards = [read_card(item, selectors, snapshot) for item in items[:MAX_CARDS]]
    for part, found in (("title", [card.has_title for card in cards]), ("url", [card.draft.link for card in cards])):
        if not any(found):
            raise selectors.missed(part, snapshot)
    return cards


def _items(selectors: ListSelectors, containers: Iterable[Tag], snapshot: Snapshot) -> list[Tag]:
    found: list[Tag] = []
    for container in containers:
        found += select(container, selectors.item, snapshot) if selectors.item else usual_cards(container)
    return list({id(item): item for item in found}.values())  # containers may lie in one another


def _links_in(containers: Iterable[Tag]) -> int:
    return sum(len(container.find_all("a", href=True)) for container in containers)


def _merged(drafts: Iterable[Draft], base: str, linked_dates: dict[str, str]) -> list[Draft]:
    """Join the cards of one article: a page shows it as a card and in a list, or links its picture, title and READ MORE."""
    by_page: dict[str, Draft] = {}
    for number, draft in enumerate(drafts):
        url = absolute(base, draft.link) if draft.link else None
        page = same_page(url) if url else f"#{number}"
        if url and page in linked_dates:
            draft = replace(draft, dates=(*draft.dates, DateCandidate(origin="jsonld", text=linked_dates[page])))
        by_page[page] = better_of(by_page[page], draft) if page in by_page else draft
    return list(by_page.values())


def _linked_dates(soup: BeautifulSoup, base: str) -> dict[str, str]:
    scripts = soup.find_all("script", type="application/ld+json")
    return dates_by_url(nodes_of(script.get_text() for script in scripts), base)


def _base(soup: BeautifulSoup, snapshot: Snapshot, source: ResolvedSource) -> str:
    if source.extractor and source.extractor.base_url:
        return str(source.extractor.base_url)
    declared = soup.find("base", href=True)
    href = str(declared["href"]) if isinstance(declared, Tag) else ""
    return absolute(snapshot.final_url, href) or snapshot.final_url


def _next_link(soup: BeautifulSoup, snapshot: Snapshot) -> str | None:
    link = soup.select_one("link[rel~=next][href], a[rel~=next][href]")
    return str(link["href"]) if link else next_in_header(snapshot.headers)
