"""Lists of jobs: by the indexes only, a page at a time, each job once, and tokens that read no more than their query."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.jobs import DEFINITION, NOW, OTHER_QUEUE, QUEUE, NewTable, job
from vectora_core.errors import JobTableError, ParametersError
from vectora_core.jobs.filters import JobFilter
from vectora_core.jobs.states import STATUSES
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord, Page

HOUR = timedelta(hours=1)


def filled(table: JobStateTable, rows: int = 70) -> list[JobRecord]:
    """Write jobs of every status and both queues, one a minute, and return them the newest first."""
    jobs = [
        job(f"j{n:03d}", STATUSES[n % 7], minutes_ago=n, job_queue=(QUEUE, OTHER_QUEUE)[n % 2], region="")
        for n in range(rows)
    ]
    table.put_many(jobs)
    return jobs


def ids(jobs: Any) -> list[str]:
    return [one.job_id for one in jobs]


def all_pages(query: Callable[..., Page], **arguments: Any) -> list[Page]:
    pages = [query(**arguments)]
    while pages[-1].next_token:
        pages.append(query(**arguments, next_token=pages[-1].next_token))
        assert len(pages) < 100
    return pages


@pytest.mark.parametrize("limit", [3, 10, 69, 70, 71])
def test_all_jobs_come_newest_first_and_each_once(new_table: NewTable, limit: int) -> None:
    """Over all statuses, whatever the size of the page; the last page says that it is the last."""
    table = new_table()
    jobs = filled(table)
    pages = all_pages(table.get_all_jobs, limit=limit)
    assert [name for page in pages for name in ids(page.jobs)] == ids(jobs)
    assert len(pages) == -(-len(jobs) // limit)
    assert not any(page.stopped_looking for page in pages)
    assert {row.full_event for page in pages for row in page.jobs} == {""}


def test_a_page_is_a_query_a_status_and_never_a_scan(new_table: NewTable) -> None:
    """The second one no more than the first."""
    table = new_table()
    filled(table)
    table.calls.clear()
    first = table.get_latest_state_per_job(limit=20)
    assert table.calls == {"Query": 7}
    table.get_all_jobs(limit=20, next_token=first.next_token)
    assert table.calls == {"Query": 14}


def test_what_is_gone_from_time_is_gone_from_every_answer(new_table: NewTable) -> None:
    """DynamoDB deletes up to two days late."""
    table = new_table()
    table.put_many(
        [job("a", "FAILED"), job("b", "FAILED", expires_at=int(NOW.timestamp())), job("c", "RUNNING", expires_at=1)]
    )
    assert ids(table.get_all_jobs().jobs) == ["a"]
    assert ids(table.get_failed_jobs().jobs) == ["a"]
    assert (table.get("b"), table.get_job_history("b"), table.get_many(["b"])) == (None, [], {})
    assert list(table.open_jobs(QUEUE)) == []
    assert ids(table.get_job_history("a")) == ["a"]


def test_jobs_by_status_and_time(new_table: NewTable) -> None:
    """From one time, inclusive, to another, exclusive; in UTC whatever the zone it is given in."""
    table = new_table()
    jobs = filled(table)
    assert ids(table.get_jobs_by_status("FAILED").jobs) == [row.job_id for row in jobs if row.status == "FAILED"]
    since, until = NOW - timedelta(minutes=20), NOW - timedelta(minutes=10)
    found = all_pages(table.get_jobs_by_time_range, since=since, until=until, limit=4)
    assert [name for page in found for name in ids(page.jobs)] == ids(jobs[11:21])
    in_tokyo = since.astimezone(datetime.strptime("+0900", "%z").tzinfo)
    assert ids(table.get_failed_jobs(since=in_tokyo).jobs) == [row.job_id for row in jobs[:21] if row.status == "FAILED"]
    assert ids(table.get_failed_jobs(until=until).jobs) == [row.job_id for row in jobs[11:] if row.status == "FAILED"]


def test_the_jobs_of_a_queue(new_table: NewTable) -> None:
    """By ARN the open ones first, then the others with those that are gone; by name, or of one status, the newest first."""
    table = new_table()
    jobs = [row for row in filled(table) if row.job_queue == QUEUE]
    table.mark_gone(jobs[1].job_id, state_order=jobs[1].state_order, at="2026-03-10T15:42:00.000Z")
    assert jobs[1].status == "RUNNABLE"
    ended = [row for row in jobs if row.status in ("FAILED", "SUCCEEDED")]
    open_ids = sorted(set(ids(jobs)) - set(ids(ended)) - {jobs[1].job_id})
    pages = all_pages(table.get_jobs_by_queue, job_queue=QUEUE, limit=8)
    assert [name for page in pages for name in ids(page.jobs)] == open_ids + sorted([*ids(ended), jobs[1].job_id])
    assert ids(table.get_jobs_by_queue("render").jobs) == ids(jobs)
    assert ids(table.get_jobs_by_queue(QUEUE, status="FAILED").jobs) == [
        row.job_id for row in jobs if row.status == "FAILED"
    ]
    assert ids(table.open_jobs(QUEUE)) == open_ids


FILTERS = {
    "queue by ARN": (JobFilter(job_queue=OTHER_QUEUE), ["other"]),
    "queue by name": (JobFilter(job_queue="cut"), ["other"]),
    "definition by ARN": (JobFilter(job_definition=DEFINITION), ["one", "other"]),
    "definition by revision": (JobFilter(job_definition="encode:3"), ["one", "other"]),
    "definition by name": (JobFilter(job_definition="encode"), ["one", "other", "later"]),
    "region": (JobFilter(region="eu-west-1"), ["other"]),
    "text in the name": (JobFilter(text="PRE-"), ["one"]),
    "text in the id": (JobFilter(text="LATE"), ["later"]),
    "text in the media id": (JobFilter(text="694a9d57"), ["other"]),
    "two statuses": (JobFilter(statuses=("FAILED", "RUNNING")), ["one", "later"]),
    "all at once": (JobFilter(statuses=("RUNNING",), since=NOW - HOUR, text="one", region="us-east-1"), ["one"]),
    "nothing": (JobFilter(text="%"), []),
}


@pytest.mark.parametrize(("wanted", "found"), FILTERS.values(), ids=FILTERS)
def test_a_filter_finds_what_people_paste(new_table: NewTable, wanted: JobFilter, found: list[str]) -> None:
    """ARN, name, revision; text in upper or lower case."""
    table = new_table()
    table.put_many(
        [
            job("one", "RUNNING", job_name="pre-x"),
            job("other", "PENDING", minutes_ago=1, job_queue=OTHER_QUEUE, region="eu-west-1", media_id="694a9d57b88940a9"),
            job("later", "FAILED", minutes_ago=2, job_definition=DEFINITION.replace(":3", ":4")),
        ]
    )
    assert ids(table.find_jobs(wanted).jobs) == found


def test_a_search_gives_up_at_its_budget_and_goes_on(new_table: NewTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and further pages find everything; each costs at most 24 requests."""
    monkeypatch.setattr("vectora_core.jobs.queries.ROWS_A_QUERY", 2)
    table = new_table()
    jobs = filled(table, 140)
    table.calls.clear()
    pages = all_pages(table.find_jobs, wanted=JobFilter(text="j13"), limit=50)
    assert [name for page in pages for name in ids(page.jobs)] == [f"j13{n}" for n in range(10)] == ids(jobs[130:])
    assert len(pages) > 1
    assert [page.stopped_looking for page in pages] == [True] * (len(pages) - 1) + [False]
    assert table.calls["Query"] <= 24 * len(pages)


def test_arguments_that_cannot_be_used_are_named(new_table: NewTable) -> None:
    """Before anything is asked."""
    table = new_table()
    naive = datetime(2026, 3, 10)  # noqa: DTZ001
    for words, wrong in {
        "'running' is no state of a Batch job; there are SUBMITTED": lambda: table.get_jobs_by_status("running"),
        "since: 2026-03-10 00:00:00 has no time zone": lambda: table.get_failed_jobs(since=naive),
        "until: 2026-03-10 00:00:00 has no time zone": lambda: table.get_jobs_by_time_range(NOW, naive),
        "no time lies between": lambda: table.get_jobs_by_time_range(NOW, NOW),
        "is out of range": lambda: table.get_failed_jobs(until=datetime.min.replace(tzinfo=UTC)),
        "limit: 0 is not between 1 and 1000": lambda: table.get_all_jobs(limit=0),
        "limit: 1001 is not": lambda: table.get_jobs_by_queue(QUEUE, limit=1001),
    }.items():
        with pytest.raises(ParametersError, match=re.escape(words)):
            wrong()
    assert table.calls == {}


def test_many_rows_by_id_a_hundred_a_request(new_table: NewTable) -> None:
    """Without their events; the unknown left out, the repeated asked for once."""
    table = new_table()
    jobs = filled(table, 150)
    table.calls.clear()
    found = table.get_many([*ids(jobs), "nobody", *ids(jobs)])
    assert set(found) == set(ids(jobs))
    assert {row.full_event for row in found.values()} == {""}
    assert {row.state_order for row in found.values()} == {row.state_order for row in jobs}
    assert table.calls == {"BatchGetItem": 2}
    assert table.get_many([]) == {}


class Reluctant:
    """A DynamoDB that leaves out all but one of the keys it is asked for."""

    def __init__(self, *, gives: int) -> None:
        self.gives = gives

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        keys = RequestItems["jobs"]["Keys"]
        rest = {"jobs": RequestItems["jobs"] | {"Keys": keys[self.gives :]}} if keys[self.gives :] else {}
        return {"Responses": {"jobs": keys[: self.gives]}, "UnprocessedKeys": rest}


def test_rows_that_were_left_out_are_asked_for_again() -> None:
    """After growing pauses, and not for ever."""
    pauses: list[float] = []
    table = JobStateTable(Reluctant(gives=1), "jobs", clock=lambda: NOW, sleep=pauses.append)
    assert set(table.get_many(["a", "b", "c"])) == {"a", "b", "c"}
    assert len(pauses) == 2
    stubborn = JobStateTable(Reluctant(gives=0), "jobs", clock=lambda: NOW, sleep=pauses.append)
    with pytest.raises(JobTableError, match=r"left out 1 rows 10 times") as found:
        stubborn.get_many(["a"])
    assert found.value.transient
    assert sum(pauses) < 120
