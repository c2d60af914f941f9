"""What every answer has: headers, a page or JSON for whatever is wrong, and addresses with the prefix of a proxy."""

from __future__ import annotations

from airflow.api_fastapi.core_api.security import get_user
from fastapi import HTTPException
from fastapi.testclient import TestClient

from tests.plugins.ui.conftest import Pages
from vectora_airflow.ui.app import create_app
from vectora_airflow.ui.security_headers import CONTENT_SECURITY_POLICY


def test_every_answer_forbids_what_is_inline_or_from_elsewhere(pages: Pages) -> None:
    """Pages, files and answers to mistakes alike."""
    for path in ("nothing", "api/nothing", "static/vectora.css"):
        headers = pages.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"


def test_programs_are_told_in_json_and_people_on_a_page(pages: Pages) -> None:
    """Both with the way out; the addresses of the page have the prefix."""
    assert pages.get("api/nothing").json()["way_out"].startswith("Check the address")
    page = pages.get("nothing")
    assert page.status_code == 404
    assert "Check the address" in page.text
    assert 'href="/airflow/vectora/clients"' in page.text


def test_a_token_of_another_airflow_is_an_ended_session() -> None:
    """Airflow refuses it with 403, as after a restart with other secrets; the way out is to log in, not to ask for more."""

    def refuse() -> None:
        raise HTTPException(403, "Invalid JWT token")

    app = create_app()
    app.dependency_overrides[get_user] = refuse
    found = TestClient(app).get("/api/openapi.json")
    assert found.status_code == 401
    assert "log in to Airflow again" in found.json()["way_out"]
