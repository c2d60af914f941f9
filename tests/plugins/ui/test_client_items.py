"""The items on the page of a client, and one by one for programs: what is listed, filters, pages."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.fakes.config_tree import ConfigTree
from tests.plugins.ui.client_given import RUN, item, result, store_day_before, store_run
from tests.plugins.ui.conftest import Pages
from vectora_core.ingest import store

ITEMS = (
    item(1, title="Depot of Straße", date_source="jsonld"),
    item(2, source_key="pharma", published_at=None, date_source="none", language=None),
    item(3, url="javascript:attack()", metadata={}),
)


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> None:
    """The client has a file."""
    tree = ConfigTree(tmp_path / "configs")
    tree.source("wire", "https://example.org/feed")
    tree.client("acme", ["wire"])


@pytest.fixture
def given(pages: Pages) -> Pages:
    """A run with three items, the first of which the day before had, too."""
    pages.runs.add(RUN)
    store_day_before(pages.resources.data, "acme", ITEMS[:1])
    store_run(pages.resources.data, result("acme", items=ITEMS, items_new=2))
    return pages


def table(pages: Pages, **query: Any) -> list[Tag]:
    answer = pages.get("client", client_id="acme", **query)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "lxml").select("table.items tbody tr")


def titles(pages: Pages, **query: Any) -> list[str]:
    return [" ".join(row.td.get_text().split()) for row in table(pages, **query) if row.td]


def cells(row: Tag) -> list[str]:
    return [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]


def items(pages: Pages, **query: Any) -> Any:
    answer = pages.get("api/items", client_id="acme", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_item_tells_where_its_date_came_from_and_whether_it_is_new(given: Pages) -> None:
    """Its title leads to it in a new tab, unless its link is none of the web."""
    first, second, third = table(given)
    assert cells(first) == [
        "Depot of Straße", "seen", "2026-03-10 10:00 UTC from the page's structured data", "wire", "en", "2",
    ]  # fmt: skip
    assert cells(second)[1:] == ["new", "no date was found", "pharma", "–", "2"]  # noqa: RUF001
    assert cells(third)[0] == "Title 3"
    assert cells(third)[5] == "–"  # noqa: RUF001
    assert first.a is not None
    assert third.a is None
    assert {name: first.a[name] for name in ("href", "target", "data-leaves")} == {
        "href": "https://example.org/1", "target": "_blank", "data-leaves": "tab",
    }  # fmt: skip


def test_filters_look_at_title_source_and_novelty(given: Pages) -> None:
    """Text whatever its case (also where lower case is not enough); filters together narrow further."""
    assert titles(given, q="STRASSE") == ["Depot of Straße"]
    assert titles(given, q="  title ") == ["Title 2", "Title 3"]
    assert titles(given, source="pharma") == ["Title 2"]
    assert titles(given, new="no") == ["Depot of Straße"]
    assert titles(given, new="yes", source="wire") == ["Title 3"]
    nothing = given.get("client", client_id="acme", q="<nothing>")
    assert "None of the 3 items matches" in nothing.text
    assert given.get("client", client_id="acme", new="perhaps").status_code == 400


def test_a_filter_stays_in_the_form_and_in_the_pages(pages: Pages) -> None:
    """50 items a page; the address of the next one asks for the same run and filter."""
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("acme", items=tuple(item(number) for number in range(300)), items_new=300))
    assert [len(titles(pages, items_page=number)) for number in (1, 5, 6, 7)] == [50, 50, 50, 50]
    soup = BeautifulSoup(pages.get("client", client_id="acme", q="Title 1").text, "lxml")
    following = soup.select_one("a[rel=next]")
    assert following is not None
    answer = pages.request("GET", str(following["href"]).removeprefix("/airflow/vectora/"))
    assert "page 2 of 3, 111 of 300 items" in answer.text
    again = BeautifulSoup(answer.text, "lxml")
    assert [one["value"] for one in again.select("input[name=run_id]")] == [RUN]
    assert [one["value"] for one in again.select("input[name=q]")] == ["Title 1"]
    assert all("Title 1" in row.get_text() for row in again.select("table.items tbody tr"))


def test_programs_get_every_field_as_it_is_stored(given: Pages) -> None:
    """And whether the item is new; they say how many a page they want, from 1 to 200."""
    told = items(given)
    assert (told["run_id"], told["stored"], told["found"], told["of_run"], told["notes"]) == (RUN, 3, 3, True, [])
    stored = json.loads(given.resources.data.get("ingested/acme/2026/03/10/items.json"))
    assert told["items"] == [{**one, "new": new} for one, new in zip(stored, (False, True, True), strict=True)]
    second = items(given, size=2, items_page=2)
    assert (second["page"], second["pages"], len(second["items"])) == (2, 2, 1)
    assert items(given, new="no")["found"] == 1
    assert [given.get("api/items", client_id="acme", size=size).status_code for size in (0, 201)] == [400, 400]


def test_fields_of_other_versions_are_kept_and_items_that_are_none_are_counted(given: Pages) -> None:
    """One bad item does not hide the others; what a newer Vectora adds goes through to programs."""
    good = {**asdict(ITEMS[0]), "sentiment": [1, {"a": None}], "provenance": "elsewhere", "schema_version": 9}
    bad = [{**good, "title": 7}, {**good, "metadata": None}, "text", None]
    given.resources.data.put("ingested/acme/2026/03/10/items.json", json.dumps([*bad, good]).encode())
    told = items(given)
    assert [one["sentiment"] for one in told["items"]] == [[1, {"a": None}]]
    assert any("4 items that cannot be read" in note for note in told["notes"])
    assert not told["of_run"]
    assert len(table(given)) == 1


def test_a_client_that_took_part_in_nothing_has_no_items(pages: Pages) -> None:
    """That is told, not an error; a client nobody knows is one."""
    told = items(pages)
    assert (told["run_id"], told["items"], told["pages"]) == (None, [], 1)
    assert told["notes"]
    assert pages.get("api/items", client_id="acne").status_code == 404
    assert pages.get("api/items", client_id="acme", run_id="nobody knows").status_code == 404


def test_a_run_narrowed_to_sources_has_a_file_of_its_own(pages: Pages) -> None:
    """It lies in the folder of the run: the page shows that one, and not the day's."""
    pages.runs.add("narrow", hours_ago=1)
    store_run(pages.resources.data, result("acme"))
    narrow = replace(result("acme"), items=ITEMS[:1], items_new=1)
    store_run(pages.resources.data, narrow, run_id="narrow", parameters={"sources": ["wire"]})
    answer = pages.get("api/client", client_id="acme").json()
    assert (answer["run"]["run_id"], answer["run"]["only_sources"]) == ("narrow", ["wire"])
    assert answer["run"]["items_path"] == store.items_path("runs/narrow/acme")
    assert [row["title"] for row in answer["items"]["rows"]] == ["Depot of Straße"]
