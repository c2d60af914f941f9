"""Who may see what, on the real API server: every route, whoever asks, with whatever they send."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Route as Request

from stack.airflow import ADMIN, EDITOR, VIEWER
from stack.local import INGEST
from tests.e2e.browser import Pages
from tests.e2e.routes import (
    COOKIE,
    OPEN_TO_ALL_USERS,
    Route,
    client_of,
    not_accepted,
    paths,
    raw,
    routes,
    token_like,
    token_of,
)
from vectora_airflow.ui.rendering import STATIC

CHANGES: Final = ("POST", "PUT", "PATCH", "DELETE")
BODIES: Final[tuple[dict[str, Any], ...]] = (
    {"data": {"conf": "{}", "logical_date": "", "_method": "DELETE"}},
    {"json": {"conf": {}, "logical_date": None}},
    {"content": '{"conf": {}, "logical_date": null}', "headers": {"Content-Type": "text/plain"}},
    {"files": {"conf": ("x.txt", b"{}")}, "headers": {"X-HTTP-Method-Override": "DELETE"}},
)
CLIMBS: Final = (
    "../app.py",
    "..%2fapp.py",
    "..%2Fapp.py",
    "%2e%2e/app.py",
    "%2e%2e%2fapp.py",
    "%252e%252e%252fapp.py",
    "....//app.py",
    "..%5capp.py",
    "..\\app.py",
    "./../app.py",
    "theme.js/../../app.py",
    "theme.js%00.css",
    "%c0%ae%c0%ae/app.py",
    f"/{STATIC.parent}/app.py",
    f"%2f{STATIC.parent}/app.py",
    "/etc/passwd",
    "..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "../templates/jobs.html",
    "../clients",
    "..%2fapi/clients",
    "../../api/v2/dags",
    "",
    ".",
)
ATTACKER: Final = "http://attacker.example"


@pytest.fixture(scope="module")
def token(_pages: Pages) -> str:
    return token_of(_pages.stack, VIEWER)


def check_refused(answer: httpx.Response, route: Route, status: int, said: str = "") -> None:
    """A page says how to go on, an answer to a program is JSON, and neither tells anything."""
    assert answer.status_code == status, said
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    if route.is_api:
        assert answer.json()["way_out"], said
        return
    page = BeautifulSoup(answer.text, "lxml")
    assert page.select_one(".wrong h1"), said
    assert bool(page.find("a", string="Log in to Airflow")) is (status == 401), said


def test_without_a_session_there_is_nothing(pages: Pages) -> None:
    """Neither on any route nor by any method, with or without what a route needs; it is the first thing that is said."""
    with client_of(pages) as client:
        for route in routes(pages):
            for query in ({}, route.query):
                check_refused(client.get(route.path, params=query), route, 401, route.path)
            assert client.head(route.path, params=route.query).status_code in (401, 405)
            assert client.post(route.path).status_code in (401, 405)


def test_the_list_of_routes_is_whole(pages: Pages, token: str) -> None:
    """What programs are told of is a part of it; what is not on it is not there."""
    with client_of(pages, token) as client:
        told = client.get("/api/openapi.json").json()["paths"]
        assert told.keys() < set(paths())
        assert all(list(methods) == ["get"] for methods in told.values())
        for path in ("/docs", "/redoc", "/openapi.json", "/api", "/admin", "/static/../clients", "//clients"):
            assert raw(pages, f"/vectora{path}", headers={"Authorization": f"Bearer {token}"})[0] == 404, path


@pytest.mark.parametrize("by_cookie", [False, True], ids=["header", "cookie"])
def test_a_token_that_is_none_lets_nobody_in(pages: Pages, token: str, by_cookie: bool) -> None:
    """Forged, expired, for another audience, not signed, cut: whatever it claims to be."""
    tokens = not_accepted(pages.stack, token)
    for what, forged in tokens.items():
        with client_of(pages, forged, by_cookie=by_cookie) as client:
            for route in routes(pages):
                check_refused(client.get(route.path, params=route.query), route, 401, f"{what}: {route.path}")


def test_a_token_may_not_be_in_the_address(pages: Pages, token: str) -> None:
    """It would be kept in logs and be sent on."""
    with client_of(pages) as client:
        for name in ("token", "access_token", COOKIE, "jwt"):
            assert client.get("/clients", params={name: token}).status_code == 401


def test_who_has_no_role_sees_nothing(pages: Pages, token: str) -> None:
    """A login alone is not enough: without the permission to read runs every page says which one is missing."""
    with client_of(pages, token_like(token, pages.stack.secrets.jwt, role=None), by_cookie=True) as client:
        for route in routes(pages):
            if route.path not in OPEN_TO_ALL_USERS:
                check_refused(client.get(route.path, params=route.query), route, 403, route.path)


def test_a_viewer_sees_everything_and_can_start_nothing(pages: Pages, token: str) -> None:
    """Every page and its twin; a form that starts something is on none of them: the pages say which permission it takes."""
    seen = ""
    with client_of(pages, token, by_cookie=True) as client:
        for route in routes(pages):
            answer = client.get(route.path, params=route.query, follow_redirects=True)
            assert answer.status_code == 200, route.path
            assert str(answer.url).startswith(f"{pages.url}/vectora/")
            if not route.is_api:
                page = BeautifulSoup(answer.text, "lxml")
                assert page.select("form[data-action], [data-address], form[method=post]") == [], route.path
                seen += page.get_text()
    assert seen.count("You may look, but not start runs") >= 2


@pytest.mark.parametrize("user", [EDITOR, ADMIN])
def test_who_may_trigger_has_the_forms(pages: Pages, user: str) -> None:
    """They lead to Airflow's own API, whose decision it is."""
    with client_of(pages, token_of(pages.stack, user), by_cookie=True) as client:
        found = [
            form["data-address"]
            for route in routes(pages)
            if not route.is_api
            for form in BeautifulSoup(client.get(route.path, params=route.query).text, "lxml").select("form[data-action]")
        ]
    assert len(found) >= 3
    assert set(found) == {f"/api/v2/dags/{INGEST}/dagRuns"}


@pytest.mark.parametrize("user", [VIEWER, ADMIN])
def test_no_route_changes_anything(pages: Pages, user: str) -> None:
    """Not for the administrator either: any method but GET is refused, with any body, in words that say where to turn."""
    before = runs(pages)
    with client_of(pages, token_of(pages.stack, user), by_cookie=True) as client:
        for path in (*paths(), "/static/theme.js", "/static/new.js"):
            for method in CHANGES:
                for body in BODIES if method == "POST" else BODIES[:2]:
                    answer = client.request(method, path, **body)
                    assert (answer.status_code, "GET" in answer.headers.get("allow", "GET")) == (405, True), (method, path)
    assert runs(pages) == before


def runs(pages: Pages) -> list[str]:
    found = pages.stack.api.get(f"/dags/{INGEST}/dagRuns", limit=100)["dag_runs"]
    return sorted(one["dag_run_id"] for one in found)


@pytest.mark.parametrize("user", [VIEWER, ADMIN])
def test_a_form_of_another_site_starts_no_run(pages: Pages, user: str) -> None:
    """Where the pages send to, bodies that a form of another site can make are refused, even with the cookie."""
    before = runs(pages)
    token = token_of(pages.stack, user)
    with httpx.Client(base_url=pages.url, cookies={COOKIE: token}, timeout=90, trust_env=False) as client:
        for body in (one for one in BODIES if "json" not in one):
            headers = {**body.get("headers", {}), "Origin": ATTACKER, "Sec-Fetch-Site": "cross-site"}
            answer = client.post(f"/api/v2/dags/{INGEST}/dagRuns", **{**body, "headers": headers})
            assert answer.status_code in ((403, 415, 422) if user == VIEWER else (415, 422)), answer.text
    assert runs(pages) == before


def test_another_site_has_neither_the_session_nor_the_pages(pages: Pages) -> None:
    """In a browser that is logged in: a form there comes without the cookie, a frame there stays empty."""
    pages.troubles.allow(r"attacker\.example|frame-ancestors|\b401\b|ERR_BLOCKED|chrome-error")
    page = pages.login(ADMIN, alone=True)
    before = runs(pages)

    def attack(request: Request) -> None:
        form = f'<form method="post" enctype="text/plain" action="{pages.url}/api/v2/dags/{INGEST}/dagRuns">'
        field = '<input name=\'{"logical_date": null, "conf": {}, "x": "\' value=\'"}\'><button>win</button></form>'
        body = f'<!doctype html>{form}{field}<iframe src="{pages.url}/vectora/clients"></iframe>'
        request.fulfill(body=body, content_type="text/html")

    page.context.route(f"{ATTACKER}/**", attack)
    page.goto(f"{ATTACKER}/")
    assert "Clients" not in "".join(frame.locator("html").inner_text() for frame in page.frames[1:])
    with page.expect_response(lambda answer: answer.url.endswith("/dagRuns")) as answered:
        page.get_by_role("button", name="win").click()
    assert answered.value.status == 401
    assert runs(pages) == before


def test_the_files_of_the_pages_need_no_session(pages: Pages) -> None:
    """Scripts, styles and icons tell nothing; they say what they are, and browsers may keep them."""
    with client_of(pages) as client:
        for file in sorted(one for one in STATIC.rglob("*") if one.is_file()):
            answer = client.get(f"/static/{file.relative_to(STATIC)}")
            assert (answer.status_code, answer.content) == (200, file.read_bytes()), file
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("trick", CLIMBS)
def test_no_path_leads_out_of_the_files(pages: Pages, trick: str) -> None:
    """Sent exactly so, without a session: nothing beside the files, and no page through the back door."""
    status, text = raw(pages, f"/vectora/static/{trick}")
    assert status in (400, 401, 404), text
    assert not any(one in text for one in ("GET alone", "root:", "autoescape", "{%", "acme_biotech", '"dags"'))
