"""The task that writes the report of a run: what it joins, and what it leaves in storage."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vectora_airflow import ingest
from vectora_core.ingest import report, run_summary, store
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.window import plan_manual_run
from vectora_core.storage import Storage, open_storage

RUN_ID = "manual__2026-03-10T15:42:00+00:00"
NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)


class TaskInstance:
    """What `report_run` asks of Airflow: the XComs of the run, and the states of its instances."""

    def __init__(self, found: dict[str, Any], summaries: list[dict[str, Any]], states: dict[str, str]) -> None:
        plan = plan_manual_run(RUN_ID, run_after=NOW, parameters=parse_parameters({}), now=NOW)
        self._said = {"plan": plan.to_json(), "found": found, "summary": summaries}
        self._states = states

    def xcom_pull(self, *, task_ids: str, key: str, map_indexes: int | None = None) -> Any:
        return self._said.get(key)

    def get_task_states(self, **_: Any) -> dict[str, dict[str, str]]:
        return {RUN_ID: self._states}


def said(client_id: str) -> dict[str, Any]:
    return report.missing(client_id) | {"status": "succeeded", "error": None, "items": 3}


@pytest.fixture
def data(data: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setenv("VECTORA_DATA_ROOT", data.as_uri())
    return open_storage(data.as_uri())


def test_a_client_keeps_its_place_in_discoverys_list(data: Storage) -> None:
    """Positions of XComs shift when an instance says nothing; the place does not. It is what leads to the log."""
    found = {"client_ids": ["zeta", "alpha", "quiet", "mike"], "discovered": 4, "active": 4, "critical": []}
    states = {"discover_clients": "success", "ingest_client_2": "failed"}
    context = {
        "ti": TaskInstance(found, [said("zeta"), said("alpha"), said("mike")], states),
        "dag_run": SimpleNamespace(dag_id="vectora_ingest", run_id=RUN_ID, run_type="manual", start_date=NOW),
        "outlet_events": defaultdict(list),
    }
    told = ingest.report_run(context)
    assert told["report"] == store.report_path(RUN_ID)
    document = store.load_report(data, RUN_ID)
    places = {client_id: result["map_index"] for client_id, result in document["client_results"].items()}
    assert places == {"zeta": 0, "alpha": 1, "quiet": 2, "mike": 3}
    assert document["failed_client_ids"] == ["quiet"]
    short = run_summary.from_bytes(data.get(store.summary_path(RUN_ID)))
    assert short == run_summary.summarize(document)
    assert {client_id: client.map_index for client_id, client in short.clients.items()} == places


def test_a_run_whose_discovery_failed_has_both_too(data: Storage) -> None:
    """The strip of the page shows it, and says why."""
    context = {
        "ti": TaskInstance({}, [], {"discover_clients": "failed"}),
        "dag_run": SimpleNamespace(dag_id="vectora_ingest", run_id=RUN_ID, run_type="manual", start_date=NOW),
        "outlet_events": defaultdict(list),
    }
    assert ingest.report_run(context)["verdict"]
    short = run_summary.from_bytes(data.get(store.summary_path(RUN_ID)))
    assert (short.status, short.error, dict(short.clients)) == (
        "failed",
        "discovery ended failed; see the log of discover_clients",
        {},
    )
