"""Moving the old job table, once and by hand. Wiring only; what the tasks do is in `vectora_airflow.job_migration`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, TriggerRule, task

from vectora_airflow import job_migration_form
from vectora_airflow.retry_policy import TransientErrorRetryPolicy

RETRY_DELAY = timedelta(minutes=1)
DOC = """
### Moving the old job table

The old table has a row per state that a job was ever in; the job table has one row per job. `create_table` makes the job
table, `migrate` writes the latest state of every job, `verify` looks every job up and computes a sample again.

* **A dry run unless the form says otherwise**: everything is read, nothing is written, and the log says what would be.
* **While events arrive**: rows only move forward, so a late old state is refused and counted.
* **Killed or failed**: clear the task, or trigger again with the same form; it goes on where it was.
* **Red `verify`**: jobs are missing or differ; the log and the XCom `report` name them.

The old table is only read, and never deleted.
"""

with DAG(
    dag_id="vectora_job_migration",
    dag_display_name="Vectora: move the old job table",
    description="Writes the latest state of every job of the old table into the job table, and verifies it",
    doc_md=DOC,
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params=job_migration_form.params(),
    tags=["vectora", "jobs"],
    default_args={
        "owner": "vectora",
        "retries": 2,
        "retry_policy": TransientErrorRetryPolicy(RETRY_DELAY),
        "retry_delay": RETRY_DELAY,  # of what no policy sees: a worker killed with -9
    },
):

    @task(task_display_name="Create the job table")
    def create_table(**context: Any) -> None:
        """Make the job table unless it is there; skipped in a dry run."""
        from vectora_airflow import job_migration

        job_migration.create_table(context)

    @task(task_display_name="Migrate", trigger_rule=TriggerRule.NONE_FAILED)
    def migrate(**context: Any) -> dict[str, Any]:
        """Move what is not moved yet."""
        from vectora_airflow import job_migration

        return job_migration.migrate(context)

    @task(task_display_name="Verify")
    def verify(**context: Any) -> None:
        """Compare both tables; skipped after a dry run."""
        from vectora_airflow import job_migration

        job_migration.verify(context)

    create_table() >> migrate() >> verify()
