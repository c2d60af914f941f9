"""The status index of a job table, without a DynamoDB: rows in the order of the index, a page at a time.

Whatever is no query of that index is refused: a view never scans, and never writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from vectora_core.jobs.attributes import to_attributes
from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.queries import JobQueries
from vectora_core.jobs.schema import STATUS_INDEX
from vectora_core.jobs.types import JobRecord


class JobIndex:
    """A client of DynamoDB that knows one index.

    :param rows_a_page: as many as a page has at most, as if they were 1 MB
    """

    def __init__(self, rows: Iterable[JobRecord], *, rows_a_page: int = 1_000) -> None:
        self._rows = sorted(rows, key=lambda row: (row.timestamp, row.job_id))
        self._rows_a_page = rows_a_page

    def query(self, **asked: Any) -> dict[str, Any]:
        assert asked["IndexName"] == STATUS_INDEX
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        least, most = values.get(":since", ""), values.get(":until", "~")
        rows = [row for row in self._rows if row.status == values[":status"] and least <= row.timestamp <= most]
        rows = rows if asked["ScanIndexForward"] else rows[::-1]
        if start := asked.get("ExclusiveStartKey"):
            places = [(row.timestamp, row.job_id) for row in rows]
            rows = rows[places.index((start["timestamp"]["S"], start["jobId"]["S"])) + 1 :]
        page = rows[: min(self._rows_a_page, asked.get("Limit", self._rows_a_page))]
        found: dict[str, Any] = {"Items": [to_attributes(row) for row in page]}
        if len(page) < len(rows):
            found["LastEvaluatedKey"] = {name: to_attributes(page[-1])[name] for name in ("status", "timestamp", "jobId")}
        return found


def indexed_jobs(clock: Callable[[], datetime], rows: Iterable[JobRecord], **details: Any) -> JobQueries:
    """Return the queries of a table of these jobs, named ``jobs``."""
    return JobQueries(TableRequests(JobIndex(rows, **details), "jobs"), clock=clock, sleep=lambda seconds: None)
