"""The watch over AWS Batch jobs: one sensor per queue. Wiring only; what they do is in `vectora_airflow.sensors`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import DAG, task

from vectora_airflow import defaults
from vectora_airflow.retry_policy import TransientErrorRetryPolicy
from vectora_airflow.sensors.batch_job_states import BatchJobStatesSensor

DOC = """
### States of AWS Batch jobs

`list_job_queues` takes the queues of the form, else those of `VECTORA_JOBS_QUEUES`; `watch_jobs` waits once per queue (the
map index is the queue's name) in the triggerer and brings the job table up to date every minute. It is done when no job
is open, or after 13 minutes: then it is green too, and its XCom says how many are still open.

* **A queue that does not exist** fails its own instance at once, with the name in the log; the others go on.
* **Throttling and outages** are tried again at the next sync; five in a row fail the instance.
* **Now, for some queues, for longer**: trigger it with the form.

Every sync writes what it did and cost below `jobs/` in the data root.
"""

with DAG(
    dag_id="vectora_job_states",
    dag_display_name="Vectora: Batch job states",
    description="Keeps one truthful row per AWS Batch job while jobs are open",
    doc_md=DOC,
    schedule=defaults.jobs_schedule(),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params=defaults.jobs_params(),
    tags=["vectora", "jobs"],
    default_args={
        "owner": "vectora",
        "retries": 1,
        "retry_policy": TransientErrorRetryPolicy(defaults.JOBS_RETRY_DELAY),
        "retry_delay": defaults.JOBS_RETRY_DELAY,  # of what no policy sees: a worker killed with -9
    },
):

    @task(task_display_name="List job queues")
    def list_job_queues(**context: Any) -> list[dict[str, Any]]:
        """Decide which queues this run watches."""
        from vectora_airflow import jobs

        return jobs.list_job_queues(context)

    BatchJobStatesSensor.partial(
        task_id="watch_jobs",
        task_display_name="Watch jobs",
        deferrable=True,
        map_index_template="{{ task.job_queue.partition('@')[0].rpartition('/')[2] }}",
    ).expand_kwargs(list_job_queues())
