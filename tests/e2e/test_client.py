"""The page of a client in a browser: its items, its sources, what was dropped, its configuration and what is wrong there."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qs, quote, unquote, urlsplit

from playwright.sync_api import Frame, Locator, expect

from stack.airflow import VIEWER
from stack.demo_data import BROKEN_CLIENT
from tests.e2e import appearance
from tests.e2e.appearance import follow, words
from tests.e2e.browser import Look, Pages
from tests.e2e.ingest_facts import manifest_of, report_of

CLIENT = "fabrikam_archive"
"""In the failed run alone, so that no other run has written its manifest of that day."""


def items_of(frame: Frame) -> list[Locator]:
    return frame.locator("table.items tbody tr").all()


def query_of(frame: Frame) -> dict[str, list[str]]:
    return parse_qs(urlsplit(frame.url).query)


def test_a_client_in_a_run(pages: Pages, look: Look) -> None:
    """Its numbers, every source with its outcome and why it failed, the funnel, its items, and why it has these sources."""
    frame = pages.open(pages.login(VIEWER, look), "client", client_id=CLIENT, run_id=pages.data.failed)
    assert words(frame.locator("main h1")).startswith("Fabrikam Archive")
    assert "partial" in words(frame.locator("header.client"))
    shown = appearance.figures(frame)
    assert shown.pop("Took")
    assert shown == {"Items": "14", "New": "14", "Sources ok": "3", "Sources failed": "1"}
    check_sources(pages, frame)
    check_funnel(pages, frame)
    check_configuration(frame)
    assert len(items_of(frame)) == 14
    assert appearance.faults(frame, look) == []


def check_sources(pages: Pages, frame: Frame) -> None:
    """Each with the outcome of the manifest, the failed one with its class, what that means and the remedy."""
    rows = {
        words(row.locator("th").first).split(" ")[0]: words(row.locator("td[data-label=Outcome]"))
        for row in frame.locator("table.sources tbody tr").all()
    }
    stored = manifest_of(pages.stack, pages.data.failed, CLIENT)["sources"]
    assert rows.keys() == stored.keys()
    assert [key for key, said in rows.items() if stored[key]["outcome"] not in said] == []
    failed = rows["press_sector__market_minute"]
    assert "http_503: the site answered with status 503" in failed
    assert "/down/rss.xml: answered 503 Service Unavailable" in failed
    assert "wait; if it lasts, open the URL in a browser" in failed


def check_funnel(pages: Pages, frame: Frame) -> None:
    """From what was fetched to what was written, and between two stages what dropped the difference, rule by rule."""
    totals = manifest_of(pages.stack, pages.data.failed, CLIENT)["totals"]
    stages = frame.locator("ol.funnel > li:not(.dropping)")
    counts = [int(text) for text in stages.locator(".count").all_inner_texts()]
    wanted = totals["counts"]
    assert counts[1:] == [wanted["parsed"], wanted["unique"], wanted["in_window"], wanted["kept"], 14]
    assert re.fullmatch(r".+: \d+, [\d.]+ % of the largest", str(stages.last.locator("svg").get_attribute("aria-label")))
    dropped = frame.locator("li.dropping li")
    drops = {str(one.get_attribute("title")): int(one.locator("b").inner_text()) for one in dropped.all()}
    assert drops == totals["drops"]
    assert sum(drops.values()) == counts[0] - counts[-1]
    assert "the same article stood in the list before" in words(frame.locator("ol.funnel"))


def check_configuration(frame: Frame) -> None:
    """Which source is there because of which bouquet, by which profile; whether the run went by the same."""
    table = frame.locator("table.configured tbody tr")
    by = {words(row.locator("th")).split(" ")[0]: words(row.locator("td[data-label=By]")) for row in table.all()}
    assert by["press_sector__grid_and_tide"].endswith("bouquet energy_transition")
    assert by["press_sector__market_minute"].endswith("bouquet pharma_market")
    assert "as in this run" in words(frame.locator("section[aria-labelledby=configuration]"))
    assert "clients/fabrikam_archive.yaml" in words(frame.locator("section[aria-labelledby=configuration]"))


def test_the_items_of_a_run(pages: Pages) -> None:
    """New or seen, the date and where it came from; filters by title, source and new are kept in the address."""
    page = pages.login(VIEWER)
    frame = pages.open(page, "client", client_id="acme_biotech", run_id=pages.data.partial)
    stored = report_of(pages.stack, pages.data.partial)["client_results"]["acme_biotech"]
    assert (len(items_of(frame)), stored["items"], stored["items_new"]) == (12, 12, 3)
    said = Counter("new" if words(row.locator("td").nth(1)) == "new" else "seen" for row in items_of(frame))
    assert said == {"new": 3, "seen": 9}
    dates = [words(row.locator(".dated")) for row in items_of(frame)]
    assert {text.split(" from ")[-1] for text in dates} >= {"the feed", "the page's structured data"}
    assert re.match(r"(Published: )?2026-03-01 19:00 GMT\+1 from the feed", dates[0])

    with frame.expect_navigation():
        frame.locator("select[name=new]").select_option("yes")
    assert len(items_of(frame)) == 3
    with frame.expect_navigation():
        frame.locator("select[name=source]").select_option("press_sector__bench_notes")
    frame.get_by_role("searchbox", name="Title").fill("CLOCKWORK")
    with frame.expect_navigation():
        frame.get_by_role("searchbox", name="Title").press("Enter")
    assert words(items_of(frame)[0].locator("td").first).startswith("Polymer that degrades like clockwork")
    assert "1 of 12 items" in words(frame.locator("nav.pager"))
    page.wait_for_url(re.compile(r"vectora-clients/vectora/client\?.*q=CLOCKWORK&source=press_sector__bench_notes&new=yes"))
    page.reload()
    frame = pages.frame(page)
    assert len(items_of(frame)) == 1
    follow(frame, frame.get_by_role("link", name="Show all", exact=True))
    assert len(items_of(frame)) == 12


def test_an_item_opens_in_a_tab_that_knows_nothing_of_this_one(pages: Pages) -> None:
    """The sandbox of the frame forbids new tabs: Airflow's page opens it, without opener and referrer; both pages stay."""
    page = pages.login(VIEWER)
    frame = pages.open(page, "client", client_id="acme_biotech", run_id=pages.data.partial)
    link = items_of(frame)[0].get_by_role("link")
    assert {"noopener", "noreferrer"} <= set(str(link.get_attribute("rel")).split(" "))
    before = page.url
    with page.context.expect_page() as opened:
        link.click()
    tab = opened.value
    tab.wait_for_load_state()
    assert tab.url == link.get_attribute("href")
    assert tab.url.startswith(pages.stack.site_url)
    assert tab.evaluate("[window.opener, document.referrer]") == [None, ""]
    assert (page.url, page.locator("iframe").count()) == (before, 1)


def test_the_mistakes_in_a_clients_file_are_told_with_their_lines(pages: Pages) -> None:
    """All three at once, and above that the client fails; where the configuration would be it says why there is none."""
    frame = pages.open(pages.login(VIEWER), "client", client_id=BROKEN_CLIENT, run_id=pages.data.failed)
    places = [words(one) for one in frame.locator("ul.problems code").all()]
    assert places == [f"clients/{BROKEN_CLIENT}.yaml:{line}" for line in (8, 11, 14)]
    assert "unknown key, did you mean source_bouquets_enabled?" in words(frame.locator("ul.problems li").first)
    assert "3 problems" in words(frame.locator("main > p.message.failed"))
    assert "follow the message" in words(frame.locator("main div.message.failed"))
    frame.get_by_role("link", name="See below").click()
    expect(frame.locator("#problems")).to_be_in_viewport()


def test_from_one_run_of_a_client_to_another(pages: Pages) -> None:
    """By its neighbours, by the list, which applies at once, and by the strip; without a run the latest one is shown."""
    data = pages.data
    frame = pages.open(pages.login(VIEWER), "client", client_id="acme_biotech", run_id=data.succeeded)
    assert appearance.figures(frame)["Items"] == "9"
    assert frame.locator("a[rel=prev]").count() == 0
    follow(frame, frame.locator("a[rel=next]"))
    assert query_of(frame)["run_id"] == [data.partial]
    with frame.expect_navigation():
        frame.locator("select[name=run_id]").select_option(data.failed)
    assert query_of(frame)["run_id"] == [data.failed]
    follow(frame, frame.locator("svg.strip a").first)
    assert query_of(frame)["run_id"] == [data.succeeded]
    assert frame.locator("svg.strip a[aria-current=page]").count() == 1
    frame.goto(pages.address("client", client_id=CLIENT))
    assert data.failed in words(frame.locator("dl.facts").first)


def test_from_a_client_to_its_log_and_its_run(pages: Pages) -> None:
    """The log and the run are Airflow's, which takes the whole page; the other clients of the run are shown in the frame."""
    page, run_id = pages.login(VIEWER), pages.data.failed
    frame = pages.open(page, "client", client_id=CLIENT, run_id=run_id)
    follow(frame, frame.get_by_role("link", name="All clients of this run"))
    assert query_of(frame) == {"dag_id": ["vectora_ingest"], "run_id": [run_id]}
    frame = pages.open(page, "client", client_id=CLIENT, run_id=run_id)
    run = f"/dags/vectora_ingest/runs/{quote(run_id, safe='')}"
    assert frame.get_by_role("link", name="The run in Airflow").get_attribute("href") == run
    frame.get_by_role("link", name="Task instance and its log").click()
    page.wait_for_url(lambda url: unquote(url).endswith(unquote(f"{run}/tasks/ingest_client/mapped/1")))
    expect(page.locator("iframe")).to_have_count(0)


def test_a_client_or_a_run_that_nobody_knows(pages: Pages) -> None:
    """The page says so, with the way out, and leads to the clients."""
    pages.troubles.allow(r"\b404\b")
    frame = pages.open(pages.login(VIEWER), "client", client_id="nobody/../#:+")
    assert words(frame.locator("main h1")) == "There is nothing here"
    assert "nobody/../#:+" in words(frame.locator("main .said"))
    follow(frame, frame.locator("nav.pages").get_by_role("link", name="Clients"))
    frame.goto(pages.address("client", client_id="acme_biotech", run_id="manual__never#:+"))
    assert "manual__never#:+" in words(frame.locator("main .said"))
