"""Lists with the oldest first, and what a page may cost."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.fakes.jobs import NOW, OTHER_QUEUE, QUEUE, NewTable, job
from vectora_core.errors import ParametersError
from vectora_core.jobs.filters import JobFilter
from vectora_core.jobs.states import STATUSES
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord, Page


def filled(table: JobStateTable, rows: int = 70) -> list[JobRecord]:
    """Write jobs of every status and both queues, one a minute, and return them the oldest first."""
    jobs = [
        job(f"j{n:03d}", STATUSES[n % 7], minutes_ago=rows - n, job_queue=(QUEUE, OTHER_QUEUE)[n % 2]) for n in range(rows)
    ]
    table.put_many(jobs)
    return jobs


def ids(jobs: Any) -> list[str]:
    return [one.job_id for one in jobs]


def all_pages(table: JobStateTable, wanted: JobFilter, **arguments: Any) -> list[Page]:
    pages = [table.find_jobs(wanted, **arguments)]
    while pages[-1].next_token:
        pages.append(table.find_jobs(wanted, **arguments, next_token=pages[-1].next_token))
        assert len(pages) < 100
    return pages


@pytest.mark.parametrize("limit", [3, 10, 69, 70, 71])
def test_the_oldest_come_first_and_each_job_once(new_table: NewTable, limit: int) -> None:
    """Over all statuses and pages, as cheap as the other way round."""
    table = new_table()
    jobs = filled(table)
    table.calls.clear()
    pages = all_pages(table, JobFilter(oldest_first=True), limit=limit)
    assert [name for page in pages for name in ids(page.jobs)] == ids(jobs)
    assert len(pages) == -(-len(jobs) // limit)
    assert table.calls["Query"] <= 7 * len(pages)


def test_filters_hold_in_either_order(new_table: NewTable) -> None:
    """Status, time and what has to be looked for row by row."""
    table = new_table()
    jobs = filled(table)
    arguments: dict[str, Any] = {"statuses": ("FAILED", "RUNNING"), "since": NOW.replace(minute=0), "job_queue": "cut"}
    oldest, newest = (table.find_jobs(JobFilter(**arguments, oldest_first=order)).jobs for order in (True, False))
    assert ids(oldest) == ids(newest)[::-1]
    assert ids(oldest) == [
        row.job_id for row in jobs[28:] if row.status in ("FAILED", "RUNNING") and row.job_queue == OTHER_QUEUE
    ]


def test_a_token_of_one_order_is_none_of_the_other(new_table: NewTable) -> None:
    """Its positions mean the opposite there: jobs would be left out without a word."""
    table = new_table()
    filled(table)
    for order in (True, False):
        token = table.find_jobs(JobFilter(oldest_first=order), limit=5).next_token
        with pytest.raises(ParametersError, match="next_token: it is of another query"):
            table.find_jobs(JobFilter(oldest_first=not order), limit=5, next_token=token)


@pytest.mark.parametrize("order", [True, False], ids=["oldest first", "newest first"])
def test_a_page_costs_no_more_than_it_may_and_gets_on(new_table: NewTable, order: bool) -> None:
    """With one request a status, and few rows each, further pages find everything; each says that it stopped looking."""
    table = new_table()
    jobs = filled(table)
    table.calls.clear()
    pages = all_pages(table, JobFilter(text="j06", oldest_first=order), most_requests=7, rows_a_request=2)
    assert sorted(name for page in pages for name in ids(page.jobs)) == ids(jobs[60:])
    assert table.calls.total() <= 7 * len(pages)
    assert pages[0].stopped_looking


@pytest.mark.parametrize("number", [0, 6, 25])
def test_a_page_that_would_not_get_on_is_refused(number: int) -> None:
    """Fewer requests than statuses could end where they began; more than 24 nobody waits for."""
    table = JobStateTable(None, "jobs", clock=lambda: NOW)
    with pytest.raises(ParametersError, match=re.escape(f"most_requests: {number} is not between 7 and 24")):
        table.find_jobs(JobFilter(), most_requests=number)
