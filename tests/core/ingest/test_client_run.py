"""What a client's ingest in a run left: this run's, another run's, or gone; told apart, and said in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.client_room import DAY, ClientRoom
from tests.fakes.config_tree import ConfigTree
from tests.fakes.counted_storage import CountedStorage
from tests.fakes.news_site import NewsSite
from vectora_core.ingest.client_run import ClientRun, items_page, read_client_run


@pytest.fixture
def room(configs: ConfigTree, site: NewsSite, data: Path) -> ClientRoom:
    return ClientRoom(configs, site, data)


def titles(found: ClientRun) -> dict[str, bool]:
    return {item["title"]: item["new"] for item in found.items}


def test_a_run_nobody_wrote_over(room: ClientRoom) -> None:
    """Its result, manifest, items and funnel, by one parallel read of three objects, and nothing to remark."""
    report, storage = room.ingest(), CountedStorage(room.folder)
    found = read_client_run(storage, report, "acme")
    assert (storage.asked.total(), len(storage.rounds)) == (3, 1)
    assert found.notes == ()
    assert (found.run_id, found.client_id, found.manifest_of_run, found.items_of_run) == ("r1", "acme", True, True)
    assert found.result == report["client_results"]["acme"]
    assert found.manifest == json.loads((room.folder / DAY / "manifest.json").read_text())
    stored = json.loads((room.folder / DAY / "items.json").read_text())
    assert [{key: value for key, value in item.items() if key != "new"} for item in found.items] == stored
    assert titles(found) == {"One": True, "Two": True, "Three": True}
    assert [(stage.name, stage.count) for stage in found.stages][-1] == ("written", 3)


def test_new_is_what_the_day_before_did_not_have(room: ClientRoom) -> None:
    """The same rule as when the run wrote."""
    room.ingest("r0", days=-1)
    room.publish("One", "Two", "Three", "Four")
    found = room.read(room.ingest("r1"))
    assert titles(found) == {"One": False, "Two": False, "Three": False, "Four": True}
    assert found.notes == ()


def test_a_day_before_that_was_written_again_is_told(room: ClientRoom) -> None:
    """What is new now need not be what was new then; the number of then is said."""
    report = room.ingest("r1")
    room.ingest("r0", days=-1)
    found = room.read(report)
    assert set(titles(found).values()) == {False}
    assert found.notes == ("0 items are new beside the previous day as it is now; when the run wrote, 3 were",)


def test_a_later_run_of_the_day_is_told(room: ClientRoom) -> None:
    """The page then shows the items of that run as its, and no funnel of another run."""
    first = room.ingest("r#1:+/")
    room.publish("One", "Five")
    second = room.ingest("r2")
    found = room.read(first)
    assert (found.manifest_of_run, found.items_of_run, found.items_run_id, found.stages) == (False, False, "r2", ())
    assert set(titles(found)) == {"One", "Five"}
    assert found.notes == (
        "the manifest is that of run r2: this run wrote none, or that one wrote it again",
        "the items are those of run r2",
    )
    assert room.read(second).notes == ()


def test_a_later_run_that_wrote_the_same_items_changed_nothing(room: ClientRoom) -> None:
    """The bytes are those this run wrote."""
    first = room.ingest("r1", force_refresh=False)
    room.ingest("r2", force_refresh=False)
    found = room.read(first)
    assert (found.manifest_of_run, found.items_of_run, found.items_run_id) == (False, True, "r1")


def test_a_failed_run_has_the_items_of_the_run_before(room: ClientRoom) -> None:
    """They were left as they are, and are not taken for its own."""
    room.ingest("r1")
    room.site.pages.clear()
    found = room.read(room.ingest("r2"))
    assert found.result is not None
    assert (found.result["status"], found.manifest_of_run, found.items_of_run, found.items_run_id) == (
        "failed",
        True,
        False,
        "r1",
    )
    assert found.notes == ("the items are those of run r1",)


def test_an_earlier_try_of_the_run_is_told(room: ClientRoom) -> None:
    """Cleared and run again, it failed: the items are of the same run, and the report does not know them."""
    room.ingest("r1")
    room.site.pages.clear()
    found = room.read(room.ingest("r1"))
    assert (found.items_of_run, len(found.items)) == (True, 3)
    assert found.notes == ("an earlier try of this run wrote these items; the try that the report tells of wrote none",)


def test_a_first_run_that_failed_has_nothing(room: ClientRoom) -> None:
    """It wrote a manifest and no items."""
    room.site.pages.clear()
    found = room.read(room.ingest())
    assert (found.items, found.notes, found.manifest_of_run) == ((), ("this run wrote no items",), True)


def test_a_run_narrowed_by_sources_is_read_where_it_wrote(room: ClientRoom) -> None:
    """In the run's own folder; its items are compared with the client's previous day all the same."""
    room.ingest("r0", days=-1)
    room.publish("One", "Four")
    found = room.read(room.ingest("only/news", sources=["news"]))
    assert (found.items_of_run, found.manifest_of_run, found.notes) == (True, True, ())
    assert titles(found)["One"] is False


def test_what_is_gone_is_told(room: ClientRoom) -> None:
    """Somebody cleaned up."""
    report = room.ingest()
    (room.folder / DAY / "manifest.json").unlink()
    found = room.read(report)
    assert (found.manifest, found.items_of_run) == (None, True)
    assert found.notes == (f"there is no manifest at {DAY}/manifest.json",)
    (room.folder / DAY / "items.json").unlink()
    assert room.read(report).notes[1] == f"there are no items at {DAY}/items.json any more"


def test_items_that_nobody_vouches_for_are_told(room: ClientRoom) -> None:
    """Changed by hand, or a write that was cut off between items and manifest."""
    report = room.ingest()
    items = room.folder / DAY / "items.json"
    items.write_text(items.read_text().replace("One", "Won"))
    found = room.read(report)
    assert (found.items_of_run, found.items_run_id, len(found.items)) == (False, None, 3)
    assert "is not the file its manifest means" in found.notes[0]
    (room.folder / DAY / "manifest.json").write_bytes(b"\xff")
    assert "nobody knows which run wrote" in room.read(report).notes[1]


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(-10, 99), st.integers(1, 9))
def test_pages_of_items(number: int, page: int, size: int) -> None:
    """All pages together are all items; a page that is not there is the nearest that is."""
    items = [{"item_id": str(place)} for place in range(number)]
    _, pages = items_page(items, 1, size)
    assert [one for place in range(1, pages + 1) for one in items_page(items, place, size)[0]] == items
    shown, _ = items_page(items, page, size)
    assert len(shown) <= size
    assert shown == items_page(items, min(max(page, 1), pages), size)[0]
    assert shown or not items
