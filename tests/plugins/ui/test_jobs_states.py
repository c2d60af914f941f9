"""The dashboard of jobs when something is not there, cannot be read or cannot be used: it says what, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from bs4 import BeautifulSoup

from tests.fakes.counted_storage import CountedStorage
from tests.plugins.ui.conftest import NOW, Pages
from tests.plugins.ui.jobs_given import count, dashboard, job, names, table_of, words
from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.queries import JobQueries
from vectora_core.settings import Settings


class Refusing:
    """A client of DynamoDB that answers nothing but an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def query(self, **asked: Any) -> Any:
        raise self._error


def refused(pages: Pages, error: Exception) -> None:
    requests = TableRequests(Refusing(error), "jobs")
    pages.use(table=JobQueries(requests, clock=lambda: NOW, sleep=lambda seconds: None))


def said(soup: BeautifulSoup, selector: str = ".empty") -> str:
    return words(soup.select_one(selector))


NOT_THERE = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, "Query")
OUT_OF_REACH = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


def test_without_counts_the_page_says_how_to_get_them(pages: Pages) -> None:
    """With the way to the DAG; the list is there all the same, and no zero is shown for a number nobody counted."""
    table_of(pages, job("a"))
    soup = dashboard(pages)
    assert "no sync has counted the jobs yet; unpause or trigger the DAG vectora_job_states" in said(soup, "#counted")
    assert soup.select_one("#counted a")["href"] == "/airflow/dags/vectora_job_states"
    assert "No queue has been synced yet." in words(soup.select_one("#syncs"))
    assert not soup.select(".figure, .charts")
    assert names(soup) == ["name-a"]


@pytest.mark.parametrize("stored", [b"{", b"[]", b'{"parts": {}}', b'{"parts": {"counted_at": "x"}}', b"\xff", b""])
def test_counts_that_cannot_be_read_are_no_counts(pages: Pages, stored: bytes) -> None:
    """The next sync counts anew; the list is there."""
    table_of(pages, job("a"))
    pages.resources.data.put("jobs/MonitoringToolTest_V2/statistics.json", stored)
    soup = dashboard(pages)
    assert "no sync has counted" in said(soup, "#counted")
    assert names(soup) == ["name-a"]


@pytest.mark.parametrize("parts", [["FAILED"], {"FAILED": 10**30}, {"FAILED": -5}, {"FAILED": 0.5, "<b>": 1}, {}])
def test_counts_of_a_wrong_kind_hide_no_list(pages: Pages, parts: Any) -> None:
    """Somebody wrote into the data root by hand: numbers that cannot be are not drawn."""
    table_of(pages, job("a"))
    count(pages, days={"2026-03-09": {"q": parts}, "<script>": {"q": {"FAILED": 1}}, "2026-13-99": {}})
    soup = dashboard(pages)
    assert names(soup) == ["name-a"]
    assert "<b>" not in str(soup.select_one(".charts"))


def test_a_missing_table_says_how_to_make_it(pages: Pages) -> None:
    """The counts are shown; as nothing is broken, the page is answered as usual."""
    refused(pages, NOT_THERE)
    count(pages)
    soup = dashboard(pages)
    assert "There is no job table" in said(soup)
    assert "vectora jobs create-table" in said(soup)
    assert soup.select(".figure")


def test_a_table_out_of_reach_leaves_the_counts_and_can_be_tried_again(pages: Pages) -> None:
    """503: the live refresh then keeps the rows that are there. The same address is tried again."""
    refused(pages, OUT_OF_REACH)
    count(pages)
    soup = dashboard(pages, expect=503, q="a&b", status="FAILED")
    assert "The list cannot be read" in said(soup) and "the job table jobs is out of reach" in said(soup)
    again = soup.select_one(".empty a.button")
    assert words(again) == "Try again"
    assert again["href"] == "/airflow/vectora/jobs?status=FAILED&q=a%26b"
    assert soup.select(".figure")


def test_storage_out_of_reach_leaves_the_list(pages: Pages, tmp_path: Path) -> None:
    """What is missing is said in its place, and that what the syncs know is not among it."""
    table_of(pages, job("a", minutes_ago=50))
    data = CountedStorage(tmp_path / "data", "")
    data.list_folders = data.get
    pages.use(data=data)
    soup = dashboard(pages)
    assert "the counts cannot be read" in said(soup, "#counted") and "this is a test" in said(soup, "#counted")
    assert "The state of the syncs cannot be read" in words(soup.select_one("#syncs"))
    assert "told by their rows alone" in words(soup.select_one("#list"))
    assert "stale" in words(soup.select_one("table.jobs tbody td"))


def test_without_a_data_root_the_list_is_there(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table can be looked at before anything else is set up."""
    from vectora_airflow.ui.resources import Resources

    table = table_of(pages, job("a"))
    monkeypatch.setattr(Resources, "jobs", lambda self: table)
    pages.resources = Resources(settings=Settings(), clock=lambda: NOW)
    soup = dashboard(pages)
    assert "VECTORA_DATA_ROOT is not set" in said(soup, "#counted")
    assert names(soup) == ["name-a"]


def test_no_jobs_in_this_time_offers_any_time(pages: Pages) -> None:
    table_of(pages, job("a", minutes_ago=60 * 24 * 9))
    soup = dashboard(pages)
    assert "No jobs in this time" in said(soup)
    assert soup.select_one(".empty a")["href"] == "/airflow/vectora/jobs?period=all#list"


def test_no_match_offers_a_longer_time_and_fewer_filters(pages: Pages) -> None:
    table_of(pages, job("a"))
    soup = dashboard(pages, q="nothing", period="24h")
    assert "No job matches" in said(soup)
    assert [one["href"] for one in soup.select(".empty a")] == [
        "/airflow/vectora/jobs?period=all&q=nothing#list",
        "/airflow/vectora/jobs?period=24h#list",
    ]


def test_no_jobs_at_all_says_where_they_come_from(pages: Pages) -> None:
    table_of(pages)
    soup = dashboard(pages, period="all")
    assert "No jobs yet" in said(soup)
    assert "unpause or trigger the DAG vectora_job_states, or run `vectora jobs sync`" in said(soup)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "DONE"}, "status"),
        ({"period": "1w"}, "period"),
        ({"since": "yesterday"}, "since"),
        ({"size": "1"}, "size"),
        ({"sort": "colour"}, "sort"),
        ({"q": "x" * 201}, "q"),
    ],
)
def test_what_cannot_be_used_comes_back_in_the_form_with_a_message(pages: Pages, query: dict[str, str], field: str) -> None:
    """Beside its field and above the place of the list; nothing is asked of the table, and nothing refreshes."""
    table = table_of(pages, job("a"))
    count(pages)
    soup = dashboard(pages, expect=400, **query)
    assert words(soup.select_one(f"#wrong-{field}"))
    assert words(soup.select_one("#wrong li strong")) == field
    assert not table.calls
    assert soup.select(".figure") and not soup.select("table.jobs")
    assert "data-live" not in soup.select_one("main").attrs
    if field == "q":
        assert soup.select_one("[name=q]")["value"] == query["q"]


def test_a_token_that_does_not_fit_leads_to_the_first_page(pages: Pages) -> None:
    """As after an upgrade, or when an address was cut."""
    table_of(pages, job("a"))
    soup = dashboard(pages, expect=400, token="nonsense.1773144000000", q="x")
    assert "it is not what an earlier page gave" in said(soup, "#wrong")
    assert soup.select_one("#wrong a")["href"] == "/airflow/vectora/jobs?q=x#list"


def test_the_page_behind_the_last_says_that_it_is_over(pages: Pages) -> None:
    """An exact end may only show on one more, empty page."""
    table_of(pages, *(job(f"{n:02d}", minutes_ago=n) for n in range(50)), rows_a_page=25)
    token = pages.get("api/jobs", size=25).json()["next_token"]
    table_of(pages, job("00"), *(job(f"{n:02d}", minutes_ago=n) for n in range(25)))
    soup = dashboard(pages, size="25", token=token)
    assert "No more jobs" in said(soup)
    assert [words(one) for one in soup.select(".pager a")] == ["« First"]
