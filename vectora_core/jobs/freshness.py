"""How far the row of a job can be trusted now: whether somebody looked lately, and what the last sync said. Does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from vectora_core.jobs.states import TERMINAL
from vectora_core.jobs.times import milliseconds_of, read_time
from vectora_core.jobs.types import JobRecord

if TYPE_CHECKING:  # it reads the data root
    from vectora_core.jobs.sync_health import QueueHealth


class Freshness(StrEnum):
    """How far a row can be trusted."""

    FINISHED = "finished"
    OPEN = "open"
    MISSING = "missing"
    STALE = "stale"
    GONE = "gone"

    @property
    def in_words(self) -> str:
        """What it means, for people."""
        return _WORDS[self]


_WORDS: Final = {
    Freshness.FINISHED: "it has ended: this is its last state",
    Freshness.OPEN: "it is open, and was looked at lately",
    Freshness.MISSING: "AWS Batch did not know it at the last sync; if that stays so, it is called gone",
    Freshness.STALE: "neither a sync nor an event has told of it lately: it may have moved on; look at its queue's sync",
    Freshness.GONE: "AWS Batch does not know it any more: this is the last state that was seen",
}


def freshness(
    record: JobRecord, health_by_queue: Mapping[str, QueueHealth], now: datetime, stale_after: timedelta
) -> Freshness:
    """Return how far a row can be trusted.

    An event that came after a sync counts as much as the sync: a job that is missing at the last one was seen since then.

    :param record: a row, its event is not needed
    :param health_by_queue: by ARN, what `vectora_core.jobs.sync_health.read_sync_health` found
    :param now: aware
    :param stale_after: how long ago an open job may have been looked at
    """
    if record.status in TERMINAL:
        return Freshness.FINISHED
    if record.gone is not None:
        return Freshness.GONE
    health = health_by_queue.get(record.job_queue)
    synced = milliseconds_of(health.synced_at) if health and health.synced_at else None
    told = read_time(record.timestamp)
    if health and record.job_id in health.missing and (told is None or synced is None or told <= synced):
        return Freshness.MISSING
    border = milliseconds_of(now - stale_after)
    looked_at = max((one for one in (synced, told) if one is not None), default=border - 1)
    return Freshness.OPEN if looked_at >= border else Freshness.STALE
