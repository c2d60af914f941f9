"""Pages that refresh themselves: what changed is there, and the reader is where they were."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Frame, Page, Route, expect

from stack.airflow import VIEWER
from tests.e2e.browser import Pages
from tests.e2e.job_rows import QUEUE_NAME, in_the_table, row
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord

JOBS = 30
CHANGING = "live-20"
OF_JOBS = re.compile(r"/vectora/jobs\?")


@pytest.fixture
def table(pages: Pages) -> Iterator[JobStateTable]:
    """With more jobs that run than a window shows."""
    names = [f"live-{number:02d}" for number in range(JOBS)]
    with in_the_table(pages.stack, *(row(name, minutes_ago=number + 1) for number, name in enumerate(names))) as found:
        yield found


def ended(name: str, number: int) -> JobRecord:
    """The same job, which has failed in the moment its row said it ran: it keeps its place in the list."""
    return row(name, "FAILED", minutes_ago=number + 1, attempts=[{"container": {"exitCode": 1}}])


def shown(frame: Frame, name: str) -> str:
    """What a row of the list says."""
    return frame.locator("table.jobs tbody tr").filter(has_text=name).inner_text()


def refresh(frame: Frame) -> None:
    """Let the page ask again, now, and wait until it has."""
    with frame.page.expect_response(OF_JOBS):
        frame.evaluate("window.dispatchEvent(new Event('vectora:refresh'))")


def test_what_changed_is_there_and_the_reader_is_where_they_were(pages: Pages, table: JobStateTable) -> None:
    """Scrolled, with details open, in the middle of typing, having marked a state: all of it stays, twice."""
    page = pages.login(VIEWER)
    frame = pages.open(page, "jobs", queue=QUEUE_NAME)
    assert "running" in shown(frame, CHANGING)
    frame.locator("#queues > summary").click()
    frame.locator("#days-table > summary").click()
    field = frame.get_by_label("Name or id")
    field.press_sequentially("half a wo")
    frame.evaluate("window.scrollTo(0, 700)")
    before = where(frame)
    assert before["scroll"] == 700
    table.put(ended(CHANGING, 20))
    refresh(frame)
    expect(frame.locator("table.jobs tbody tr").filter(has_text=CHANGING)).to_contain_text("failed")
    assert where(frame) == before
    refresh(frame)
    assert where(frame) == before
    page.keyboard.type("rd")
    assert field.input_value() == "half a word"
    assert frame.locator("table.jobs tbody tr").count() == JOBS


def where(frame: Frame) -> dict[str, object]:
    """Where the reader is in a page."""
    found: dict[str, object] = frame.evaluate("""() => ({
        scroll: Math.round(window.scrollY), focus: document.activeElement.name, typed: document.activeElement.value,
        caret: document.activeElement.selectionStart,
        open: [...document.querySelectorAll("details[open]")].map((one) => one.id),
        times: document.querySelector("table.jobs time").textContent.slice(-5),
    })""")
    return found


def test_it_refreshes_by_itself_until_it_is_switched_off(pages: Pages, table: JobStateTable) -> None:
    """Every 15 seconds by the browser's clock; off stays off in other pages and after a reload, until it is on again."""
    page = pages.login(VIEWER, alone=True)
    page.clock.install()
    frame = pages.open(page, "jobs", queue=QUEUE_NAME)
    with page.expect_response(OF_JOBS):
        page.clock.run_for(15_500)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if OF_JOBS.search(request.url) else None)
    frame.get_by_label("Refresh").click()
    page.clock.run_for(120_000)
    table.put(ended(CHANGING, 20))
    frame.goto(f"{frame.url}&size=50")
    asked.clear()
    page.clock.run_for(120_000)
    assert asked == []
    assert not frame.get_by_label("Refresh").is_checked()
    with page.expect_response(OF_JOBS):
        frame.get_by_label("Refresh").click()
    with page.expect_response(OF_JOBS):
        page.clock.run_for(15_500)


@pytest.mark.parametrize(
    ("status", "said"), [(500, "the last refresh failed (500)"), (0, "does not answer"), (401, "your session has ended")]
)
def test_a_refresh_that_failed_is_said(pages: Pages, table: JobStateTable, status: int, said: str) -> None:
    """What is shown stays, older; with the session gone the way to the login is there. The next good one takes it back."""
    pages.troubles.allow(r"ERR_FAILED|ERR_CONNECTION|status of (500|401)|^response: (500|401) GET .*/vectora/jobs")
    page = pages.login(VIEWER)
    frame = pages.open(page, "jobs", queue=QUEUE_NAME)

    def fail(route: Route) -> None:
        route.fulfill(status=status, body="no") if status else route.abort()

    page.route(OF_JOBS, fail)
    frame.evaluate("window.dispatchEvent(new Event('vectora:refresh'))")
    expect(frame.locator("#messages")).to_contain_text(said)
    assert frame.locator("table.jobs tbody tr").count() == JOBS
    assert frame.locator("#messages").get_by_role("link", name="Log in to Airflow").count() == (status == 401)
    page.unroute(OF_JOBS)
    refresh(frame)
    expect(frame.locator("#messages")).to_be_empty()


def test_whose_session_has_ended_logs_in_and_is_back(pages: Pages) -> None:
    """The real thing: without the cookie the page says so, and its link leads to Airflow's login."""
    pages.troubles.allow(r"\b401\b")
    page: Page = pages.login(VIEWER, alone=True)
    frame = pages.open(page, "jobs")
    page.context.clear_cookies()
    frame.evaluate("window.dispatchEvent(new Event('vectora:refresh'))")
    link = frame.locator("#messages").get_by_role("link", name="Log in to Airflow")
    expect(link).to_be_visible()
    link.click()
    page.wait_for_url(re.compile(r"/auth/login"))
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_page_of_a_job_follows_it_to_its_end(pages: Pages) -> None:
    """Then there is nothing left to refresh."""
    job_id = "live-job"
    with in_the_table(pages.stack, row(job_id)) as table:
        frame = pages.open(pages.login(VIEWER), "job", job_id=job_id)
        expect(frame.locator("p.states")).to_contain_text("RUNNING")
        table.put(row(job_id, "FAILED", minutes_ago=0, attempts=[{"container": {"exitCode": 137}}]))
        frame.evaluate("window.dispatchEvent(new Event('vectora:refresh'))")
        expect(frame.locator("p.states")).to_contain_text("FAILED")
        expect(frame.locator("main")).to_contain_text("Exit code 137")
        assert frame.get_by_label("Refresh").count() == 0
        frame.goto(frame.url)
        assert frame.locator("main").get_attribute("data-live") is None
