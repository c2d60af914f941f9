"""The report of a run: what discovery found, joined with what became of each client. It does no I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vectora_core.ingest.types import HEAVY_TASK, INGEST_TASK, Instance
from vectora_core.ingest.window import RunPlan

RunStatus = Literal["succeeded", "partial", "failed", "no_active_clients"]

REPORT_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Found:
    """What discovery found, as far as a report needs it.

    :param client_ids: the clients the run was to ingest
    :param discovered: how many client files there are, templates apart
    :param active: how many of them are active
    :param critical: those of ``client_ids`` whose failure always fails the run
    """

    client_ids: tuple[str, ...]
    discovered: int
    active: int
    critical: frozenset[str] = frozenset()


def build(
    plan: RunPlan | None,
    found: Found,
    summaries: Mapping[str, Mapping[str, Any]],
    *,
    run_id: str,
    execution_time_seconds: float,
    error: str | None = None,
    instances: Mapping[str, Instance] | None = None,
) -> dict[str, Any]:
    """Return the report of a run.

    :param plan: None when discovery failed before there was one
    :param summaries: `manifest.summary` of each client that said something, by client id; one with an error has failed,
        even if its status is partial (``fail_on_partial``)
    :param error: why nothing could run, when discovery failed
    :param instances: the task instance of each client, by client id; None where there is no Airflow
    """
    results = {
        client_id: {**(summaries.get(client_id) or missing(client_id)), **_instance((instances or {}).get(client_id))}
        for client_id in sorted(found.client_ids)
    }
    failed = [client_id for client_id, result in results.items() if result["error"]]
    return {
        "report_version": REPORT_VERSION,
        "run_id": run_id,
        "status": status_of([result["status"] for result in results.values()], error),
        "error": error,
        "dry_run": bool(plan and plan.parameters.dry_run),
        "plan": plan.to_json() if plan else None,
        "clients_discovered": found.discovered,
        "clients_active": found.active,
        "clients_processed": len(results),
        "clients_succeeded": len(results) - len(failed),
        "clients_partial": sum(result["status"] == "partial" for result in results.values()),
        "clients_failed": len(failed),
        "total_items_ingested": sum(result["items"] for result in results.values()),
        "total_items_new": sum(result["items_new"] for result in results.values()),
        "execution_time_seconds": round(execution_time_seconds, 3),
        "failed_client_ids": failed,
        "critical_client_ids": sorted(found.critical),
        "client_results": results,
    }


def instances_of(client_ids: Sequence[str], heavy: Collection[str]) -> dict[str, Instance]:
    """Return the instance of each client: its place in the list its task is mapped over.

    :param client_ids: of all clients, in the order of discovery
    :param heavy: ids of those that the heavy task works for
    """
    ordinary, others = ([one for one in client_ids if (one in heavy) is is_heavy] for is_heavy in (False, True))
    return {
        client_id: Instance(task_id, index)
        for task_id, ids in ((INGEST_TASK, ordinary), (HEAVY_TASK, others))
        for index, client_id in enumerate(ids)
    }


def _instance(found: Instance | None) -> dict[str, Any]:
    return found._asdict() if found else dict.fromkeys(Instance._fields)


def status_of(statuses: Sequence[str], error: str | None = None) -> RunStatus:
    """Return a run's status by those of its clients; a run over nobody is never a success."""
    if error:
        return "failed"
    if not statuses:
        return "no_active_clients"
    if all(status == "failed" for status in statuses):
        return "failed"
    return "succeeded" if all(status == "succeeded" for status in statuses) else "partial"


def missing(client_id: str, state: str | None = None) -> dict[str, Any]:
    """Return the summary of a client that said nothing: its worker was killed, or it never ran.

    :param state: the state Airflow has for its task instance
    """
    return {
        "client_id": client_id,
        "name": "",
        "status": "failed",
        "sources_ok": 0,
        "sources_failed": 0,
        "items": 0,
        "items_new": 0,
        "duration_seconds": 0.0,
        "output": None,
        "output_sha256": None,
        "manifest": None,
        "error": {
            "failure_class": "no_result",
            "message": f"no result came back (state {state or 'unknown'}): the task was killed, timed out or never started; "
            "see its log, then clear it",
            "transient": True,
        },
        "sources": {},
    }


def verdict(report: Mapping[str, Any], *, tolerated_failure_percentage: float) -> str | None:
    """Return why a run must count as failed, or None when it may count as succeeded."""
    if report["error"]:
        return f"nothing could run: {report['error']}"
    if not report["clients_processed"]:
        return "no active client was found; set active: true in a file of clients/, or name clients in client_ids"
    failed = report["failed_client_ids"]
    critical = sorted(set(failed) & set(report["critical_client_ids"]))
    if critical:
        return f"critical clients failed: {', '.join(critical)}"
    share = 100 * len(failed) / report["clients_processed"]
    if failed and share > tolerated_failure_percentage:
        return (
            f"{len(failed)} of {report['clients_processed']} clients failed ({share:.0f} %, "
            f"tolerated {tolerated_failure_percentage:g} %): {', '.join(failed)}"
        )
    return None


def lines(report: Mapping[str, Any]) -> list[str]:
    """Return the report in words: one line for the run, then one for each failed client with its reason."""
    head = (
        f"run {report['run_id']}: {report['status']}, {report['clients_succeeded']} of {report['clients_processed']} "
        f"clients succeeded, {report['total_items_ingested']} items ({report['total_items_new']} new)"
    )
    if report["error"]:
        return [head, f"nothing could run: {report['error']}"]
    results = report["client_results"]
    reasons = [f"{client_id}: {results[client_id]['error']['message']}" for client_id in report["failed_client_ids"]]
    partial = [
        f"{client_id} is partial: {key}: {source.get('error')}"
        for client_id, result in results.items()
        if result["status"] == "partial"
        for key, source in result["sources"].items()
        if "failure_class" in source
    ]
    return [head, *reasons, *partial]
