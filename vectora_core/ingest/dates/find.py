"""Of the dates an entry carries, the most trusted one that can be read, in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import get_args

from vectora_core.ingest.dates.formats import Reading
from vectora_core.ingest.dates.links import read_link
from vectora_core.ingest.dates.rare import read_rare
from vectora_core.ingest.dates.written import NO_DATE, read_written
from vectora_core.ingest.types import DateCandidate, DateOrigin, DateSource, FoundDate

AHEAD = timedelta(days=2)
"""How far in the future a date may lie (clocks, time zones, embargoes) before another candidate is preferred to it."""

_TRUST = {origin: rank for rank, origin in enumerate(get_args(DateOrigin))}
_SOURCES: dict[DateOrigin, DateSource] = {
    "feed": "feed",
    "time": "html",
    "jsonld": "jsonld",
    "meta": "html",
    "detail_time": "html",
    "detail_jsonld": "jsonld",
    "detail_meta": "html",
    "url": "url",
    "pattern": "text",
    "text": "text",
}


def read_date(text: str, *, timezone: str | None, language: str | None, date_format: str | None) -> datetime | None:
    """Read one written date.

    :param text: the date as it was written; a few words around it (``Posted on``, a weekday, a place) are no obstacle
    :param timezone: IANA name of the zone that dates without one are in; None means UTC
    :param language: BCP 47 tag of the source; decides ``03/04/2026`` and which month names dateparser may know
    :param date_format: strptime format or a pattern like ``DD/MM/YYYY``; tried first, decides ``03/04/2026`` too
    :returns: the moment in UTC, or None when the text is no complete date; a date without a time is that day's midnight
    :raises ParseError: when the zone is not one; never because of the text
    """
    how = Reading(timezone=timezone, language=language, date_format=date_format)
    return _read(text, how)


def find_date(
    candidates: Sequence[DateCandidate],
    *,
    timezone: str | None,
    language: str | None,
    date_format: str | None,
    now: datetime,
) -> FoundDate:
    """Take the most trusted date that can be read.

    A date more than two days after ``now`` gives way to a less trusted one that is not; when every readable date lies
    ahead, the most trusted stays as it was read, and the window will drop it.

    :param candidates: what was written, in any order; equal origins keep theirs
    :param now: the moment of the capture, with a zone
    :raises ParseError: when the zone is not one
    """
    how = Reading(timezone=timezone, language=language, date_format=date_format)
    ahead = FoundDate(value=None, source="none")
    for found in _readable(candidates, how):
        if found.value is not None and found.value <= now + AHEAD:
            return found
        ahead = ahead if ahead.value else found
    return ahead


def _readable(candidates: Sequence[DateCandidate], how: Reading) -> Iterator[FoundDate]:
    for candidate in sorted(candidates, key=lambda one: _TRUST[one.origin]):
        value = read_link(candidate.text, how) if candidate.origin == "url" else _read(candidate.text, how)
        if value is not None:
            yield FoundDate(value=value, source=_SOURCES[candidate.origin])


def _read(text: str, how: Reading) -> datetime | None:
    outcome = read_written(text, how)
    if outcome is NO_DATE:
        return read_rare(text, how)
    return outcome if isinstance(outcome, datetime) else None
