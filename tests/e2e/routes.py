"""Every route of the pages, as the application itself knows them, and clients of a running API server that ask for them."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt
from fastapi.routing import APIRoute

from stack.local import Stack
from tests.e2e.browser import Pages
from vectora_airflow.ui.app import create_app

COOKIE: Final = "_token"
OPEN_TO_ALL_USERS: Final = frozenset({"/", "/api/openapi.json"})
"""They tell nothing of any client, run or job: a login is enough."""
_SECONDS: Final = 90


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route: its path below the mount, and a query with which there is something to see."""

    path: str
    query: dict[str, str]

    @property
    def is_api(self) -> bool:
        """Whether it answers programs."""
        return self.path.startswith("/api/")


@cache
def paths() -> tuple[str, ...]:
    """Return the path of every route."""
    return tuple(route.path for route in create_app().routes if isinstance(route, APIRoute))


def routes(pages: Pages) -> list[Route]:
    """Return every route, asked for what is there."""
    data = pages.data
    run = {"dag_id": "vectora_ingest", "run_id": data.failed}
    queries = {
        "run": run,
        "instance": {**run, "task_id": "ingest_client", "map_index": "0"},
        "client": {"client_id": "acme_biotech"},
        "items": {"client_id": "acme_biotech"},
        "job": {"job_id": data.running},
        "sync": {"run_id": data.jobs},
    }
    return [Route(path=path, query=queries.get(path.rpartition("/")[2], {})) for path in paths()]


def client_of(pages: Pages, token: str | None = None, *, by_cookie: bool = False) -> httpx.Client:
    """Return a client of the pages, below their mount, with a token in its header or as browsers have it."""
    found = httpx.Client(base_url=f"{pages.url}/vectora", timeout=_SECONDS, trust_env=False)
    if token and by_cookie:
        found.cookies.set(COOKIE, token)
    elif token:
        found.headers["Authorization"] = f"Bearer {token}"
    return found


def token_of(stack: Stack, user: str) -> str:
    """Let a user log in as programs do, and return the token."""
    login = stack.login_of(user)
    assert login
    body = dict(zip(("username", "password"), login, strict=True))
    answer = httpx.post(f"{stack.public_url}/auth/token", json=body, timeout=_SECONDS, trust_env=False)
    found: str = answer.raise_for_status().json()["access_token"]
    return found


def token_like(token: str, key: str, *, algorithm: str | None = "HS512", **claims: Any) -> str:
    """Return a token with some claims changed, signed with a key."""
    known = jwt.decode(token, options={"verify_signature": False})
    headers = {**jwt.get_unverified_header(token), "alg": algorithm or "none"}
    return jwt.encode({**known, **claims}, key if algorithm else None, algorithm=algorithm, headers=headers)


def not_accepted(stack: Stack, token: str) -> dict[str, str]:
    """Return tokens that nobody may get in with, by what is wrong with them."""
    key, now = stack.secrets.jwt, int(time.time())
    head, _, signature = token.split(".")
    return {
        "garbage": "x",
        "no token": "..",
        "cut": token[:-5],
        "expired": token_like(token, key, exp=now - 3_600, iat=now - 7_200, nbf=now - 7_200),
        "not yet": token_like(token, key, nbf=now + 3_600),
        "another key": token_like(token, "k" * 64, role="admin"),
        "another audience": token_like(token, key, aud="urn:airflow.apache.org:task"),
        "not signed": token_like(token, "", algorithm=None, role="admin"),
        "another's signature": f"{head}.{token_like(token, key, role='admin').split('.')[1]}.{signature}",
    }


def raw(pages: Pages, target: str, method: str = "GET", headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Ask for exactly what is given, as no client library sends it; return the status and the text."""
    parts = urlsplit(pages.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=_SECONDS)
    try:
        connection.putrequest(method, parts.path + target, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()
