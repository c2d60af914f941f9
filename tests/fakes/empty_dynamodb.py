"""A job table with no row or with one, and without a DynamoDB: what is asked of it is counted as usual."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.queries import JobQueries


class EmptyDynamoDb:
    """A client of DynamoDB in whose tables there is nothing, or one row that is found by its key.

    :param row: the attributes of that row
    """

    def __init__(self, row: dict[str, Any] | None = None) -> None:
        self._row = row

    def get_item(self, **asked: Any) -> dict[str, Any]:
        is_it = self._row is not None and self._row["jobId"] == asked["Key"]["jobId"]
        return {"Item": self._row} if is_it else {}

    def query(self, **asked: Any) -> dict[str, Any]:
        return {"Items": [], "Count": 0, "ScannedCount": 0}

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        return {"Responses": {}}


def empty_job_table(clock: Callable[[], datetime], row: dict[str, Any] | None = None) -> JobQueries:
    """Return the queries of such a table, named ``jobs``."""
    return JobQueries(TableRequests(EmptyDynamoDb(row), "jobs"), clock=clock, sleep=lambda seconds: None)
