"""The date in the path of a URL: ``/2026/04/20/``, ``/2026/apr/20/``, ``/2026-04-20-title``, ``/20260420-title``."""

from __future__ import annotations

import re
from datetime import date, datetime
from urllib.parse import urlsplit

from vectora_core.ingest.dates.formats import Reading, day_of
from vectora_core.ingest.dates.words import MONTHS

# A number that only looks like a date is part of a longer one or of a word; edges keep ids like 20260420993 out.
_SHAPES = (
    re.compile(r"/(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})(?=[/._-]|$)"),
    re.compile(r"/(?P<y>\d{4})/(?P<m>[a-z]{3,9})/(?P<d>\d{1,2})(?=[/._-]|$)"),
    re.compile(r"(?:^|[/._-])(?P<y>\d{4})(?P<sep>[-_.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?=[/._-]|$)"),
    re.compile(r"(?:^|[/._-])(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?=[/._-]|$)"),
)
_MAX_LENGTH = 2000


def read_link(url: str, how: Reading) -> datetime | None:
    """Return midnight of the one day that a URL's path names, in UTC; None for no day, half a day, or several."""
    try:
        path = urlsplit(url[:_MAX_LENGTH]).path.lower()
    except ValueError:
        return None
    days = {day for shape in _SHAPES for match in shape.finditer(path) if (day := _day(match))}
    return how.moment(days.pop()) if len(days) == 1 else None


def _day(match: re.Match[str]) -> date | None:
    month = match["m"]
    number = MONTHS.get(month, 0) if month.isalpha() else int(month)
    return day_of(int(match["y"]), number, int(match["d"]))
