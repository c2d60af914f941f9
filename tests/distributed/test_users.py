"""Airflow's users of a team, in its database instead of a file: the pages ask the same manager."""

from __future__ import annotations

import httpx
import pytest

from stack.api import AirflowApi
from stack.errors import StackError
from stack.local import INGEST
from tests.distributed.team import Team

pytestmark = pytest.mark.slow


def page_for(team: Team, token: str | None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(f"{team.url}/vectora/clients", headers=headers, timeout=60, trust_env=False)


def token_of(team: Team, user: str, password: str) -> str:
    body = {"username": user, "password": password}
    answer = httpx.post(f"{team.url}/auth/token", json=body, timeout=60, trust_env=False)
    return str(answer.raise_for_status().json()["access_token"])


def test_who_may_look_and_who_may_trigger(team: Team) -> None:
    """Nobody without a login; a viewer looks and is refused a run; the first user is an administrator."""
    name, password = "viewer", "only-for-this-test"
    person = {"first_name": name, "last_name": name, "email": f"{name}@localhost"}
    made = httpx.post(
        f"{team.url}/auth/fab/v1/users",
        json={"username": name, "password": password, **person, "roles": [{"name": "Viewer"}]},
        headers={"Authorization": f"Bearer {token_of(team, *team.login)}"},
        timeout=60,
        trust_env=False,
    )
    assert made.is_success, made.text
    viewer = AirflowApi(team.url, (name, password))
    assert page_for(team, None).status_code == 401
    assert page_for(team, token_of(team, name, password)).status_code == 200
    with pytest.raises(StackError, match="403"):
        viewer.trigger(INGEST, {})
    viewer.close()
