"""Times of jobs as numbers: milliseconds since 1970 UTC, as AWS writes them. Does no I/O, and needs no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from vectora_core.jobs.states import MOST_MILLISECONDS

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds_of(moment: datetime) -> int:
    """Return a moment, which has its time zone, in milliseconds since 1970 UTC."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def read_time(text: str) -> int | None:
    """Return the `timestamp` of a row in milliseconds since 1970 UTC; None when it is none with a time zone.

    A row made by hand may hold any text.
    """
    try:
        return milliseconds_of(datetime.fromisoformat(text))
    except (ValueError, TypeError, OverflowError):  # TypeError: no time zone
        return None


def known_time(milliseconds: int | None) -> int | None:
    """Return a time of a row; None when it is none of AWS's: a row made by hand may hold any number."""
    return milliseconds if milliseconds is not None and 0 < milliseconds <= MOST_MILLISECONDS else None
