"""Reports of runs as storage has them, for the tests of the page of a run: made by the core, so that both keep together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from vectora_core.ingest import report, store
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.window import plan_manual_run
from vectora_core.storage import Storage

RUN = "manual__2026-03-10T11:00:00+00:00"
AT = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


def client(client_id: str, status: str = "succeeded", **changes: Any) -> dict[str, Any]:
    """What a report says of a client; ``failed`` without more is one whose only source timed out."""
    failed = [] if status == "succeeded" else ["wire"]
    found = {
        "client_id": client_id,
        "name": f"Name of {client_id}",
        "status": status,
        "sources_ok": 0 if status == "failed" else 2,
        "sources_failed": len(failed),
        "items": 0 if status == "failed" else 10,
        "items_new": 0 if status == "failed" else 4,
        "duration_seconds": 1.5,
        "output": None,
        "output_sha256": None,
        "manifest": None,
        "error": error("sources", "every source failed: wire") if status == "failed" else None,
        "sources": {key: {"outcome": "failed", "failure_class": "timeout", "error": "no answer in 20 s"} for key in failed},
    }
    return found | changes


def error(failure_class: str, message: str, *, transient: bool = False) -> dict[str, Any]:
    """The error of a client as a whole."""
    return {"failure_class": failure_class, "message": message, "transient": transient}


def document(
    clients: Sequence[Mapping[str, Any]],
    *,
    run_id: str = RUN,
    parameters: Mapping[str, Any] | None = None,
    critical: Sequence[str] = (),
    in_airflow: bool = True,
    heavy: Sequence[str] = (),
    failure: str | None = None,
) -> dict[str, Any]:
    """A whole report.

    :param heavy: ids of the clients that the heavy task worked for
    :param failure: why nothing could run; then there is no plan either
    """
    ids = tuple(sorted(one["client_id"] for one in clients))
    found = report.Found(client_ids=ids, discovered=len(ids) + 2, active=len(ids) + 1, critical=frozenset(critical))
    plan = plan_manual_run(run_id, run_after=AT, parameters=parse_parameters(parameters or {}), now=AT)
    return report.build(
        None if failure else plan,
        found,
        {one["client_id"]: one for one in clients},
        run_id=run_id,
        execution_time_seconds=65,
        error=failure,
        instances=report.instances_of(ids, heavy) if in_airflow else None,
    )


def stored(data: Storage, clients: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """Write the report of a run."""
    found = document(clients, **more)
    store.save_report(data, found)
    return found
