"""One article's card on a list page: its title, its link, its text, and the dates written on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bs4 import Tag

from vectora_core.ingest.parsers.entries import MAX_PATTERN_TEXT, Draft, dates_as_written
from vectora_core.ingest.parsers.selectors import ListSelectors, select
from vectora_core.ingest.parsers.text import one_line, plain_text
from vectora_core.ingest.types import DateCandidate, Snapshot

MAX_TITLE = 500
MAX_VISIBLE_DATE = 80  # "Monday, 20 April 2026 - 06:45 CEST | Basel, Switzerland"; longer texts are prose
MAX_VISIBLE_DATES = 5
MIN_DESCRIPTION = 40

_MORE = (
    "read more|learn more|find out more|view more|see more|more info|more|continue reading|read the full (?:story|article)"
    "|read (?:full )?(?:press )?release|view (?:press )?release|download(?: pdf)?|pdf|details|view|open|click here|here"
    "|weiterlesen|mehr erfahren|mehr lesen|mehr|en savoir plus|lire la suite|lire plus|leer más|ver más|más información"
    "|leggi tutto|leggi di più|scopri di più|saiba mais|leia mais|ler mais|lees meer"
)
_ONLY_MORE = re.compile(rf"\W*(?:{_MORE})\W*", re.IGNORECASE)
_MORE_AT_END = re.compile(
    r"(?<=\S)\s*(?:READ MORE|LEARN MORE|[Rr]ead [Mm]ore|[Ll]earn [Mm]ore|Continue [Rr]eading|Weiterlesen|Mehr erfahren"
    r"|En savoir plus|Lire la suite|Leer más|Leggi tutto|Saiba mais|Leia mais)[\s.…»>→]*$"
)
_MORE_ABOUT = re.compile(r"^(?:read|learn|find out|see) more (?:about|on)[\s:]+", re.IGNORECASE)
_CUT = re.compile(r"(?:…|\.\.\.)$")
_YEAR = re.compile(r"(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d\d")


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a card says.

    ``has_title`` is whether a title element was there, even if it only says READ MORE; ``is_blank`` is whether there was
    neither a title nor any link (the head of a table).
    """

    draft: Draft
    has_title: bool
    is_blank: bool


def read_card(item: Tag, selectors: ListSelectors, snapshot: Snapshot) -> Card:
    """Read a card.

    :returns: its texts as shown, its dates as written; the title is empty when the card has none of its own
    """
    heading = _first(item, selectors.title, snapshot) if selectors.title else _usual_title(item)
    link = _link_by(item, selectors, snapshot) if selectors.url else _usual_link(item, heading)
    title = _title(heading)
    if not title and link is not None:
        title = own_title(str(link.get("title") or link.get("aria-label") or ""))
    draft = Draft(
        title=title,
        link=str(link["href"]) if link is not None else None,
        content=_description(item, heading, selectors, snapshot),
        dates=_dates(item, heading, selectors, snapshot),
        card=_text(item),
    )
    return Card(draft=draft, has_title=heading is not None, is_blank=not title and next(_links(item), None) is None)


def better_of(first: Draft, second: Draft) -> Draft:
    """Join two cards of one article: the title that is one and is whole, the longer text, all dates."""
    keep_first = bool(first.title) and (not _CUT.search(first.title) or not second.title or bool(_CUT.search(second.title)))
    return replace(
        first,
        title=first.title if keep_first else second.title,
        content=max(first.content, second.content, key=len),
        dates=tuple(dict.fromkeys(first.dates + second.dates)),
        card=f"{first.card}\n{second.card}"[:MAX_PATTERN_TEXT],
    )


def own_title(text: str) -> str:
    """Return a title without the ``Read more`` around it; empty when it says nothing else."""
    title = one_line(text)[:MAX_TITLE]
    if _ONLY_MORE.fullmatch(title):
        return ""
    return _MORE_AT_END.sub("", _MORE_ABOUT.sub("", title)).strip()


def _title(heading: Tag | None) -> str:
    if heading is None:
        return ""
    title = own_title(_text(heading))
    if _CUT.search(title) and heading.get("title"):
        return own_title(str(heading["title"])) or title
    return title


def _usual_title(item: Tag) -> Tag | None:
    headings = item.select(":is(h1, h2, h3, h4, h5, h6)")
    named = item.select("[class*='title' i], [class*='headline' i], [itemprop=headline]")
    links = sorted(_links(item), key=lambda link: -len(own_title(_text(link))))
    texts = [one for one in [*headings, *named, *links] if own_title(_text(one))]
    return texts[0] if texts else None


def _usual_link(item: Tag, heading: Tag | None) -> Tag | None:
    if heading is not None:
        around = heading if heading.name == "a" else heading.find("a", href=True) or heading.find_parent("a", href=True)
        if isinstance(around, Tag) and around.get("href"):
            return around
    return next(_links(item), None)


def _link_by(item: Tag, selectors: ListSelectors, snapshot: Snapshot) -> Tag | None:
    """Return the link a selector means: the element itself, the link in it, or the link it is in."""
    found = _first(item, selectors.url, snapshot)
    if found is None:
        return item if item.name == "a" and item.get("href") else None
    if found.get("href"):
        return found
    link = found.find("a", href=True) or found.find_parent("a", href=True)
    return link if isinstance(link, Tag) else None


def _links(item: Tag) -> Iterator[Tag]:
    """Yield the links of a card, and the link it is itself or lies in."""
    if item.name == "a" and item.get("href"):
        yield item
    yield from (link for link in item.find_all("a", href=True) if not str(link["href"]).startswith(("#", "javascript:")))
    around = item.find_parent("a", href=True)
    if isinstance(around, Tag):
        yield around


def _description(item: Tag, heading: Tag | None, selectors: ListSelectors, snapshot: Snapshot) -> str:
    if selectors.description:
        found = _first(item, selectors.description, snapshot)
        return _text(found) if found is not None else ""
    texts = [_text(paragraph) for paragraph in item.find_all("p") if paragraph is not heading]
    longest = max(texts, key=len, default="")
    return longest if len(longest) >= MIN_DESCRIPTION else ""


def _dates(item: Tag, heading: Tag | None, selectors: ListSelectors, snapshot: Snapshot) -> tuple[DateCandidate, ...]:
    chosen = select(item, selectors.date, snapshot)[:MAX_VISIBLE_DATES] if selectors.date else []
    written = [("time", str(one.get("datetime") or "")) for one in [*chosen, *item.find_all("time")]]
    written += [("time", _text(time)) for time in item.find_all("time") if not time.get("datetime")]
    written += [("meta", str(one.get("content") or "")) for one in item.select("[itemprop=datePublished]")]
    visible = [_text(one) for one in chosen] or _visible_dates(item, heading)
    return dates_as_written([*written, *(("text", text) for text in visible)])


def _visible_dates(item: Tag, heading: Tag | None) -> list[str]:
    """Return the short texts of a card that may be its date: in an element named so, else beside the title, not in it."""
    named = [_text(one) for one in item.select("[class*='date' i], [class*='time' i], [class*='publish' i]")]
    beside = [one_line(str(string)) for string in item.strings if all(parent is not heading for parent in string.parents)]
    likely = [text for text in [*named, *beside] if len(text) <= MAX_VISIBLE_DATE and _YEAR.search(text)]
    return list(dict.fromkeys(likely))[:MAX_VISIBLE_DATES]


def _first(item: Tag, selectors: Sequence[str], snapshot: Snapshot) -> Tag | None:
    """Return what the selectors mean in a card: an element in it, or the card itself (an item that is an ``a``)."""
    found = select(item, selectors, snapshot)
    if found:
        return found[0]
    return item if any(item.css.match(selector) for selector in selectors) else None


def _text(element: Tag) -> str:
    return plain_text(element.decode())
