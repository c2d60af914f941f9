"""How the syncs of a table are: per queue when the last whole one was, what it did, and which jobs it missed.

Read from what the syncs leave in the data root (`vectora_core.jobs.sync_state`), leniently: a file that cannot be read is an
entry that says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from vectora_core.errors import ObjectNotFoundError, StorageError
from vectora_core.jobs.sync_state import VERSION, QueuePlace
from vectora_core.storage import Storage, path_segment

MOST_QUEUES: Final = 200
"""Queues of a table whose state is read, the first by their ARN; nobody looks at more on a page."""
MOST_WARNINGS: Final = 20
_LONGEST_TEXT: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class QueueHealth:
    """The last whole sync of one queue; one that failed half-way leaves nothing.

    :param job_queue: its ARN
    :param synced_at: when that sync began (aware): what Batch said then is in the table; None when nobody knows
    :param age_seconds: since then; None when nobody knows
    :param took_seconds: how long it took
    :param lag_seconds: greatest age of a new status when it was stored; None when no status changed
    :param open: jobs that were open; ``written`` rows that were written, ``gone`` rows that were called gone
    :param missing: open rows that Batch did not know, within the time of grace, and since when (aware)
    :param throttles: how often Batch asked to be called less often
    :param warnings: what went wrong without stopping it, 20 at most
    :param problem: why there is nothing of the above, with the way out; None when there is
    """

    job_queue: str
    synced_at: datetime | None = None
    age_seconds: float | None = None
    took_seconds: float | None = None
    lag_seconds: float | None = None
    open: int = 0
    written: int = 0
    gone: int = 0
    missing: Mapping[str, datetime] = field(default_factory=dict)
    throttles: int = 0
    warnings: tuple[str, ...] = ()
    problem: str | None = None


def read_sync_health(storage: Storage, table: str, now: datetime) -> tuple[QueueHealth, ...]:
    """Return how the sync of each queue is, by ARN; one listing, and all states at once.

    :param storage: the data root
    :param now: aware
    :raises StorageError: when the queues cannot be listed; what cannot be read of one queue is its `problem`
    """
    folders = storage.list_folders(f"jobs/{path_segment(table)}/queues")[:MOST_QUEUES]
    queues = sorted(unquote(folder.rstrip("/").rpartition("/")[2]) for folder in folders)
    places = [QueuePlace(table=table, job_queue=job_queue) for job_queue in queues]
    found = storage.get_many([place.state for place in places])
    return tuple(_health(place.job_queue, found[place.state], now) for place in places)


def read_queue_health(storage: Storage, table: str, job_queue: str, now: datetime) -> QueueHealth:
    """Return how the sync of one queue is; one read.

    :param job_queue: its ARN
    :param now: aware
    """
    path = QueuePlace(table=table, job_queue=job_queue).state
    return _health(job_queue, storage.get_many([path])[path], now)


def _health(job_queue: str, found: bytes | StorageError, now: datetime) -> QueueHealth:
    if isinstance(found, ObjectNotFoundError):
        return QueueHealth(job_queue=job_queue, problem="no sync of it has come to its end yet; look at the sync's log")
    if isinstance(found, StorageError):
        return QueueHealth(job_queue=job_queue, problem=str(found))
    try:
        return _of_state(job_queue, json.loads(found), now)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        wrong = f"its state cannot be read ({type(error).__name__}: {error})"[:_LONGEST_TEXT]
        return QueueHealth(job_queue=job_queue, problem=f"{wrong}; the next sync writes it anew")


def _of_state(job_queue: str, document: Mapping[str, Any], now: datetime) -> QueueHealth:
    if document["version"] != VERSION or document["job_queue"] != job_queue:
        raise ValueError("it is of another version or queue")
    last = document["last"]
    synced_at = _moment(last["started_at"])
    return QueueHealth(
        job_queue=job_queue,
        synced_at=synced_at,
        age_seconds=max(0.0, (now - synced_at).total_seconds()),
        took_seconds=_seconds(last.get("seconds")),
        lag_seconds=_seconds(last.get("lag_seconds")),
        open=_count(last.get("open")),
        written=_count(last.get("written")),
        gone=_count(last.get("gone")),
        throttles=_count(last.get("throttles")),
        missing={str(job_id): _moment(since) for job_id, since in document["missing_since"].items()},
        warnings=tuple(str(one)[:_LONGEST_TEXT] for one in list(last.get("warnings", ()))[:MOST_WARNINGS]),
    )


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r:.100} has no time zone")
    return moment.astimezone(UTC)


def _seconds(value: Any) -> float | None:
    known = type(value) in (int, float) and 0 <= value < 10**9
    return float(value) if known else None


def _count(value: Any) -> int:
    return value if type(value) is int and value >= 0 else 0
