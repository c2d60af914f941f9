"""What the table asks DynamoDB, where AWS is not as the embedded one: names in expressions, columns and ends of indexes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.fakes.jobs import NOW, QUEUE, job
from vectora_core.jobs.attributes import to_attributes
from vectora_core.jobs.schema import KEYS, PROJECTED
from vectora_core.jobs.table import JobStateTable

HOUR = timedelta(hours=1)


class Recording:
    """A DynamoDB without rows, that keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        def answer(**request: Any) -> dict[str, Any]:
            self.asked.append(request)
            return {"Items": [], "Responses": {}}

        return answer


def test_no_column_is_named_in_an_expression() -> None:
    """Half of them are reserved words (status, timestamp, region, source), which the embedded DynamoDB minds less."""
    client = Recording()
    table = JobStateTable(client, "jobs", clock=lambda: NOW)
    table.put(job("a"))
    table.mark_gone("a", state_order="x", at="y")
    table.get_many(["a"])
    table.get_jobs_by_queue(QUEUE)
    table.get_jobs_by_time_range(NOW - HOUR, NOW)
    table.get_failed_jobs(since=NOW)
    table.get_failed_jobs(until=NOW)
    table.get_statistics()
    requests = [request.get("RequestItems", {}).get("jobs", request) for request in client.asked]
    found = [(request, name) for request in requests for name in request if name.endswith("Expression")]
    assert len(found) >= 20
    for request, name in found:
        words = set(re.findall(r"(?<![#:\w])[A-Za-z_]\w*", request[name]))
        assert words <= {"attribute_not_exists", "if_not_exists", "SET", "REMOVE", "AND", "OR", "BETWEEN"}
        used = set(re.findall(r"[#:]\w+", " ".join(request[one] for one in request if one.endswith("Expression"))))
        assert used == {*request.get("ExpressionAttributeNames", {}), *request.get("ExpressionAttributeValues", {})}


def test_a_query_asks_an_index_for_what_it_holds() -> None:
    """AWS refuses a query of an index for other columns; the embedded DynamoDB fetches them."""
    client = Recording()
    JobStateTable(client, "jobs", clock=lambda: NOW).get_statistics()
    for request in client.asked:
        index = request["IndexName"]
        assert set(request["ExpressionAttributeNames"].values()) <= {"jobId", *KEYS[index], *PROJECTED[index]}


class Strict:
    """A DynamoDB with jobs that failed: as AWS does, it says to go on whenever it gave as many rows as were asked for."""

    def __init__(self, rows: int) -> None:
        self.rows = [to_attributes(job(f"j{n}", "FAILED", minutes_ago=n)) for n in range(rows)]

    def query(self, **request: Any) -> dict[str, Any]:
        start = request.get("ExclusiveStartKey", {}).get("jobId")
        first = next((n + 1 for n, row in enumerate(self.rows) if row["jobId"] == start), 0)
        found = self.rows[first : first + request["Limit"]]
        return {"Items": found, **({"LastEvaluatedKey": found[-1]} if len(found) == request["Limit"] else {})}


def test_the_last_page_says_that_it_is_the_last() -> None:
    """Also when it is full: one row more than the page has is asked for."""
    table = JobStateTable(Strict(4), "jobs", clock=lambda: NOW)
    first = table.get_failed_jobs(limit=2)
    last = table.get_failed_jobs(limit=2, next_token=first.next_token)
    assert [row.job_id for row in (*first.jobs, *last.jobs)] == ["j0", "j1", "j2", "j3"]
    assert last.next_token is None
