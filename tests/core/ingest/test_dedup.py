"""One article is one entry, whatever its URL looks like, and no article is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vectora_core.ingest.dedup import canonical_url, content_hash, item_id, unique
from vectora_core.ingest.types import DateCandidate, Entry

CASES = sorted(Path(__file__).parents[2].joinpath("data/filters/urls").glob("*.yaml"))
BLANK = Entry(title="", url="", parser="feed", snapshot="raw/x", captured_at=datetime(2026, 1, 15, tzinfo=UTC))


def entry(title: str, url: str = "https://example.com/a", **given: Any) -> Entry:
    return replace(BLANK, title=title, url=url, **given)


PIECES = st.sampled_from(
    [
        *"/?#&=;:@%.+[]\\~|! \t\x00äℲ",
        *(
            "..",
            "./",
            "//",
            "%2F",
            "%25",
            "%%34",
            "%zz",
            "%2e%2e",
            "%3B",
            "%C3%A9",
            "%E9",
            "e\u0301",
            "\ud800",
            "\u2100",
            "\u3002",
        ),
        *(
            "utm_source=x",
            "b=1",
            "a",
            ":80",
            ":443",
            ";jsessionid=1",
            "%6Asessionid=1",
            "#!",
            "#/",
            "xn--",
            "ex.com",
            "\u0130",
        ),
    ]
)
HOSTS = st.sampled_from(["", "ex.com", "EX.com", "u@ex.com", "münchen.de", "[::1]", "[::1", "ex.com:80", "1.2.3.4", "."])
URLS = st.builds(
    lambda scheme, host, pieces: scheme + host + "".join(pieces),
    st.sampled_from(["http://", "https://", "HTTP://", " http://", "ftp://", ""]),
    HOSTS,
    st.lists(PIECES, max_size=10),
)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_case(path: Path) -> None:
    """Each file of tests/data/filters/urls is a canonical URL, its variants, and URLs of other articles."""
    golden: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    canonical = golden["canonical"]
    assert {url: canonical_url(url) for url in [canonical, *golden["variants"]]} == dict.fromkeys(
        [canonical, *golden["variants"]], canonical
    ), golden["rule"]
    assert [url for url in golden["others"] if canonical_url(url) == canonical] == [], golden["rule"]


@settings(max_examples=600, deadline=None)
@given(URLS | st.text(st.characters(codec=None), max_size=40))
@example("http://ä..")
@example("http://!/;|/")
@example("http://example.com/x/.;%6Asessionid=1/y")
def test_canonicalisation_is_idempotent_and_never_raises(url: str) -> None:
    """The canonical form of a canonical form is itself, of whatever text, and can be written as UTF-8."""
    once = canonical_url(url)
    assert canonical_url(once) == once
    once.encode()


def _joined(base: str, query: list[str], fragment: str) -> str:
    return base + ("?" + "&".join(query) if query else "") + fragment


SEGMENT = st.text("abcXYZ019-_.~é%", min_size=1, max_size=8).filter(lambda text: text.strip(".") and "%" not in text[-2:])


@settings(max_examples=200, deadline=None)
@given(
    segments=st.lists(SEGMENT, min_size=1, max_size=4),
    query=st.lists(st.sampled_from(["a=1", "b=2", "id=7", "q=x%20y", "p="]), max_size=3, unique=True),
    tracking=st.lists(
        st.sampled_from(["utm_source=rss", "UTM_Medium=x", "fbclid=1", "gclid=2", "mc_cid=3", "_hsmi=4"]), max_size=3
    ),
    http=st.booleans(),
    slash=st.booleans(),
    fragment=st.sampled_from(["", "#", "#top", "#utm_source=x", "#:~:text=a"]),
    data=st.data(),
)
def test_variants_are_one(
    segments: list[str], query: list[str], tracking: list[str], http: bool, slash: bool, fragment: str, data: st.DataObject
) -> None:
    """Scheme, trailing slash, fragment, tracking parameters and the order of the query never make another article."""
    path = "example.com/" + "/".join(segments)
    plain = _joined(f"https://{path}", query, "")
    mixed = data.draw(st.permutations(query + tracking))
    variant = _joined(("http://" if http else "https://") + path + ("/" if slash else ""), mixed, fragment)
    assert canonical_url(variant) == canonical_url(plain)


ENTRIES = st.lists(
    st.builds(
        entry,
        title=st.sampled_from(["", "Read more", "Acme launches a depot", "Acme launches a depot READ MORE", "Acme"]),
        url=st.builds("{}://example.com/{}{}".format, *map(st.sampled_from, (["http", "https"], "abcd", ["", "/", "#x"]))),
        content=st.sampled_from(["", " ", "Text", "Longer text"]),
        dates=st.lists(st.builds(DateCandidate, origin=st.just("text"), text=st.sampled_from("123")), max_size=2).map(tuple),
        tags=st.lists(st.sampled_from("xyz"), max_size=2).map(tuple),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(ENTRIES)
def test_dedup_loses_no_article_and_keeps_the_order(entries: list[Entry]) -> None:
    """Each article stays once, where it stood first, with all that was said of it; the rest is accounted for."""
    articles, dropped = unique(entries)
    urls = [canonical_url(one.url) for one in entries]
    assert [one.canonical_url for one in articles] == list(dict.fromkeys(urls))
    assert len(articles) + len(dropped) == len(entries)
    for one in articles:
        group = [given for given, url in zip(entries, urls, strict=True) if url == one.canonical_url]
        assert one.entry.url == group[0].url
        assert set(one.entry.dates) == {date for given in group for date in given.dates}
        assert one.entry.title in {given.title for given in group}
        assert bool(one.entry.content.strip()) == any(given.content.strip() for given in group)
    assert unique([one.entry for one in articles]) == (articles, ())


@pytest.mark.parametrize(
    ("titles", "chosen"),
    [
        (["Read more", "Acme launches a depot"], "Acme launches a depot"),
        (["Acme launches a depot READ MORE", "Acme launches a depot"], "Acme launches a depot"),
        (["Acme launches a depotREAD MORE", "Acme launches a depot"], "Acme launches a depot"),
        (["Acme launches a depot", "Acme launches a depot READ MORE »"], "Acme launches a depot"),
        (["Acme launches a depot", "Acme launches a depot January 5, 2026 In a trial"], "Acme launches a depot"),
        (["Acme launches a…", "Acme launches a depot"], "Acme launches a depot"),
        (["News", "News: Acme launches a depot"], "News: Acme launches a depot"),
        (["Press release", "Acme launches a depot"], "Acme launches a depot"),
        (["Acme launches a depot", "Image"], "Acme launches a depot"),
        (["En savoir plus", "Lancement d'un dépôt"], "Lancement d'un dépôt"),
        (["Why you should read more", "Why you should read more"], "Why you should read more"),
        (["Read more", "Learn more"], "Read more"),
        (["Acme launches a depot", "x " * 200], "Acme launches a depot"),
        (["", "Acme"], "Acme"),
    ],
)
def test_the_title_of_a_card_and_its_line(titles: list[str], chosen: str) -> None:
    """A longer title replaces a shorter one, unless it is longer by a label or by the rest of a card."""
    ((article,), _) = unique([entry(title) for title in titles])
    assert article.entry.title == chosen


def test_a_duplicate_fills_what_the_first_lacks() -> None:
    """Content, author and language come from the first that has them, dates and tags from all; the drop says of what."""
    day, other_day = DateCandidate(origin="text", text="2026-01-15"), DateCandidate(origin="time", text="2026-01-14")
    card = entry("Acme launches a depot", dates=(day,), tags=("a",), content=" ")
    line = entry(
        "Acme launches",
        "http://example.com/a/?utm_source=x",
        dates=(day, other_day),
        tags=("b", "a"),
        content="Text",
        author="Ann",
    )
    last = entry("Acme", content="Other", author="Bob", language="en")
    articles, dropped = unique([card, entry("B", "https://example.com/b"), line, last])
    assert articles[0].entry == replace(
        card, dates=(day, other_day), tags=("a", "b"), content="Text", author="Ann", language="en"
    )
    assert [(drop.url, drop.rule, drop.detail) for drop in dropped] == [
        (line.url, "duplicate", "the same article as https://example.com/a"),
        (last.url, "duplicate", "the same article as https://example.com/a"),
    ]


def test_item_id_is_the_source_and_the_hash_of_the_canonical_url() -> None:
    """The id is the contract of DESIGN 4, so it is written out here."""
    assert item_id("acme_press", "https://example.com/a") == "acme_press__2dce0a4c50441bfc"


def test_content_hash_ignores_blanks_and_composition_only() -> None:
    """Blanks and the way accents are composed do not change the hash; a letter, or what is title and what content, does."""
    same = content_hash("Caf\u00e9 opens", "a b\nc")
    assert content_hash(" Cafe\u0301\u00a0 opens ", "a  b c ") == same
    others = {
        content_hash("Cafe opens", "a b c"),
        content_hash("Caf\u00e9", "opens a b c"),
        content_hash("", "Caf\u00e9 opens a b c"),
    }
    assert same not in others
    assert len(others) == 3
    assert content_hash("\ud800", "") != content_hash("", "")
