"""The DAG as Airflow reads it: no import errors, and the properties the operators count on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import CronDataIntervalTimetable

from vectora_airflow.retry_policy import TransientErrorRetryPolicy
from vectora_core.ingest.types import TASKS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(ROOT / "dags"))


@pytest.fixture
def dag(bag: DagBag) -> Any:
    return bag.dags["vectora_ingest"]


def test_every_dag_file_can_be_read(bag: DagBag) -> None:
    """No import errors."""
    assert bag.import_errors == {}


def test_it_is_daily_without_catching_up(dag: Any) -> None:
    """A real data interval, and no flood of runs when it is unpaused."""
    assert dag.timetable == CronDataIntervalTimetable("0 0 * * *", timezone="UTC")
    assert dag.catchup is False


def test_it_says_whose_it_is_and_what_it_does(dag: Any) -> None:
    """Owner, tags, documentation and names for people."""
    assert dag.owner == "vectora"
    assert {"vectora", "ingest"} <= set(dag.tags)
    assert "only the failed" in dag.doc_md.lower()
    assert all(task.task_display_name != task.task_id for task in dag.tasks)


def test_the_tasks_follow_each_other(dag: Any) -> None:
    """discover -> ingest (mapped, twice) -> report -> check; the report runs whatever happened before."""
    assert {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks} == {
        "discover_clients": ["heavy_clients", "ingest_client", "ingest_heavy_client"],
        "ingest_client": ["report_run"],
        "heavy_clients": ["ingest_heavy_client"],
        "ingest_heavy_client": ["report_run"],
        "report_run": ["check_failures"],
        "check_failures": [],
    }
    assert all(dag.get_task(one).is_mapped for one in TASKS)
    assert dag.get_task("report_run").trigger_rule == "all_done"


def test_the_heavy_task_differs_in_name_queue_and_pool_alone(dag: Any) -> None:
    """Limits, label and retries are those of the ordinary one."""
    ordinary, heavy = (dag.get_task(one).partial_kwargs for one in ("ingest_client", "ingest_heavy_client"))
    differing = {key for key in ordinary.keys() | heavy.keys() if ordinary.get(key) != heavy.get(key)}
    assert differing == {"task_display_name", "queue", "pool"}
    assert (heavy["queue"], heavy["pool"]) == ("heavy", "default_pool")
    assert "client_id" in heavy["map_index_template"]


def test_the_heavy_task_runs_where_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read while the file is parsed."""
    monkeypatch.setenv("VECTORA_INGEST_HEAVY_QUEUE", "large")
    monkeypatch.setenv("VECTORA_INGEST_HEAVY_POOL", "large_pool")
    found = DagBag(str(ROOT / "dags/vectora_ingest.py")).dags["vectora_ingest"]
    heavy = found.get_task("ingest_heavy_client").partial_kwargs
    assert (heavy["queue"], heavy["pool"]) == ("large", "large_pool")
    assert not {"queue", "pool"} & found.get_task("ingest_client").partial_kwargs.keys()


def test_retries_are_decided_by_the_error_and_never_wait_five_minutes_for_nothing(dag: Any) -> None:
    """The policy sees exceptions; a worker killed with -9 falls back to the task's own delay, which is ours too."""
    task = dag.get_task("ingest_client").partial_kwargs
    assert isinstance(task["retry_policy"], TransientErrorRetryPolicy)
    assert task["retry_delay"] == task["retry_policy"].delay
    assert task["execution_timeout"].total_seconds() == 1800
