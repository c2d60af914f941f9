"""The DAG as Airflow reads it: no import errors, and the properties the operators count on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import CronDataIntervalTimetable

from vectora_airflow.retry_policy import TransientErrorRetryPolicy

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
    """discover -> ingest (mapped) -> report -> check; the report runs whatever happened before."""
    order = ["discover_clients", "ingest_client", "report_run", "check_failures"]
    assert [sorted(dag.get_task(one).downstream_task_ids) for one in order] == [
        ["ingest_client"],
        ["report_run"],
        ["check_failures"],
        [],
    ]
    assert dag.get_task("ingest_client").is_mapped
    assert dag.get_task("report_run").trigger_rule == "all_done"


def test_retries_are_decided_by_the_error_and_never_wait_five_minutes_for_nothing(dag: Any) -> None:
    """The policy sees exceptions; a worker killed with -9 falls back to the task's own delay, which is ours too."""
    task = dag.get_task("ingest_client").partial_kwargs
    assert isinstance(task["retry_policy"], TransientErrorRetryPolicy)
    assert task["retry_delay"] == task["retry_policy"].delay
    assert task["execution_timeout"].total_seconds() == 1800
