"""The old job table, with a row per state ever seen: read page by page, never written.

It does not know what a row means (`vectora_core.jobs.migration.old_rows`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from vectora_core.errors import JobTableError
from vectora_core.jobs.dynamodb import NOT_THERE, TableRequests, code_of
from vectora_core.jobs.migration.patience import Patience

KEYS: Final = ("jobId", "timestamp")

Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class ScannedPage:
    """One page of a segment.

    :param next_key: where the next page begins (LastEvaluatedKey); None after the last
    """

    items: Sequence[Item]
    next_key: Item | None


class OldTable:
    """Reads the old table; may be used from several threads.

    :param client: a boto3 ``dynamodb`` client that repeats nothing by itself
    :param rows_a_page: most rows that one request reads
    :raises JobTableError: from every method
    """

    def __init__(self, client: Any, name: str, *, patience: Patience, rows_a_page: int) -> None:
        self._requests = TableRequests(client, name)
        self._patience = patience
        self._rows_a_page = rows_a_page
        self.name = name

    @property
    def calls(self) -> Counter[str]:
        """Requests so far, by API name."""
        return self._requests.calls

    def check(self) -> str:
        """Return which table it is (its ARN and id), after a look at its keys.

        :raises JobTableError: when there is none, or it has other keys
        """
        try:
            table = self._patience(self._requests.call, "describe_table")["Table"]
        except JobTableError as error:
            if isinstance(error.__cause__, ClientError) and code_of(error.__cause__) == NOT_THERE:
                raise JobTableError(
                    f"there is no table {self.name} to move from; check its name, the region and the account",
                    transient=False,
                ) from error
            raise
        self._check_keys(table)
        return identity(table)

    def pages(
        self, segment: int, segments: int, *, start: Item | None = None, keys_only: bool = False
    ) -> Iterator[ScannedPage]:
        """Return the pages of one segment of a parallel scan; rows of a job follow each other in it.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan

        :param start: the ``next_key`` of the page before
        :param keys_only: the job ids alone
        """
        asked: dict[str, Any] = {"Segment": segment, "TotalSegments": segments, "Limit": self._rows_a_page}
        if keys_only:
            asked["ProjectionExpression"] = KEYS[0]
        while True:
            if start:
                asked["ExclusiveStartKey"] = start
            answer = self._patience(self._requests.call, "scan", **asked)
            start = answer.get("LastEvaluatedKey")
            yield ScannedPage(items=answer["Items"], next_key=start)
            if not start:
                return

    def row(self, key: Item) -> Item | None:
        """Return one row, or None."""
        found: Item | None = self._patience(self._requests.call, "get_item", Key=key).get("Item")
        return found

    def rows_of(self, job_id: str) -> Iterator[Item]:
        """Return every row of one job."""
        asked: dict[str, Any] = {
            "KeyConditionExpression": f"{KEYS[0]} = :job",
            "ExpressionAttributeValues": {":job": {"S": job_id}},
        }
        while True:
            answer = self._patience(self._requests.call, "query", **asked)
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _check_keys(self, table: Mapping[str, Any]) -> None:
        keys = sorted(table["KeySchema"], key=lambda one: str(one["KeyType"]))  # HASH, RANGE
        names = tuple(one["AttributeName"] for one in keys)
        types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
        if names != KEYS or types[KEYS[0]] != "S" or types[KEYS[1]] not in ("S", "N"):
            found = " + ".join(f"{name} ({types[name]})" for name in names)
            raise JobTableError(
                f"the table {self.name} is no old job table: its key is {found}, not jobId (S) + timestamp; "
                "name the table with a row per state",
                transient=False,
            )


def key_of(item: Item) -> Item:
    """Return the key of a row."""
    return {name: item[name] for name in KEYS}


def identity(table: Mapping[str, Any]) -> str:
    """Return what tells a table from another one of the same name: one in another account, or one made anew."""
    return f"{table.get('TableArn', '')} {table.get('TableId', '')}".strip()
