"""The clients of a run: filtered, sorted, 100 a page, and no more requests for a thousand of them than for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.fakes.counted_storage import CountedStorage
from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.inert import EVERYTHING, assert_inert
from tests.plugins.ui.run_given import RUN, client, document, error, stored
from vectora_core.ingest import store


def rows(pages: Pages, **query: Any) -> list[str]:
    view = pages.get("api/run", run_id=RUN, **query).json()
    return [row["client_id"] for row in view["clients"]["rows"]]


@pytest.fixture
def four(pages: Pages) -> Pages:
    """One client of each kind: succeeded, partial, partial that counts as failed, failed."""
    pages.runs.add(RUN)
    clients = [
        client("acme", items=7, items_new=1, duration_seconds=9.5, name="Zeta Society"),
        client("hooli", "partial", items=30, items_new=30, duration_seconds=0.5),
        client("initech", "partial", error=error("sources", "1 of 3 sources failed"), sources_failed=3),
        client("globex", "failed", error=error("config", "clients/globex.yaml:1: no")),
    ]
    stored(pages.resources.data, clients)
    return pages


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["acme", "globex", "hooli", "initech"]),
        ({"q": "OLI"}, ["hooli"]),
        ({"q": " society "}, ["acme"]),
        ({"status": "succeeded"}, ["acme"]),
        ({"status": "partial"}, ["hooli", "initech"]),
        ({"status": "failed"}, ["globex", "initech"]),
        ({"cause": "timeout"}, ["hooli", "initech"]),
        ({"cause": "timeout", "status": "failed"}, ["initech"]),
        ({"cause": "no_such"}, []),
        ({"sort": "-client"}, ["initech", "hooli", "globex", "acme"]),
        ({"sort": "status"}, ["globex", "initech", "hooli", "acme"]),
        ({"sort": "items"}, ["globex", "acme", "initech", "hooli"]),
        ({"sort": "-new"}, ["hooli", "initech", "acme", "globex"]),
        ({"sort": "-sources"}, ["initech", "globex", "hooli", "acme"]),
        ({"sort": "-duration"}, ["acme", "globex", "initech", "hooli"]),
    ],
)
def test_filters_and_order(four: Pages, query: dict[str, str], expected: list[str]) -> None:
    """Filters hold together; failed are all that count as failed; what is equal stays by id."""
    assert rows(four, **query) == expected


def test_the_address_holds_the_filter(four: Pages) -> None:
    """The form shows what the address says, and every link of the table keeps it."""
    soup = BeautifulSoup(four.get("run", run_id=RUN, q="i", status="failed", sort="-items").text, "lxml")
    form = soup.select_one("form[data-filter]")
    assert form is not None
    assert form["method"] == "get"
    assert form.select_one("[name=q]")["value"] == "i"
    assert [one["value"] for one in form.select("option[selected]")] == ["failed", "-items"]
    assert [one["value"] for one in form.select("[type=hidden]")] == ["vectora_ingest", RUN]
    for link in soup.select("th a[href*=sort], th a[href*='/run?']"):
        assert "q=i&status=failed" in link["href"]
    assert soup.select_one("th[aria-sort]")["aria-sort"] == "descending"


@pytest.mark.parametrize("query", [{"status": "x"}, {"sort": "name"}, {"page": "0"}, {"page": "x"}, {"q": "x" * 201}])
def test_what_no_filter_takes_is_refused(four: Pages, query: dict[str, str]) -> None:
    """400 with the name of the parameter, rather than a page that ignores it."""
    answer = four.get("api/run", run_id=RUN, **query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["detail"]


def test_nobody_matches(four: Pages) -> None:
    """The page says so and offers to clear the filter."""
    soup = BeautifulSoup(four.get("run", run_id=RUN, q="nobody").text, "lxml")
    assert "No client of this run matches" in soup.get_text()
    assert soup.find("a", string="Clear")["href"].endswith("#clients")


def test_paging(pages: Pages) -> None:
    """A hundred a page; beyond the last page is the last."""
    pages.runs.add(RUN)
    stored(pages.resources.data, [client(f"c{number:03d}") for number in range(230)])
    assert rows(pages, page=1) == [f"c{number:03d}" for number in range(100)]
    assert rows(pages, page=3) == rows(pages, page=99) == [f"c{number:03d}" for number in range(200, 230)]
    soup = BeautifulSoup(pages.get("run", run_id=RUN, page=2, q="c").text, "lxml")
    assert "page 2 of 3, 230 clients" in soup.get_text()
    assert soup.select_one("nav.pager [rel=next]")["href"].endswith("&q=c&page=3#clients")
    assert soup.select_one("nav.pager [rel=prev]")["href"].endswith("&q=c#clients")


@pytest.mark.parametrize("clients", [1, 1_000])
def test_requests_and_size_do_not_grow_with_the_clients(pages: Pages, tmp_path: Path, clients: int) -> None:
    """One read of storage for a run with a report, two without; a cause names twenty clients and leads to the others."""
    data = CountedStorage(tmp_path / "data")
    pages.use(data=data)
    pages.runs.add(RUN, state="failed")
    pages.runs.add("unreported", state="failed")
    stored(data, [client(f"c{number:04d}", "failed") for number in range(clients)])
    page = pages.get("run", run_id=RUN)
    assert data.asked.total() == 1
    assert len(page.text) < 250_000
    if clients > 20:
        assert "cause=timeout#clients" in page.text
    assert len(pages.get("api/run", run_id=RUN).json()["failed_causes"][0]["clients"]) == min(20, clients)
    data.asked.clear()
    pages.get("run", run_id="unreported")
    assert data.asked.total() <= 2


def test_hostile_values_are_text(pages: Pages) -> None:
    """Ids, names, messages, source keys, failure classes, run ids: nothing of them runs, leads out or breaks the page."""
    run_id = "<script>alert(1)</script>'\"#:+%/"
    pages.runs.add(run_id, state="failed")
    pages.runs.add(EVERYTHING[:200])
    sources = {EVERYTHING: {"outcome": "failed", "failure_class": EVERYTHING, "error": EVERYTHING}}
    hostile = client("x", "failed", name=EVERYTHING * 40, sources=sources, error=error("sources", EVERYTHING))
    other = client("y", "failed", name="", sources={}, error=error("<b>" * 4_000, EVERYTHING * 40))
    found = document([hostile, other], run_id=run_id) | {"error": EVERYTHING}
    found["client_results"] = {EVERYTHING: found["client_results"]["x"], "<i>": found["client_results"]["y"]}
    found["failed_client_ids"] = [EVERYTHING]
    pages.resources.data.put(store.report_path(run_id), store.json_bytes(found))
    soup = assert_inert(pages.get("run", run_id=run_id).text)
    assert soup.h1 is not None
    assert soup.h1.get_text(" ", strip=True) == f"Run {run_id}"
    assert len(soup.select(".affected .who a")) == 2
    assert_inert(pages.get("run", run_id=run_id, q=EVERYTHING[:200], cause=EVERYTHING[:200]).text)
    assert pages.get("api/run", run_id=run_id).status_code == 200
