"""Jobs, counts and syncs for the tests of the dashboard, as the sync leaves them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bs4 import BeautifulSoup, Tag

from tests.fakes import jobs
from tests.fakes.job_index import indexed_jobs
from tests.plugins.ui.conftest import NOW, Pages
from vectora_core.jobs.statistics import Statistics, store_statistics
from vectora_core.jobs.sync_report import SyncReport
from vectora_core.jobs.sync_state import QueuePlace, SyncState, write_state
from vectora_core.jobs.types import JobRecord

RENDER: Final = "arn:aws:batch:us-east-1:123456789012:job-queue/render"
CUT: Final = "arn:aws:batch:eu-west-1:123456789012:job-queue/cut"
_EARLIER: Final = (jobs.NOW - NOW).total_seconds() / 60


def job(job_id: str, status: str = "RUNNING", *, minutes_ago: float = 0, **more: Any) -> JobRecord:
    """Return a row that reached its status so many minutes before the `NOW` of the pages."""
    return jobs.job(job_id, status, minutes_ago=minutes_ago + _EARLIER, **({"region": ""} | more))


def milliseconds(minutes_ago: float) -> int:
    """A moment so many minutes before `NOW`."""
    return int((NOW - timedelta(minutes=minutes_ago)).timestamp() * 1000)


def table_of(pages: Pages, *rows: JobRecord, **details: Any) -> Any:
    """Give the pages a table of these jobs, and return it: its ``calls`` count."""
    table = indexed_jobs(lambda: NOW, rows, **details)
    pages.use(table=table)
    return table


def count(pages: Pages, *, minutes_ago: float = 3, **parts: Any) -> Statistics:
    """Store counts: by default two days of two queues, and open jobs."""
    known: dict[str, Any] = {
        "open_jobs": {RENDER: {"RUNNING": 4, "RUNNABLE": 2, "gone": 1}, CUT: {"SUBMITTED": 1}},
        "days": {
            "2026-03-09": {RENDER: {"SUCCEEDED": 30, "FAILED": 2}},
            "2026-03-10": {RENDER: {"SUCCEEDED": 10}, CUT: {"FAILED": 8}},
        },
        "waiting": {RENDER: {"jobs": 2, "longest_seconds": 7_500}},
        "waited_running": {RENDER: {"under_1_min": 4}},
        "waited": {"2026-03-09": {RENDER: {"under_1_min": 3, "from_6_h": 1}, CUT: {"under_15_min": 5}}},
    }
    found = Statistics(counted_at=(NOW - timedelta(minutes=minutes_ago)).isoformat(), **(known | parts))
    store_statistics(pages.resources.data, pages.resources.settings.jobs_table, found)
    return found


def synced(pages: Pages, queue: str = RENDER, *, minutes_ago: float = 5, missing: tuple[str, ...] = (), **more: Any) -> None:
    """Leave what a sync of a queue leaves."""
    at, table = NOW - timedelta(minutes=minutes_ago), pages.resources.settings.jobs_table
    known: dict[str, Any] = {"calls": {"ListJobs": 6}, "lag_seconds": 12.0, "seconds": 4.0}
    report = SyncReport(job_queue=queue, table=table, started_at=at.isoformat(), **(known | more))
    state = SyncState(missing=dict.fromkeys(missing, at))
    write_state(pages.resources.data, QueuePlace(table=table, job_queue=queue), state, last=report.to_json())


def dashboard(pages: Pages, *, expect: int = 200, **query: Any) -> BeautifulSoup:
    """Return the page, parsed."""
    answer = pages.get("jobs", **query)
    assert answer.status_code == expect, answer.text
    return BeautifulSoup(answer.text, "lxml")


def follow(pages: Pages, link: Tag | None) -> BeautifulSoup:
    """Return the page a link of a page leads to, parsed."""
    assert link is not None
    answer = pages.request("GET", str(link["href"]).removeprefix("/airflow/vectora/"))
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "lxml")


def words(element: Tag | None) -> str:
    """The text of an element, its blanks made one."""
    assert element is not None
    return " ".join(element.get_text(" ").split())


def names(soup: BeautifulSoup) -> list[str]:
    """The jobs of the table, in its order."""
    return [link.get_text() for link in soup.select("table.jobs a.name")]
