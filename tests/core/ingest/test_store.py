"""Where outputs lie, and what their bytes are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.counted_storage import CountedStorage
from vectora_core.errors import ParametersError, StorageError
from vectora_core.ingest import report, run_summary, store
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.report import Found
from vectora_core.ingest.types import Item
from vectora_core.ingest.window import RunPlan, plan_manual_run
from vectora_core.storage import Storage, open_storage

NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)
ITEM = Item(
    item_id="news__0123456789abcdef",
    source_key="news",
    source_type=None,
    title="Ein Titel mit ü, 日本 und 🙂",
    content="Line one\nline two",
    url="https://news.example/1",
    canonical_url="https://news.example/1",
    published_at="2026-03-09T00:00:00+00:00",
    date_source="feed",
    captured_at="2026-03-10T15:00:00+00:00",
    ingested_at="2026-03-10T15:00:00+00:00",
    language="de",
    content_hash="x",
    schema_version="1",
    metadata={"word_count": 4, "author": None, "tags": []},
    provenance={"snapshot": "raw/x", "parser": "feed", "config_hash": "y"},
)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(tmp_path.as_uri())


def plan(run_id: str = "manual__1", **parameters: Any) -> RunPlan:
    return plan_manual_run(run_id, run_after=NOW, parameters=parse_parameters(parameters), now=NOW)


@pytest.mark.parametrize(
    ("parameters", "folder"),
    [
        ({}, "ingested/acme/2026/03/10"),
        ({"to_date": "2026-03-01"}, "ingested/acme/2026/03/01"),
        ({"from_date": "2026-02-01", "to_date": "2026-02-28"}, "ingested/acme/2026/02/28"),
        ({"sources": ["news"]}, "runs/manual__1/acme"),
    ],
)
def test_outputs_go_to_the_last_day_of_the_window(parameters: dict[str, Any], folder: str) -> None:
    """Or to the run's own folder when it was narrowed, so that it never shrinks a day's file."""
    assert store.output_folder(plan(**parameters), "acme") == folder


def test_foreign_ids_are_one_segment() -> None:
    """A run id or a client id that was asked for by name leads nowhere else."""
    assert store.report_path("a/../b") == "runs/a%2F..%2Fb/report.json"
    assert store.output_folder(plan(), "../x") == "ingested/..%2Fx/2026/03/10"
    assert store.output_folder(plan("..", sources=["news"]), ".") == "runs/%2E%2E/%2E"


def test_the_same_items_are_the_same_bytes() -> None:
    """A JSON array, one item a line, whatever the order of the keys inside; text stays readable."""
    shuffled = replace(ITEM, metadata=dict(reversed(ITEM.metadata.items())))
    data = store.items_bytes([ITEM, replace(ITEM, item_id="news__1")])
    assert data == store.items_bytes([shuffled, replace(shuffled, item_id="news__1")])
    lines = data.decode().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("[", "]", 4)
    assert "日本 und 🙂" in lines[1]
    assert [item["item_id"] for item in json.loads(data)] == ["news__0123456789abcdef", "news__1"]
    assert json.loads(store.items_bytes([])) == []


def test_the_digest_is_that_of_the_file(storage: Storage, tmp_path: Path) -> None:
    """Which is how a manifest says which file it means."""
    saved = store.save_items(storage, "ingested/acme/2026/03/10", [ITEM])
    assert saved.path == "ingested/acme/2026/03/10/items.json"
    assert saved.sha256 == sha256((tmp_path / saved.path).read_bytes()).hexdigest()


def test_the_day_before_is_what_is_not_new(storage: Storage) -> None:
    """Over the end of a month; no such day means everything is new."""
    store.save_items(storage, "ingested/acme/2026/02/28", [ITEM])
    assert store.previous_item_ids(storage, "acme", date(2026, 3, 1)) == {ITEM.item_id}
    assert store.previous_item_ids(storage, "acme", date(2026, 3, 2)) == frozenset()
    for broken in (b"[", b"{}", b"[1]", b"\xff"):
        storage.put("ingested/acme/2026/02/28/items.json", broken)
        assert store.previous_item_ids(storage, "acme", date(2026, 3, 1)) == frozenset()


def test_a_manifest_is_found_again(storage: Storage) -> None:
    """One that cannot be read is none: the run goes on, and writes a new one."""
    path = store.save_manifest(storage, "ingested/acme/2026/03/10", {"b": 1, "a": "ü"})
    assert storage.get(path).decode() == '{\n  "b": 1,\n  "a": "ü"\n}\n'
    assert store.find_manifest(storage, "ingested/acme/2026/03/10") == {"b": 1, "a": "ü"}
    assert store.find_manifest(storage, "elsewhere") is None
    for broken in (b"", b"{", b"[]", b"\xff"):
        storage.put(path, broken)
        assert store.find_manifest(storage, "ingested/acme/2026/03/10") is None


def test_a_report_is_loaded_by_its_run_id(storage: Storage) -> None:
    """With what a re-run of its failed clients needs."""
    document = {"plan": plan().to_json(), "failed_client_ids": ["acme"], "status": "partial"}
    storage.put(store.report_path("a run/1"), store.json_bytes(document))
    assert store.load_report(storage, "a run/1") == document


def a_report(run_id: str) -> dict[str, Any]:
    found = Found(client_ids=("acme",), discovered=1, active=1)
    return report.build(plan(run_id), found, {}, run_id=run_id, execution_time_seconds=1.5)


def test_a_report_is_stored_beside_its_short_form(storage: Storage) -> None:
    """Both by one call, and both found again."""
    document = a_report("a run/1")
    assert store.save_report(storage, document) == store.report_path("a run/1") == "runs/a%20run%2F1/report.json"
    assert store.load_report(storage, "a run/1") == document
    short = run_summary.from_bytes(storage.get("runs/a%20run%2F1/summary.json"))
    assert short == run_summary.summarize(document)


def test_the_report_is_written_last(tmp_path: Path) -> None:
    """Programs wait for it; where the short form cannot be written there is no report either, and the writer is told."""
    for refused, left in (("report.json", ["summary.json"]), ("summary.json", [])):
        folder = tmp_path / refused
        folder.mkdir()
        with pytest.raises(StorageError, match=refused):
            store.save_report(CountedStorage(folder, unwritable=(refused,)), a_report("r"))
        assert [path.name for path in folder.rglob("*.json")] == left


def test_what_is_nested_too_deeply_is_no_crash(storage: Storage) -> None:
    """Nor is half a surrogate pair: no page could show it."""
    deep = b"[" * 100_000
    storage.put("ingested/acme/2026/02/28/items.json", deep)
    storage.put("f/manifest.json", deep)
    storage.put(store.report_path("deep"), deep)
    assert store.previous_item_ids(storage, "acme", date(2026, 3, 1)) == frozenset()
    assert store.find_manifest(storage, "f") is None
    with pytest.raises(ParametersError, match="nested too deeply"):
        store.load_report(storage, "deep")
    store.save_report(storage, a_report("torn") | {"error": "a \ud83d b"})
    assert store.load_report(storage, "torn")["error"] == "a ? b"


def test_a_run_without_a_report_is_refused(storage: Storage) -> None:
    """The message says where it was looked for."""
    with pytest.raises(
        ParametersError, match=r"run 'nope' has no report at file:.*/runs/nope/report\.json; check the run id"
    ):
        store.load_report(storage, "nope")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"{}",
        b"\xff",
        b'{"plan": {}}',
        b'{"plan": null, "failed_client_ids": 3}',
        b'{"plan": null, "failed_client_ids": [3]}',
        b'{"plan": {"run_id": "x"}, "failed_client_ids": []}',
        b'{"plan": [], "failed_client_ids": []}',
    ],
)
def test_a_report_that_cannot_be_used_is_refused(storage: Storage, content: bytes) -> None:
    """Cut short, or written by something else: never a crash, never everybody."""
    storage.put(store.report_path("broken"), content)
    with pytest.raises(ParametersError, match="cannot be read"):
        store.load_report(storage, "broken")
