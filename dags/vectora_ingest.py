"""The daily ingest: one isolated task instance per client. Wiring only; what the tasks do is in `vectora_airflow.ingest`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import DAG, AssetAlias, TriggerRule, get_current_context, task

from vectora_airflow import defaults
from vectora_airflow.retry_policy import TransientErrorRetryPolicy

DOC = """
### Ingest of all active clients

`discover_clients` finds the active clients, `ingest_client` runs once per client (the map index is the client's id),
`ingest_heavy_client` does so for those that `heavy_clients` lists: their files ask for another queue or pool.
`report_run` writes `runs/{run_id}/report.json` whatever happened, `check_failures` sets the colour of the run.

* **One client again**: clear its instance of `ingest_client`, with *downstream*, so that the report follows.
* **All that failed**: trigger with *Only the failed clients of run* set to the run id.
* **A past day**: `airflow backfill create --dag-id vectora_ingest --from-date … --to-date …`.

A red instance names file, line, key and remedy, or the source and what it answered.
"""

with DAG(
    dag_id="vectora_ingest",
    dag_display_name="Vectora: daily ingest",
    description="Fetches the sources of every active client and writes its dated, de-duplicated items",
    doc_md=DOC,
    schedule=defaults.ingest_schedule(),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=defaults.whole_number("VECTORA_INGEST_RUNS_AT_ONCE", 2, least=1),
    params=defaults.ingest_params(),
    tags=["vectora", "ingest"],
    default_args={
        "owner": "vectora",
        "retries": 2,
        "retry_policy": TransientErrorRetryPolicy(defaults.retry_delay()),
        "retry_delay": defaults.retry_delay(),  # of what no policy sees: a worker killed with -9
    },
):

    @task(task_display_name="Discover clients")
    def discover_clients(**context: Any) -> list[dict[str, str]]:
        """Find the clients of this run."""
        from vectora_airflow import ingest

        return ingest.discover_clients(context)

    @task(
        task_display_name="Ingest one client",
        map_index_template="{{ client_id if client_id is defined else task.op_kwargs['client']['client_id'] }}",
        **defaults.ingest_limits(),
    )
    def ingest_client(client: dict[str, str], plan: dict[str, Any], **context: Any) -> None:
        """Ingest one client."""
        from vectora_airflow import ingest

        get_current_context()["client_id"] = client["client_id"]  # type: ignore[typeddict-unknown-key]
        ingest.ingest_client(client, plan, context)

    ingest_heavy_client = ingest_client.override(
        task_id="ingest_heavy_client", task_display_name="Ingest one heavy client", **defaults.heavy_limits()
    )

    @task(task_display_name="Heavy clients")
    def heavy_clients(found: list[dict[str, str]]) -> list[dict[str, str]]:
        """Return the heavy clients: only what a task returns can be mapped over."""
        return found

    @task(
        task_display_name="Report",
        trigger_rule=TriggerRule.ALL_DONE,
        outlets=[AssetAlias("vectora_client_output")],
    )
    def report_run(**context: Any) -> dict[str, Any]:
        """Report whatever happened."""
        from vectora_airflow import ingest

        return ingest.report_run(context)

    @task(task_display_name="Set the run's colour", retries=0)
    def check_failures(decision: dict[str, Any]) -> None:
        """Fail the run when more failed than is tolerated."""
        from vectora_airflow import ingest

        ingest.check_failures(decision)

    discovered = discover_clients()
    plan, heavy = discovered["plan"], heavy_clients(discovered["heavy"])
    ingested = ingest_client.partial(plan=plan).expand(client=discovered)
    ingested_heavy = ingest_heavy_client.partial(plan=plan).expand(client=heavy)
    report = report_run()
    [ingested, ingested_heavy] >> report
    check_failures(report)
