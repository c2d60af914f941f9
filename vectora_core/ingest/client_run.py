"""What one client's ingest in one run left: its result, its manifest and its items, and whether those are still this run's.

A day's outputs are overwritten by the next run of that day: what lies there now need not be what the run wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from vectora_core.errors import ObjectNotFoundError, ParametersError, StorageError
from vectora_core.ingest import funnel, manifest, run_summary, store, stored_json
from vectora_core.ingest.funnel import Stage
from vectora_core.ingest.window import RunPlan
from vectora_core.storage import Storage

_SHOWN = 250  # of an id in a note; Airflow takes no longer one
_TEXTS = ("item_id", "source_key", "title", "content", "url", "canonical_url", "date_source", "captured_at", "ingested_at")
_TEXTS_OR_NULL = ("published_at", "language", "source_type")


@dataclass(frozen=True, kw_only=True)
class ClientRun:
    """A client in a run.

    :param result: what the run's report says of it; None when the run was not about it
    :param manifest: the manifest that lies where the run wrote, whoever wrote it; None when there is none that can be read
    :param manifest_of_run: whether this run wrote it
    :param items: those of the items file that lies there, each as it is stored and with ``new``: whether it is absent from
        the client's previous day
    :param items_of_run: whether they are byte for byte what this run wrote, by their digest
    :param items_run_id: the run that wrote them; None when nobody knows
    :param stages: the funnel of this run; empty when its manifest is gone
    :param notes: what is missing, of another run or not readable, in words
    """

    run_id: str
    client_id: str
    result: Mapping[str, Any] | None = None
    manifest: Mapping[str, Any] | None = None
    manifest_of_run: bool = False
    items: tuple[Mapping[str, Any], ...] = ()
    items_of_run: bool = False
    items_run_id: str | None = None
    stages: tuple[Stage, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Places:
    """Where a client's outputs of a run are, and the items of its day before."""

    manifest: str
    items: str
    previous_items: str


@dataclass(frozen=True, kw_only=True)
class _Items:
    """The items that lie there, and whose they are."""

    items: tuple[Mapping[str, Any], ...] = ()
    reported: bool = False
    run_id: str | None = None


def read_client_run(storage: Storage, report: Mapping[str, Any], client_id: str) -> ClientRun:
    """Return what a client's ingest in a run left, by one parallel read of three objects.

    :param report: the run's, as `store.load_report` gives it
    :raises StorageError: when storage is out of reach; what is missing, older or broken there is in ``notes`` instead
    """
    run_id = str(report.get("run_id"))
    notes: list[str] = []
    result = _result(report, client_id, notes)
    places = _places(report, client_id, notes) if result else None
    if result is None or places is None:
        return ClientRun(run_id=run_id, client_id=client_id, result=result, notes=tuple(notes))
    there = _read(storage, places, notes)
    document = _manifest(there[places.manifest], places.manifest, notes)
    own = document is not None and document["run_id"] == run_id
    if document is not None and not own:
        notes.append(
            f"the manifest is that of run {document['run_id'][:_SHOWN]}: this run wrote none, or that one wrote it again"
        )
    found = _items(there[places.items], places.items, (run_id, result, document), notes)
    seen = store.item_ids(there[places.previous_items])
    items = tuple({**item, "new": item["item_id"] not in seen} for item in found.items)
    if found.reported and (new := sum(item["new"] for item in items)) != result["items_new"]:
        notes.append(
            f"{new} items are new beside the previous day as it is now; when the run wrote, {result['items_new']} were"
        )
    return ClientRun(
        run_id=run_id,
        client_id=client_id,
        result=result,
        manifest=document,
        manifest_of_run=own,
        items=items,
        items_of_run=found.run_id == run_id,
        items_run_id=found.run_id,
        stages=funnel.funnel(document) if document is not None and own else (),
        notes=tuple(notes),
    )


def items_page(items: Sequence[Mapping[str, Any]], page: int, size: int) -> tuple[Sequence[Mapping[str, Any]], int]:
    """Return one page of items and how many pages there are (at least one).

    :param page: from 1; one that is not there is the nearest that is
    :param size: items a page, 1 or more
    """
    pages = max(1, -(-len(items) // size))
    first = (min(max(page, 1), pages) - 1) * size
    return items[first : first + size], pages


def _result(report: Mapping[str, Any], client_id: str, notes: list[str]) -> Mapping[str, Any] | None:
    try:
        results = stored_json.mapping(report.get("client_results"), "client_results")
        if not client_id or client_id not in results:
            notes.append(f"client {client_id[:_SHOWN]!r} is not among those of this run")
            return None
        result = stored_json.mapping(results[client_id], client_id)
        if run_summary.outcome_of(result).failure_class is not None:
            stored_json.text(result["error"].get("message"), "message")
        for key, source in stored_json.mapping(result.get("sources"), "sources").items():
            stored_json.text(stored_json.mapping(source, key).get("outcome"), "outcome")
    except ValueError as error:
        notes.append(f"what the report says of client {client_id!r} cannot be read: {error}")
        return None
    return result


def _places(report: Mapping[str, Any], client_id: str, notes: list[str]) -> _Places | None:
    try:
        plan = RunPlan.from_json(report["plan"])
        folder = store.output_folder(plan, client_id)
        previous = store.previous_items_path(client_id, plan.day)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, ParametersError):
        notes.append("the report has no plan that can be read: nobody knows where this run wrote")
        return None
    return _Places(manifest=store.manifest_path(folder), items=store.items_path(folder), previous_items=previous)


def _read(storage: Storage, places: _Places, notes: list[str]) -> dict[str, bytes | None]:
    answers = storage.get_many([places.manifest, places.items, places.previous_items])
    refused = {path: answer for path, answer in answers.items() if _is_refusal(answer)}
    if len(refused) == len(answers):
        raise next(iter(refused.values()))  # type: ignore[misc]  # all of them are errors
    notes += [str(error) for error in refused.values()]
    return {path: None if isinstance(answer, StorageError) else answer for path, answer in answers.items()}


def _is_refusal(answer: bytes | StorageError) -> bool:
    return isinstance(answer, StorageError) and not isinstance(answer, ObjectNotFoundError)


def _manifest(data: bytes | None, path: str, notes: list[str]) -> Mapping[str, Any] | None:
    if data is None:
        notes.append(f"there is no manifest at {path}")
        return None
    try:
        document = stored_json.mapping(stored_json.decode(data), "it")
        stored_json.text(document.get("run_id"), "run_id")
        funnel.funnel(document)
        for key, source in stored_json.mapping(document.get("sources"), "sources").items():
            stored_json.text(stored_json.mapping(source, key).get("outcome"), "outcome")
            for name in ("counts", "drops"):
                stored_json.counts(source.get(name), name)
    except ValueError as error:
        notes.append(f"the manifest {path} cannot be read: {error}")
        return None
    return document


def _items(
    data: bytes | None,
    path: str,
    run: tuple[str, Mapping[str, Any], Mapping[str, Any] | None],
    notes: list[str],
) -> _Items:
    run_id, result, document = run
    if data is None:
        notes.append("this run wrote no items" if result.get("output") is None else f"there are no items at {path} any more")
        return _Items()
    digest, named = sha256(data).hexdigest(), manifest.items_file_of(document)
    writer = named.run_id if named and named.sha256 == digest else None
    reported = digest == result.get("output_sha256")
    if not reported:
        notes.append(_whose(path, run_id, writer, document))
    items, unusable = _entries(data)
    if unusable:
        notes.append(f"{path} has {unusable} that cannot be read")
    return _Items(items=items, reported=reported, run_id=run_id if reported else writer)


def _whose(path: str, run_id: str, writer: str | None, document: Mapping[str, Any] | None) -> str:
    """Say whose the items are when the report does not name them."""
    if writer == run_id:
        return "an earlier try of this run wrote these items; the try that the report tells of wrote none"
    if writer is not None:
        return f"the items are those of run {writer[:_SHOWN]}"
    if document is None:
        return f"nobody knows which run wrote {path}: there is no manifest beside it that can be read"
    return f"{path} is not the file its manifest means: a write was cut off in between, or it was changed since"


def _entries(data: bytes) -> tuple[tuple[Mapping[str, Any], ...], str]:
    """Return the items of a file, and what in it is none."""
    try:
        found = stored_json.decode(data)
    except ValueError as error:
        return (), f"content ({error})"
    entries = found if isinstance(found, list) else [found]
    items = tuple(entry for entry in entries if _is_item(entry))
    return items, f"{len(entries) - len(items)} items" if len(items) < len(entries) else ""


def _is_item(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(name), str) for name in _TEXTS)
        and all(isinstance(entry.get(name), str | None) for name in _TEXTS_OR_NULL)
        and isinstance(entry.get("metadata"), dict)
    )
