"""How the dates of one source are to be read: its zone, its own format, and whether day or month comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from vectora_core.errors import ParseError

FIRST_YEAR, LAST_YEAR = 1990, 2100  # no news on the web before; typing errors and placeholders (0001, 1970, 9999) beyond

_MONTH_FIRST = frozenset({"en", "en-us"})
_DAY_FIRST_TAGS = (
    "bg ca cs da de el es et fi fr hr it lv nb nl nn no pl pt ro ru sk sl sr tr uk en-au en-gb en-ie en-in en-nz en-za"
)
_DAY_FIRST = frozenset(_DAY_FIRST_TAGS.split())  # en-CA writes both, sv hu zh ja ko put the year first: undecided
# Longest first, so that YYYY is not read as two YY; MM stands for the month, mm for minutes.
_PATTERN_PARTS = {
    "YYYY": "%Y", "MMMM": "%B", "MMM": "%b", "YY": "%y", "MM": "%m", "DD": "%d", "HH": "%H", "hh": "%I", "mm": "%M",
    "ss": "%S", "A": "%p", "M": "%m", "D": "%d",
}  # fmt: skip
_PATTERN_PART = re.compile("|".join(_PATTERN_PARTS))


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The circumstances of a written date; see ``dates.read_date`` for the fields."""

    timezone: str | None
    language: str | None
    date_format: str | None

    @cached_property
    def zone(self) -> tzinfo:
        """The zone of dates that name none.

        :raises ParseError: when there is no such zone
        """
        return UTC if self.timezone is None else _zone(self.timezone)

    @cached_property
    def strptime_format(self) -> str | None:
        """The source's own format for strptime, or None when there is none that names day, month and year."""
        if self.date_format is None:
            return None
        given = self.date_format if "%" in self.date_format else _strptime(self.date_format)
        return given if all(re.search(part, given) for part in ("%[dj]", "%[mbBj]", "%[Yy]")) else None

    @cached_property
    def day_first(self) -> bool | None:
        """Whether ``03/04/2026`` is the third of April; None when nothing says so."""
        if self.strptime_format is not None and "%d" in self.strptime_format and "%m" in self.strptime_format:
            return self.strptime_format.index("%d") < self.strptime_format.index("%m")
        language = (self.language or "").lower().replace("_", "-")
        if language in _MONTH_FIRST:
            return False
        return True if language in _DAY_FIRST or language.partition("-")[0] in _DAY_FIRST else None

    def moment(self, day: date, *, hour: int = 0, minute: int = 0, second: int = 0, zone: tzinfo | None = None) -> datetime:
        """Join a day and a time of day to a moment in UTC.

        :raises ValueError: when there is no such time
        """
        local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone or self.zone)
        return local.astimezone(UTC)

    def by_own_format(self, text: str) -> datetime | None:
        """Read a text in the source's own format; None when it is in another one."""
        if self.strptime_format is None:
            return None
        try:
            local = datetime.strptime(text.strip(), self.strptime_format)  # noqa: DTZ007 (the zone comes next)
        except ValueError:
            return None
        if not FIRST_YEAR <= local.year <= LAST_YEAR:
            return None
        return (local if local.tzinfo else local.replace(tzinfo=self.zone)).astimezone(UTC)


def day_of(year: int, month: int, day: int) -> date | None:
    """Return a day of the calendar, or None when there is none or its year is no year of publication."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _strptime(pattern: str) -> str:
    return _PATTERN_PART.sub(lambda part: _PATTERN_PARTS[part.group()], pattern)


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, malformed, a folder of the database
        raise ParseError(f"timezone {name!r} is not in the IANA database: write it like Europe/Paris") from error
