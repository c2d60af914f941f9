"""The tab on a task instance in a browser: it leads to the client that the instance works for."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from stack.airflow import VIEWER
from stack.demo_data import BROKEN_CLIENT, UNKNOWN_CLIENT
from tests.e2e import appearance
from tests.e2e.appearance import words
from tests.e2e.browser import Look, Pages
from tests.e2e.ingest_facts import report_of


def test_the_tab_shows_the_client_of_the_instance(pages: Pages, look: Look) -> None:
    """Here one that failed: its mistakes are there, with their lines."""
    place = report_of(pages.stack, pages.data.failed)["client_results"][BROKEN_CLIENT]["map_index"]
    frame = pages.open_instance(pages.login(VIEWER, look), pages.data.failed, f"ingest_client/mapped/{place}")
    assert words(frame.locator("main h1")) == BROKEN_CLIENT
    assert frame.locator("ul.problems > li").count() == 3
    assert appearance.faults(frame, look) == []


def test_airflows_tabs_of_an_instance_lead_to_it(pages: Pages) -> None:
    """Of a client that has no file, too; from there to the log, which is Airflow's own tab beside it."""
    page, run_id = pages.login(VIEWER), pages.data.failed
    place = report_of(pages.stack, run_id)["client_results"][UNKNOWN_CLIENT]["map_index"]
    instance = f"{pages.url}/dags/vectora_ingest/runs/{run_id}/tasks/ingest_client/mapped/{place}"
    page.goto(f"{instance}/details")
    page.locator(f"a[href$='/ingest_client/mapped/{place}/plugin/vectora-instance']").click()
    frame = pages.frame(page)
    assert words(frame.locator("main h1")) == UNKNOWN_CLIENT
    assert "no such client: the file does not exist" in words(frame.locator("main div.message.failed"))
    frame.get_by_role("link", name="Task instance and its log").click()
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_text("no such client: the file does not exist").first).to_be_visible()


@pytest.mark.parametrize("task", ["discover_clients", "report_run"])
def test_on_a_task_that_is_of_no_client_the_tab_shows_the_run(pages: Pages, task: str) -> None:
    """Airflow leaves the place of the index as it is there."""
    frame = pages.open_instance(pages.login(VIEWER), pages.data.failed, task)
    assert words(frame.locator("main h1")) == f"Run {pages.data.failed}"
