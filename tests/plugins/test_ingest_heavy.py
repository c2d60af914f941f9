"""Heavy clients in the tasks of `vectora_ingest`: who goes where, and one report over both tasks."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.config_tree import ConfigTree
from tests.plugins.test_ingest_report import RUN_ID, TaskInstance, said
from vectora_airflow import ingest, wiring
from vectora_core.config.placement import Place
from vectora_core.errors import VectoraError
from vectora_core.ingest import run_summary, store
from vectora_core.ingest.client import ingest_client
from vectora_core.ingest.manifest import Writer
from vectora_core.ingest.window import RunPlan
from vectora_core.storage import open_storage

NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)
FOUND = {"client_ids": ["acme", "big", "core", "dull"], "discovered": 4, "active": 4, "critical": []}


class Discovering:
    """What discovery says to Airflow, by XCom key."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.said[key] = value


class Reporting(TaskInstance):
    """Both tasks with what each of them said."""

    def __init__(self, summaries: dict[str, list[dict[str, Any]] | None], states: dict[str, str]) -> None:
        super().__init__(FOUND, [], {"discover_clients": "success", **states})
        self._summaries = summaries

    def xcom_pull(self, *, task_ids: str, key: str, map_indexes: int | None = None) -> Any:
        if key == "heavy":
            return [{"client_id": "big", "sha256": ""}, {"client_id": "dull", "sha256": ""}]
        return self._summaries.get(task_ids) if key == "summary" else super().xcom_pull(task_ids=task_ids, key=key)


@pytest.fixture
def configs(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ConfigTree:
    tree = ConfigTree(tmp_path / "heavy_configs")
    monkeypatch.setenv("VECTORA_CONFIG_ROOT", tree.url)
    monkeypatch.setenv("VECTORA_DATA_ROOT", data.as_uri())
    return tree


def discovered(**conf: Any) -> tuple[list[str], list[str], dict[str, Any]]:
    """Return the ordinary and the heavy clients, and all that was said."""
    ti = Discovering()
    run = SimpleNamespace(run_id=RUN_ID, run_type="manual", run_after=NOW, conf=conf)
    ordinary = ingest.discover_clients({"ti": ti, "dag_run": run, "params": {}})
    heavy = ti.said["heavy"]
    assert all(set(one) == {"client_id", "sha256"} for one in [*ordinary, *heavy])
    return [one["client_id"] for one in ordinary], [one["client_id"] for one in heavy], ti.said


def test_discovery_parts_the_heavy_clients_from_the_others(configs: ConfigTree) -> None:
    """By queue or by pool; who names what is not there fails with the others, and waits for no worker."""
    configs.client("acme", [])
    configs.client("big", [], ingest={"queue": "heavy"})
    configs.client("lost", [], ingest={"queue": "huge"})
    configs.client("plain", [], ingest={"queue": "default", "pool": "default_pool"})
    ordinary, heavy, said = discovered()
    assert (ordinary, heavy) == (["acme", "lost", "plain"], ["big"])
    assert said["found"]["client_ids"] == ("acme", "big", "lost", "plain")


@pytest.mark.parametrize("asked", ["acme", "big"])
def test_there_may_be_clients_of_one_kind_only(configs: ConfigTree, asked: str) -> None:
    """The other task is mapped over nobody."""
    configs.client("acme", [])
    configs.client("big", [], ingest={"queue": "heavy"})
    assert discovered(client_ids=[asked])[:2] == ((["acme"], []) if asked == "acme" else ([], ["big"]))


def test_each_task_has_a_limit_of_its_own(configs: ConfigTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's limit is of one mapped task."""
    monkeypatch.setenv("AIRFLOW__CORE__MAX_MAP_LENGTH", "2")
    for name in ("a", "b"):
        configs.client(name, [])
        configs.client(f"big_{name}", [], ingest={"queue": "heavy"})
    assert [len(one) for one in discovered()[:2]] == [2, 2]
    configs.client("big_c", [], ingest={"queue": "heavy"})
    with pytest.raises(VectoraError, match=r"^3 heavy clients are more than Airflow maps at once"):
        discovered()


def test_the_ingest_knows_queue_and_pool_of_the_heavy_clients(configs: ConfigTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the settings; what a client's file names is checked by them."""
    monkeypatch.setenv("VECTORA_INGEST_HEAVY_QUEUE", "large")
    assert wiring.resources().heavy == Place(queue="large", pool="default_pool")


@pytest.mark.parametrize(("task_id", "refused"), [("ingest_client", True), ("ingest_heavy_client", False)])
def test_a_client_that_became_heavy_fails_in_the_ordinary_task(configs: ConfigTree, task_id: str, refused: bool) -> None:
    """Its file was changed after discovery; the instance that is tried again or cleared says so."""
    configs.client("acme", [], ingest={"queue": "heavy"})
    plan = RunPlan.from_json(discovered()[2]["plan"])
    result = ingest_client("acme", plan, wiring.resources(), Writer(task_id=task_id))
    assert (result.status, "ingest.queue: makes it a heavy client" in str(result.error)) == ("failed", refused)


def reported(summaries: dict[str, list[dict[str, Any]] | None], states: dict[str, str], data: Path) -> dict[str, Any]:
    run = SimpleNamespace(dag_id="vectora_ingest", run_id=RUN_ID, run_type="manual", start_date=NOW)
    ti = Reporting(summaries, states)
    ingest.report_run({"ti": ti, "dag_run": run, "outlet_events": defaultdict(list)})
    return store.load_report(open_storage(data.as_uri()), RUN_ID)


def test_one_report_joins_both_tasks_by_client_id(configs: ConfigTree, data: Path) -> None:
    """Each client with its task and its place in it; a killed instance of either task is a failure."""
    summaries = {"ingest_client": [said("acme"), said("core")], "ingest_heavy_client": [said("big"), said("dull")]}
    states = {"ingest_client_1": "failed", "ingest_heavy_client_1": "failed", "ingest_heavy_client_0": "success"}
    document = reported(summaries, states, data)
    places = {client_id: (one["task_id"], one["map_index"]) for client_id, one in document["client_results"].items()}
    assert places == {
        "acme": ("ingest_client", 0),
        "core": ("ingest_client", 1),
        "big": ("ingest_heavy_client", 0),
        "dull": ("ingest_heavy_client", 1),
    }
    assert document["failed_client_ids"] == ["core", "dull"]
    assert document["client_results"]["dull"]["error"]["failure_class"] == "no_result"
    short = run_summary.from_bytes(open_storage(data.as_uri()).get(store.summary_path(RUN_ID)))
    assert {client_id: (one.task_id, one.map_index) for client_id, one in short.clients.items()} == places


def test_heavy_clients_that_were_never_mapped_have_failed(configs: ConfigTree, data: Path) -> None:
    """When `heavy_clients` fails its successor has one state, without a number; it is that of each of them."""
    summaries = {"ingest_client": [said("acme"), said("core")], "ingest_heavy_client": None}
    document = reported(summaries, {"ingest_heavy_client": "upstream_failed"}, data)
    assert document["failed_client_ids"] == ["big", "dull"]
    assert "(state upstream_failed)" in document["client_results"]["big"]["error"]["message"]
