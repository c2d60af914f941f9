"""A run report cut down to what strips, lists and sparklines show: one short array a client, some sixty bytes.

It does no I/O. The report stays the account; the summary is what thirty runs of a thousand clients can be read from at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, NamedTuple

from vectora_core.ingest import stored_json
from vectora_core.ingest.stored_json import MOST
from vectora_core.ingest.types import HEAVY_TASK, INGEST_TASK, TASKS, ClientStatus

SUMMARY_VERSION = 1
RUN_STATUSES = frozenset({"succeeded", "partial", "failed", "no_active_clients"})
LONGEST_ERROR = 500

_LETTERS: Mapping[str, str] = {"succeeded": "s", "partial": "p", "failed": "f"}
_STATUSES: Mapping[str, ClientStatus] = {"s": "succeeded", "p": "partial", "f": "failed"}
_ROW_TYPES = frozenset(
    (str, int, int, int, int, duration, map_index, failure_class, str)
    for duration in (int, float)
    for map_index in (int, NoneType)
    for failure_class in (str, NoneType)
)
_HEAD: Mapping[str, str] = {  # the names in a summary, by those in a report
    "run_id": "run_id",
    "status": "status",
    "dry_run": "dry_run",
    "error": "error",
    "items": "total_items_ingested",
    "items_new": "total_items_new",
    "seconds": "execution_time_seconds",
}


class ClientOutcome(NamedTuple):
    """What became of a client in a run; a tuple, because a page makes thirty thousand of them (half a dataclass's time).

    :param status: what happened: a client may be ``partial`` and yet count as failed (``fail_on_partial``)
    :param task_id: of its task instance in Airflow; None exactly when there is no map index
    :param map_index: of that instance; None for a run of the CLI or the Lambda, or of an older Vectora
    :param failure_class: that of its error; set exactly when it counts as failed
    """

    status: ClientStatus
    items: int
    items_new: int
    sources_ok: int
    sources_failed: int
    duration_seconds: float
    map_index: int | None
    failure_class: str | None
    name: str
    task_id: str | None

    @property
    def failed(self) -> bool:
        """Whether the run counts it as failed: it is in ``failed_client_ids`` then, and runs again with them."""
        return self.failure_class is not None or self.status == "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """A run in short.

    :param error: the first 500 characters of why nothing could run, or None
    :param seconds: how long the run took
    :param clients: by client id, sorted
    """

    run_id: str
    status: str
    dry_run: bool
    error: str | None
    items: int
    items_new: int
    seconds: float
    clients: Mapping[str, ClientOutcome]


def summarize(report: Mapping[str, Any]) -> RunSummary:
    """Return the short form of a run report, of this or an older version.

    :raises ValueError: when it is no report
    """
    try:
        results = stored_json.mapping(report["client_results"], "client_results")
        clients = {client_id: outcome_of(result) for client_id, result in results.items()}
        head = {name: report[long] for name, long in _HEAD.items()}
    except (LookupError, TypeError) as error:
        raise ValueError(f"it is no run report: {error!r}") from error
    return _summary(head, clients)


def outcome_of(result: Mapping[str, Any]) -> ClientOutcome:
    """Return the short form of what a report says about a client.

    :raises ValueError: when it is no result of a client
    """
    try:
        task = _task_of(result.get("task_id"), result.get("map_index"))
        return _outcome(
            [
                _LETTERS[result["status"]],
                result["items"],
                result["items_new"],
                result["sources_ok"],
                result["sources_failed"],
                result["duration_seconds"],
                result.get("map_index"),
                result["error"]["failure_class"] if result["error"] is not None else None,
                result["name"],
                *([HEAVY_TASK] if task == HEAVY_TASK else []),
            ]
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no result of a client: {error!r}") from error


def to_bytes(summary: RunSummary) -> bytes:
    """Return a summary as JSON, as short as it can be."""
    document = {
        "summary_version": SUMMARY_VERSION,
        **{name: getattr(summary, name) for name in _HEAD},
        "clients": {client_id: _row(outcome) for client_id, outcome in summary.clients.items()},
    }
    # Half a surrogate pair, which UTF-8 cannot hold, becomes its JSON escape.
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


def from_bytes(data: bytes) -> RunSummary:
    """Read back what `to_bytes` gave.

    :raises ValueError: when it is no summary, or one of another version
    """
    document = stored_json.mapping(stored_json.decode(data), "a summary")
    if document.get("summary_version") != SUMMARY_VERSION:
        raise ValueError("it is no summary of a version known here")
    try:
        rows = stored_json.mapping(document["clients"], "clients")
        return _summary(document, {client_id: _outcome(row) for client_id, row in rows.items()})
    except (LookupError, TypeError) as error:
        raise ValueError(f"it is no summary: {error!r}") from error


def _row(outcome: ClientOutcome) -> list[Any]:
    """Only the few of another task than `ingest_client` name it: a row stays short, and is that of an older Vectora."""
    row = [_LETTERS[outcome.status], *outcome[1:-1]]
    return row if outcome.task_id in (None, INGEST_TASK) else [*row, outcome.task_id]


def _summary(head: Mapping[str, Any], clients: Mapping[str, ClientOutcome]) -> RunSummary:
    status, error = stored_json.text(head["status"], "status"), head["error"]
    if status not in RUN_STATUSES or not isinstance(head["dry_run"], bool):
        raise ValueError("its status or dry_run has a value that is none")
    return RunSummary(
        run_id=stored_json.text(head["run_id"], "run_id"),
        status=status,
        dry_run=head["dry_run"],
        error=None if error is None else stored_json.text(error, "error")[:LONGEST_ERROR],
        items=stored_json.count(head["items"], "items"),
        items_new=stored_json.count(head["items_new"], "items_new"),
        seconds=stored_json.seconds(head["seconds"], "seconds"),
        clients=clients,
    )


def _outcome(row: Any) -> ClientOutcome:
    # Their types are looked up all at once, for the same reason as above.
    if type(row) is not list or tuple(map(type, row[:9])) not in _ROW_TYPES or len(row) > 10:
        raise ValueError("a client of it is not the nine or ten values it must be")
    letter, items, items_new, sources_ok, sources_failed, duration, map_index, failure_class, name = row[:9]
    task_id = _task_of(row[9] if len(row) > 9 else None, map_index)
    known = 0 <= items <= MOST and 0 <= items_new <= MOST and 0 <= sources_ok <= MOST and 0 <= sources_failed <= MOST
    if not (known and -MOST <= duration <= MOST and 0 <= (map_index or 0) <= MOST and letter in _STATUSES):
        raise ValueError("a client of it has a status or a number that cannot be")
    counts = (items, items_new, sources_ok, sources_failed)
    return ClientOutcome(_STATUSES[letter], *counts, max(duration, 0), map_index, failure_class, name, task_id)


def _task_of(task_id: object, map_index: object) -> str | None:
    """Return the task that a report names beside a map index; where there is no index there was no instance.

    :param task_id: None in reports of an older Vectora, which had the one task
    :raises ValueError: when it is no task that works for a client
    """
    if task_id is not None and not (isinstance(task_id, str) and task_id in TASKS):
        raise ValueError(f"task_id {str(task_id)[:100]!r} works for no client")
    return None if map_index is None else str(task_id or INGEST_TASK)
