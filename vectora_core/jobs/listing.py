"""One page of a list over several parts of the indexes, in the order of time, within a budget of requests.

It does not know what a query is called, nor how its token is written.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vectora_core.errors import ParametersError
from vectora_core.jobs.attributes import from_attributes
from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.indexes import OpenPartition, Partition
from vectora_core.jobs.tokens import Position, Positions
from vectora_core.jobs.types import JobRecord

QUERIES_A_PAGE: Final = 24
"""Requests a page may cost: 7 statuses need one each, the others look for what a filter lets through."""
ROWS_A_QUERY: Final = 1_000


class Part:
    """The rows of one partition that are wanted, one after the other.

    :param wanted: looked at after the index has narrowed it down; what it refuses is passed over
    :param rows_a_query: how many rows to ask for at once
    """

    def __init__(
        self, name: str, partition: Partition, *, wanted: Callable[[JobRecord], bool], rows_a_query: int = ROWS_A_QUERY
    ) -> None:
        self.name = name
        self._partition = partition
        self._wanted = wanted
        self._rows_a_query = rows_a_query
        self._read: deque[JobRecord] = deque()
        self._more = True
        self.position: Position | None = None

    @property
    def width(self) -> int:
        """How many texts a position of it has."""
        return 1 if isinstance(self._partition, OpenPartition) else 2

    @property
    def done(self) -> bool:
        """Whether there is nothing left."""
        return not self._read and not self._more

    def resume(self, positions: Positions) -> None:
        """Go on where an earlier page ended.

        :raises ParametersError: when no row of this part can be there
        """
        self.position = positions.after.get(self.name)
        if self.position and not self._partition.has(self.position):
            raise ParametersError("next_token: it does not fit this query; start without one")
        self._more = self.name not in positions.done

    def head(self, requests: TableRequests, budget: Budget) -> JobRecord | None:
        """Return the next row that is wanted, without taking it; None when there is none, or the budget is spent."""
        self._pass_over()
        while not self._read and self._more and budget.take():
            page = self._partition.page(requests, after=self.position, limit=self._rows_a_query)
            self._read.extend(map(from_attributes, page.rows))
            self._more = page.more
            self._pass_over()
        return self._read[0] if self._read else None

    def take(self) -> JobRecord:
        """Take the row that `head` returned."""
        row = self._read.popleft()
        self.position = (row.timestamp, row.job_id)[-self.width :]
        self._pass_over()
        return row

    def _pass_over(self) -> None:
        while self._read and not self._wanted(self._read[0]):
            row = self._read.popleft()
            self.position = (row.timestamp, row.job_id)[-self.width :]


@dataclass(kw_only=True)
class Budget:
    """How many requests may still be made."""

    left: int = QUERIES_A_PAGE
    spent: bool = False

    def take(self) -> bool:
        """Take one request, if there is one left."""
        if self.left == 0:
            self.spent = True
            return False
        self.left -= 1
        return True


def read_page(
    requests: TableRequests, groups: Sequence[Sequence[Part]], *, limit: int, budget: Budget, oldest_first: bool = False
) -> tuple[JobRecord, ...]:
    """Take up to so many rows: group after group, within a group the newest first (merged by `timestamp`).

    :param budget: when it is spent the page ends, and `Budget.spent` says so
    :param oldest_first: the order of the partitions of the groups
    """
    first = min if oldest_first else max
    rows: list[JobRecord] = []
    for group in groups:
        while len(rows) < limit:
            heads = [(part, part.head(requests, budget)) for part in group]
            found = [(part, row) for part, row in heads if row is not None]
            if budget.spent or not found:
                break
            next_one, _ = first(found, key=lambda one: one[1].timestamp)
            rows.append(next_one.take())
        if budget.spent or len(rows) == limit:
            break
    return tuple(rows)


def positions_of(groups: Sequence[Sequence[Part]]) -> Positions | None:
    """Return where the next page goes on; None when there is nothing left."""
    parts = {part.name: part for group in groups for part in group}
    if all(part.done for part in parts.values()):
        return None
    return Positions(
        after={name: part.position for name, part in parts.items() if part.position and not part.done},
        done=frozenset(name for name, part in parts.items() if part.done),
    )


def widths_of(groups: Sequence[Sequence[Part]]) -> Mapping[str, int]:
    """Return the parts of a query, and how many texts a position of each has."""
    return {part.name: part.width for group in groups for part in group}
