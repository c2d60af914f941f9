"""The page of a run without a report: it waits, it goes on, it left none, or one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.fakes.counted_storage import CountedStorage
from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.run_given import RUN, client, document, stored
from vectora_airflow.ui.dag_runs import NextRun
from vectora_core.ingest import store


def main_of(pages: Pages, run_id: str = RUN) -> BeautifulSoup:
    answer = pages.get("run", dag_id="vectora_ingest", run_id=run_id)
    assert answer.status_code == 200, answer.text
    found = BeautifulSoup(answer.text, "lxml").main
    assert found is not None
    return found


def said(pages: Pages) -> str:
    return " ".join(main_of(pages).get_text(" ").split())


def test_a_queued_run_says_how_many_go_on(pages: Pages) -> None:
    """And refreshes itself until it begins."""
    pages.runs.add(RUN, state="queued")
    pages.runs.add("a", state="running")
    pages.runs.add("b", state="running")
    assert "2 runs are going on" in said(pages)
    assert "VECTORA_INGEST_RUNS_AT_ONCE" in said(pages)
    assert main_of(pages)["data-live"] == "15"


def test_a_queued_run_of_a_paused_dag_waits_for_somebody(pages: Pages) -> None:
    """Nothing else would ever be seen of it."""
    pages.runs.add(RUN, state="queued")
    pages.runs.upcoming = NextRun(at=None, is_paused=True)
    assert "Unpause vectora_ingest" in said(pages)


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ({}, "This run has begun."),
        ({"discover_clients": {"running": 1}}, "This run is finding its clients."),
        (
            {"discover_clients": {"success": 1}, "ingest_client": {"success": 3, "failed": 1, "running": 2, "none": 4}},
            "4 of 10 clients are through",
        ),
        (
            {"discover_clients": {"success": 1}, "ingest_client": {"success": 3}, "ingest_heavy_client": {"running": 2}},
            "3 of 5 clients are through",
        ),
    ],
)
def test_a_running_run_says_how_far_it_is(pages: Pages, tasks: dict[str, dict[str, int]], expected: str) -> None:
    """By its task instances; it leads to the grid and refreshes itself."""
    pages.runs.add(RUN, state="running")
    pages.tasks.found = tasks
    assert expected in said(pages)
    assert main_of(pages)["data-live"] == "15"
    assert main_of(pages).find("a", string="Grid in Airflow")["href"].startswith("/airflow/dags/vectora_ingest/runs/")


def test_a_run_that_goes_on_again_shows_its_last_report_as_such(pages: Pages) -> None:
    """Somebody cleared a client: what stands there is from before."""
    pages.runs.add(RUN, state="running")
    stored(pages.resources.data, [client("acme")])
    assert "what its report said before" in said(pages)
    assert main_of(pages)["data-live"] == "15"


@pytest.mark.parametrize(
    ("tasks", "expected", "way_out"),
    [
        ({"report_run": {"success": 1}}, "runs with dry_run write none", "without dry_run"),
        ({"report_run": {"failed": 1}}, "its task report_run failed", "Clear report_run"),
        ({"discover_clients": {"failed": 1}, "report_run": {"none": 1}}, "The run was cut off", "Clear the run"),
        ({"report_run": {"upstream_failed": 1}}, "The run was cut off", "Clear the run"),
        ({}, "Airflow has no tasks of it any more", "look at a newer run"),
    ],
)
def test_why_a_run_that_ended_left_no_report(
    pages: Pages, tasks: dict[str, dict[str, int]], expected: str, way_out: str
) -> None:
    """As its tasks tell, and what to do; it does not refresh: nothing will come by itself."""
    pages.runs.add(RUN, state="failed")
    pages.tasks.found = tasks
    assert expected in said(pages)
    assert way_out in said(pages)
    assert "data-live" not in main_of(pages).attrs
    assert pages.get("api/run", run_id=RUN).json()["phase"] == "no_report"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b'{"plan": null, "failed_client_ids": []}', b"\xff", b"[" * 100_000],
)
def test_a_report_that_cannot_be_read_is_a_section_of_the_page(pages: Pages, data: bytes) -> None:
    """With the way out; what Airflow knows still stands there."""
    pages.runs.add(RUN, state="failed")
    pages.resources.data.put(store.report_path(RUN), data)
    assert "The report of this run cannot be read" in said(pages)
    assert "Clear the task report_run" in said(pages)
    assert "Grid in Airflow" in said(pages)


def test_a_client_that_cannot_be_read_hides_no_other(pages: Pages) -> None:
    """The page names it; everybody else is there, and the figures of the report stay."""
    pages.runs.add(RUN)
    found = document([client("acme"), client("bad"), client("worse", "failed"), client("globex", "failed")])
    found["client_results"]["bad"]["items"] = "many"
    found["client_results"]["worse"]["sources"] = ["wire"]
    pages.resources.data.put(store.report_path(RUN), store.json_bytes(found))
    view = pages.get("api/run", run_id=RUN).json()
    assert view["unreadable_clients"] == ["bad", "worse"]
    assert [row["client_id"] for row in view["clients"]["rows"]] == ["acme", "globex"]
    assert view["figures"]["clients_processed"] == 4
    assert "What the report says of 2 clients cannot be read" in said(pages)


def test_a_number_of_a_wrong_type_is_missing_and_nothing_else(pages: Pages) -> None:
    """One bad value in the head of a report does not hide the rest."""
    pages.runs.add(RUN)
    wrong = {"clients_active": True, "total_items_new": -1, "execution_time_seconds": "long", "status": ["x"], "error": None}
    found = document([client("acme")]) | wrong | {"critical_client_ids": 7}
    pages.resources.data.put(store.report_path(RUN), store.json_bytes(found))
    figures = pages.get("api/run", run_id=RUN).json()["figures"]
    assert [figures[name] for name in ("clients_active", "items_new", "seconds", "status")] == [None] * 4
    assert figures["clients_processed"] == 1
    assert "unknown" in said(pages)


def test_a_run_of_the_command_line_is_shown_as_such(pages: Pages) -> None:
    """Its report is there; tasks, logs and other runs are not, and its failed clients can be run again."""
    stored(pages.resources.data, [client("acme"), client("globex", "failed")], run_id="cli-1", in_airflow=False)
    main = main_of(pages, "cli-1")
    assert "Airflow does not know this run" in main.get_text()
    assert not main.select("a[data-leaves]")
    assert main.select("form[data-action=trigger]")


def test_a_run_nobody_knows_is_not_found(pages: Pages) -> None:
    """404 for people and programs, and the id is said as it was given."""
    answer = pages.get("run", dag_id="vectora_ingest", run_id="<b>none")
    assert answer.status_code == 404
    assert "Airflow knows no run" in answer.text
    assert "<b>" not in answer.text
    assert pages.get("api/run", run_id="none").status_code == 404


@pytest.mark.parametrize("run_id", ["..", "../../x", "%2e%2e", "a/b", "x" * 250, "\U0001f600" * 250, "a\x00b", "\\", "#:+%"])
def test_no_run_id_leads_anywhere_else(pages: Pages, run_id: str) -> None:
    """It is one segment of a path, and answered as any other that nobody knows."""
    assert pages.get("run", run_id=run_id).status_code == 404
    assert pages.get("run", run_id=run_id + "x" * 250).status_code == 400


def test_storage_is_not_asked_for_what_no_storage_can_hold(pages: Pages, tmp_path: Path) -> None:
    """S3 refuses keys over 1,024 bytes in a way that looks like trouble: such a run has no report, and that is all."""
    pages.use(data=CountedStorage(tmp_path / "data", ""))
    assert pages.get("run", run_id="x").status_code == 503
    assert pages.get("run", run_id="\U0001f600" * 250).status_code == 404
