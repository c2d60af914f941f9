"""One written date in one short text: numbers, month names, the time of day and its zone.

A text says one day, or it is not read: two different days, a day among other numbers, or a day amid a sentence may be
anything (a range, an event, a deadline). Month names of languages that ``words`` does not list are ``rare``'s.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from enum import Enum
from typing import Final

from vectora_core.ingest.dates.formats import FIRST_YEAR, LAST_YEAR, Reading, day_of
from vectora_core.ingest.dates.words import (
    AROUND,
    EVENTS,
    MONTHS,
    UPDATES,
    ZONE_NAMES,
    fold,
    named_zone,
    offset_zone,
)


class _NoDate(Enum):
    NO_DATE = "no date"


NO_DATE: Final = _NoDate.NO_DATE
"""The text has nothing of the shape of a date this module knows; None says that it has, and cannot be trusted."""

_MAX_LENGTH = 300
_MAX_OTHER_WORDS = 3  # a place and an agency (BASEL, Switzerland, PR Newswire), not a sentence

_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![a-z])\.?"
_TH = "(?:st|nd|rd|th|er|o|a|e)?"
_OF = "(?: of| del?| di)?"
_SHAPES = (
    rf"(?<!\d)(?P<d1>\d{{1,2}}){_TH}\.?{_OF}[ .,-]*(?P<m1>{_MONTH}),?{_OF}[ ,-]*(?P<y1>\d{{4}})(?!\d)",
    rf"(?<![a-z])(?P<m2>{_MONTH}) ?(?P<d2>\d{{1,2}})(?!\d){_TH}[ ,.]+(?P<y2>\d{{4}})(?!\d)",
    rf"(?<!\d)(?P<y3>\d{{4}})[ ,.-]+(?P<m3>{_MONTH})[ .-]*(?P<d3>\d{{1,2}})(?!\d|:){_TH}",
    # RFC 850 and RFC 822 with years of two digits: only before a time, or 20 Apr 26 might be the 26th
    rf"(?<!\d)(?P<d4>\d{{1,2}})[ -](?P<m4>{_MONTH})[ -](?P<y4>\d{{2}})(?= \d{{1,2}}:\d\d)",
    rf"(?<![a-z])(?P<m5>{_MONTH}) (?P<d5>\d{{1,2}}) (?P<time>\d\d?:\d\d(?::\d\d)?(?: [a-z]{{2,5}})?) (?P<y5>\d{{4}})(?!\d)",
    r"(?<![\d./-])(?P<y6>\d{4}) ?(?P<s6>[-./年년]) ?(?P<m6>\d\d?) ?(?:(?P=s6)|[月월]) ?(?P<d6>\d\d?)[日일]?(?!\d|[./-]\d)",
    r"(?<![\d./-])(?P<a7>\d{1,2}) ?(?P<s7>[-./]) ?(?P<b7>\d{1,2}) ?(?P=s7) ?(?P<y7>\d{4}|\d\d)(?!\d|[./-]\d)",
)
_DAY = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))
_TIME = re.compile(
    r"(?P<t>(?<![a-z])t)?(?<![\d:.,])"
    r"(?:(?P<h>\d{1,2})(?: ?h ?|[:.])(?P<mi>\d\d)(?:[:.](?P<s>\d\d)(?:[.,]\d{1,9})?)?(?!\d)"
    r"|(?P<full>\d{1,2}) ?(?=[ap]\.?m|uhr|h(?![a-z])))"
    r"(?: ?(?P<half>[ap])\.?m(?![a-z])\.?)?"
    r"(?: ?\(?(?:(?:(?:utc|gmt|ut) ?)?(?P<sign>[+\u2212-])(?P<oh>\d{1,2})(?P<colon>:)?(?P<om>\d\d)?(?!\d)"
    rf"|(?P<name>{'|'.join(sorted(ZONE_NAMES, key=len, reverse=True))})(?![a-z\d])))?"
)
_COMPACT = re.compile(
    r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:[t ]?(?P<h>\d\d)(?P<mi>\d\d)(?P<s>\d\d)?(?P<z>z|[+-]\d{4})?)?"
)
_EPOCH = re.compile(r"\d{10}(?:\.\d+)?|\d{13}", re.ASCII)
_READING_TIME = re.compile(r"\d{1,3}[ -]?min(?:ute)?s?\b(?: read)?")
_UPDATE = re.compile(rf"\b(?:{'|'.join(UPDATES)})\b")
_WORD = re.compile(r"[^\W_]+")


def read_written(text: str, how: Reading) -> datetime | _NoDate | None:
    """Read a text that says one day.

    :returns: the moment in UTC; None when what it says cannot be trusted; ``NO_DATE`` when it says nothing known
    """
    if len(text) > _MAX_LENGTH:
        return None
    try:
        return how.by_own_format(text) or _read(fold(text), how)
    except (ValueError, OverflowError):  # the 31st of a short month, 25 o'clock: no such moment
        return None


def _read(text: str, how: Reading) -> datetime | _NoDate | None:
    if _EPOCH.fullmatch(text):
        return _epoch(text)
    if compact := _COMPACT.fullmatch(text):
        return _compact(compact, how)
    text = _READING_TIME.sub(" ", _first_statement(text))
    days = [_day(match, how) for match in _DAY.finditer(text)]
    if not days:
        return NO_DATE
    day = days[0]
    if day is None or any(other != day for other in days):
        return None
    return _at_its_time(day, _DAY.sub(lambda match: f" | {match['time'] or ''} ", text), how)


def _first_statement(text: str) -> str:
    """Cut ``published A, updated B`` before the update, when there is a day before it."""
    update = _UPDATE.search(text)
    return text[: update.start()] if update and _DAY.search(text[: update.start()]) else text


def _at_its_time(day: date, rest: str, how: Reading) -> datetime | None:
    """Join the day with the one time that stands in the rest of the text, if the rest is harmless."""
    times = list(_TIME.finditer(rest))
    if any(_is_range(match) for match in times) or not _is_harmless(_TIME.sub(" ", rest)):
        return None
    moments = {_moment(day, match, how) for match in times} or {how.moment(day)}
    return moments.pop() if len(moments) == 1 else None


def _is_harmless(rest: str) -> bool:
    words = _WORD.findall(rest)
    others = [word for word in words if word not in AROUND and word not in ZONE_NAMES]
    return len(others) <= _MAX_OTHER_WORDS and not any(word in EVENTS or re.search(r"\d", word) for word in others)


def _is_range(time: re.Match[str]) -> bool:
    """Whether ``10:00-12:00`` means two times; after a ``T`` or seconds, ``-12:00`` is a zone (RFC 3339)."""
    return bool(time["sign"] not in (None, "+") and time["colon"] and not time["t"] and not time["s"])


def _day(match: re.Match[str], how: Reading) -> date | None:
    shape = next(name[1] for name in ("y1", "y2", "y3", "y4", "y5", "y6", "y7") if match[name])
    if shape == "7":
        return _numeric_day(int(match["a7"]), int(match["b7"]), match["y7"], how.day_first)
    month = match["m" + shape].removesuffix(".")
    year = match["y" + shape]
    number = MONTHS[month] if month in MONTHS else int(month)
    return day_of(_four_digits(year), number, int(match["d" + shape]))


def _numeric_day(first: int, second: int, year: str, day_first: bool | None) -> date | None:
    """Read ``03/04/2026``: by its numbers where only one order is possible, else by what the source says comes first."""
    if len(year) == 2 and day_first is None:
        return None  # 20/04/26 might be the 26th of April 2020
    if first > 12 or first == second:
        day_first = True
    elif second > 12:
        day_first = False
    if day_first is None:
        return None
    day, month = (first, second) if day_first else (second, first)
    return day_of(_four_digits(year), month, day)


def _four_digits(year: str) -> int:
    if len(year) == 4:
        return int(year)
    return int(year) + (1900 if int(year) >= FIRST_YEAR % 100 else 2000)


def _moment(day: date, time: re.Match[str], how: Reading) -> datetime:
    hour = int(time["h"] or time["full"])
    if time["half"] and hour <= 12:
        hour = hour % 12 + (12 if time["half"] == "p" else 0)
    second = min(int(time["s"] or 0), 59)  # leap seconds exist (RFC 3339 5.6), datetime has none
    return how.moment(day, hour=hour, minute=int(time["mi"] or 0), second=second, zone=_zone(time))


def _zone(time: re.Match[str]) -> tzinfo | None:
    if time["name"]:
        return named_zone(time["name"])
    if not time["sign"]:
        return None
    zone = offset_zone("+" if time["sign"] == "+" else "-", time["oh"], time["om"])
    if zone is None:
        raise ValueError("no such zone")
    return zone


def _epoch(text: str) -> datetime | None:
    seconds = float(text) / (1000 if len(text) == 13 and "." not in text else 1)
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _compact(match: re.Match[str], how: Reading) -> datetime | None:
    day = day_of(int(match["y"]), int(match["m"]), int(match["d"]))
    if day is None:
        return None
    hour, minute, second = (int(match[name] or 0) for name in ("h", "mi", "s"))
    return how.moment(day, hour=hour, minute=minute, second=second, zone=_compact_zone(match["z"]))


def _compact_zone(text: str | None) -> tzinfo | None:
    if text in (None, "", "z"):
        return UTC if text == "z" else None
    return offset_zone(text[0], text[1:3], text[3:])
