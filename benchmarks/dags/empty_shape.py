"""The peer of `vectora_ingest`: the same shape and decorators, and tasks that do nothing. It knows nothing of Vectora."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, AssetAlias, Param, TriggerRule, task

with DAG(
    dag_id="empty_shape",
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=2,
    params={"clients": Param(100, type="integer", minimum=1)},
    default_args={"owner": "benchmarks", "retries": 2, "retry_delay": timedelta(seconds=60)},
):

    @task
    def discover_clients(**context: Any) -> list[dict[str, str]]:
        """Name as many as are asked for, and nobody who is heavy."""
        context["ti"].xcom_push(key="heavy", value=[])
        return [{"client_id": f"client_{number:04d}", "sha256": "0" * 16} for number in range(context["params"]["clients"])]

    @task(
        map_index_template="{{ task.op_kwargs['client']['client_id'] }}",
        retries=3,
        execution_timeout=timedelta(minutes=30),
        max_active_tis_per_dagrun=16,
    )
    def ingest_client(client: dict[str, str]) -> None:
        """Do nothing."""

    @task
    def heavy_clients(found: list[dict[str, str]]) -> list[dict[str, str]]:
        """Hand on nobody."""
        return found

    @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[AssetAlias("empty_output")])
    def report_run() -> dict[str, Any]:
        """Report nothing."""
        return {"verdict": None}

    @task(retries=0)
    def check_failures(decision: dict[str, Any]) -> None:
        """Fail nothing."""

    discovered, report = discover_clients(), report_run()
    heavy = heavy_clients(discovered["heavy"])  # type: ignore[index]  # its XCom of that key
    ingest_heavy_client = ingest_client.override(task_id="ingest_heavy_client", queue="heavy")
    [ingest_client.expand(client=discovered), ingest_heavy_client.expand(client=heavy)] >> report
    check_failures(report)  # type: ignore[arg-type]  # the value of a task, before it ran
