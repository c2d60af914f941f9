"""Attacks on every route of the application, whatever page it is of: a new route is covered by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
from airflow.api_fastapi.core_api import security
from airflow.api_fastapi.core_api.security import get_user
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from tests.fakes.empty_dynamodb import empty_job_table
from tests.plugins.ui.conftest import NOW, Pages
from tests.plugins.ui.inert import EVERYTHING, PAYLOADS, assert_inert
from tests.plugins.ui.job_rows import FAILED, UUID
from vectora_airflow.ui import access
from vectora_airflow.ui.app import create_app
from vectora_airflow.ui.security_headers import SecurityHeaders
from vectora_core.jobs.attributes import to_attributes

ROUTES: Final = {route.path: route for route in create_app().routes if isinstance(route, APIRoute)}
MOUNTS: Final = [route.path for route in create_app().routes if not isinstance(route, APIRoute)]
OPEN_TO_ALL_USERS: Final = {"/", "/api/openapi.json"}
"""They tell nothing of any client, run or job: a login is enough."""

RUN: Final = "manual__2026-03-10T11:00:00+00:00"
OUTSIDE: Final = "what is stored beside the roots"
CLIMBS: Final = ("..", "../..", "../secret", "..%2fsecret", "%2e%2e/secret", "/etc/passwd", "//etc/passwd", "..\\secret")
ODD: Final = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "%",
    "%zz",
    "%00",
    "\ud800",
    "\u202e",
    "-1",
    "0",
    "1e400",
    "9" * 400,
    "NaN",
    "null",
    "[]",
)
WORST: Final = ("", "../secret", "a\x00b", "\ud800", "9" * 400, EVERYTHING)
VALUES: Final = (*CLIMBS, *ODD, *PAYLOADS, EVERYTHING)
CLIENT: Final = b"client_profile: {client_id: acme, name: Acme, active: true}\n"
USUAL: Final = {"dag_id": "vectora_ingest", "run_id": RUN, "client_id": "acme", "task_id": "ingest", "job_id": UUID}
SIZE: Final = 100_000


@pytest.fixture
def besieged(pages: Pages, tmp_path: Path) -> Pages:
    """The pages with one job, one client and one run, and files beside the roots that nobody may ever see."""
    pages.use(table=empty_job_table(lambda: NOW, to_attributes(FAILED)))
    pages.resources.config.put("clients/acme.yaml", CLIENT)
    pages.runs.add(RUN)
    for name in ("secret", "secret.yaml", "report.json", "manifest.json", "summary.json", "state.json", "statistics.json"):
        (tmp_path / name).write_text(OUTSIDE)
    return pages


def parameters_of(dependant: Dependant, *, needed: bool = False) -> Iterator[str]:
    """The names of the query parameters of a route, or of those it needs; those of its dependencies included."""
    for one in dependant.query_params:
        if one.field_info.is_required() or not needed:
            yield one.alias
    for one in dependant.dependencies:
        yield from parameters_of(one, needed=needed)


def calls_of(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for one in dependant.dependencies:
        yield from calls_of(one)


class Answer:
    """What an ASGI application answers to a request no client library would send as it is."""

    def __init__(self, app: Any, path: str, query: bytes, method: str = "GET") -> None:
        self.status, self.body, self.headers = 0, b"", {}
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": method}
        scope |= {"path": path, "raw_path": quote(path).encode(), "query_string": query, "root_path": "", "headers": []}
        scope |= {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1234), "state": {}}
        asyncio.run(self._ask(app, scope))

    async def _ask(self, app: Any, scope: Any) -> None:
        told = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            return told.pop() if told else await asyncio.Event().wait()  # a client that stays

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            self.body += message.get("body", b"")

        await app(scope, receive, send)

    @property
    def text(self) -> str:
        return self.body.decode()


def asked(pages: Pages, route: str, query: bytes = b"") -> Answer:
    return Answer(pages.app, f"/airflow/vectora{route}", query)


def check(answer: Answer, said: str) -> None:
    """An answer to an attack: never an error of ours, nothing from outside, and nothing in it that runs."""
    assert 200 <= answer.status < 500, said
    assert OUTSIDE not in answer.text, said
    assert "root:" not in answer.text, said
    assert answer.headers.get("location", "/airflow/").startswith("/airflow/"), said
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert_inert(answer.text)


def test_there_are_routes_and_one_mount_for_files() -> None:
    """What the other tests walk over is what the application has; nothing else is mounted."""
    assert set(ROUTES) >= OPEN_TO_ALL_USERS
    assert MOUNTS == ["/static"]


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_needs_a_session(path: str) -> None:
    """The real application answers 401 before it looks at anything else; the dependency is in the route itself."""
    assert get_user in calls_of(ROUTES[path].dependant)
    asked_with = urlencode(dict.fromkeys(parameters_of(ROUTES[path].dependant), "x"))
    for query in (b"", asked_with.encode()):
        answer = Answer(SecurityHeaders(create_app()), path, query)
        assert answer.status == 401
        assert "log in to Airflow" in answer.text


@pytest.mark.parametrize("path", sorted(set(ROUTES) - OPEN_TO_ALL_USERS))
def test_a_route_needs_the_permission_to_read_the_dag(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whom the auth manager allows nothing is answered 403, and learns nothing."""
    known = {access.reads_ingest.dependency, access.reads_jobs.dependency}
    assert known & set(calls_of(ROUTES[path].dependant))
    monkeypatch.setattr(security, "get_auth_manager", AllowsNothing)
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda dag_id: None)
    app = create_app()
    app.dependency_overrides[get_user] = lambda: "a user"
    assert Answer(SecurityHeaders(app), path, b"").status == 403


class AllowsNothing:
    """An auth manager in whose eyes nobody may do anything."""

    def is_authorized_dag(self, **asked: Any) -> bool:
        return False


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [*ROUTES, "/static/vectora.css"])
def test_a_forged_form_changes_nothing(besieged: Pages, path: str, method: str) -> None:
    """Every route is GET alone, with or without a session: whatever changes something is Airflow's own API."""
    form = {"content": b"client_ids=acme", "headers": {"content-type": "application/x-www-form-urlencoded"}}
    assert besieged.request(method, path.lstrip("/"), **form).status_code == 405
    assert Answer(SecurityHeaders(create_app()), path, b"", method).status == 405


@pytest.mark.parametrize("path", ROUTES)
def test_no_value_of_a_parameter_breaks_a_route(besieged: Pages, path: str) -> None:
    """The worst values in each parameter, where the route gets as far as it can; all of them in all parameters at once."""
    names = list(dict.fromkeys(parameters_of(ROUTES[path].dependant)))
    for name, value in product(names, WORST):
        check(asked(besieged, path, encoded(usual(path) | {name: value})), f"{path} with {name}={value!r}")
    for value in VALUES:
        check(asked(besieged, path, encoded(dict.fromkeys(names, value))), f"{path} with {value!r} everywhere")
        check(asked(besieged, path, encoded(usual(path) | {value: value})), f"{path} with an unknown parameter {value!r}")


@pytest.mark.parametrize("path", ROUTES)
def test_a_query_of_100_kb_is_no_way_to_stop_a_route(besieged: Pages, path: str) -> None:
    """One long value, and one parameter very many times."""
    for name in [*dict.fromkeys(parameters_of(ROUTES[path].dependant)), "unknown"]:
        check(asked(besieged, path, f"{name}=".encode() + b"a" * SIZE), f"{path} with a long {name}")
        check(asked(besieged, path, f"{name}=".encode() + b"%F0%9F%98%80" * (SIZE // 12)), f"{path} with a wide {name}")
        many = b"&".join([f"{name}=1".encode()] * (SIZE // (len(name) + 3)))
        check(asked(besieged, path, many), f"{path} with many {name}")


@pytest.mark.parametrize("path", ROUTES)
def test_what_is_no_query_at_all_breaks_no_route(besieged: Pages, path: str) -> None:
    """Bytes that are no UTF-8, separators alone, and percent signs that stand for nothing."""
    for query in (b"%", b"&&&&", b"====", b"\xff\xfe", b"%ff%fe=%ff", b"?a", b"#a", b"job_id=%00%ff", b"run_id[]=1"):
        check(asked(besieged, path, query), f"{path} with {query!r}")


@pytest.mark.parametrize(
    "climb",
    [
        "app.py",
        "templates/job.html",
        "../app.py",
        "..\\app.py",
        "/etc/passwd",
        "//etc/passwd",
        "./../../access.py",
        "%2e%2e/app.py",
    ],
)
def test_only_our_files_are_served_as_files(besieged: Pages, climb: str) -> None:
    """Below /static/ there is one folder and nothing beside it, however the path is written."""
    for path in (f"/static/{climb}", f"/static/{quote(climb, safe='')}", f"/static//{climb}", f"/static/a/../{climb}"):
        answer = asked(besieged, path)
        assert answer.status == 404, path
        check(answer, path)


@pytest.mark.parametrize(
    "path", ["//", "/..", "/%2e%2e/", "/api/../../api/v2/dags", "/clients/../job", "/\x00", "/" + "a" * SIZE]
)
def test_a_path_that_is_no_route_leads_nowhere(besieged: Pages, path: str) -> None:
    """Paths are compared, never resolved."""
    answer = asked(besieged, path)
    assert answer.status == 404
    check(answer, path[:50])


def test_a_run_that_nobody_named_kindly_is_shown_inert(besieged: Pages) -> None:
    """Run ids are chosen by whoever triggers: every page that shows runs shows them as text."""
    besieged.runs.runs[0] = replace(besieged.runs.runs[0], run_id=EVERYTHING)
    for path in ROUTES:
        check(asked(besieged, path, encoded(usual(path) | {"run_id": EVERYTHING})), path)


def usual(path: str) -> dict[str, str]:
    """What a route needs to get as far as reading something."""
    return {name: USUAL.get(name, "x") for name in parameters_of(ROUTES[path].dependant, needed=True)}


def encoded(pairs: dict[str, str]) -> bytes:
    return urlencode(pairs, errors="surrogatepass").encode()
