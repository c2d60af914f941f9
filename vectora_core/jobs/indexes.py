"""Pages of the two indexes of the job table, as DynamoDB gives them: up to 1 MB, then where to go on.

It does not know which rows are wanted. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vectora_core.jobs.attributes import KEY, OPEN_QUEUE
from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.schema import OPEN_INDEX, STATUS_INDEX
from vectora_core.jobs.tokens import Position

Row = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class IndexPage:
    """Rows in the order of the index; `more` tells whether there may be others behind the last."""

    rows: Sequence[Row]
    last_key: Mapping[str, Any] | None

    @property
    def more(self) -> bool:
        """Whether the index goes on; an exact end may only show on one more, empty page."""
        return self.last_key is not None


@dataclass(frozen=True, kw_only=True)
class StatusPartition:
    """The rows of one status, newest first unless told otherwise.

    :param since: the least `timestamp` (ISO 8601 UTC text), inclusive; ``until`` the greatest, inclusive
    :param columns: the columns to send over the network, all of them in the index; None sends them all
    """

    status: str
    since: str | None = None
    until: str | None = None
    columns: tuple[str, ...] | None = None
    oldest_first: bool = False

    def page(self, requests: TableRequests, *, after: Position | None, limit: int | None) -> IndexPage:
        """Return the rows behind a position (timestamp, job id)."""
        start = {"status": self.status, "timestamp": after[0], KEY: after[1]} if after else None
        return _query(requests, self._request(), start=start, limit=limit)

    def has(self, position: Position) -> bool:
        """Return whether a row may be there: DynamoDB refuses to go on from outside."""
        return (self.since or "") <= position[0] and (self.until is None or position[0] <= self.until)

    def _request(self) -> dict[str, Any]:
        condition, values = _between(self.since, self.until)
        request: dict[str, Any] = {
            "IndexName": STATUS_INDEX,
            "ScanIndexForward": self.oldest_first,
            "KeyConditionExpression": "#status = :status" + condition,
            "ExpressionAttributeNames": {"#status": "status"} | ({"#timestamp": "timestamp"} if condition else {}),
            "ExpressionAttributeValues": _texts({":status": self.status, **values}),
        }
        if self.columns:
            request["ProjectionExpression"] = ", ".join(f"#{column}" for column in self.columns)
            request["ExpressionAttributeNames"] |= {f"#{column}": column for column in self.columns}
        return request


@dataclass(frozen=True, kw_only=True)
class OpenPartition:
    """The open rows of one queue (its ARN), in the order of the job ids."""

    job_queue: str

    def page(self, requests: TableRequests, *, after: Position | None, limit: int | None) -> IndexPage:
        """Return the rows behind a position (job id)."""
        request = {
            "IndexName": OPEN_INDEX,
            "KeyConditionExpression": "#queue = :queue",
            "ExpressionAttributeNames": {"#queue": OPEN_QUEUE},
            "ExpressionAttributeValues": _texts({":queue": self.job_queue}),
        }
        start = {OPEN_QUEUE: self.job_queue, KEY: after[0]} if after else None
        return _query(requests, request, start=start, limit=limit)

    def has(self, position: Position) -> bool:
        """Return whether a row may be there."""
        return bool(position[0])


Partition = StatusPartition | OpenPartition


def _query(
    requests: TableRequests, request: dict[str, Any], *, start: Mapping[str, str] | None, limit: int | None
) -> IndexPage:
    if start:
        request["ExclusiveStartKey"] = _texts(start)
    if limit:
        request["Limit"] = limit
    answer = requests.call("query", **request)
    return IndexPage(rows=answer["Items"], last_key=answer.get("LastEvaluatedKey") or None)


def _between(since: str | None, until: str | None) -> tuple[str, dict[str, str]]:
    if since is not None and until is not None:
        return " AND #timestamp BETWEEN :since AND :until", {":since": since, ":until": until}
    if since is not None:
        return " AND #timestamp >= :since", {":since": since}
    if until is not None:
        return " AND #timestamp <= :until", {":until": until}
    return "", {}


def _texts(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"S": text} for name, text in values.items()}
