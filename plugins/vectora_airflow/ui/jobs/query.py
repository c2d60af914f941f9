"""What a reader asks the list of jobs for: the fields of the form and of the address, checked. Does no I/O.

A token carries the moment that periods count back from, so that the pages of one list are all of the same time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from vectora_core.errors import ParametersError
from vectora_core.jobs.filters import JobFilter
from vectora_core.jobs.states import MOST_MILLISECONDS, STATUSES
from vectora_core.jobs.times import EPOCH, milliseconds_of

PERIODS: Final[dict[str, timedelta | None]] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "all": None,
}
"""How far back the latest state of a job may lie; None is without a limit."""
CUSTOM: Final = "custom"
"""The period from `since` to before `until`."""
DEFAULT_PERIOD: Final = "7d"
NEWEST: Final = "newest"
OLDEST: Final = "oldest"
OF_PAGE: Final = ("name", "-name", "status", "-status", "duration", "-duration")
"""Orders of the rows of one page; pages then follow each other newest first."""
SORTS: Final = (NEWEST, OLDEST, *OF_PAGE)
SIZES: Final = (25, 50, 100, 200)
DEFAULT_SIZE: Final = 50
LONGEST: Final = {"queue": 512, "definition": 512, "region": 64, "q": 200, "since": 40, "until": 40, "token": 20_014}
"""Characters of a field."""
_SHOWN: Final = 60
_DEFAULTS: Final = {"period": DEFAULT_PERIOD, "sort": NEWEST, "size": str(DEFAULT_SIZE)}
_NO_TOKEN: Final = "it is not what an earlier page gave; begin at the first page"  # noqa: S105  # says that one is wrong


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The fields as they were given; an empty one does not matter.

    :param period: one of `PERIODS`, or `CUSTOM`; without one: custom where `since` or `until` is given, else 7 days
    """

    status: tuple[str, ...] = ()
    queue: str = ""
    definition: str = ""
    region: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    sort: str = ""
    size: str = ""
    token: str = ""

    @property
    def chosen_period(self) -> str:
        """The period that counts."""
        return self.period or (CUSTOM if self.since or self.until else DEFAULT_PERIOD)

    @property
    def chosen_sort(self) -> str:
        """The order that counts."""
        return self.sort or NEWEST

    @property
    def statuses(self) -> frozenset[str]:
        """The states that were chosen, as Batch writes them."""
        return frozenset(one.strip().upper() for one in self.status)

    @property
    def narrows(self) -> bool:
        """Whether anything but the time is asked for."""
        return any((self.status, self.queue, self.definition, self.region, self.q))

    def local(self, field: str) -> str:
        """Return `since` or `until` as ``<input type=datetime-local>`` takes it, in UTC; empty when it is no time."""
        try:
            return _moment(getattr(self, field)).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="auto")
        except (ValueError, OverflowError):
            return ""

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return the query of the address of the same list with some fields changed; what is usual is left out."""
        fields = asdict(replace(self, **changes))
        if fields["period"] not in ("", CUSTOM):
            fields |= {"since": "", "until": ""}
        return {name: value for name, value in fields.items() if value and value != _DEFAULTS.get(name)}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for, as the table is asked.

    :param as_of: the moment a period counts back from (aware): now on the first page
    :param token: of the page before, for `JobQueries.find_jobs`; None on the first page
    """

    filter: JobFilter
    sort: str
    size: int
    as_of: datetime
    token: str | None

    def next_token(self, token: str | None) -> str | None:
        """Return the token of the page after, with the moment in it."""
        return None if token is None else f"{token}.{milliseconds_of(self.as_of)}"


def check(asked: Asked, now: datetime) -> tuple[Wanted | None, dict[str, str]]:
    """Return what is wanted, or what is wrong by the name of the field, each with the way out.

    :param now: aware
    """
    checked = _Checking(asked, now)
    wanted = checked.wanted()
    return (None, checked.problems) if checked.problems else (wanted, {})


class _Checking:
    def __init__(self, asked: Asked, now: datetime) -> None:
        self._asked = asked
        self.problems: dict[str, str] = {}
        for field, longest in LONGEST.items():
            if len(getattr(asked, field)) > longest:
                self.problems[field] = f"it has more than {longest} characters; give less"
        self._token, self._as_of = self._split_token(now)

    def wanted(self) -> Wanted | None:
        since, until = self._times()
        statuses, sort, size = self._statuses(), self._sort(), self._size()
        if self.problems:
            return None
        try:
            wanted = JobFilter(
                statuses=statuses,
                since=since,
                until=until,
                job_queue=self._asked.queue.strip() or None,
                job_definition=self._asked.definition.strip() or None,
                region=self._asked.region.strip() or None,
                text=self._asked.q.strip() or None,
                oldest_first=sort == OLDEST,
            )
        except ParametersError as error:
            self.problems["since"] = str(error).removeprefix("since: ")
            return None
        return Wanted(filter=wanted, sort=sort, size=size, as_of=self._as_of, token=self._token)

    def _statuses(self) -> tuple[str, ...]:
        given = self._asked.statuses
        if unknown := sorted(given.difference(STATUSES)):
            self.problems["status"] = f"{unknown[0]!r:.{_SHOWN}} is no state of a job; there are {', '.join(STATUSES)}"
        return tuple(status for status in STATUSES if status in given) or STATUSES

    def _times(self) -> tuple[datetime | None, datetime | None]:
        period = self._asked.chosen_period
        if period == CUSTOM:
            return self._time("since"), self._time("until")
        if period not in PERIODS:
            known = ", ".join((*PERIODS, CUSTOM))
            self.problems["period"] = f"{period!r:.{_SHOWN}} is no period; there are {known}"
            return None, None
        back = PERIODS[period]
        return (None if back is None else _before(self._as_of, back)), None

    def _time(self, field: str) -> datetime | None:
        text = getattr(self._asked, field).strip()
        if not text or field in self.problems:
            return None
        try:
            return _moment(text)
        except ValueError:
            self.problems[field] = f"{text!r:.{_SHOWN}} is no time; write it like 2026-03-10T15:42, in UTC"
            return None

    def _sort(self) -> str:
        sort = self._asked.chosen_sort
        if sort not in SORTS:
            self.problems["sort"] = f"{sort!r:.{_SHOWN}} is no order; there are {', '.join(SORTS)}"
        return sort

    def _size(self) -> int:
        text = self._asked.size.strip() or str(DEFAULT_SIZE)
        if text.isascii() and text.isdecimal() and len(text) <= 3 and SIZES[0] <= int(text) <= SIZES[-1]:
            return int(text)
        self.problems["size"] = f"{text!r:.{_SHOWN}} is no number of rows between {SIZES[0]} and {SIZES[-1]}"
        return DEFAULT_SIZE

    def _split_token(self, now: datetime) -> tuple[str | None, datetime]:
        as_of = _at(milliseconds_of(now))  # the table knows milliseconds
        if not self._asked.token or "token" in self.problems:
            return None, as_of
        token, _, moment = self._asked.token.rpartition(".")
        if not token or not (moment.isascii() and moment.isdecimal()) or len(moment) > len(str(MOST_MILLISECONDS)):
            self.problems["token"] = _NO_TOKEN
            return None, as_of
        return token, _at(int(moment))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def _before(moment: datetime, back: timedelta) -> datetime:
    return max(moment, EPOCH + back) - back
