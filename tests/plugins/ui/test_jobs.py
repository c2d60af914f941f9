"""The dashboard of jobs: its numbers are those that were counted, its list is the index's, its address is the filter."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from bs4 import BeautifulSoup

from tests.fakes.counted_storage import CountedStorage
from tests.plugins.ui.conftest import NOW, Pages
from tests.plugins.ui.jobs_given import (
    CUT,
    RENDER,
    count,
    dashboard,
    follow,
    job,
    milliseconds,
    names,
    synced,
    table_of,
    words,
)
from vectora_core.jobs.states import STATUSES


def figures(soup: BeautifulSoup) -> dict[str, str]:
    return {words(one.dt): words(one.dd) for one in soup.select(".figure")}


def asked_by(soup: BeautifulSoup, link: str) -> list[tuple[str, str]]:
    """The query of a link, as a server reads it."""
    return parse_qsl(urlsplit(str(soup.select_one(link)["href"])).query)


def test_the_figures_are_those_of_the_last_sync(pages: Pages) -> None:
    """Whatever the table holds now, and whatever is filtered: nothing is counted by a view."""
    table_of(pages, job("a", "FAILED"))
    count(pages)
    soup = dashboard(pages, status="SUCCEEDED")
    assert figures(soup) == {
        "Total": "58",
        "Open": "7",
        "Running": "4",
        "Succeeded": "40",
        "Failed": "10",
        "Gone": "1",
        "Success rate": "80 %",
    }
    said = words(soup.select_one("#counted"))
    assert "Counted 3 min 00 s ago" in said and "2026-03-10 11:57 UTC" in said
    assert "older than" not in said


def test_a_figure_leads_to_its_jobs_of_any_time(pages: Pages) -> None:
    """As the figure is of any time; gone is no state of the index, and leads nowhere."""
    table_of(pages)
    count(pages)
    links = {words(one.dt): one.a["href"] for one in dashboard(pages).select(".figure") if one.a}
    assert links["Failed"] == "/airflow/vectora/jobs?period=all&status=FAILED#list"
    assert links["Open"].count("status=") == 5
    assert "Gone" not in links


def test_old_counts_are_said_to_be_old(pages: Pages) -> None:
    """Older than VECTORA_JOBS_STALE_AFTER_MINUTES, in words."""
    table_of(pages)
    count(pages, minutes_ago=46)
    assert "older than 45 min: no sync has counted since" in words(dashboard(pages).select_one("#counted"))


def test_the_syncs_are_one_line_while_all_is_well(pages: Pages) -> None:
    table_of(pages)
    synced(pages, RENDER, minutes_ago=5, lag_seconds=12.0)
    synced(pages, CUT, minutes_ago=2, lag_seconds=None)
    summary = words(dashboard(pages).select_one("#queues summary"))
    assert summary == "synced all 2 queues within 5 min 00 s · new states stored at most 12 s late"


def test_a_queue_that_nobody_looks_at_stands_out_in_words(pages: Pages) -> None:
    """By its name and its age, before anything is unfolded; a state that cannot be read is one of them."""
    table_of(pages)
    synced(pages, RENDER, minutes_ago=46, missing=("x", "y"), warnings=("<b>odd</b>",))
    synced(pages, CUT)
    folder = "jobs/MonitoringToolTest_V2/queues/arn:aws:batch:us-east-1:123456789012:job-queue%2Fbroken"
    pages.resources.data.put(f"{folder}/state.json", b"{")
    soup = dashboard(pages)
    summary = words(soup.select_one("#queues summary"))
    assert "2 of 3 queues not synced for over 45 min: broken (nobody knows when), render (46 min 00 s ago)" in summary
    assert "warnings 1" in summary
    cut, broken, render = (words(row) for row in soup.select("#queues tbody tr"))
    assert "cannot be read" in broken and "sync late" in broken
    assert "<b>odd</b>" in render and "sync late" in render
    assert "sync late" not in cut


def test_a_row_says_everything_about_its_job(pages: Pages) -> None:
    table_of(
        pages,
        job(
            "4c75:7",
            "FAILED",
            minutes_ago=10,
            attempts=2,
            max_attempts=3,
            exit_code=137,
            failure_kind="out_of_memory",
            status_reason="OutOfMemoryError",
            media_id="m-1",
            assembly_id="a-1",
            task_id="t-1",
            workspace_uid="w-1",
            created_at=milliseconds(90),
            started_at=milliseconds(40),
            stopped_at=milliseconds(10),
        ),
    )
    row = dashboard(pages).select_one("table.jobs tbody tr")
    cells = {cell["data-label"]: words(cell) for cell in row.select("td")}
    assert cells == {
        "State": "failed 2026-03-10 11:50 UTC",
        "Job": "name-4c75:7 4c75:7",
        "Ids": "media m-1 assembly a-1 task t-1 workspace w-1",
        "Queue, definition": "render us-east-1 encode:3",
        "Attempt, exit code": "2 of 3 exit code 137 out of memory",
        "Created, started": "created 2026-03-10 10:30 UTC started 2026-03-10 11:20 UTC",
        "Duration": "ran 30 min 00 s",
    }
    assert row["class"] == ["failed"]
    assert row.select_one("a")["href"] == "/airflow/vectora/job?job_id=4c75%3A7"


def test_gone_stale_and_missing_jobs_are_told_from_running_ones(pages: Pages) -> None:
    """By a word, and by the look of the row."""
    table_of(
        pages,
        job("fresh", job_queue=RENDER, minutes_ago=1),
        job("missing", job_queue=RENDER, minutes_ago=20),
        job("stale", job_queue=CUT, minutes_ago=60),
        job("gone", job_queue=CUT, minutes_ago=90, gone="2026-03-10T11:40:00.000Z"),
    )
    synced(pages, RENDER, missing=("missing",))
    synced(pages, CUT, minutes_ago=50)
    rows = dashboard(pages).select("table.jobs tbody tr")
    assert [row["class"] for row in rows] == [["running"], ["missing"], ["stale"], ["gone"]]
    states = [words(row.td).removesuffix(" UTC") for row in rows]
    assert states[0].startswith("running 2026") and states[1].startswith("running missing")
    assert states[2].startswith("running stale") and states[3].startswith("running gone")
    assert "gone 2026-03-10 11:40" in states[3]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["new", "run", "fail"]),
        ({"status": ["FAILED"]}, ["fail"]),
        ({"status": ["RUNNING", "failed"]}, ["run", "fail"]),
        ({"queue": "cut"}, ["run"]),
        ({"queue": RENDER}, ["new", "fail"]),
        ({"definition": "encode"}, ["new", "fail"]),
        ({"definition": "mux:1"}, ["run"]),
        ({"region": "eu-west-1"}, ["run"]),
        ({"period": "1h"}, ["new"]),
        ({"period": "all"}, ["new", "run", "fail", "old"]),
        ({"since": "2026-03-10T08:00:00", "until": "2026-03-10T11:30:00"}, ["run", "fail"]),
        ({"q": "MEDIA-7"}, ["run"]),
        ({"q": "fai", "sort": "oldest"}, ["fail"]),
        ({"sort": "oldest", "period": "all"}, ["old", "fail", "run", "new"]),
    ],
)
def test_a_filter_is_what_its_address_says(pages: Pages, query: dict[str, Any], found: list[str]) -> None:
    """And the form shows it again, so that an address can be shared."""
    mux = "arn:aws:batch:eu-west-1:123456789012:job-definition/mux:1"
    table_of(
        pages,
        job("1", "SUCCEEDED", job_name="new", minutes_ago=30),
        job("2", "RUNNING", job_name="run", minutes_ago=100, job_queue=CUT, job_definition=mux, media_id="media-7"),
        job("3", "FAILED", job_name="fail", minutes_ago=200),
        job("4", "FAILED", job_name="old", minutes_ago=60 * 24 * 8),
    )
    soup = dashboard(pages, **query)
    assert names(soup) == found
    form = soup.select_one("form.filter")
    shown = {one["name"]: one.get("value", "") for one in form.select("input:not([type=checkbox])")}
    shown |= {one["name"]: one.select_one("[selected]")["value"] for one in form.select("select")}
    for field in set(query) - {"status"}:
        assert shown[field] == query[field]
    assert len(form.select("input[checked]")) == len(query.get("status", []))


def test_queues_and_regions_to_choose_from_are_those_that_are_known(pages: Pages) -> None:
    """By name where it is the only one of that name, else by ARN."""
    table_of(pages)
    other = RENDER.replace("us-east-1", "eu-west-1")
    count(pages)
    synced(pages, other)
    soup = dashboard(pages)
    assert [one["value"] for one in soup.select("#queue-known option")] == ["cut", other, RENDER]
    assert [one["value"] for one in soup.select("#region-known option")] == ["eu-west-1", "us-east-1"]


def test_a_column_sorts_the_rows_of_its_page_and_says_so(pages: Pages) -> None:
    """What has no value comes last both ways; the token stays, as the page is the same."""
    rows = [
        job("1", "RUNNING", job_name="b", minutes_ago=1, started_at=milliseconds(30)),
        job("2", "FAILED", job_name="C", minutes_ago=2, started_at=None),
        job("3", "RUNNABLE", job_name="a", minutes_ago=3, created_at=milliseconds(50)),
    ]
    table_of(pages, *rows)
    orders = {sort: names(dashboard(pages, sort=sort)) for sort in ("name", "-name", "status", "duration", "-duration")}
    assert orders == {
        "name": ["a", "b", "C"],
        "-name": ["C", "b", "a"],
        "status": ["a", "b", "C"],
        "duration": ["b", "a", "C"],
        "-duration": ["a", "b", "C"],
    }
    soup = dashboard(pages, sort="-duration")
    assert "the rows of this page alone are sorted by duration" in words(soup.select_one("#said"))
    (heading,) = soup.select("th[aria-sort]")
    assert heading["aria-sort"] == "descending"
    assert ("sort", "duration") in asked_by(soup, "th[aria-sort] a")
    newest = dashboard(pages)
    assert [words(one) for one in newest.select("th[aria-sort]")] == ["State , since ▼"]


def test_pages_follow_each_other_and_each_job_is_on_one(pages: Pages) -> None:
    """By Next and First alone, as the token leads on only; the filter stays."""
    rows = [job(f"{n:03d}", STATUSES[n % 7], minutes_ago=n) for n in range(70)]
    table_of(pages, *rows)
    soup, seen = dashboard(pages, size="25", q="name"), []
    while link := soup.select_one(".pager a[rel=next]"):
        seen += names(soup)
        assert str(link["href"]).endswith("#list")
        soup = follow(pages, link)
        assert ("q", "name") in asked_by(soup, ".pager a")
    assert [*seen, *names(soup)] == [f"name-{n:03d}" for n in range(70)]
    assert [words(one) for one in soup.select(".pager a")] == ["« First"]


def test_a_later_page_is_of_the_same_time_as_the_first(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it is asked for: the period counts back from when the first one was."""
    table_of(pages, *(job(f"{n:03d}", minutes_ago=30 + n) for n in range(60)))
    link = dashboard(pages, period="24h", size="25").select_one("a[rel=next]")
    monkeypatch.setattr(type(pages.resources), "clock", lambda self: NOW + timedelta(hours=23, minutes=20))
    assert names(follow(pages, link)) == [f"name-{n:03d}" for n in range(25, 50)]


def test_a_search_that_gives_up_says_after_how_many_requests(pages: Pages) -> None:
    """And Next goes on where it ended, until what is looked for is found."""
    table = table_of(pages, *(job(f"{n:03d}", "FAILED", minutes_ago=n) for n in range(100)), rows_a_page=10)
    soup = dashboard(pages, q="name-099")
    assert "Stopped looking after 12 requests (page budget); Next goes on" in words(soup.select_one("#stopped"))
    assert table.calls == {"Query": 12}
    assert not soup.select(".empty")
    assert names(follow(pages, soup.select_one("a[rel=next]"))) == ["name-099"]


@pytest.mark.parametrize("size", [10, 1_000])
def test_a_view_costs_the_same_however_many_jobs_there_are(pages: Pages, tmp_path: Path, size: int) -> None:
    """A query a state; of storage the counts, and a listing and one read a queue."""
    data = CountedStorage(tmp_path / "data")
    table = table_of(pages, *(job(f"{n:04d}", STATUSES[n % 7], minutes_ago=n) for n in range(size)))
    pages.use(data=data)
    count(pages)
    synced(pages, RENDER)
    synced(pages, CUT)
    data.asked.clear()
    dashboard(pages)
    assert table.calls == {"Query": 7}
    assert sum(data.asked.values()) == 3 and len(data.rounds) == 1


def test_a_live_refresh_knows_its_rows_again(pages: Pages) -> None:
    """Rows have names of their own that hold whatever an id holds, and the page says how often to look."""
    table_of(pages, job("a b#c:1+%<>", minutes_ago=1), job("x", minutes_ago=2))
    first, second = dashboard(pages), dashboard(pages, status="RUNNING")
    assert first.select_one("main")["data-live"] == "15"
    ids = [str(row["id"]) for row in first.select("table.jobs tbody tr")]
    assert ids == [row["id"] for row in second.select("table.jobs tbody tr")]
    assert len(set(ids)) == 2 and all(one.removeprefix("job-").isalnum() for one in ids)


def test_sorting_by_a_column_stays_on_the_page(pages: Pages) -> None:
    """It moves the same rows; another order of all jobs begins at the first page."""
    table_of(pages, *(job(f"{n:03d}", minutes_ago=n) for n in range(60)))
    second = follow(pages, dashboard(pages, size="25").select_one("a[rel=next]"))
    state, since, name, duration = second.select("table.jobs th a")
    assert all("token=" in str(link["href"]) for link in (state, name, duration))
    assert "token=" not in str(since["href"])
    assert sorted(names(follow(pages, name))) == sorted(names(second)) == [f"name-{n:03d}" for n in range(25, 50)]
