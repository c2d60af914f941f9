"""Where the outputs of a run lie, and writing them: items first, manifest last, each whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from vectora_core.errors import ParametersError
from vectora_core.ingest import run_summary, stored_json
from vectora_core.ingest.types import Item
from vectora_core.ingest.window import RunPlan
from vectora_core.storage import Storage, path_segment


@dataclass(frozen=True, kw_only=True)
class StoredItems:
    """An items file that was written: its path below the data root, and the digest of its bytes."""

    path: str
    sha256: str


def run_folder(run_id: str) -> str:
    """Return the folder of a run's own files."""
    return f"runs/{path_segment(run_id)}"


def report_path(run_id: str) -> str:
    """Return the path of a run's report."""
    return f"{run_folder(run_id)}/report.json"


def summary_path(run_id: str) -> str:
    """Return the path of the short form of a run's report."""
    return f"{run_folder(run_id)}/summary.json"


def day_folder(client_id: str, day: date) -> str:
    """Return the folder of a client's outputs of one day."""
    return f"ingested/{client_id}/{day:%Y/%m/%d}"


def output_folder(plan: RunPlan, client_id: str) -> str:
    """Return where a run writes a client's outputs: the day's folder, or the run's own when it was narrowed by sources."""
    if plan.parameters.sources:
        return f"{run_folder(plan.run_id)}/{path_segment(client_id)}"
    return day_folder(path_segment(client_id), plan.day)


def items_path(folder: str) -> str:
    """Return the path of the items file of a folder."""
    return f"{folder}/items.json"


def manifest_path(folder: str) -> str:
    """Return the path of the manifest of a folder."""
    return f"{folder}/manifest.json"


def previous_items_path(client_id: str, day: date) -> str:
    """Return the path of the items a client had the day before: what is in them is not new.

    :raises OverflowError: when no day is before it
    """
    return items_path(day_folder(path_segment(client_id), day - timedelta(days=1)))


def items_bytes(items: Sequence[Item]) -> bytes:
    """Return items as a JSON array, one item a line: the same items are the same bytes."""
    lines = [json.dumps(asdict(item), ensure_ascii=False, sort_keys=True) for item in items]
    return _utf8("[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n")


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a manifest or a report as readable JSON with its keys in the order given."""
    return _utf8(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _utf8(text: str) -> bytes:
    r"""Encode JSON text; half a surrogate pair, which UTF-8 cannot hold, becomes its JSON escape (``\ud83d``)."""
    return text.encode("utf-8", errors="backslashreplace")


def previous_item_ids(storage: Storage, client_id: str, day: date) -> frozenset[str]:
    """Return the ids of the items the client had the day before; none when there is no such day, or no reading it."""
    return item_ids(storage.find(previous_items_path(client_id, day)))


def item_ids(data: bytes | None) -> frozenset[str]:
    """Return the ids in an items file; none when there is no such file, or no reading it."""
    try:
        return frozenset(str(item["item_id"]) for item in stored_json.decode(data)) if data else frozenset()
    except (ValueError, LookupError, TypeError):
        return frozenset()


def save_items(storage: Storage, folder: str, items: Sequence[Item]) -> StoredItems:
    """Write the items of a client. The manifest that names their digest has to follow, by `save_manifest`."""
    data = items_bytes(items)
    path = items_path(folder)
    storage.put(path, data)
    return StoredItems(path=path, sha256=hashlib.sha256(data).hexdigest())


def save_manifest(storage: Storage, folder: str, manifest: Mapping[str, Any]) -> str:
    """Write a manifest and return its path."""
    path = manifest_path(folder)
    storage.put(path, json_bytes(manifest))
    return path


def find_manifest(storage: Storage, folder: str) -> dict[str, Any] | None:
    """Return the manifest of a folder, or None when there is none that can be read."""
    data = storage.find(manifest_path(folder))
    try:
        found = stored_json.decode(data) if data else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def save_report(storage: Storage, document: Mapping[str, Any]) -> str:
    """Write the short form of a run's report, then the report: it is what programs wait for.

    :return: the path of the report
    """
    storage.put(summary_path(document["run_id"]), run_summary.to_bytes(run_summary.summarize(document)))
    path = report_path(document["run_id"])
    storage.put(path, json_bytes(document))
    return path


def load_report(storage: Storage, run_id: str) -> dict[str, Any]:
    """Return the report of an earlier run.

    :raises ParametersError: when there is no such run or its report cannot be read
    """
    path = report_path(run_id)
    data = storage.find(path)
    if data is None:
        raise ParametersError(f"run {run_id!r} has no report at {storage.url_of(path)}; check the run id")
    try:
        report = stored_json.decode(data)
        if report["plan"] is not None:
            RunPlan.from_json(report["plan"])
        if not all(isinstance(one, str) for one in report["failed_client_ids"]):
            raise ValueError("failed_client_ids are not client ids")
    except (ValueError, LookupError, TypeError, AttributeError, ParametersError) as error:
        raise ParametersError(
            f"the report {storage.url_of(path)} cannot be read: {error!r}; name another run, or give client_ids"
        ) from error
    return dict(report)
