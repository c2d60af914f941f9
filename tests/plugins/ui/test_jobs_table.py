"""The dashboard of jobs over a real table: the indexes of an embedded DynamoDB, and rows as writers write them."""

from __future__ import annotations

from tests.core.conftest import _aws_port, new_bucket, new_table  # noqa: F401  # fixtures
from tests.fakes.jobs import NewTable
from tests.plugins.ui.conftest import NOW, Pages
from tests.plugins.ui.jobs_given import CUT, RENDER, dashboard, follow, job, names
from vectora_core.jobs.states import STATUSES
from vectora_core.jobs.statistics import store_statistics
from vectora_core.jobs.table import JobStateTable


def test_many_rows_page_by_page_through_the_indexes(pages: Pages, new_table: NewTable) -> None:  # noqa: F811
    """Each job once, newest first and oldest first; a filter looks behind; at most 12 queries a view, and nothing else."""
    table = new_table(clock=lambda: NOW)
    rows = [job(f"{n:03d}", STATUSES[n % 7], minutes_ago=n, job_queue=(RENDER, CUT)[n % 2], region="") for n in range(70)]
    table.put_many(rows)
    store_statistics(pages.resources.data, "MonitoringToolTest_V2", table.get_statistics())
    pages.use(table=table)
    everything = [f"name-{n:03d}" for n in range(70)]
    for query, found in (
        ({"size": "25"}, everything),
        ({"size": "25", "sort": "oldest"}, everything[::-1]),
        ({"size": "25", "queue": "cut"}, everything[1::2]),
        ({"status": "FAILED", "q": "name-01"}, [f"name-{n:03d}" for n in range(70) if n % 7 == 5 and 10 <= n < 20]),
    ):
        assert seen(pages, table, query) == found


def seen(pages: Pages, table: JobStateTable, query: dict[str, str]) -> list[str]:
    """The jobs of all pages, and each of them within its budget."""
    table.calls.clear()
    soup = dashboard(pages, **query)
    found = names(soup)
    while link := soup.select_one("a[rel=next]"):
        assert set(table.calls) == {"Query"} and table.calls.total() <= 24
        table.calls.clear()
        soup = follow(pages, link)
        found += names(soup)
    return found
