"""The dashboard for programs: what the page shows, under the names of the table, paged and documented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.counted_storage import CountedStorage
from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.jobs_given import CUT, RENDER, count, dashboard, job, names, synced, table_of, words
from vectora_airflow.ui.app import create_app


def answer(pages: Pages, path: str = "jobs", *, expect: int = 200, **query: Any) -> Any:
    found = pages.get(f"api/{path}", **query)
    assert found.status_code == expect, found.text
    return found.json()


def test_a_list_has_the_columns_of_the_table(pages: Pages) -> None:
    """Under their names, with how far they can be trusted and how long the job has waited or run."""
    table_of(pages, job("a", "RUNNING", minutes_ago=30, started_at=1_773_142_200_000, media_id="m-1"))
    found = answer(pages, period="24h")
    (row,) = found.pop("jobs")
    assert found == {
        "table": "jobs",
        "next_token": None,
        "stopped_looking": False,
        "requests": 7,
        "since": "2026-03-09T12:00:00Z",
        "until": None,
        "warnings": [],
    }
    known = {"jobId": "a", "status": "RUNNING", "media_id": "m-1", "timestamp": "2026-03-10T11:30:00.000Z"}
    assert row.items() >= {**known, "region": "us-east-1", "freshness": "open", "startedAt": 1_773_142_200_000}.items()
    assert row["spent"] == {"kind": "running", "seconds": 1_800.0}


@pytest.mark.parametrize(
    "query", [{}, {"status": "FAILED"}, {"q": "name-1", "sort": "-name"}, {"sort": "oldest", "size": 25}]
)
def test_a_program_sees_the_jobs_of_the_page(pages: Pages, query: dict[str, Any]) -> None:
    """In the same order, and goes on by the same token."""
    table_of(pages, *(job(f"{n:02d}", ("FAILED", "RUNNING")[n % 2], minutes_ago=n) for n in range(40)))
    found, soup = answer(pages, **query), dashboard(pages, **query)
    assert [one["jobName"] for one in found["jobs"]] == names(soup)
    assert bool(found["next_token"]) == bool(soup.select("a[rel=next]"))
    assert not found["next_token"] or f"token={found['next_token']}" in str(soup.select_one("a[rel=next]"))


def test_pages_end(pages: Pages) -> None:
    """By the tokens alone every job is seen once."""
    table_of(pages, *(job(f"{n:03d}", minutes_ago=n) for n in range(120)))
    seen, token = [], ""
    while token is not None:
        page = answer(pages, size=50, token=token)
        seen += [one["jobId"] for one in page["jobs"]]
        token = page["next_token"]
    assert seen == [f"{n:03d}" for n in range(120)]


def test_the_counts_are_those_of_the_page(pages: Pages) -> None:
    """With 30 days, none left out, and the waits by queue."""
    table_of(pages)
    count(pages)
    found, soup = answer(pages, "jobs/statistics"), dashboard(pages)
    assert found["figures"]["total"] == int(words(soup.select_one(".figure dd")))
    assert (found["figures"]["success_rate"], found["age_seconds"], found["is_stale"]) == (0.8, 180.0, False)
    assert [len(found["days"]), found["days"][0]["day"], found["days"][-1]] == [
        30,
        "2026-02-09",
        {"day": "2026-03-10", "succeeded": 10, "failed": 8},
    ]
    assert [(one["name"], one["waiting_now"], one["longest_seconds"]) for one in found["waits"]] == [
        ("render", 2, 7_500),
        ("cut", 0, 0),
    ]
    assert found["waits"][0]["waited"] == {
        "under_1_min": 7,
        "under_5_min": 0,
        "under_15_min": 0,
        "under_1_h": 0,
        "under_6_h": 0,
        "from_6_h": 1,
    }
    assert found["queues"] == [CUT, RENDER]


def test_the_syncs_are_told_queue_by_queue(pages: Pages) -> None:
    synced(pages, RENDER, minutes_ago=46, missing=("x",), throttles=2)
    synced(pages, CUT)
    found = answer(pages, "jobs/queues")
    assert found["stale_after_minutes"] == 45
    assert [(one["name"], one["region"], one["is_stale"]) for one in found["queues"]] == [
        ("cut", "eu-west-1", False),
        ("render", "us-east-1", True),
    ]
    assert found["queues"][1].items() >= {"missing": 1, "throttles": 2, "lag_seconds": 12.0, "age_seconds": 2_760.0}.items()


def test_no_counts_are_no_zeros(pages: Pages) -> None:
    """A program sees that nobody has counted, and why."""
    found = answer(pages, "jobs/statistics")
    assert found["figures"] is None and found["counted_at"] is None
    assert "unpause or trigger the DAG vectora_job_states" in found["problem"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"status": "DONE"}, "status"),
        ({"period": "1w"}, "period"),
        ({"size": 24}, "size"),
        ({"size": "many"}, "size"),
        ({"q": "x" * 201}, "q"),
        ({"since": "yesterday"}, "since: 'yesterday' is no time"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "no time lies between"),
        ({"token": "nonsense.1773144000000"}, "next_token: it is not what an earlier page gave"),
    ],
)
def test_what_cannot_be_used_is_400_and_named(pages: Pages, query: dict[str, Any], says: str) -> None:
    table_of(pages)
    assert says in answer(pages, expect=400, **query)["detail"]


def test_a_token_of_another_query_is_refused(pages: Pages) -> None:
    """It would skip jobs without a word."""
    table_of(pages, *(job(f"{n:03d}", minutes_ago=n) for n in range(60)))
    token = answer(pages, size=50)["next_token"]
    assert "of another query" in answer(pages, expect=400, token=token, region="eu-west-1")["detail"]


def test_what_is_out_of_reach_is_503(pages: Pages, tmp_path: Path) -> None:
    """The list alone goes on without the state of the syncs, and says what that means."""
    table_of(pages, job("a"))
    data = CountedStorage(tmp_path / "data", "")
    data.list_folders = data.get
    pages.use(data=data)
    for path in ("jobs/statistics", "jobs/queues"):
        assert "cannot be reached" in answer(pages, path, expect=503)["detail"]
    found = answer(pages)
    assert len(found["jobs"]) == 1
    assert "told by their rows alone" in found["warnings"][0]


def test_every_parameter_and_field_is_documented() -> None:
    """In OpenAPI, with what it means."""
    document = create_app().openapi()
    for path in ("/api/jobs", "/api/jobs/statistics", "/api/jobs/queues"):
        operation = document["paths"][path]["get"]
        assert operation["summary"] and operation["tags"] == ["jobs"]
        assert all(one.get("description") for one in operation.get("parameters", []))
    for schema in (
        "Job",
        "JobList",
        "JobStatistics",
        "JobFigures",
        "FinishedDay",
        "Spent",
        "QueueWaits",
        "QueueSync",
        "QueueSyncs",
    ):
        fields = document["components"]["schemas"][schema]["properties"]
        assert all(one.get("description") or "$ref" in str(one) for one in fields.values()), schema
