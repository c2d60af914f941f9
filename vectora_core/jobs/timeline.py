"""One job over time: its attempts, and how long it waited and ran, from its row with the full event. Does no I/O.

Events come from strangers, and rows may be made by hand: what cannot be read, or contradicts itself, is left out or put
right, and never an error.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from vectora_core.errors import MalformedEventError
from vectora_core.jobs.attempts import containers_of, exit_code_of, log_stream_of
from vectora_core.jobs.fields import Fields
from vectora_core.jobs.states import MOST_ATTEMPTS, MOST_MILLISECONDS, OPEN
from vectora_core.jobs.times import known_time, milliseconds_of, read_time
from vectora_core.jobs.types import JobRecord

T = TypeVar("T")

MAX_REASON: Final = 4_096
"""Characters of an attempt's reason that are kept."""
_SAME_MOMENT: Final = 1_000  # milliseconds between the end of a job and that of its last attempt that mean nothing


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt of a job; what is not known is None.

    :param number: from 1
    :param started_at_ms: milliseconds since 1970 UTC; ``stopped_at_ms`` too, None while it runs
    :param exit_code: with several containers the first that is not 0
    :param reason: why it ended: of the attempt, then of its containers
    :param log_stream: with several containers that of the one that failed
    """

    number: int
    started_at_ms: int | None = None
    stopped_at_ms: int | None = None
    exit_code: int | None = None
    reason: str | None = None
    log_stream: str | None = None


class PhaseKind(StrEnum):
    """What a job did for a time."""

    WAITING = "waiting"
    RUNNING = "running"
    BETWEEN_ATTEMPTS = "between attempts"


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What a job did from one moment to another.

    :param attempt: the number of the attempt that ran; None when none did
    :param start: milliseconds since 1970 UTC; ``end`` too, never before the start
    :param ongoing: whether it goes on: then the end is now
    """

    kind: PhaseKind
    attempt: int | None
    start: int
    end: int
    ongoing: bool = False


def attempts_of(record: JobRecord) -> tuple[Attempt, ...]:
    """Return the attempts of a job in their order, the one that runs last; 999 ended ones at most.

    :param record: with its full event; where that does not tell, the columns say what they know of the last attempt
    """
    detail = _detail(record.full_event)
    ended = tuple(_ended(detail)) or tuple(_ended_by_columns(record))
    if record.status != "RUNNING":
        return ended
    number = max(ended[-1].number if ended else 0, record.attempts) + 1
    log_stream = _read(lambda: log_stream_of(list(containers_of(detail)))) or (None if ended else record.log_stream)
    return (*ended, Attempt(number=number, started_at_ms=known_time(record.started_at), log_stream=log_stream))


def phases_of(record: JobRecord, now: datetime) -> tuple[Phase, ...]:
    """Return what a job did from its creation on, in order; phases follow each other, and none is negative.

    The last phase of an open job ends now and is ongoing, that of a gone one ends when it was last seen. There is none where
    nothing tells of any: of a job that ran nobody knows when, and of an array's parent, PENDING while its children run.

    :param record: with its full event
    :param now: aware
    """
    attempts = list(_started(record))
    begin, end = _begin(record, attempts), _end(record, attempts, milliseconds_of(now))
    if begin is None or (not attempts and _may_have_run(record)):
        return ()
    phases = tuple(_phases(record, attempts, min(begin, end), end))
    if record.status not in OPEN or record.gone is not None:
        return phases
    return (*phases[:-1], replace(phases[-1], ongoing=True))


def _phases(record: JobRecord, attempts: Sequence[Attempt], begin: int, end: int) -> Iterator[Phase]:
    """The phases from one moment to another; times outside, or before what came before, are moved to the border."""
    at, pause = begin, PhaseKind.WAITING
    for attempt, latest in itertools.zip_longest(attempts, (one.started_at_ms for one in attempts[1:])):
        start = _within(at, attempt.started_at_ms, end)
        stop = _within(start, attempt.stopped_at_ms or latest or _last_stop(record), end)
        if start > at:
            yield Phase(kind=pause, attempt=None, start=at, end=start)
        yield Phase(kind=PhaseKind.RUNNING, attempt=attempt.number, start=start, end=stop)
        at, pause = stop, PhaseKind.BETWEEN_ATTEMPTS
    waits = record.status in OPEN and record.status != "RUNNING"
    if waits or end - at > (_SAME_MOMENT if attempts else 0):
        yield Phase(kind=pause, attempt=None, start=at, end=end)


def _within(least: int, moment: int | None, most: int) -> int:
    return most if moment is None else min(max(moment, least), most)


def _started(record: JobRecord) -> Iterator[Attempt]:
    """The attempts whose start is known; the one that runs began when its row was written, at the latest."""
    attempts = attempts_of(record)
    before = known_time(record.created_at)
    for attempt in attempts:
        started = attempt.started_at_ms
        if started is None and record.status == "RUNNING" and attempt is attempts[-1]:
            started = read_time(record.timestamp) or before
        if started is not None:
            yield replace(attempt, started_at_ms=started)
        before = attempt.stopped_at_ms or before


def _last_stop(record: JobRecord) -> int | None:
    """When the last attempt ended where it does not say so itself; None is at the end of all."""
    return read_time(record.timestamp) if record.status in OPEN and record.status != "RUNNING" else None


def _may_have_run(record: JobRecord) -> bool:
    """Whether a job without known attempts cannot be said to have waited all the time."""
    return record.array_size is not None or record.exit_code is not None or record.status in ("RUNNING", "SUCCEEDED")


def _begin(record: JobRecord, attempts: Iterable[Attempt]) -> int | None:
    started = (one.started_at_ms for one in attempts if one.started_at_ms is not None)
    return known_time(record.created_at) or min(started, default=None) or read_time(record.timestamp)


def _end(record: JobRecord, attempts: Iterable[Attempt], now: int) -> int:
    """When the last phase ends; nothing of a job lies after now."""
    if record.status in OPEN:
        seen = now if record.gone is None else read_time(record.timestamp)
    else:
        ends = (known_time(record.stopped_at), *(one.stopped_at_ms for one in attempts))
        seen = max((one for one in ends if one is not None), default=read_time(record.timestamp))
    return now if seen is None else min(seen, now)


def _ended(detail: Fields) -> Iterator[Attempt]:
    """The attempts that ended, of ECS and of EKS; an element that is none keeps its number."""
    lists = [value for key in ("attempts", "eksAttempts") if isinstance(value := detail.value.get(key), list)]
    found = [one for several in lists for one in several]
    return (_attempt(number, one) for number, one in enumerate(found[:MOST_ATTEMPTS], 1))


def _attempt(number: int, found: Any) -> Attempt:
    fields = Fields(found if isinstance(found, Mapping) else {}, "attempt")
    containers = _read(lambda: list(containers_of(fields))) or []
    said = [_read(lambda: fields.text("statusReason", most_bytes=None)), *map(_reason, containers)]
    return Attempt(
        number=number,
        started_at_ms=_time_in(fields, "startedAt"),
        stopped_at_ms=_time_in(fields, "stoppedAt"),
        exit_code=_read(lambda: exit_code_of(containers)),
        reason="; ".join(dict.fromkeys(one for one in said if one))[:MAX_REASON] or None,
        log_stream=_read(lambda: log_stream_of(containers)),
    )


def _reason(container: Fields) -> str | None:
    return _read(lambda: container.text("reason", most_bytes=None))


def _ended_by_columns(record: JobRecord) -> Iterator[Attempt]:
    """What the columns know of the last attempt that ended; of an open job's only that it did, and how."""
    if record.status not in OPEN and (record.attempts or known_time(record.started_at)):
        yield Attempt(
            number=max(record.attempts, 1),
            started_at_ms=known_time(record.started_at),
            stopped_at_ms=known_time(record.stopped_at),
            exit_code=record.exit_code,
            reason=record.status_reason,
            log_stream=record.log_stream,
        )
    elif record.status in OPEN and record.attempts:
        yield Attempt(number=record.attempts, exit_code=record.exit_code)


def _detail(full_event: str) -> Fields:
    """The detail of an event's text; empty when that is no JSON, or holds none."""
    try:
        event: Any = json.loads(full_event)
    except (ValueError, RecursionError):
        event = None
    detail = event.get("detail") if isinstance(event, dict) else None
    return Fields(detail if isinstance(detail, dict) else {}, "detail")


def _time_in(fields: Fields, key: str) -> int | None:
    return _read(lambda: fields.whole(key, 0, MOST_MILLISECONDS)) or None


def _read(reader: Callable[[], T]) -> T | None:
    try:
        return reader()
    except MalformedEventError:
        return None
