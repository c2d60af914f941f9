"""What runs leave of a client, for the tests of its page: written by the core's own functions: both keep together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from vectora_core.ingest import manifest, report, store
from vectora_core.ingest.manifest import ItemsFile, Writer
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.types import ClientResult, Item, SourceOutcome
from vectora_core.ingest.window import RunPlan, client_window, plan_manual_run
from vectora_core.storage import Storage

RUN = "manual__2026-03-10T11:00:00+00:00"
AT = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


def item(number: int, **changes: Any) -> Item:
    """An item; the number tells it from others."""
    at = (AT - timedelta(hours=number)).isoformat()
    found = Item(
        item_id=f"wire__{number:016x}",
        source_key="wire",
        source_type="newswire",
        title=f"Title {number}",
        content="Some words",
        url=f"https://example.org/{number}",
        canonical_url=f"https://example.org/{number}",
        published_at=at,
        date_source="feed",
        captured_at=at,
        ingested_at=at,
        language="en",
        content_hash="00",
        schema_version="1",
        metadata={"author": None, "tags": [], "word_count": 2},
        provenance={"snapshot": None, "config_hash": "0" * 16, "parser": "feed"},
    )
    return replace(found, **changes)


def outcome(source_key: str = "wire", **changes: Any) -> SourceOutcome:
    """A source that was read, with a drop at every stage."""
    found = SourceOutcome(
        source_key=source_key,
        ingestion_mode="rss",
        outcome="ok",
        counts={"parsed": 9, "unique": 8, "in_window": 5, "kept": 3},
        drops={"no_title": 2, "duplicate": 1, "window:too_old": 3, "profile:noise:exclusion:jobs": 2},
        bytes=12_345,
        requests=2,
        duration_seconds=1.25,
    )
    return replace(found, **changes)


def result(client_id: str = "acme", **changes: Any) -> ClientResult:
    """A client with one source and three items."""
    found = ClientResult(
        client_id=client_id,
        status="succeeded",
        name=f"Name of {client_id}",
        config_hash="0" * 16,
        outcomes=(outcome(),),
        items=tuple(item(number) for number in range(3)),
        items_new=3,
        duration_seconds=2.5,
    )
    return replace(found, **changes)


def store_run(
    data: Storage,
    *results: ClientResult,
    run_id: str = RUN,
    at: datetime = AT,
    parameters: Mapping[str, Any] | None = None,
    in_airflow: bool = True,
    heavy: Sequence[str] = (),
) -> dict[str, Any]:
    """Write what a run leaves: items, manifests, its report. A failed client writes no items, as in the core."""
    plan = plan_manual_run(run_id, run_after=at, parameters=parse_parameters(parameters or {}), now=at)
    stored = {one.client_id: manifest.summary(_stored(data, one, plan)) for one in results}
    ids = tuple(sorted(stored))
    document = report.build(
        plan,
        report.Found(client_ids=ids, discovered=len(ids), active=len(ids)),
        stored,
        run_id=run_id,
        execution_time_seconds=60,
        instances=report.instances_of(ids, heavy) if in_airflow else None,
    )
    store.save_report(data, document)
    return document


def store_day_before(data: Storage, client_id: str, items: Sequence[Item], *, at: datetime = AT) -> None:
    """Write the items the client had the day before: those are not new."""
    data.put(store.previous_items_path(client_id, at.date()), store.items_bytes(items))


def _stored(data: Storage, one: ClientResult, plan: RunPlan) -> ClientResult:
    one = replace(one, window=client_window(plan, default_period_days=None))
    folder = store.output_folder(plan, one.client_id)
    items_file = None
    if one.status != "failed":
        saved = store.save_items(data, folder, one.items)
        assert saved.sha256 == sha256(store.items_bytes(one.items)).hexdigest()
        one = replace(one, output=saved.path, output_sha256=saved.sha256)
        items_file = ItemsFile(sha256=saved.sha256, run_id=plan.run_id)
    document = manifest.build(one, plan, Writer(task_id="ingest_client"), items_file=items_file)
    return replace(one, manifest=store.save_manifest(data, folder, document))
