"""What the tests of the pages stand on: axe works under a strict policy, no trouble goes unseen, users are who they say."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page
from pytest_httpserver import HTTPServer

from stack.airflow import ADMIN, EDITOR, USERS, VIEWER
from stack.demo_data import BROKEN_CLIENT, ENDED_JOBS, UNKNOWN_CLIENT
from stack.demo_jobs import DemoJobs
from stack.local import JOBS
from tests.e2e.accessibility import serious_findings
from tests.e2e.browser import PHONE, Look, Pages, Troubles
from vectora_core.jobs.statistics import read_statistics, summary
from vectora_core.storage import path_segment

POLICY = {"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'self'"}
SANDBOX = "allow-scripts allow-same-origin allow-forms allow-downloads"
INNER = """<!doctype html><html lang="en"><head><title>Inner</title><link rel="stylesheet" href="/inner.css"></head>
<body><main><h1>Inner</h1>{body}</main></body></html>"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    yield made
    made.close()


def show(page: Page, server: HTTPServer, body: str) -> None:
    """Serve a page in a frame like Airflow's, both with a policy like ours, and go there."""
    outer = f'<!doctype html><html lang="en"><title>Outer</title><iframe title="inner" sandbox="{SANDBOX}" src="/inner">'
    server.expect_request("/outer").respond_with_data(outer, content_type="text/html")
    server.expect_request("/inner").respond_with_data(INNER.format(body=body), content_type="text/html", headers=POLICY)
    server.expect_request("/inner.css").respond_with_data("p { color: #ccc; background: #fff }", content_type="text/css")
    page.goto(server.url_for("/outer"))


def test_axe_finds_what_is_wrong_in_a_frame_with_a_strict_policy(context: BrowserContext, httpserver: HTTPServer) -> None:
    """Colours included, which come from a style sheet; axe itself violates no policy, and leaves the page as it was."""
    troubles, page = Troubles(), context.new_page()
    troubles.watch(context)
    show(page, httpserver, "<input type='text'><p>pale</p>")
    found = serious_findings(page.frames[1])
    assert sorted(one.split(" ")[0] for one in found) == ["color-contrast", "label"]
    assert "<p>pale</p>" in found[0] + found[1]
    assert troubles.left() == []


def test_axe_is_content_with_what_is_right(context: BrowserContext, httpserver: HTTPServer) -> None:
    """The same frame without the mistakes."""
    page = context.new_page()
    show(page, httpserver, "<label>Name <input type='text'></label>")
    assert serious_findings(page.frames[1]) == []


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ("<script>document.title = 'in'</script>", "violates the following Content Security Policy directive"),
        ("<p style='color: red'>styled</p>", "violates the following Content Security Policy directive"),
        ("<img alt='x' src='http://127.0.0.1:1/x.png'>", "violates the following Content Security Policy directive"),
        ("<script src='/throws.js'></script>", "exception: thrown"),
        ("<script src='/missing.js'></script>", "response: 500 GET"),
        ("<script src='/complains.js'></script>", "console: said as an error"),
    ],
)
def test_no_trouble_in_a_frame_goes_unseen(context: BrowserContext, httpserver: HTTPServer, body: str, trouble: str) -> None:
    """What violates the policy, what throws, what is missing, and what a script says is an error."""
    scripts = {"throws": "throw new Error('thrown')", "complains": "console.error('said as an error')"}
    for name, text in scripts.items():
        httpserver.expect_request(f"/{name}.js").respond_with_data(text, content_type="text/javascript")
    troubles, page = Troubles(), context.new_page()
    troubles.watch(context)
    show(page, httpserver, body)
    page.wait_for_load_state("networkidle")
    assert any(trouble in one for one in troubles.left()), troubles.found
    troubles.allow(".")
    assert troubles.left() == []


@pytest.mark.parametrize("user", USERS)
def test_everybody_logs_in_through_airflows_form(pages: Pages, user: str) -> None:
    """And is who they say: the cookie names the user and the role."""
    token = next(one for one in pages.login(user).context.cookies() if one["name"] == "_token")["value"]
    payload = token.split(".")[1]
    said = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (said["sub"], said["role"]) == (user, USERS[user])


def test_who_may_trigger(pages: Pages) -> None:
    """The editor and the admin; the viewer may only look, and nobody without a session may even that."""
    allowed = {user: trigger(pages, pages.login(user)) for user in (ADMIN, EDITOR, VIEWER)}
    assert allowed == {ADMIN: 422, EDITOR: 422, VIEWER: 403}
    assert trigger(pages, pages.window()) == 401


def trigger(pages: Pages, page: Page) -> int:
    """Ask for a run with a body that Airflow refuses once it has let somebody in; return the status."""
    url = f"{pages.url}/api/v2/dags/vectora_ingest/dagRuns"
    return page.context.request.post(url, data={"logical_date": "never"}).status


def test_a_page_of_ours_is_shown_in_airflows_in_the_readers_window_and_theme(pages: Pages, look: Look) -> None:
    """The frame has the theme of Airflow around it, and on a phone the width that Airflow leaves."""
    page = pages.login(VIEWER, look)
    frame = pages.open(page, "clients")
    assert urlsplit(frame.url).path == "/vectora/clients"
    assert page.evaluate("document.documentElement.classList.contains('dark')") is (look.theme == "dark")
    assert frame.evaluate("window.innerWidth") <= look.width
    assert page.viewport_size == {"width": look.width, "height": look.height}


def test_the_tab_of_a_run_and_of_a_task_instance(pages: Pages) -> None:
    """Their addresses carry the ids, whatever is in them; that of an instance leads on to its client."""
    page = pages.login(look=PHONE)
    frame = pages.open_run(page, pages.data.failed)
    assert query_of(frame) == {"dag_id": ["vectora_ingest"], "run_id": [pages.data.failed]}
    frame = pages.open_instance(page, pages.data.failed, "ingest_client/mapped/0")
    assert query_of(frame) == {"client_id": ["acme_biotech"], "run_id": [pages.data.failed]}


def query_of(frame: Frame) -> dict[str, list[str]]:
    return parse_qs(urlsplit(frame.url).query)


def test_the_demo_data_is_what_it_says(pages: Pages) -> None:
    """Runs and jobs of every kind, with news on the second day."""
    stack, data = pages.stack, pages.data
    states = {run_id: stack.run_of(run_id)["state"] for run_id in (data.succeeded, data.partial, data.failed)}
    assert list(states.values()) == ["success", "success", "failed"]
    found = {run_id: json.loads(stack.data.get(f"runs/{path_segment(run_id)}/report.json")) for run_id in states}
    assert found[data.succeeded]["status"] == "succeeded"
    assert found[data.partial]["status"] == "partial"
    assert found[data.failed]["failed_client_ids"] == [BROKEN_CLIENT, UNKNOWN_CLIENT]
    acme = found[data.partial]["client_results"]["acme_biotech"]
    assert 0 < acme["items_new"] < acme["items"]
    mistakes = found[data.failed]["client_results"][BROKEN_CLIENT]["error"]["message"]
    assert re.findall(rf"^clients/{BROKEN_CLIENT}\.yaml:(\d+): ", mistakes, flags=re.MULTILINE) == ["8", "11", "14"]

    assert stack.run_of(data.jobs, dag_id=JOBS)["state"] == "success"
    rows = {row.job_id: row for row in DemoJobs(stack).rows()}
    assert len(rows) == ENDED_JOBS + 3
    assert {rows[job_id].status for job_id in (data.running, data.stale, data.gone)} == {"RUNNING"}
    assert [row.job_id for row in rows.values() if row.gone] == [data.gone]
    assert rows[data.stale].timestamp < rows[data.running].timestamp
    assert (rows[data.retried].status, rows[data.retried].attempts) == ("SUCCEEDED", 2)
    assert (rows[data.out_of_memory].status, rows[data.out_of_memory].exit_code) == ("FAILED", 137)
    assert rows[data.array].array_summary
    counted = read_statistics(stack.data, stack.jobs_table)
    assert counted
    assert summary(counted)["total"] == len(rows)


def test_the_same_pages_below_a_path(proxied_pages: Pages) -> None:
    """Behind a reverse proxy: the session is for that path alone, and the frame is below it."""
    page = proxied_pages.login(VIEWER)
    assert {one["path"] for one in page.context.cookies()} == {"/some/airflow/"}
    frame = proxied_pages.open(page, "clients", status="failed")
    assert urlsplit(frame.url).path == "/some/airflow/vectora/clients"
    assert query_of(frame) == {"status": ["failed"]}
