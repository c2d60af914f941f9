"""The account of one client's ingest, as it is stored beside its items and as a report quotes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vectora_core.ingest.types import SOURCE_FAILURES, ClientResult, SourceOutcome
from vectora_core.ingest.window import RunPlan

MANIFEST_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Who wrote a manifest: the Airflow task instance, or the CLI or Lambda with their defaults."""

    task_id: str
    map_index: int = -1
    try_number: int = 1


@dataclass(frozen=True, kw_only=True)
class ItemsFile:
    """The items file a manifest means: two writers may overlap after a kill, and a failed run leaves an older file."""

    sha256: str
    run_id: str


def build(result: ClientResult, plan: RunPlan, writer: Writer, *, items_file: ItemsFile | None) -> dict[str, Any]:
    """Return the manifest of a client.

    :param items_file: what ``items.json`` beside it is; None when there is none
    """
    window = result.window
    return {
        "manifest_version": MANIFEST_VERSION,
        "client_id": result.client_id,
        "name": result.name,
        "status": result.status,
        "error": error_of(result),
        "run_id": plan.run_id,
        "written_by": asdict(writer),
        "interval": {"start": plan.interval.start.isoformat(), "end": plan.interval.end.isoformat()},
        "window": {"start": window.start.isoformat(), "end": window.end.isoformat()} if window else None,
        "parameters": plan.parameters.as_json(),
        "config_hash": result.config_hash,
        "items": len(result.items) if result.status != "failed" else 0,
        "items_new": result.items_new,
        "items_file": asdict(items_file) if items_file else None,
        "totals": totals(result.outcomes),
        "sources": {one.source_key: source_entry(one) for one in result.outcomes},
        "duration_seconds": result.duration_seconds,
    }


def summary(result: ClientResult) -> dict[str, Any]:
    """Return what a run report says about a client; small enough for XCom."""
    failed = [one for one in result.outcomes if one.outcome in SOURCE_FAILURES]
    used = [one for one in result.outcomes if one.outcome != "skipped"]
    return {
        "client_id": result.client_id,
        "name": result.name,
        "status": result.status,
        "sources_ok": len(used) - len(failed),
        "sources_failed": len(failed),
        "items": len(result.items) if result.status != "failed" else 0,
        "items_new": result.items_new,
        "duration_seconds": result.duration_seconds,
        "output": result.output,
        "output_sha256": result.output_sha256,
        "manifest": result.manifest,
        "error": error_of(result),
        "sources": {one.source_key: _short_entry(one) for one in used},
    }


def error_of(result: ClientResult) -> dict[str, Any] | None:
    """Return a client's error as JSON values: class, message, and whether a later try may succeed."""
    error = result.error
    if error is None:
        return None
    return {"failure_class": error.failure_class, "message": str(error), "transient": error.transient}


def items_file_of(manifest: Mapping[str, Any] | None) -> ItemsFile | None:
    """Return the items file an older manifest means."""
    found = (manifest or {}).get("items_file")
    if not isinstance(found, dict) or not {"sha256", "run_id"} <= found.keys():
        return None
    return ItemsFile(sha256=str(found["sha256"]), run_id=str(found["run_id"]))


def totals(outcomes: tuple[SourceOutcome, ...]) -> dict[str, Any]:
    """Return the sums over all sources: entries per stage, drops per rule, outcomes, requests and bytes."""
    counts: Counter[str] = Counter()
    drops: Counter[str] = Counter()
    for one in outcomes:
        counts.update(one.counts)
        drops.update(one.drops)
    return {
        "counts": dict(counts),
        "drops": dict(sorted(drops.items())),
        "outcomes": dict(sorted(Counter(one.outcome for one in outcomes).items())),
        "requests": sum(one.requests for one in outcomes),
        "bytes": sum(one.bytes for one in outcomes),
    }


def source_entry(outcome: SourceOutcome) -> dict[str, Any]:
    """Return what a manifest says about one source."""
    entry = asdict(outcome)
    del entry["source_key"]
    return entry


def _short_entry(outcome: SourceOutcome) -> dict[str, Any]:
    short: dict[str, Any] = {"outcome": outcome.outcome, "items": outcome.counts.get("kept", 0)}
    if outcome.outcome in SOURCE_FAILURES:
        short |= {"failure_class": outcome.failure_class, "error": (outcome.error or "")[:500]}
    return short
