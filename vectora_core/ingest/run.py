"""A whole run without Airflow: discover, ingest client by client, report. The CLI and the Lambda call it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from vectora_core.config.catalog_files import load_catalog
from vectora_core.errors import StorageError, VectoraError
from vectora_core.ingest import manifest, report, store
from vectora_core.ingest.client import IngestResources, ingest_client
from vectora_core.ingest.discover import find_clients
from vectora_core.ingest.manifest import Writer
from vectora_core.ingest.types import ClientResult
from vectora_core.ingest.window import RunPlan
from vectora_core.storage import Storage

log = logging.getLogger(__name__)

CLIENTS_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run: its report, and the result of each client; items are in it after a dry run only, which stored none."""

    report: dict[str, Any]
    results: tuple[ClientResult, ...]


class Progress:
    """What a run tells while it goes on; the default keeps quiet."""

    def started(self, client_ids: Sequence[str]) -> None:
        """The clients are known."""

    def finished(self, result: ClientResult) -> None:
        """One client is through."""


def run_ingest(plan: RunPlan, resources: IngestResources, *, writer: Writer, progress: Progress | None = None) -> Run:
    """Ingest every client a plan asks for; one client's failure never stops the others.

    ::

        discover ─ clients ─┬─ ingest one client ─┐
                            ├─ ingest one client ─┼─ report (stored unless this is a dry run)
                            └─ …                  ┘

    :raises ParametersError: when discovery refuses the parameters
    :raises StorageError: when the configuration cannot be listed, or nothing at all could be stored; a report that cannot be
        stored after clients were is in ``report_error`` of the report, whose status is then ``partial`` at best
    """
    progress = progress or Progress()
    started = monotonic()
    clients, found = find_clients(plan, resources.config)
    progress.started(found.client_ids)
    resources = replace(resources, catalog=load_catalog(resources.config)) if clients else resources
    results: dict[str, ClientResult] = {}
    summaries: dict[str, dict[str, Any]] = {}
    with closing(_results(found.client_ids, lambda client_id: _ingested(client_id, plan, resources, writer))) as finished:
        for result in finished:
            progress.finished(result)
            summaries[result.client_id] = manifest.summary(result)
            results[result.client_id] = result if plan.parameters.dry_run else replace(result, items=(), dropped=())
    document = report.build(
        plan,
        found,
        summaries,
        run_id=plan.run_id,
        execution_time_seconds=monotonic() - started,
    )
    if not plan.parameters.dry_run:
        document = _stored(document, resources.data)
    return Run(report=document, results=tuple(results[client_id] for client_id in sorted(results)))


def _stored(document: dict[str, Any], data: Storage) -> dict[str, Any]:
    try:
        store.save_report(data, document)
    except StorageError as error:
        if not document["clients_succeeded"]:
            raise
        return document | {"status": "partial", "report_error": f"the report could not be stored: {error}"}
    return document


def _results(client_ids: Sequence[str], ingest: Callable[[str], ClientResult]) -> Generator[ClientResult]:
    pool = ThreadPoolExecutor(max_workers=CLIENTS_AT_ONCE, thread_name_prefix="client")
    try:
        for future in as_completed([pool.submit(ingest, client_id) for client_id in client_ids]):
            yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C nobody waits for those that have not begun


def _ingested(client_id: str, plan: RunPlan, resources: IngestResources, writer: Writer) -> ClientResult:
    try:
        return ingest_client(client_id, plan, resources, writer)
    except Exception as error:  # whatever happens to one client, the others go on
        if not isinstance(error, VectoraError):
            log.exception("%s: unforeseen", client_id)
        known = error if isinstance(error, VectoraError) else VectoraError(f"unforeseen {type(error).__name__}: {error}")
        return ClientResult(client_id=client_id, status="failed", error=known)
