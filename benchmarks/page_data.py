"""What the measured pages show: thirty finished runs of so many clients, one of them whole, and statistics of the jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from benchmarks import newsroom
from benchmarks.indexed_table import QUEUES, REGION
from stack.local import INGEST, JOBS_TABLE, Stack
from vectora_core.errors import FetchError, SourcesFailedError
from vectora_core.ingest import manifest, report, store
from vectora_core.ingest.manifest import Writer
from vectora_core.ingest.parameters import RunParameters
from vectora_core.ingest.types import ClientResult, Item, SourceOutcome
from vectora_core.ingest.window import RunPlan, client_window, plan_manual_run
from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.queries import JobQueries
from vectora_core.jobs.statistics import store_statistics
from vectora_core.jobs.sync_report import SyncReport
from vectora_core.jobs.sync_state import QueuePlace, SyncState, write_state
from vectora_core.storage import Storage

RUNS = 30
ITEMS = 200
SHOWN = newsroom.client_name(1)
"""The client whose outputs are there; of the others the reports know."""
_FAILS = 50  # every fiftieth client
_SOURCES = 2


def fill_runs(stack: Stack, clients: int) -> str:
    """Make the runs through Airflow's REST API, with the reports the DAG would have written; return the newest's id."""
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    for number in range(RUNS):
        run_id = f"bench__{number:02d}"
        stack.trigger({}, dag_run_id=run_id)
        stack.api.patch(f"/dags/{INGEST}/dagRuns/{run_id}", {"state": "success"})
        plan = plan_manual_run(run_id, run_after=begun + timedelta(hours=number // 2), parameters=RunParameters(), now=begun)
        store.save_report(stack.data, _report(plan, clients, stack.data if number == RUNS - 1 else None))
    return run_id


def fill_jobs(front: str, data: Storage) -> int:
    """Count the jobs as a sync does, and leave the state of one for each queue; return how many there are."""
    client = boto3.client(
        "dynamodb", endpoint_url=front, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )
    jobs = JobQueries(TableRequests(client, JOBS_TABLE), clock=_now, sleep=lambda seconds: None)
    counted = jobs.get_statistics()
    store_statistics(data, JOBS_TABLE, counted)
    for queue in QUEUES:
        last = SyncReport(job_queue=queue, table=JOBS_TABLE, started_at=_now().isoformat(), seconds=1.0, calls={})
        write_state(data, QueuePlace(table=JOBS_TABLE, job_queue=queue), SyncState(), last=last.to_json())
    return sum(counted.by_status.values())


def _report(plan: RunPlan, clients: int, data: Storage | None) -> dict[str, Any]:
    """Return the report of a run; with a storage, one client's outputs are stored as well."""
    names = [newsroom.client_name(number) for number in range(clients)]
    results = {name: _result(name, plan, fails=number % _FAILS == 7) for number, name in enumerate(names)}
    if data:
        results[SHOWN] = _stored(results[SHOWN], plan, data)
    summaries: Mapping[str, Mapping[str, Any]] = {name: manifest.summary(result) for name, result in results.items()}
    found = report.Found(client_ids=tuple(names), discovered=clients, active=clients)
    return report.build(plan, found, summaries, run_id=plan.run_id, execution_time_seconds=60.0)


def _result(name: str, plan: RunPlan, *, fails: bool) -> ClientResult:
    wrong = FetchError("http://127.0.0.1/feed answered 503", failure_class="http_503", transient=True)
    outcomes = tuple(
        SourceOutcome(
            source_key=f"press_sector__feed_{number}",
            ingestion_mode="rss",
            outcome="failed" if fails else "ok",
            counts={} if fails else {"parsed": 150, "unique": 140, "in_window": 120, "kept": ITEMS // _SOURCES},
            drops={} if fails else {"duplicate": 10, "window": 20, "profile": 20},
            failure_class=wrong.failure_class if fails else None,
            error=str(wrong) if fails else None,
            transient=fails,
        )
        for number in range(_SOURCES)
    )
    return ClientResult(
        client_id=name,
        name=f"The newsroom of {name}",
        status="failed" if fails else "succeeded",
        error=SourcesFailedError(f"every source failed: {wrong}", transient=True) if fails else None,
        window=client_window(plan, default_period_days=7),
        config_hash="0123456789abcdef",
        outcomes=outcomes,
        items=() if fails else tuple(map(_item, range(ITEMS))),
        items_new=0 if fails else 40,
        duration_seconds=1.5,
    )


def _stored(result: ClientResult, plan: RunPlan, data: Storage) -> ClientResult:
    folder = store.output_folder(plan, result.client_id)
    saved = store.save_items(data, folder, result.items)
    kept = manifest.ItemsFile(sha256=saved.sha256, run_id=plan.run_id)
    written = manifest.build(result, plan, Writer(task_id="ingest_client", map_index=1), items_file=kept)
    path = store.save_manifest(data, folder, written)
    return ClientResult(**vars(result) | {"output": saved.path, "output_sha256": saved.sha256, "manifest": path})


def _item(number: int) -> Item:
    text = "A long-acting injectable keeps its level for twelve weeks. " * 30
    return Item(
        item_id=f"press_sector__feed_0__{number:016x}",
        source_key=f"press_sector__feed_{number % _SOURCES}",
        source_type="press_sector",
        title=f"Article {number}: a long-acting injectable lasts twelve weeks",
        content=text,
        url=f"https://news.example/{number}",
        canonical_url=f"https://news.example/{number}",
        published_at="2026-03-09T06:00:00+00:00",
        date_source="feed",
        captured_at="2026-03-09T07:00:00+00:00",
        ingested_at="2026-03-09T07:00:00+00:00",
        language="en",
        content_hash=f"{number:064x}",
        schema_version="1",
        metadata={"author": None, "tags": [], "word_count": 240},
        provenance={},
    )


def _now() -> datetime:
    return datetime.now(UTC)
