"""What is to be moved, and how: the parameters of a migration, checked. Does no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vectora_core.errors import ParametersError

MOST_SEGMENTS: Final = 10  # the connections of one client
ROWS_A_PAGE: Final = 1000  # DynamoDB ends a page at 1 MB as well
_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")  # the rule of DynamoDB


@dataclass(frozen=True, kw_only=True)
class MigrationRequest:
    """What is to be moved, and how.

    :param dry_run: read everything, write nothing, say what would be written
    :param segments: parts of the old table that are read at once, 1 to 10
    :param sample_percentage: of jobs whose state is computed again when the migration is verified, 0 to 100
    :param zone: of old times without one, an IANA name
    :param rows_a_page: most rows that one request reads, 1 to 1000
    :param restart: forget how far an earlier process came
    """

    from_table: str
    to_table: str
    dry_run: bool = True
    segments: int = 4
    sample_percentage: float = 1
    zone: str = "UTC"
    rows_a_page: int = ROWS_A_PAGE
    restart: bool = False

    def check(self) -> None:
        """Check the values.

        :raises ParametersError: naming all that cannot be
        """
        if wrong := [*self._wrong_tables(), *self._wrong_numbers(), *self._wrong_zone()]:
            raise ParametersError("; ".join(wrong))

    def _wrong_tables(self) -> Iterator[str]:
        for name in (self.from_table, self.to_table):
            if not _TABLE_NAME.fullmatch(name):
                yield f"{name!r} can be no table: 3 to 255 of letters, digits, _ . and -; check it"
        if self.from_table == self.to_table:
            yield f"{self.from_table} cannot be moved into itself; name two tables"

    def _wrong_numbers(self) -> Iterator[str]:
        if not 1 <= self.segments <= MOST_SEGMENTS:
            yield f"{self.segments} segments are not between 1 and {MOST_SEGMENTS}; 4 are a good number"
        if not 0 <= self.sample_percentage <= 100:
            yield f"a sample of {self.sample_percentage} % is not between 0 and 100; 1 is a good share"
        if not 1 <= self.rows_a_page <= ROWS_A_PAGE:
            yield f"{self.rows_a_page} rows a page are not between 1 and {ROWS_A_PAGE}; leave it out"
        if self.restart and self.dry_run:
            yield "restart deletes how far a migration is, and a dry run writes nothing; choose one of them"

    def _wrong_zone(self) -> Iterator[str]:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # no such one, a path, a folder
            yield f"there is no time zone {self.zone!r}; name one such as Europe/Paris or UTC"
