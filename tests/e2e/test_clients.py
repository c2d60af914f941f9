"""The list of clients in a browser, on the runs of the demo: what it shows, and how one finds a client and goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import parse_qs, quote, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from stack.airflow import EDITOR, VIEWER
from stack.demo_data import BROKEN_CLIENT, UNKNOWN_CLIENT
from stack.local import Stack
from tests.e2e import appearance
from tests.e2e.appearance import follow, words
from tests.e2e.browser import DESKTOP, TIMEZONE, Look, Pages
from tests.e2e.ingest_facts import Report, outcomes, reports

ACTIVE = ["acme_biotech", "helios_pharma", "northwind_energy"]
KNOWN = sorted([*ACTIVE, "fabrikam_archive", BROKEN_CLIENT, UNKNOWN_CLIENT])
MORE = 50
"""Files beside those of the demo: with them there is a second page."""


@pytest.fixture
def many(pages: Pages) -> Iterator[None]:
    """So many clients that a page does not hold them; none of them is active."""
    paths = [f"clients/zz_{number:02d}.yaml" for number in range(MORE)]
    for path in paths:
        pages.stack.config.put(path, b"active: false\n")
    yield
    pages.stack.config.delete_many(paths)


def row_of(frame: Frame, client_id: str) -> Locator:
    return frame.locator(f"#client-{client_id}")


def cell(frame: Frame, client_id: str, column: str) -> str:
    return words(row_of(frame, client_id).locator(f"td[data-label='{column}']"))


def listed(frame: Frame) -> list[str]:
    """The clients of the table, in its order."""
    return [str(one.get_attribute("id")).removeprefix("client-") for one in frame.locator("table.clients tbody tr").all()]


def loaded(pages: Pages, page: Page) -> Frame:
    frame = pages.frame(page)
    frame.locator("main h1").wait_for()
    return frame


def test_airflows_navigation_leads_to_the_clients_and_the_jobs(pages: Pages) -> None:
    """Both are entries of it, and each is shown in Airflow's page, whose address says which."""
    page = pages.login(VIEWER)
    page.goto(f"{pages.url}/plugins")  # a page of Airflow's own
    for name, heading in (("Clients", "Clients"), ("Jobs", "Jobs")):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.frame_locator(f"iframe[src*='/vectora/{name.lower()}']").locator("main h1")).to_contain_text(heading)
        page.wait_for_url(re.compile(f"/plugin/vectora-{name.lower()}"))


def test_every_client_is_there_with_what_became_of_it(pages: Pages, look: Look) -> None:
    """Its strip of runs, its last status and numbers as the reports have them; when the next run is due is said."""
    frame = pages.open(pages.login(VIEWER, look), "clients")
    assert sorted(listed(frame)) == KNOWN
    for client_id, (_, last) in outcomes(pages.stack).items():
        check_row(frame, client_id, last)
    assert "config" in cell(frame, BROKEN_CLIENT, "Status")
    assert "no file any more" in cell(frame, UNKNOWN_CLIENT, "Status")
    assert titles(row_of(frame, "acme_biotech"))[:3] == ["succeeded, 9 items, 9 new", *["succeeded, 12 items, 3 new"] * 2]
    assert titles(row_of(frame, "helios_pharma"))[:3] == ["not in this run", *["partial, 9 items, 9 new"] * 2]
    strip = row_of(frame, "helios_pharma").locator("svg.strip")
    assert re.match(r"the last \d+ runs: .*2 partial.* not in the run", str(strip.get_attribute("aria-label")))
    assert re.match(r"\d+ items in the latest of", said_by(row_of(frame, "acme_biotech").locator("svg.sparkline")))
    assert appearance.figures(frame)["Clients"] == str(len(KNOWN))
    assert appearance.figures(frame)["Next run"] == "nothing scheduled"
    assert appearance.faults(frame, look) == []


def check_row(frame: Frame, client_id: str, last: Report) -> None:
    assert last["status"] in cell(frame, client_id, "Status")
    assert cell(frame, client_id, "Items").endswith(str(last["items"]))
    assert cell(frame, client_id, "New").endswith(str(last["items_new"]))
    sources = cell(frame, client_id, "Sources")
    assert f"{last['sources_ok']} ok" in sources
    assert (f"{last['sources_failed']} failed" in sources) is bool(last["sources_failed"])
    assert re.search(r"\d (s|min)", cell(frame, client_id, "Duration"))


def titles(row: Locator) -> list[str]:
    """What the cells of a strip say, without their times."""
    return [text.partition(" UTC: ")[2] for text in row.locator("svg.strip title").all_text_contents()]


def said_by(picture: Locator) -> str:
    return picture.get_attribute("aria-label") or ""


def test_a_filter_is_kept_in_airflows_address(pages: Pages) -> None:
    """After a reload, and in another window that is given the address, the list is the same; going back takes the filter
    away again, as does the link beside it.
    """
    page = pages.login(VIEWER)
    frame = pages.open(page, "clients")
    frame.get_by_label("Id or name").fill("BIO")
    follow(frame, frame.get_by_role("button", name="Show", exact=True))
    assert listed(frame) == ["acme_biotech"]
    page.wait_for_url(re.compile(r"/plugin/vectora-clients/vectora/clients\?q=BIO&"))
    page.reload()
    assert listed(loaded(pages, page)) == ["acme_biotech"]
    other = page.context.new_page()
    other.goto(page.url)
    again = loaded(pages, other)
    assert (listed(again), again.get_by_label("Id or name").input_value()) == (["acme_biotech"], "BIO")
    follow(again, again.get_by_role("link", name="Show all", exact=True))
    assert sorted(listed(again)) == KNOWN
    with again.expect_navigation():
        other.go_back()
    assert listed(again) == ["acme_biotech"]


def test_the_status_applies_at_once_and_so_does_a_figure(pages: Pages) -> None:
    """Both show the same; with a text beside it nothing is left, and the page says what to do."""
    frame = pages.open(pages.login(VIEWER), "clients")
    partial = sorted(one for one, (_, last) in outcomes(pages.stack).items() if last["status"] == "partial")
    with frame.expect_navigation():
        frame.locator("select[name=status]").select_option("partial")
    assert (sorted(listed(frame)), query_of(frame)["status"]) == (partial, ["partial"])
    frame.get_by_label("Id or name").fill("acme")
    with frame.expect_navigation():
        frame.get_by_label("Id or name").press("Enter")
    assert "No client matches" in words(frame.locator("main .empty"))
    follow(frame, frame.get_by_role("link", name="Show all clients"))
    follow(frame, frame.get_by_role("link", name=re.compile("partial: show them")))
    assert sorted(listed(frame)) == partial


def query_of(frame: Frame) -> dict[str, list[str]]:
    return parse_qs(urlsplit(frame.url).query)


def test_the_headings_sort(pages: Pages) -> None:
    """By id both ways, by items the most first; the heading says so to everybody, and the filter stays."""
    frame = pages.open(pages.login(VIEWER), "clients", q="a")
    found = sorted(listed(frame))
    most = sorted(found, key=lambda one: (-int(cell(frame, one, "Items").split(" ")[-1]), one))
    for heading, order, wanted in (
        ("Client", "ascending", found),
        ("Client", "descending", found[::-1]),
        ("Items", "descending", most),
    ):
        follow(frame, frame.locator("thead").get_by_role("link", name=re.compile(f"^{heading}")))
        assert listed(frame) == wanted, (heading, order)
        assert frame.locator(f"th[aria-sort={order}]").inner_text().startswith(heading)


@pytest.mark.usefixtures("many")
def test_pages_follow_each_other(pages: Pages) -> None:
    """No client is on two of them and none is left out; beyond the last the page says where that is."""
    frame = pages.open(pages.login(VIEWER), "clients", sort="id")
    first = listed(frame)
    assert frame.locator("a[rel=prev]").count() == 0
    follow(frame, frame.locator("a[rel=next]"))
    assert len(first) == 50
    assert first + listed(frame) == sorted([*KNOWN, *(f"zz_{number:02d}" for number in range(MORE))])
    assert words(frame.locator("nav.pager span")) == f"Page 2 of 2, {MORE + len(KNOWN)} clients"
    assert frame.locator("a[rel=next]").count() == 0
    follow(frame, frame.locator("a[rel=prev]"))
    assert listed(frame) == first
    frame.goto(pages.address("clients", page=9))
    assert "Page 9 is beyond the end" in words(frame.locator("main .empty"))
    follow(frame, frame.get_by_role("link", name="To the first page"))
    assert len(listed(frame)) == 50


def test_all_of_it_works_by_keyboard(pages: Pages) -> None:
    """The first stop leads past the navigation; from there to the form, which Space opens, and to the filter, which Enter
    sends; the focus can be seen.
    """
    page = pages.login(EDITOR)
    frame = pages.open(page, "clients")
    frame.evaluate("document.body.focus()")
    frame.locator("nav.pages a").first.focus()
    page.keyboard.press("Shift+Tab")
    assert focused(frame) == "Skip to the content"
    page.keyboard.press("Enter")
    assert frame.evaluate("document.activeElement.id") == "content"
    tab_to(page, frame, "Start a run …")
    assert frame.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key, is_open in (("Space", True), ("Enter", False)):
        page.keyboard.press(key)
        assert frame.locator("#run-now").evaluate("(one) => one.open") is is_open
    tab_to(page, frame, "q")
    page.keyboard.type("north")
    with frame.expect_navigation():
        page.keyboard.press("Enter")
    assert listed(frame) == ["northwind_energy"]


def focused(frame: Frame) -> str:
    found: str = frame.evaluate("document.activeElement.name || document.activeElement.innerText")
    return found


def tab_to(page: Page, frame: Frame, wanted: str) -> None:
    """Press Tab until it has the focus; what is not reached fails the test."""
    for _ in range(40):
        if focused(frame) == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached")


def test_times_are_in_the_readers_zone_and_in_utc_on_hover(pages: Pages) -> None:
    """That of the browser, unless another one is chosen in Airflow."""
    page = pages.login(VIEWER)
    frame = pages.open(page, "clients")
    time = row_of(frame, "acme_biotech").locator("time")
    at = datetime.fromisoformat(str(time.get_attribute("datetime")))
    assert time.get_attribute("title") == f"{at:%Y-%m-%d %H:%M:%S} UTC"
    assert time.inner_text().startswith(f"{at.astimezone(ZoneInfo(TIMEZONE)):%Y-%m-%d %H:%M} ")
    page.evaluate("localStorage.setItem('timezone', JSON.stringify('Asia/Kolkata'))")
    page.reload()
    again = row_of(loaded(pages, page), "acme_biotech").locator("time")
    assert again.inner_text().startswith(f"{at.astimezone(ZoneInfo('Asia/Kolkata')):%Y-%m-%d %H:%M} ")


def test_from_a_client_to_its_log_its_page_and_its_run(pages: Pages) -> None:
    """The task instance with its log takes the place of the whole page; client and run are shown in the frame."""
    page = pages.login(VIEWER)
    frame = pages.open(page, "clients")
    run_id, last = outcomes(pages.stack)["fabrikam_archive"]
    follow(frame, row_of(frame, "fabrikam_archive").get_by_role("link", name="Fabrikam Archive"))
    assert query_of(frame) == {"client_id": ["fabrikam_archive"], "run_id": [run_id]}
    page.wait_for_url(re.compile(r"/plugin/vectora-clients/vectora/client\?client_id=fabrikam_archive&"))
    follow(frame, frame.locator("nav.pages").get_by_role("link", name="Clients"))
    latest = list(reports(pages.stack))[-1]
    follow(frame, frame.locator("section.runs").get_by_role("link", name="its clients").last)
    assert query_of(frame)["run_id"] == [latest]
    frame = pages.open(page, "clients")
    row_of(frame, "fabrikam_archive").get_by_role("link", name="Task and log").click()
    task = f"/runs/{run_id}/tasks/ingest_client/mapped/{last['map_index']}"
    page.wait_for_url(lambda url: unquote(url).endswith(task))
    expect(page.get_by_role("heading", name="fabrikam_archive")).to_be_visible()
    assert page.locator("iframe").count() == 0
    assert quote(run_id, safe="") in page.url  # a bare + would be read as a blank by some proxies


def test_the_theme_follows_airflows_at_once(pages: Pages) -> None:
    """Both ways, without another request."""
    page = pages.login(VIEWER, DESKTOP)
    frame = pages.open(page, "clients")
    for theme in ("dark", "light"):
        page.get_by_role("button", name="User").click()
        page.get_by_role("menuitem", name="Appearance").click()
        page.get_by_role("menuitemradio", name=f"{theme.capitalize()} Mode").click()
        expect(frame.locator("html")).to_have_class(re.compile(rf"\b{theme}\b"))
        assert appearance.background(frame) == appearance.BACKGROUNDS[theme]


def test_a_refresh_changes_what_is_new_and_keeps_what_the_reader_does(pages: Pages) -> None:
    """A client that came meanwhile appears; the open form, the text in it and the focus stay; switched off, it stays off."""
    page = pages.login(EDITOR)
    frame = pages.open(page, "clients")
    frame.get_by_text("Start a run …").click()
    frame.locator("textarea[name=client_ids]").fill("half_a_na")
    with one_more_client(pages.stack):
        refresh(page, frame)
        expect(row_of(frame, "newcomer")).to_be_visible()
        assert frame.locator("textarea[name=client_ids]").input_value() == "half_a_na"
        assert focused(frame) == "client_ids"
    refresh(page, frame)
    expect(row_of(frame, "newcomer")).to_have_count(0)
    frame.get_by_label("Refresh").uncheck()
    page.reload()
    expect(loaded(pages, page).get_by_label("Refresh")).not_to_be_checked()


@contextmanager
def one_more_client(stack: Stack) -> Iterator[None]:
    stack.config.put("clients/newcomer.yaml", b"active: false\n")
    try:
        yield
    finally:
        stack.config.delete_many(["clients/newcomer.yaml"])


def refresh(page: Page, frame: Frame) -> None:
    """Ask for the refresh that would come by itself within half a minute."""
    with page.expect_response(frame.url):
        frame.evaluate("window.dispatchEvent(new Event('vectora:refresh'))")
