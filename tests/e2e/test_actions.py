"""What starts something, in a browser: through Airflow's own API, with the session and the permission of the reader."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Frame, Locator, Page, Response, expect

from stack.airflow import EDITOR, VIEWER
from stack.demo_data import BROKEN_CLIENT, UNKNOWN_CLIENT
from stack.local import INGEST
from tests.e2e import appearance
from tests.e2e.appearance import follow, words
from tests.e2e.browser import Look, Pages

TYPED = {
    "client_ids": ["acme_biotech", UNKNOWN_CLIENT],
    "sources": ["press_sector__biopulse"],
    "period_days": 3,
    "to_date": "2026-03-01",
    "ingestion_mode": "broad",
    "force_refresh": False,
    "dry_run": True,
    "tolerated_failure_percentage": 50.5,
}
"""Of every type one; dry, so that other tests find what they expect."""


def form_of(frame: Frame) -> Locator:
    return frame.locator("form#trigger")


def field(form: Locator, name: str) -> Locator:
    return form.locator(f"[name={name}]")


def send(page: Page, form: Locator) -> Response:
    """Send a form and wait for Airflow's answer."""
    with page.expect_response(re.compile(r"/api/v2/dags/vectora_ingest/dagRuns$")) as answered:
        form.get_by_role("button").click()
    return answered.value


def said(form: Locator) -> Locator:
    return form.locator("[data-said]")


def is_told(form: Locator, text: str | re.Pattern[str]) -> None:
    expect(said(form)).to_contain_text(text)


def runs(pages: Pages) -> int:
    total: int = pages.stack.api.get(f"/dags/{INGEST}/dagRuns", limit=1)["total_entries"]
    return total


def test_run_now_starts_exactly_what_was_typed(pages: Pages) -> None:
    """Every value with its type; what was left empty is left out, what Airflow shows of the run is the same, and the page
    leads to it.
    """
    page = pages.login(EDITOR)
    frame = pages.open(page, "clients")
    follow(frame, frame.get_by_role("link", name="Run acme_biotech now"))
    form = form_of(frame)
    expect(form).to_be_visible()
    clients = field(form, "client_ids")
    assert clients.input_value() == "acme_biotech"
    clients.fill(f"acme_biotech\n\n {UNKNOWN_CLIENT} ")
    field(form, "sources").fill("press_sector__biopulse")
    field(form, "period_days").fill("3")
    field(form, "to_date").fill("2026-03-01")
    field(form, "ingestion_mode").select_option("broad")
    field(form, "dry_run").check()
    field(form, "tolerated_failure_percentage").fill("50.5")
    run_id = send(page, form).json()["dag_run_id"]
    is_told(form, f"Run {run_id} has been queued.")
    made = pages.stack.run_of(run_id)
    assert made["conf"] == TYPED
    assert {name: type(value) for name, value in made["conf"].items()} == {n: type(value) for n, value in TYPED.items()}
    assert made["triggering_user_name"] == EDITOR
    form.get_by_role("link", name="Open it in Airflow").click()
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_text(run_id).first).to_be_visible()
    assert pages.stack.wait(run_id)["state"] == "success"


def test_the_failed_clients_of_a_run_run_again(pages: Pages) -> None:
    """Only those, with the parameters of that run."""
    page = pages.login(EDITOR)
    frame = pages.open_run(page, pages.data.failed)
    form = frame.locator("form.trigger.compact")
    button = form.get_by_role("button")
    assert words(button) == "Re-run the 2 failed clients"
    run_id = send(page, form).json()["dag_run_id"]
    is_told(form, f"Run {run_id} has been queued.")
    assert pages.stack.run_of(run_id)["conf"] == {"only_failed_of_run": pages.data.failed}
    assert pages.stack.wait(run_id)["state"] == "failed"
    again = pages.open_run(page, run_id)
    assert words(again.locator("main > p.message").first).endswith(f"{BROKEN_CLIENT}, {UNKNOWN_CLIENT}")
    assert again.locator("table.clients tbody tr").count() == 2
    mapped = [one for one in pages.stack.task_instances(run_id) if one["task_id"] == "ingest_client"]
    assert sorted(one["rendered_map_index"] for one in mapped) == [BROKEN_CLIENT, UNKNOWN_CLIENT]


def test_what_airflow_refuses_is_told_with_its_reason(pages: Pages) -> None:
    """The browser does not even send what the field forbids; whatever comes through is refused, and no run is made."""
    pages.troubles.allow(r"\b4(00|22)\b")
    page = pages.login(EDITOR)
    frame = pages.open(page, "client", client_id="acme_biotech")
    frame.get_by_text("Run acme_biotech now …").click()
    form, before = form_of(frame), runs(pages)
    field(form, "period_days").fill("0")
    form.get_by_role("button").click()
    assert form.locator(":invalid").get_attribute("name") == "period_days"
    expect(said(form)).to_be_empty()
    form.evaluate("(form) => { form.noValidate = true }")
    assert send(page, form).status == 400
    is_told(form, re.compile(r"Airflow refused \(400\): .*period_days.*\b0\b.*minimum", re.DOTALL))
    assert field(form, "client_ids").input_value() == "acme_biotech"
    assert runs(pages) == before


@pytest.mark.parametrize("path", ["clients", "client", "run"])
def test_a_viewer_is_told_why_there_is_nothing_to_start(pages: Pages, path: str) -> None:
    """And by whom that can be changed; a form that was made up is refused by Airflow."""
    pages.troubles.allow(r"\b403\b")
    queries: dict[str, dict[str, str]] = {"client": {"client_id": "acme_biotech"}, "run": {"run_id": pages.data.failed}}
    frame = pages.open(pages.login(VIEWER), path, **queries.get(path, {}))
    for closed in frame.locator("details:not([open]) > summary").all():
        closed.click()
    assert frame.locator("form[data-action]").count() == 0
    assert frame.get_by_role("link", name=re.compile("^Run .* now$")).count() == 0
    assert "You may look, but not start runs" in words(frame.locator("main"))
    before = runs(pages)
    assert frame.evaluate(FORGED, f"{pages.url}/api/v2/dags/{INGEST}/dagRuns") == 403
    assert runs(pages) == before


FORGED = """async (url) => (await fetch(url, { method: "POST", credentials: "same-origin",
  headers: { "Content-Type": "application/json" }, body: JSON.stringify({ logical_date: null, conf: {} }) })).status"""


def test_without_a_session_every_page_says_how_to_log_in(pages: Pages, look: Look) -> None:
    """With a link to Airflow's login."""
    pages.troubles.allow(r"\b401\b")
    page = pages.window(look)
    for path in ("clients", "client?client_id=acme_biotech", "run?run_id=x", "instance?run_id=x"):
        page.goto(pages.address(path))
        assert words(page.locator("main h1")) == "You are not logged in"
    assert appearance.faults(page.main_frame, look) == []
    page.get_by_role("link", name="Log in to Airflow").click()
    page.wait_for_url(re.compile("/auth/login"))
    expect(page.locator("input[name=password]")).to_be_visible()


def by_a_link(page: Page, frame: Frame) -> Locator:
    follow(frame, frame.get_by_role("link", name="Acme Biotech"))
    assert words(frame.locator("main h1")) == "You are not logged in"
    return frame.locator("main")


def by_a_refresh(page: Page, frame: Frame) -> Locator:
    frame.evaluate("window.dispatchEvent(new Event('vectora:refresh'))")
    expect(frame.locator("#messages")).to_contain_text("your session has ended")
    assert frame.locator("table.clients").count() == 1
    return frame.locator("#messages")


def by_a_form(page: Page, frame: Frame) -> Locator:
    frame.get_by_text("Start a run …").click()
    send(page, form_of(frame))
    is_told(form_of(frame), "Your session has ended.")
    return form_of(frame)


@pytest.mark.parametrize("notice", [by_a_link, by_a_refresh, by_a_form])
def test_whose_session_has_ended_is_led_to_the_login(pages: Pages, notice: Any) -> None:
    """Whatever they do next: follow a link, wait for the refresh, or start a run. The login takes the whole page, and lets
    them in again.
    """
    pages.troubles.allow(r"\b401\b")
    page = pages.login(EDITOR, alone=True)
    frame = pages.open(page, "clients")
    page.context.clear_cookies()
    notice(page, frame).get_by_role("link", name="Log in to Airflow").click()
    page.wait_for_url(re.compile("/auth/login"))
    expect(page.locator("iframe")).to_have_count(0)
    pages.sign_in(page, EDITOR)
    assert words(pages.open(page, "clients").locator("main h1")) == "Clients"
