"""The tab on a DAG run in a browser: why clients failed and what to do about it, and the clients of the run."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

from playwright.sync_api import Frame, Locator, expect

from stack.airflow import VIEWER
from stack.demo_data import BROKEN_CLIENT, UNKNOWN_CLIENT
from stack.local import JOBS
from tests.e2e import appearance
from tests.e2e.appearance import follow, words
from tests.e2e.browser import Look, Pages
from tests.e2e.ingest_facts import report_of

HIT_BY_503 = ["fabrikam_archive", "helios_pharma"]


def listed(frame: Frame) -> list[str]:
    """The clients of the table, in its order."""
    links = frame.locator("table.clients tbody th a").all()
    return [parse_qs(urlsplit(str(one.get_attribute("href"))).query)["client_id"][0] for one in links]


def card(frame: Frame, section: str, cause: str) -> Locator:
    cards = frame.locator(f"section[aria-labelledby={section}] article")
    return cards.filter(has=frame.locator("h3 .id", has_text=cause))


def clients_of(cause: Locator) -> list[str]:
    links = cause.locator(".who a").all()
    return [parse_qs(urlsplit(str(one.get_attribute("href"))).query)["client_id"][0] for one in links]


def test_a_run_tells_which_clients_failed_and_why(pages: Pages, look: Look) -> None:
    """By cause, each with what it means, its remedy, and what its clients said; and the numbers of the report."""
    run_id = pages.data.failed
    frame = pages.open_run(pages.login(VIEWER, look), run_id)
    assert words(frame.locator("main h1")) == f"Run {run_id}"
    assert "2 of 6 clients failed" in words(frame.locator("main > p.message").first)
    shown, stored = appearance.figures(frame), report_of(pages.stack, run_id)
    for name in ("discovered", "active", "processed", "succeeded", "partial", "failed"):
        assert shown[name.capitalize()] == str(stored[f"clients_{name}"])
    assert (shown["Items"], shown["New"]) == (str(stored["total_items_ingested"]), str(stored["total_items_new"]))

    config = card(frame, "failed", "config")
    assert clients_of(config) == [BROKEN_CLIENT, UNKNOWN_CLIENT]
    for said in (f"{BROKEN_CLIENT}.yaml:11: ", "Remedy: follow the message", "no such client: the file does not exist"):
        assert said in words(config)
    down = card(frame, "partial", "http_503")
    assert clients_of(down) == HIT_BY_503
    assert "press_sector__market_minute" in words(down)
    assert "It may pass by itself" in words(down)
    assert listed(frame) == sorted(stored["client_results"])
    assert "Parameters" in words(frame.locator("section[aria-labelledby=plan]"))
    assert appearance.faults(frame, look) == []


def test_airflows_tabs_of_a_run_lead_to_it(pages: Pages) -> None:
    """Beside those of Airflow itself; the address of the tab shows it again."""
    page = pages.login(VIEWER)
    page.goto(f"{pages.url}/dags/vectora_ingest/runs/{pages.data.partial}/details")
    page.locator("a[href$='/plugin/vectora-run']").click()
    frame = pages.frame(page)
    assert words(frame.locator("main h1")) == f"Run {pages.data.partial}"
    page.reload()
    frame = pages.frame(page)
    assert listed(frame) == ["acme_biotech", "helios_pharma", "northwind_energy"]


def test_the_clients_of_a_run_can_be_filtered_and_sorted(pages: Pages) -> None:
    """By status and cause, which apply at once, and by a text; the address of the page carries all of it."""
    page = pages.login(VIEWER)
    frame = pages.open(page, "run", run_id=pages.data.failed)
    with frame.expect_navigation():
        frame.locator("select[name=cause]").select_option("http_503")
    assert listed(frame) == HIT_BY_503
    with frame.expect_navigation():
        frame.locator("select[name=status]").select_option("partial")
    frame.get_by_label("Client", exact=True).fill("FABRIKAM")
    with frame.expect_navigation():
        frame.get_by_label("Client", exact=True).press("Enter")
    assert listed(frame) == ["fabrikam_archive"]
    page.wait_for_url(re.compile(r"/vectora/run\?.*q=FABRIKAM&status=partial&cause=http_503"))
    other = page.context.new_page()
    other.goto(page.url)
    again = pages.frame(other)
    assert listed(again) == ["fabrikam_archive"]
    follow(again, again.get_by_role("link", name="Clear"))
    stored = report_of(pages.stack, pages.data.failed)["client_results"]
    assert listed(again) == sorted(stored)
    follow(again, again.locator("thead").get_by_role("link", name="Items"))
    assert [stored[one]["items"] for one in listed(again)] == sorted((one["items"] for one in stored.values()), reverse=True)
    assert again.locator("th[aria-sort=descending]").inner_text().startswith("Items")


def test_from_a_client_of_the_run_to_its_log(pages: Pages) -> None:
    """From its cause and from the table: Airflow's page shows the instance."""
    page = pages.login(VIEWER)
    frame = pages.open_run(page, pages.data.failed)
    tasks = f"/runs/{pages.data.failed}/tasks/ingest_client/mapped"
    rows = [unquote(str(one.get_attribute("href"))) for one in frame.locator("table.clients td.log a").all()]
    assert [one.partition("/dags/vectora_ingest")[2] for one in rows] == [f"{tasks}/{place}" for place in range(6)]
    card(frame, "failed", "config").get_by_role("link", name="Task and log").first.click()
    page.wait_for_url(lambda url: unquote(url).endswith(f"{tasks}/3"))
    expect(page.locator("iframe")).to_have_count(0)


def test_from_a_run_to_its_neighbours_and_its_clients(pages: Pages) -> None:
    """In the frame of the tab; the run's own page in Airflow takes the whole window."""
    page, data = pages.login(VIEWER), pages.data
    frame = pages.open_run(page, data.failed)
    follow(frame, frame.locator("a[rel=prev]"))
    assert words(frame.locator("main h1")) == f"Run {data.partial}"
    follow(frame, frame.locator("a[rel=next]"))
    follow(frame, card(frame, "failed", "config").get_by_role("link", name=BROKEN_CLIENT))
    assert words(frame.locator("main h1")) == BROKEN_CLIENT
    frame.goto(pages.address("run", run_id=data.failed))
    frame.get_by_role("link", name="Grid in Airflow").click()
    page.wait_for_url(lambda url: unquote(url).endswith(f"/dags/vectora_ingest/runs/{data.failed}"))


def test_the_tab_on_a_run_of_the_watch_over_jobs(pages: Pages, look: Look) -> None:
    """It says what the run is for and leads to the jobs; on runs of other DAGs there is nothing to show."""
    frame = pages.open_run(pages.login(VIEWER, look), pages.data.jobs, dag_id=JOBS)
    assert words(frame.locator("main h1")) == "Watch over jobs"
    assert int(appearance.figures(frame)["total"]) > 0
    assert appearance.faults(frame, look) == []
    follow(frame, frame.get_by_role("link", name="Open the jobs"))
    assert urlsplit(frame.url).path.endswith("/jobs")
    frame.goto(pages.address("run", dag_id="vectora_job_migration", run_id="any"))
    assert words(frame.locator("main h1")) == "Nothing of Vectora here"


def test_a_run_that_nobody_knows(pages: Pages) -> None:
    """The page says so, with the way out."""
    pages.troubles.allow(r"\b404\b")
    frame = pages.open(pages.login(VIEWER), "run", run_id="manual__never#:+/é")
    assert words(frame.locator("main h1")) == "There is nothing here"
    assert "manual__never#:+/é" in words(frame.locator("main .said"))
    assert "start from the list of clients" in words(frame.locator("main"))
