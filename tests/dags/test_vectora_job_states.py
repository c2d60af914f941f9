"""The DAG of the job watch as Airflow reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from vectora_airflow.retry_policy import TransientErrorRetryPolicy
from vectora_airflow.sensors.batch_job_states import BatchJobStatesSensor

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def dag() -> Any:
    bag = DagBag(str(ROOT / "dags" / "vectora_job_states.py"))
    assert bag.import_errors == {}
    return bag.dags["vectora_job_states"]


def test_it_runs_every_quarter_of_an_hour_and_never_twice_at_once(dag: Any) -> None:
    """Two watches over one queue would cost twice and tell nothing more; a missed run is not made up for."""
    assert dag.timetable.expression == "*/15 * * * *"
    assert (dag.max_active_runs, dag.catchup) == (1, False)


def test_it_says_whose_it_is_and_what_it_does(dag: Any) -> None:
    """Owner, tags, documentation and names for people."""
    assert dag.owner == "vectora"
    assert {"vectora", "jobs"} <= set(dag.tags)
    assert "fails its own instance" in dag.doc_md
    assert all(task.task_display_name != task.task_id for task in dag.tasks)


def test_there_is_one_deferrable_sensor_a_queue(dag: Any) -> None:
    """A broken queue fails alone, and waiting occupies no worker."""
    watch = dag.get_task("watch_jobs")
    assert watch.is_mapped
    assert watch.operator_class is BatchJobStatesSensor
    assert watch.partial_kwargs["deferrable"] is True
    assert isinstance(watch.partial_kwargs["retry_policy"], TransientErrorRetryPolicy)
    assert dag.get_task("list_job_queues").downstream_task_ids == {"watch_jobs"}


@pytest.mark.parametrize(
    ("job_queue", "label"),
    [
        ("encode", "encode"),
        ("arn:aws:batch:eu-west-1:123456789012:job-queue/encode", "encode"),
        ("encode@arn:aws:iam::123456789012:role/ops/watch", "encode"),
        ("arn:aws:batch:eu-west-1:123456789012:job-queue/encode@arn:aws:iam::123456789012:role/w@tch", "encode"),
    ],
)
def test_an_instance_is_called_by_its_queue(dag: Any, job_queue: str, label: str) -> None:
    """Its name, however the queue was given."""
    template = dag.get_task("watch_jobs").partial_kwargs["map_index_template"]
    sensor = BatchJobStatesSensor(task_id="watch_jobs", job_queue=job_queue)
    assert dag.get_template_env().from_string(template).render(task=sensor) == label
