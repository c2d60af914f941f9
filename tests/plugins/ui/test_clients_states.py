"""The page of all clients when something is missing, out of reach or hostile, and its twins for programs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.plugins.ui.clients_given import add_files, add_run, add_three, cell, figures, outcome, row_of, soup_of, text_of
from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.inert import EVERYTHING, PAYLOADS, assert_inert
from vectora_airflow.ui.app import create_app
from vectora_airflow.ui.clients.model import (
    ClientInRun,
    ClientList,
    ClientRun,
    FailedOfRun,
    IngestRun,
    ListedClient,
    RunList,
    Schedule,
    Totals,
)
from vectora_airflow.ui.dag_runs import NextRun
from vectora_core.errors import StorageError
from vectora_core.ingest import store


@pytest.fixture
def three(pages: Pages) -> Pages:
    """Three clients and two runs; one of the clients failed in the latest."""
    add_three(pages)
    return pages


class OutOfReach:
    """A storage that answers nothing."""

    url = "s3://away"

    def __getattr__(self, name: str) -> Any:
        raise StorageError("s3://away does not answer; start it, then try again")


def test_when_the_files_cannot_be_listed_the_runs_tell_whom_they_know(three: Pages) -> None:
    """It is said; nobody is said to have lost their file."""
    three.use(config=OutOfReach())
    soup = soup_of(three)
    assert "The client files cannot be listed" in text_of(soup.select_one(".message.failed"))
    assert {str(row["id"]) for row in soup.select("tbody tr")} == {"client-acme", "client-globex"}
    assert "no file" not in text_of(soup.tbody)
    assert "Run now" in row_of(soup, "acme").get_text()


def test_when_the_history_cannot_be_read_the_files_tell_who_there_is(three: Pages) -> None:
    """It is said; nobody is said never to have run."""
    three.use(data=OutOfReach())
    soup = soup_of(three)
    assert "What became of the runs cannot be read" in text_of(soup.select_one(".message.failed"))
    assert text_of(cell(row_of(soup, "acme"), "Status")) == "not known"
    assert figures(soup)["Not known"] == "3"
    assert three.get("api/runs").status_code == 503


def test_when_nothing_can_be_read_the_page_says_what_does_not_answer(three: Pages) -> None:
    """With the way out; programs are told the same."""
    three.use(config=OutOfReach(), data=OutOfReach())
    for path in ("clients", "api/clients"):
        answer = three.get(path)
        assert answer.status_code == 503
        assert "s3://away does not answer; start it, then try again" in answer.text


def test_one_report_that_cannot_be_read_hides_nothing_else(three: Pages) -> None:
    """Its run has none, and the one before it tells."""
    three.resources.data.put(store.summary_path("late"), b'{"clients": 7}')
    soup = soup_of(three)
    assert text_of(cell(row_of(soup, "globex"), "Status")) == "partial"


def test_empty_states_say_what_to_do(pages: Pages) -> None:
    """No DAG, no clients, no run, nothing that matches, a page beyond the end."""
    assert "Airflow has not read the DAG vectora_ingest" in soup_of(pages).get_text()
    pages.runs.upcoming = NextRun(at=None, is_paused=False)
    empty = soup_of(pages)
    assert "Add a file clients/<id>.yaml to the configuration root" in empty.get_text()
    assert pages.resources.settings.config_root in empty.get_text()
    add_files(pages, "acme")
    assert "Start a run with the form" in text_of(soup_of(pages).select_one(".empty"))
    assert "No client matches" in soup_of(pages, q="nobody").get_text()
    beyond = soup_of(pages, page=9)
    assert "The last page is number 1" in beyond.get_text()
    pages.runs.upcoming = NextRun(at=None, is_paused=True)
    assert "is paused: nothing runs" in soup_of(pages).get_text()


def test_what_strangers_wrote_stays_text(pages: Pages) -> None:
    """In ids, names, failure classes, errors, run ids and every part of the address."""
    pages.runs.upcoming = NextRun(at=None, is_paused=False)
    hostile = {
        payload: outcome("failed", name=payload, failure_class=payload)
        for payload in (*PAYLOADS, "a#b:c+d/e%41 ü", "x" * 10_000)
    }
    add_run(pages, f"manual__{PAYLOADS[0]}#+:/%", hostile, state="failed", status="failed", error=EVERYTHING[:400])
    for file in ("a'b", '"><b>', "a,b", "<!--"):
        pages.resources.config.put(f"clients/{file}.yaml", b"")
    soup = soup_of(pages, q="", run_now=EVERYTHING[:200])
    assert len(soup.select("tbody tr")) == len(hostile) + 3, "one of them has a file"
    for payload in PAYLOADS:
        for query in ({"q": payload}, {"run_now": payload}):
            assert_inert(pages.get("clients", **query).text)
    odd = next(row for row in soup.select("tbody tr") if row["id"] == "client-a#b:c+d/e%41 ü")
    address = parse_qs(urlsplit(str(odd.a["href"])).query)  # type: ignore[index]
    assert address["client_id"] == ["a#b:c+d/e%41 ü"]
    assert address["run_id"] == [f"manual__{PAYLOADS[0]}#+:/%"]


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page": "x"}, {"page": 10**9}, {"status": "x"}, {"sort": "x"}, {"order": "x"}, {"q": "x" * 201}]
)
def test_what_cannot_be_asked_for_is_refused(three: Pages, query: dict[str, Any]) -> None:
    """The parameter is named."""
    for path in ("clients", "api/clients"):
        answer = three.get(path, **query)
        assert answer.status_code == 400
        assert next(iter(query)) in answer.text


def test_programs_get_what_the_page_shows(three: Pages) -> None:
    """The same clients in the same order with the same numbers, one outcome a run, and pages of their own size."""
    found = three.get("api/clients").json()
    assert [f"client-{one['client_id']}" for one in found["clients"]] == [
        str(row["id"]) for row in soup_of(three).select("tbody tr")
    ]
    globex = found["clients"][0]
    assert (globex["status"], globex["last"]["run_id"], globex["last"]["map_index"]) == ("failed", "late", 1)
    assert [one["state"] for one in globex["outcomes"]] == ["partial", "failed"]
    assert [run["run_id"] for run in found["runs"]] == ["early", "late"]
    assert found["failed_of_run"] == {"run_id": "late", "run_after": "2026-03-10T11:00:00Z", "failed": 1, "still_failed": 1}
    second = three.get("api/clients", size=1, page=2, sort="id").json()
    assert [one["client_id"] for one in second["clients"]] == ["fresh"]
    assert (second["page"], second["pages"], second["matching"]) == (2, 3, 3)
    for size in (0, 201):
        assert three.get("api/clients", size=size).status_code == 400


def test_programs_get_the_runs(three: Pages) -> None:
    """With their state and counts, the oldest first."""
    found = three.get("api/runs").json()
    assert [(run["run_id"], run["state"], run["failed"]) for run in found["runs"]] == [
        ("early", "succeeded", 0),
        ("late", "partial", 1),
    ]
    assert found["schedule"] == {"next_run_at": "2026-03-11T00:00:00Z", "is_paused": False, "is_overdue": False}


def test_everything_programs_get_is_described() -> None:
    """Every parameter and every field says what it is, in the description of the routes."""
    described = create_app().openapi()
    for path in ("/api/clients", "/api/runs"):
        asked = described["paths"][path]["get"]
        assert asked["summary"]
        assert all(parameter["description"] for parameter in asked.get("parameters", []))
    for model in (ClientList, RunList, IngestRun, ListedClient, ClientRun, ClientInRun, Totals, Schedule, FailedOfRun):
        assert [name for name, field in model.model_fields.items() if not field.description] == []
        assert model.__name__ in described["components"]["schemas"], "another model has its name"
