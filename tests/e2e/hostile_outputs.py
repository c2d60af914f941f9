"""What strangers can leave in storage and in the job table, every field of it a script: beside the demo's, and removed.

A feed brings titles, links, dates and tags; an event brings names, reasons and ids; a client's file is written by an editor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import yaml

from stack.local import INGEST, Stack
from tests.e2e.job_rows import in_the_table, row
from tests.plugins.ui.client_given import item, outcome, result, store_run
from tests.plugins.ui.inert import EVERYTHING, PAYLOADS
from vectora_core.errors import SourcesFailedError
from vectora_core.ingest import store
from vectora_core.ingest.types import ClientResult
from vectora_core.jobs.statistics import Statistics, read_statistics, store_statistics
from vectora_core.jobs.sync_report import SyncReport
from vectora_core.jobs.sync_state import QueuePlace, SyncState, write_state
from vectora_core.jobs.types import JobRecord
from vectora_core.storage import Storage, path_segment

RUN: Final = "hostile__2026-03-10T11:00:00+00:00"
CLIENT: Final = "attack"
QUEUE: Final = f"arn:aws:batch:eu-west-1:123456789012:job-queue/{EVERYTHING}"
JOB: Final = "attack-1"
_LINKS: Final = (
    "javascript:attack()",
    " javascript:attack()",
    "JaVaScRiPt:attack()",
    "data:text/html,<script>attack()</script>",
)
_TEXTS: Final = (
    *("title", "content", "url", "canonical_url", "source_key", "source_type"),
    *("published_at", "date_source", "language"),
)
_FILES: Final = (f"clients/{CLIENT}.yaml", "clients/attack_2.yaml", "clients/'><img src=x onerror=attack()>.yaml")
_FOR_YAML: Final = [payload for payload in PAYLOADS if "\x00" not in payload]


@contextmanager
def infested(stack: Stack) -> Iterator[None]:
    """Leave it all there for as long as this lasts."""
    with ExitStack() as undo:
        undo.enter_context(_run_in_airflow(stack))
        folders = [f"ingested/{path_segment(client_id)}/" for client_id in (CLIENT, *PAYLOADS)]
        undo.enter_context(_removed(stack.data, f"{store.run_folder(RUN)}/", f"{_place(stack).folder}/", *folders))
        undo.enter_context(_removed(stack.config, *_FILES))
        store_run(stack.data, *_results(), run_id=RUN, parameters={"client_ids": [CLIENT]})
        _write_files(stack.config)
        undo.enter_context(in_the_table(stack, *_jobs()))
        undo.enter_context(_counts(stack))
        yield


@contextmanager
def _run_in_airflow(stack: Stack) -> Iterator[None]:
    """A run that did nothing: the DAG is paused until it is called a success."""
    stack.api.patch(f"/dags/{INGEST}", {"is_paused": True})
    try:
        stack.trigger({"note": EVERYTHING}, dag_run_id=RUN, note=EVERYTHING[:900])
        stack.api.patch(f"/dags/{INGEST}/dagRuns/{RUN}", {"state": "success"})
        yield
    finally:
        stack.api.request("DELETE", f"/dags/{INGEST}/dagRuns/{RUN}")
        stack.api.unpause(INGEST)


@contextmanager
def _removed(storage: Storage, *prefixes: str) -> Iterator[None]:
    """Remove what begins so, at the end."""
    try:
        yield
    finally:
        storage.delete_many([one.path for one in storage.list_objects("") if one.path.startswith(prefixes)])


def _results() -> list[ClientResult]:
    """A client each of whose texts is hostile in some item, source or error, and one for each payload as its id."""
    error = SourcesFailedError(EVERYTHING, transient=True)
    error.failure_class = EVERYTHING
    items = [replace(item(number), **{name: EVERYTHING}) for number, name in enumerate(_TEXTS)]
    items += [replace(item(20 + number), url=link, canonical_url=link) for number, link in enumerate(_LINKS)]
    items += [replace(item(30), metadata={"author": EVERYTHING, "tags": list(PAYLOADS), EVERYTHING: EVERYTHING})]
    items += [replace(item(31), item_id=EVERYTHING, provenance={EVERYTHING: EVERYTHING})]
    failed = outcome(
        EVERYTHING,
        ingestion_mode=EVERYTHING,
        outcome="failed",
        failure_class=EVERYTHING,
        error=EVERYTHING,
        drops={EVERYTHING: 1, f"profile:{EVERYTHING}:x": 2},
    )
    more: dict[str, Any] = {"name": EVERYTHING, "config_hash": EVERYTHING, "error": error}
    worst = result(CLIENT, items=tuple(items), outcomes=(failed, outcome(outcome=EVERYTHING)), status="partial", **more)
    return [worst, *(result(payload, items=(), outcomes=(failed,), status="failed", **more) for payload in PAYLOADS)]


def _place(stack: Stack) -> QueuePlace:
    return QueuePlace(table=stack.jobs_table, job_queue=QUEUE)


def _write_files(config: Storage) -> None:
    """A client's file that is right, one full of mistakes, and one whose name is a script."""
    profile = {"client_id": CLIENT, "name": " ".join(_FOR_YAML), "active": False, "language": "en"}
    good = {"client_profile": profile, "source_config": {"sources_extra_enabled": _FOR_YAML}}
    config.put(_FILES[0], yaml.safe_dump(good, allow_unicode=True).encode())
    bad = {"client_profile": {**profile, "client_id": "attack_2"}} | dict.fromkeys(_FOR_YAML, "x")
    config.put(_FILES[1], yaml.safe_dump(bad, allow_unicode=True).encode())
    config.put(_FILES[2], b"{}")


def _jobs() -> list[JobRecord]:
    """A job of events that are hostile throughout, rows made by hand, and one for each payload as its id."""
    container = {"logStreamName": EVERYTHING, "reason": EVERYTHING, "exitCode": 1}
    attempts = [{"container": container, "statusReason": EVERYTHING}]
    names = {"jobName": EVERYTHING, "jobDefinition": EVERYTHING, "jobQueue": QUEUE, "statusReason": EVERYTHING}
    event = row(JOB, "FAILED", attempts=attempts, tags={EVERYTHING: EVERYTHING}, **names)
    ids = dict.fromkeys(("media_id", "assembly_id", "task_id", "workspace_uid"), EVERYTHING)
    texts = dict.fromkeys(("region", "account", "log_stream", "failure_kind", "status_reason"), EVERYTHING)
    by_hand = replace(row("attack-2", **names), **ids, **texts, full_event=EVERYTHING)
    gone = replace(row("attack-3", **names), gone=EVERYTHING, observed_at=EVERYTHING)
    odd = replace(row("attack-4", "SUCCEEDED"), array_summary={"FAILED": 1}, array_size=3, timestamp=EVERYTHING)
    return [event, by_hand, gone, odd, *(row(payload, "FAILED", **names) for payload in PAYLOADS)]


@contextmanager
def _counts(stack: Stack) -> Iterator[None]:
    """Statistics and syncs of a queue with such a name; what they were before is stored again."""
    before = read_statistics(stack.data, stack.jobs_table)
    assert before
    counts = {**before.open_jobs, QUEUE: {"RUNNING": 3, "gone": 1}, EVERYTHING: {"RUNNABLE": 2}}
    hostile = Statistics(
        counted_at=before.counted_at,
        open_jobs=counts,
        days={**before.days, "2026-03-10": {QUEUE: {"SUCCEEDED": 1, "FAILED": 1}}},
        waiting={QUEUE: {"jobs": 2, "longest_seconds": 60}},
        waited_running={QUEUE: {"under_1_min": 3}},
        waited={"2026-03-10": {EVERYTHING: {"from_6_h": 1}}},
    )
    store_statistics(stack.data, stack.jobs_table, hostile)
    now = datetime.now(UTC)
    report = SyncReport(job_queue=QUEUE, table=stack.jobs_table, started_at=now.isoformat(), seconds=1.0, calls={})
    last = {**report.to_json(), "warnings": list(PAYLOADS)}
    write_state(stack.data, _place(stack), SyncState(missing={JOB: now}), last=last)
    try:
        yield
    finally:
        store_statistics(stack.data, stack.jobs_table, before)
