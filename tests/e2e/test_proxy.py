"""The pages behind nginx and below a path: every link, form and file of every page begins with that path, and works."""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Route as Request
from playwright.sync_api import expect

from stack.airflow import ADMIN, VIEWER
from stack.fake_batch import script
from stack.local import INGEST
from tests.e2e.appearance import follow
from tests.e2e.browser import Pages
from tests.e2e.conftest import PATH_PREFIX
from tests.e2e.routes import client_of, routes, token_of

_ADDRESSES: Final = ("href", "src", "action", "data-address", "data-run", "data-login", "poster", "formaction")


@pytest.fixture(scope="module")
def addresses(_proxied_pages: Pages) -> set[str]:
    """Every address in every page that is no link to the web outside, as it stands there."""
    found: set[str] = set()
    with client_of(_proxied_pages, token_of(_proxied_pages.stack, ADMIN), by_cookie=True) as client:
        for route in routes(_proxied_pages):
            answer = client.get(route.path, params=route.query, follow_redirects=True)
            assert answer.status_code == 200, route.path
            if not route.is_api:
                page = BeautifulSoup(answer.text, "lxml")
                found |= {str(one[name]) for name in _ADDRESSES for one in page.select(f"[{name}]")}
                found |= {submitted(form) for form in page.select("form[method=get]")}
                found -= {str(form["action"]) for form in page.select("form[method=get]")}
    return {one for one in found if not urlsplit(one).netloc and not one.startswith("#")}


def submitted(form: Tag) -> str:
    """Where a filter leads as it stands, with what it hides."""
    address, _, place = str(form["action"]).partition("#")
    hidden = {str(one["name"]): str(one["value"]) for one in form.select("input[type=hidden]")}
    return f"{address}?{urlencode(hidden)}#{place}"


def kind_of(address: str) -> tuple[str, frozenset[str]]:
    """What is alike in addresses that differ only in their ids and numbers."""
    parts = urlsplit(address)
    return re.sub(r"/(runs|mapped)/[^/]+", r"/\1/x", parts.path), frozenset(name for name, _ in parse_qsl(parts.query))


def test_every_address_begins_with_the_path(addresses: set[str]) -> None:
    """Of pages, files, forms, Airflow's own pages and its API."""
    assert [one for one in addresses if one and not one.startswith(f"{PATH_PREFIX}/")] == []
    below = {urlsplit(one).path.removeprefix(PATH_PREFIX).split("/")[1] for one in addresses if one}
    assert below == {"vectora", "dags", "api"}


def test_every_address_answers(proxied_pages: Pages, addresses: set[str]) -> None:
    """One of each kind, with what is asked for in it."""
    kinds = {kind_of(one): one for one in sorted(addresses) if one and "/api/v2/" not in one}
    origin = proxied_pages.url.removesuffix(PATH_PREFIX)
    with client_of(proxied_pages, token_of(proxied_pages.stack, ADMIN), by_cookie=True) as client:
        for one in kinds.values():
            answer = client.get(f"{origin}{one}", follow_redirects=True)
            assert answer.status_code == 200, one
            assert urlsplit(str(answer.url)).path.startswith(f"{PATH_PREFIX}/"), one
            if "/vectora/static/" in one:
                assert answer.headers["content-type"].split(";")[0] in ("text/css", "text/javascript", "image/svg+xml"), one
    assert len(kinds) > 20


def test_what_leads_elsewhere_leads_below_the_path(proxied_pages: Pages) -> None:
    """The start, the instance of a client, and the login for whoever has no session."""
    run = {"dag_id": INGEST, "run_id": proxied_pages.data.failed, "task_id": "ingest_client", "map_index": "0"}
    with client_of(proxied_pages, token_of(proxied_pages.stack, VIEWER), by_cookie=True) as client:
        assert client.get("/").headers["location"] == f"{PATH_PREFIX}/vectora/clients"
        assert client.get("/instance", params=run).headers["location"].startswith(f"{PATH_PREFIX}/vectora/client?")
        server = client.get("/api/openapi.json").json()["servers"]
        assert server == [{"url": f"{PATH_PREFIX}/vectora"}]
    with client_of(proxied_pages) as nobody:
        page = BeautifulSoup(nobody.get("/clients").text, "lxml")
        login = page.find("a", string="Log in to Airflow")
        assert login and login["href"] == f"{PATH_PREFIX}/api/v2/auth/login"


def test_from_airflows_navigation_to_a_task_and_its_log(proxied_pages: Pages) -> None:
    """As people go: the two pages in the navigation, the task instance of a client in Airflow itself, and our tab there."""
    page = proxied_pages.login(VIEWER)
    page.goto(f"{proxied_pages.url}/")
    for name in ("Jobs", "Clients"):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_url(f"**{PATH_PREFIX}/plugin/vectora-{name.lower()}")
        frame = proxied_pages.frame(page)
        expect(frame.locator("h1")).to_have_text(name)
        assert frame.evaluate("getComputedStyle(document.querySelector('main h1')).fontSize") != "32px", "no style sheet"
    frame.locator("#client-acme_biotech").get_by_role("link", name="Task and log").click()
    page.wait_for_url(re.compile(rf"{PATH_PREFIX}/dags/{INGEST}/runs/[^/]+/tasks/ingest_client/mapped/\d+"))
    page.locator("a[href*='/plugin/vectora-instance']").click()
    expect(proxied_pages.frame(page).locator("h1")).to_contain_text("acme_biotech")


def test_run_now_asks_the_api_below_the_path(proxied_pages: Pages) -> None:
    """It is Airflow that answers, with the session of the reader; here with a refusal, as its body was spoilt on the way."""
    proxied_pages.troubles.allow(r"\b422\b")
    page = proxied_pages.login(ADMIN)
    asked: list[str] = []

    def spoil(request: Request) -> None:
        asked.append(urlsplit(request.request.url).path)
        request.continue_(post_data=json.dumps({"logical_date": "never"}))

    page.route("**/dagRuns", spoil)
    frame = proxied_pages.open(page, "clients", run_now="acme_biotech")
    form = frame.locator("#run-now form")
    form.get_by_role("button", name="Start the run").click()
    expect(form.locator("[data-said]")).to_contain_text("Airflow refused (422)")
    assert asked == [f"{PATH_PREFIX}/api/v2/dags/{INGEST}/dagRuns"]


def test_an_address_that_is_passed_on_shows_the_same(proxied_pages: Pages) -> None:
    """A filter of the jobs, then one of them, in another window."""
    page = proxied_pages.login(VIEWER)
    frame = proxied_pages.open(page, "jobs")
    with frame.expect_navigation():
        frame.locator("form[data-filter]").get_by_label("failed", exact=True).click()
    page.wait_for_url(
        re.compile(rf"{PATH_PREFIX}/plugin/vectora-jobs{PATH_PREFIX}/vectora/jobs\?.*status=FAILED|status=FAILED")
    )
    names = frame.locator("table.jobs a.name").all_inner_texts()
    assert script.OUT_OF_MEMORY in names
    other = page.context.new_page()
    other.goto(page.url)
    again = proxied_pages.frame(other)
    again.locator("#said").wait_for()
    assert again.locator("table.jobs a.name").all_inner_texts() == names
    follow(again, again.get_by_role("link", name=script.OUT_OF_MEMORY))
    other.wait_for_url(re.compile("job_id="))
    other.reload()
    expect(proxied_pages.frame(other).locator("h1")).to_have_text(script.OUT_OF_MEMORY)
