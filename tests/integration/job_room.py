"""A real Airflow for tests of the job watch: scheduler, triggerer, the strict fake of Batch and the job table."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil

from stack import embedded_aws
from stack.local import Stack
from stack.options import StackOptions
from stack.places import DAGS
from vectora_core.jobs.table import JobStateTable

DAG_ID = "vectora_job_states"
MIGRATION = "vectora_job_migration"
CONNECTION = "aws_jobs"
POKE_SECONDS = 5
_BETWEEN_QUESTIONS = 0.3  # seconds; the API server that answers them is the one the tasks talk to
SUBMIT_AND_WAIT = """
from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG
from vectora_airflow.sensors.batch_job_states import BatchJobStatesSensor

with DAG("submit_and_wait", schedule=None):
    submit = BatchOperator(
        task_id="submit", job_name="after-submit", job_queue="demo-low", job_definition="demo", aws_conn_id="aws_jobs",
        wait_for_completion=False,
    )
    BatchJobStatesSensor(
        task_id="wait", wait_for_job_ids=submit.output, mode="reschedule", poke_interval=12, deadline=120,
        fail_on_failed_jobs=False,
    )
"""


class JobRoom:
    """The stack, what plays its jobs, and its table."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        client = embedded_aws.dynamodb(stack.ports.aws)
        self.table = JobStateTable(client, stack.jobs_table, clock=lambda: datetime.now(UTC))

    def batch(self, method: str, **arguments: Any) -> Any:
        """Tell the fake of Batch something; see `stack.fake_batch.control`."""
        answer = httpx.post(f"{self.stack.batch_url}/_fake/{method}", json=arguments, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()["result"]

    def submit(self, name: str, job_queue: str, status: str) -> str:
        """Submit a job, let it come to a state, and return its id."""
        job_id: str = self.batch("submit", job_name=name, job_queue=job_queue)
        self.batch("play", job_id=job_id, status=status)
        return job_id

    def wait_for(self, ready: Callable[[], bool], what: str) -> None:
        """Wait for something that follows within a poke or two."""

        def unhurried() -> bool:
            time.sleep(_BETWEEN_QUESTIONS)
            return ready()

        self.stack.children.wait_until(unhurried, what=what, timeout=120)

    def wait_for_row(self, job_id: str, status: str) -> None:
        """Wait until the table has a job in a state."""

        def has_come() -> bool:
            row = self.table.get(job_id)
            return row is not None and row.status == status

        self.wait_for(has_come, f"{status} of {job_id} in the table")

    def instances(self, run_id: str, task_id: str = "watch_jobs", dag_id: str = DAG_ID) -> dict[str, dict[str, Any]]:
        """Return the instances of a task by the label the UI shows."""
        found = [one for one in self.stack.task_instances(run_id, dag_id=dag_id) if one["task_id"] == task_id]
        return {one["rendered_map_index"] or str(one["map_index"]): one for one in found}

    def result(self, instance: dict[str, Any]) -> dict[str, Any]:
        """Return what a sensor returned."""
        run, task = quote(instance["dag_run_id"], safe=""), instance["task_id"]
        path = f"/dags/{instance['dag_id']}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value"
        found: dict[str, Any] = self.stack.api.get(path, map_index=instance["map_index"])["value"]
        return found

    def kill_triggerer(self) -> None:
        """Kill it with -9, and what it started, before it can say anything."""
        parent = psutil.Process(self.stack.children.process_of("triggerer").pid)
        for process in [parent, *parent.children(recursive=True)]:
            process.kill()


@contextmanager
def job_room(folder: Path) -> Iterator[JobRoom]:
    """Start it; only the connection in Airflow's database can sign for AWS, not the environment."""
    for name in ("dags", "data", "configs"):
        (folder / name).mkdir()
    for dag_id in (DAG_ID, MIGRATION):
        shutil.copy(DAGS / f"{dag_id}.py", folder / "dags")
    (folder / "dags/submit_and_wait.py").write_text(SUBMIT_AND_WAIT)
    options = StackOptions(
        folder=folder / "stack",
        dags=folder / "dags",
        config_root=(folder / "configs").as_uri(),
        data_root=(folder / "data").as_uri(),
        site=False,
        environment={
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "VECTORA_AWS_CONN_ID": CONNECTION,
            # A killed triggerer's watches are taken up when it has been silent for so long; 30 s unless told otherwise.
            "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "6",
            "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
        },
    )
    with Stack(options) as stack:
        signer = embedded_aws.CREDENTIALS
        body = {"connection_id": CONNECTION, "conn_type": "aws", "extra": '{"region_name": "us-east-1"}'}
        keys = {"login": signer["AWS_ACCESS_KEY_ID"], "password": signer["AWS_SECRET_ACCESS_KEY"]}
        stack.api.post("/connections", body | keys)
        for dag_id in (DAG_ID, MIGRATION, "submit_and_wait"):
            stack.wait_for_dag(dag_id)
        yield JobRoom(stack)
