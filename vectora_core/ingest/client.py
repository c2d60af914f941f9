"""One client of one run, from its id to its stored output; what the mapped task, the CLI and the Lambda all call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from vectora_core.config.catalog_files import Catalog, load_catalog
from vectora_core.config.client_files import load_client
from vectora_core.config.placement import Place
from vectora_core.config.resolved import ResolvedClient
from vectora_core.errors import ConfigError, ParametersError, Problem, SourcesFailedError, VectoraError
from vectora_core.ingest import manifest, pipeline, store
from vectora_core.ingest.fetch.fetcher import Fetcher
from vectora_core.ingest.items import Rules
from vectora_core.ingest.manifest import Writer
from vectora_core.ingest.snapshots import Snapshots
from vectora_core.ingest.types import INGEST_TASK, SOURCE_FAILURES, ClientResult, ClientStatus, Item, SourceOutcome
from vectora_core.ingest.window import RunPlan, client_window
from vectora_core.settings import Settings
from vectora_core.storage import Storage

MOST_CAUSES = 10
"""Failed sources an error names; it goes into logs, reports and messages."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class IngestResources:
    """Where a client is ingested: its stores, settings and clock, made once per process.

    :param catalog: the canonical files, when somebody read them already
    :param heavy: queue and pool of the heavy clients in Airflow; None where there are neither, and all clients run alike
    """

    config: Storage
    data: Storage
    settings: Settings
    clock: Clock
    catalog: Catalog | None = None
    heavy: Place | None = None


def ingest_client(client_id: str, plan: RunPlan, resources: IngestResources, writer: Writer) -> ClientResult:
    """Ingest one client and store what it gave; items first, manifest last.

    :raises StorageError: when storage fails; whatever is wrong with the client or its sources is in the result instead
    """
    started = monotonic()
    try:
        client = load_client(
            resources.config,
            client_id,
            catalog=resources.catalog or load_catalog(resources.config),
            heavy=resources.heavy,
            in_ordinary_task=writer.task_id == INGEST_TASK,
        )
        result = ingest_resolved(client, plan, resources)
    except ConfigError as error:
        result = ClientResult(client_id=client_id, status="failed", error=error)
    result = replace(result, duration_seconds=round(monotonic() - started, 3))
    return result if plan.parameters.dry_run else _stored(result, plan, resources.data, writer)


def ingest_resolved(client: ResolvedClient, plan: RunPlan, resources: IngestResources) -> ClientResult:
    """Ingest a client whose configuration is at hand, writing nothing but captures (and not even those in a dry run).

    :raises ConfigError: when every source it follows is switched off
    :raises ParametersError: when the run is narrowed to sources it does not follow
    """
    config = client.config
    if not client.sources:
        raise ConfigError([_all_disabled(client)])
    only = plan.parameters.sources
    if only and not any(source.source_key in only for source in client.sources):
        raise ParametersError(
            f"sources: {config.client_id} follows none of {', '.join(only)}; `vectora preview` lists its sources"
        )
    mode = plan.parameters.ingestion_mode or config.ingest.ingestion_mode or "balanced"
    if mode == "strict" and client.strict_profile is None:
        raise ConfigError([_no_strict_profile(client)])
    window = client_window(plan, default_period_days=config.pipeline.default_period_days)
    rules = Rules(
        window=window,
        mode=mode,
        client=client,
        max_detail_pages=resources.settings.max_detail_pages,
        environ=os.environ,
    )
    results = asyncio.run(_ingest(rules, plan, resources))
    outcomes = tuple(result.outcome for result in results) + tuple(
        SourceOutcome(source_key=key, ingestion_mode="none", outcome="skipped") for key in client.disabled
    )
    status, error = judge(outcomes, fail_on_partial=config.ingest.fail_on_partial)
    items = newest_first([item for result in results for item in result.items])
    return ClientResult(
        client_id=config.client_id,
        name=config.client_profile.name,
        status=status,
        error=error,
        window=window,
        config_hash=client.config_hash,
        outcomes=outcomes,
        items=items,
        items_new=_new(items, config.client_id, plan, resources.data) if status != "failed" else 0,
        dropped=tuple(drop for result in results for drop in result.dropped),
    )


async def _ingest(rules: Rules, plan: RunPlan, resources: IngestResources) -> tuple[pipeline.SourceResult, ...]:
    async with Fetcher(resources.settings, clock=resources.clock) as fetcher:
        snapshots = Snapshots(
            resources.data,
            fetcher,
            interval=plan.interval,
            refresh=plan.refresh,
            store=not plan.parameters.dry_run,
            clock=resources.clock,
        )
        return await pipeline.ingest_sources(snapshots, rules, plan.parameters.sources)


def judge(outcomes: Sequence[SourceOutcome], *, fail_on_partial: bool) -> tuple[ClientStatus, VectoraError | None]:
    """Return a client's status by what became of its sources, and its error when the status or the client calls for one."""
    used = [outcome for outcome in outcomes if outcome.outcome != "skipped"]
    failed = [outcome for outcome in used if outcome.outcome in SOURCE_FAILURES]
    if not failed:
        return "succeeded", None
    which = "every source" if len(failed) == len(used) else f"{len(failed)} of {len(used)} sources"
    causes = "; ".join(f"{one.source_key}: {one.error}" for one in failed[:MOST_CAUSES])
    causes += f"; and {len(failed) - MOST_CAUSES} more, see the manifest" if len(failed) > MOST_CAUSES else ""
    error = SourcesFailedError(f"{which} failed: {causes}", transient=any(one.transient for one in failed))
    if len(failed) == len(used):
        return "failed", error
    return "partial", error if fail_on_partial else None


def newest_first(items: Sequence[Item]) -> tuple[Item, ...]:
    """Order items by date, newest first and undated last, then by id: the same items are the same file."""
    by_id = sorted(items, key=lambda item: item.item_id)
    return tuple(sorted(by_id, key=lambda item: item.published_at or "", reverse=True))


def _new(items: Sequence[Item], client_id: str, plan: RunPlan, data: Storage) -> int:
    seen = store.previous_item_ids(data, client_id, plan.day)
    return sum(item.item_id not in seen for item in items)


def _all_disabled(client: ResolvedClient) -> Problem:
    return Problem(
        file=f"clients/{client.config.client_id}.yaml",
        line=0,
        key="source_config",
        message=f"every source it follows is switched off in the catalog: {', '.join(client.disabled)}; enable one",
    )


def _no_strict_profile(client: ResolvedClient) -> Problem:
    return Problem(
        file=f"clients/{client.config.client_id}.yaml",
        line=0,
        key="ingest.ingestion_mode",
        message=f"strict cannot be had: {client.strict_profile_error or 'there is no strict profile'}",
    )


def _stored(result: ClientResult, plan: RunPlan, data: Storage, writer: Writer) -> ClientResult:
    """Write items, then the manifest that names them. A failure leaves the items of an earlier run as they are."""
    folder = store.output_folder(plan, result.client_id)
    if result.status == "failed":
        kept = manifest.items_file_of(store.find_manifest(data, folder))
    else:
        saved = store.save_items(data, folder, result.items)
        result = replace(result, output=saved.path, output_sha256=saved.sha256)
        kept = manifest.ItemsFile(sha256=saved.sha256, run_id=plan.run_id)
    document = manifest.build(result, plan, writer, items_file=kept)
    return replace(result, manifest=store.save_manifest(data, folder, document))
