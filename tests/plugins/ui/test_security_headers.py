"""The headers of every answer: what a browser may do with a page, and who may keep it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.plugins.ui.conftest import Pages
from vectora_airflow.ui.security_headers import CONTENT_SECURITY_POLICY, SecurityHeaders


def policy() -> dict[str, str]:
    return dict(one.split(" ", 1) for one in CONTENT_SECURITY_POLICY.split("; "))


def test_nothing_inline_and_nothing_from_elsewhere() -> None:
    """Everything is forbidden but files, requests, forms and a frame of our own origin."""
    assert policy()["default-src"] == "'none'"
    assert policy()["base-uri"] == "'none'"
    assert {value for name, value in policy().items() if name not in ("default-src", "base-uri")} == {"'self'"}
    assert {"frame-ancestors", "form-action", "script-src", "style-src"} <= set(policy())


@pytest.mark.parametrize(
    "path", ["run", "nothing", "api/nothing", "static/nothing.css", "static/", "run?dag_id=other&run_id=x"]
)
def test_no_cache_keeps_what_is_no_file(pages: Pages, path: str) -> None:
    """Pages hold what their reader may see, and an error now is none later."""
    assert pages.get(path).headers.get_list("cache-control") == ["no-store"]


def test_files_are_kept_also_when_they_are_asked_for_again(pages: Pages) -> None:
    """A 304 that says no-store would make the browser throw the file away."""
    first = pages.get("static/vectora.css")
    assert first.headers.get_list("cache-control") == ["public, max-age=86400"]
    again = pages.request("GET", "static/vectora.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers.get_list("cache-control") == ["public, max-age=86400"]


@pytest.mark.parametrize("path", ["run", "api/run", "static/vectora.css", "static/none", ""])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_whatever_changes_something_is_refused(pages: Pages, path: str, method: str) -> None:
    """405 with the headers of every answer; a forged form ends here."""
    answer = pages.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_an_unforeseen_error_has_the_headers_too(pages: Pages) -> None:
    """And says nothing of what went wrong inside."""
    pages.resources = None  # type: ignore[assignment]
    answer = pages.get("run", dag_id="vectora_ingest", run_id="x")
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "Traceback" not in answer.text
    assert "API server has the details" in answer.text


def test_what_is_no_http_passes_as_it_is() -> None:
    """The start and the end of the server, websockets."""
    passed: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append((scope, receive, send))

    asyncio.run(SecurityHeaders(app)({"type": "lifespan"}, "receive", "send"))
    assert passed == [({"type": "lifespan"}, "receive", "send")]
