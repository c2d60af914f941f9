"""A client's ingest in a run when what is stored of it is broken: words, never a crash, and no reads for nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.client_room import DAY, ClientRoom
from tests.fakes.config_tree import ConfigTree
from tests.fakes.counted_storage import CountedStorage
from tests.fakes.news_site import NewsSite
from vectora_core.errors import StorageError
from vectora_core.ingest.client_run import read_client_run

BROKEN = [
    b"",
    b"\xff",
    b"{",
    b"[" * 100_000,
    b"null",
    b"3",
    b'"x"',
    b"[]",
    b"[1]",
    b'[{"item_id": 3}]',
    b"{}",
    b'{"run_id": 3}',
]


@pytest.fixture
def room(configs: ConfigTree, site: NewsSite, data: Path) -> ClientRoom:
    return ClientRoom(configs, site, data)


@pytest.mark.parametrize("content", BROKEN)
def test_broken_outputs_are_told(room: ClientRoom, content: bytes) -> None:
    """Manifest, items and the day before, each broken on its own and all at once."""
    report = room.ingest()
    day_before = room.folder / "ingested/acme/2026/03/09/items.json"
    day_before.parent.mkdir()
    for path in (room.folder / DAY / "manifest.json", room.folder / DAY / "items.json", day_before):
        path.write_bytes(content)
        found = room.read(report)
        assert found.notes
    assert (found.items, found.stages, found.manifest_of_run) == ((), (), False)


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": None},
        {"items": "3"},
        {"totals": {"counts": {"parsed": 10**400}, "drops": {}}},
        {"sources": [1]},
        {"sources": {"news": {"outcome": 3}}},
        {"sources": {"news": {"outcome": "ok", "counts": {"parsed": -1}, "drops": {}}}},
    ],
)
def test_a_manifest_with_values_of_a_wrong_type_is_none(room: ClientRoom, change: dict[str, Any]) -> None:
    """Who shows it need not look at every value again."""
    report = room.ingest()
    path = room.folder / DAY / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    found = room.read(report)
    assert (found.manifest, found.stages) == (None, ())
    assert "cannot be read" in found.notes[0]


def test_one_item_that_is_none_hides_no_other(room: ClientRoom) -> None:
    """It is counted."""
    report = room.ingest()
    path = room.folder / DAY / "items.json"
    items = json.loads(path.read_text())
    items[1]["title"] = ["a list"]
    path.write_text(json.dumps(items))
    found = room.read(report)
    assert len(found.items) == 2
    assert found.notes[-1] == f"{DAY}/items.json has 1 items that cannot be read"


@pytest.mark.parametrize("client_id", ["nobody", "", "../acme", "a" * 5000, "ü\x00\ud83d"])
def test_a_client_the_run_was_not_about_costs_no_read(room: ClientRoom, client_id: str) -> None:
    """Whatever is asked for."""
    report, storage = room.ingest(), CountedStorage(room.folder)
    found = read_client_run(storage, report, client_id)
    assert (found.result, storage.asked.total()) == (None, 0)
    assert "is not among those of this run" in found.notes[0]
    found.notes[0].encode()
    assert len(found.notes[0]) < 400


@pytest.mark.parametrize(
    "change",
    [
        {"client_results": None},
        {"client_results": {"acme": None}},
        {"client_results": {"acme": {"status": "succeeded"}}},
        {"plan": None},
        {"plan": {"run_id": 3}},
        {"plan": []},
    ],
)
def test_a_report_with_values_of_a_wrong_type_is_told(room: ClientRoom, change: dict[str, Any]) -> None:
    """Nothing is read then."""
    report = room.ingest()
    storage = CountedStorage(room.folder)
    found = read_client_run(storage, report | change, "acme")
    assert (found.manifest, found.items, storage.asked.total(), len(found.notes)) == (None, (), 0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"error": {"failure_class": "x"}},
        {"sources": None},
        {"sources": {"a": {"outcome": 1}}},
        {"items": -1},
    ],
)
def test_a_result_with_values_of_a_wrong_type_is_none(room: ClientRoom, change: dict[str, Any]) -> None:
    """As a manifest is."""
    report = room.ingest()
    report["client_results"]["acme"] |= change
    found = room.read(report)
    assert found.result is None
    assert "cannot be read" in found.notes[0]


def test_an_odd_plan_leads_to_words(room: ClientRoom) -> None:
    """The first day there is has no day before it, and a run id is a text."""
    report = room.ingest()
    for change in ({"window_end": "0001-01-01T00:00:00+00:00"}, {"run_id": 3, "parameters": {"sources": ["news"]}}):
        found = room.read(report | {"plan": report["plan"] | change})
        assert found.notes == ("the report has no plan that can be read: nobody knows where this run wrote",)


def test_storage_out_of_reach_is_an_error_and_one_refusal_is_not(room: ClientRoom) -> None:
    """When nothing can be read there is nothing to show."""
    report = room.ingest()
    with pytest.raises(StorageError, match="this is a test"):
        read_client_run(CountedStorage(room.folder, ""), report, "acme")
    found = read_client_run(CountedStorage(room.folder, "manifest"), report, "acme")
    assert (found.manifest, len(found.items)) == (None, 3)
    assert "this is a test" in found.notes[0]
