"""The web site of the demo: what the sample configuration follows is there, readable, dated and realistic."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from urllib.parse import urlsplit

import feedparser
import httpx
import pypdf
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from stack.demo_site.articles import articles_of
from stack.demo_site.pages import SOURCES, Answer, site
from stack.demo_site.press import WRITTEN
from stack.demo_site.server import make_server
from stack.places import CONFIGS

TODAY = date(2026, 4, 21)
ORIGIN = "http://127.0.0.1:8600"
FEEDS = {"/rss/biotech.xml": "rss20", "/rss/pharma.xml": "rss20", "/atom/energy.xml": "atom10", "/rdf/science.rdf": "rss10"}
CHANNELS = ("biotech", "pharma", "energy", "science", "press", "news")


@pytest.fixture(scope="module")
def pages() -> dict[str, Answer]:
    return site(ORIGIN, TODAY)


@pytest.mark.parametrize(("path", "version"), FEEDS.items())
def test_a_feed_is_well_formed_and_every_entry_is_dated_and_linked(
    pages: dict[str, Answer], path: str, version: str
) -> None:
    """The links, without the parameters of a newsletter, are pages of the site."""
    feed = feedparser.parse(pages[path].body)
    assert not feed.bozo
    assert feed.version == version
    assert len(feed.entries) >= 5
    for entry in feed.entries:
        assert entry.title
        assert entry.get("published_parsed") or entry.get("updated_parsed")
        assert urlsplit(entry.link).path in pages


def test_some_articles_are_listed_twice_with_tracking_parameters(pages: dict[str, Answer]) -> None:
    """So that the demo has duplicates to find."""
    links = [entry.link for path in FEEDS for entry in feedparser.parse(pages[path].body).entries]
    tracked = [link for link in links if "utm_source=" in link]
    assert len(tracked) == 3
    assert all(link.partition("?")[0] in links for link in tracked)


def test_the_press_list_has_cards_with_two_links_each_to_pages_and_files(pages: dict[str, Answer]) -> None:
    """What the sample extractor selects is there."""
    cards = BeautifulSoup(pages["/press/"].body, "lxml").select("div.press-list > article.card")
    assert len(cards) == 8
    for card in cards:
        links = [link["href"] for link in card.select("a")]
        assert len(links) == 2
        assert links[0] == links[1] == card.select_one("h3.card-title > a")["href"]  # type: ignore[index]
        assert links[0] in pages
        assert card.select_one(".card-date")
    assert sum(card.select("a")[0]["href"].endswith(".pdf") for card in cards) == 2  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("ordinal", "April 20th, 2026"),
        ("dotted", "2026.04.20"),
        ("weekday", "Monday, April 20, 2026 - 06:45am"),
        ("short", "Apr 20, 2026 06:45am"),
        ("doubled", "April 20, 2026April 20, 2026"),
    ],
)
def test_dates_stand_as_people_write_them(form: str, written: str) -> None:
    """The forms that real press pages had."""
    assert WRITTEN[form](datetime(2026, 4, 20, 6, 45, tzinfo=UTC)) == written


@pytest.mark.parametrize(("day", "written"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (13, "13th"), (22, "22nd")])
def test_ordinals(day: int, written: str) -> None:
    """The eleventh to the thirteenth are th."""
    assert WRITTEN["ordinal"](datetime(2026, 3, day, tzinfo=UTC)) == f"March {written}, 2026"


def test_every_written_form_is_used() -> None:
    """The press list shows each of them, and one ``<time>``."""
    assert {article.written for article in articles_of("press", TODAY)} == {*WRITTEN, "time"}


def test_release_pages_have_json_ld_and_text(pages: dict[str, Answer]) -> None:
    """As sites that want to be found do it."""
    page = BeautifulSoup(pages["/press/releases/norvale-phase-3-results.html"].body, "lxml")
    script = page.find("script", type="application/ld+json")
    assert script
    assert json.loads(script.get_text())["datePublished"] == "2026-04-20T06:45:00+00:00"
    assert len(page.select_one("article").get_text().split()) > 120  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["norvale-half-year-report.pdf", "norvale-dosing-guide.pdf"])
def test_the_pdf_files_can_be_read(pages: dict[str, Answer], name: str) -> None:
    """By a strict reader, with their whole text."""
    reader = pypdf.PdfReader(io.BytesIO(pages[f"/press/files/{name}"].body), strict=True)
    text = " ".join(reader.pages[0].extract_text().split())
    assert "long-acting injectable NVL-204" in text
    assert text.endswith("listed nowhere.")
    assert reader.metadata
    assert reader.metadata.creation_date


def test_the_api_has_the_declared_fields(pages: dict[str, Answer]) -> None:
    """Those that the sample catalog names."""
    articles = json.loads(pages["/api/news.json"].body)["data"]["articles"]
    assert len(articles) >= 6
    assert all(set(article) == {"headline", "summary", "link", "published", "byline"} for article in articles)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_has_recent_items_and_old_ones(channel: str) -> None:
    """At least three of the last week, and one that any window leaves out."""
    ages = [(TODAY - article.published.date()).days for article in articles_of(channel, TODAY)]
    assert sum(age <= 7 for age in ages) >= 3
    assert any(age >= 60 for age in ages)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
@settings(max_examples=20, deadline=None)
def test_nothing_is_dated_on_the_day_itself_or_later(today: date) -> None:
    """Whatever the day: an item from the future would be dropped."""
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    assert all(article.published < midnight for channel in CHANNELS for article in articles_of(channel, today))


def test_the_site_moves_with_the_day(pages: dict[str, Answer]) -> None:
    """The same articles, a day later."""
    tomorrow = site(ORIGIN, TODAY + timedelta(days=1))
    assert tomorrow.keys() == pages.keys()
    assert tomorrow["/rss/biotech.xml"] != pages["/rss/biotech.xml"]


def test_the_sample_configuration_only_follows_what_the_site_has(pages: dict[str, Answer]) -> None:
    """Every enabled address in it is a page, at the origin that the stack rewrites."""
    catalog = (CONFIGS / "canonical" / "sources" / "source_catalog.yaml").read_text()
    entries = [entry for entry in catalog.split("- source_key:") if "enabled: false" not in entry]
    followed = {path for entry in entries for path in re.findall(rf"(?:rss|html|api)_url: {ORIGIN}(\S+)", entry)}
    assert followed == set(SOURCES)
    assert followed <= pages.keys()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with make_server(0, day_of=lambda: TODAY) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", trust_env=False) as client:
                yield client
        finally:
            server.shutdown()
            thread.join()


def test_links_are_on_the_port_of_the_site(client: httpx.Client) -> None:
    """Whatever the port is."""
    feed = feedparser.parse(client.get("/atom/energy.xml").content)
    assert client.get(feed.entries[-1].link).status_code == 200


def test_one_source_is_always_down(client: httpx.Client) -> None:
    """503, so that one client of the demo is partial."""
    assert client.get("/down/rss.xml").status_code == 503


def test_unknown_paths_are_404(client: httpx.Client) -> None:
    """Nothing is invented."""
    assert client.get("/rss/unknown.xml").status_code == 404


def test_conditional_requests(client: httpx.Client) -> None:
    """The same tag: 304 and no body."""
    first = client.get("/rss/biotech.xml")
    second = client.get("/rss/biotech.xml", headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")


def test_head_has_the_headers_and_no_body(client: httpx.Client) -> None:
    """RFC 9110 9.3.2."""
    head = client.head("/press/")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(client.get("/press/").content))
