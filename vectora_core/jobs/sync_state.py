"""What one sync leaves for the next, per queue, and where its reports lie in the data root.

What cannot be read is as good as nothing: the next sync then looks at everything again, which costs time and loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from vectora_core.storage import Storage, path_segment

VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class SyncState:
    """Where the next sync of a queue goes on.

    :param watermark: jobs created after it are listed whatever their state; milliseconds since 1970 UTC, 0 for all
    :param cursor: the last job the rotation came to
    :param missing: open rows that Batch did not know, and since when (aware)
    """

    watermark: int = 0
    cursor: str = ""
    missing: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class QueuePlace:
    """Where everything about one queue lies."""

    table: str
    job_queue: str

    @property
    def folder(self) -> str:
        """The folder of the queue; an ARN as one path segment."""
        return f"jobs/{path_segment(self.table)}/queues/{path_segment(self.job_queue)}"

    @property
    def state(self) -> str:
        """The state, with the last report."""
        return f"{self.folder}/state.json"

    def report(self, started_at: datetime) -> str:
        """Return where the report of one sync lies."""
        moment = started_at.astimezone(UTC)
        return f"{self.folder}/syncs/{moment:%Y/%m/%d/%H%M%S}{moment.microsecond // 1000:03d}.json"


def read_state(data: Storage, place: QueuePlace, *, now: datetime) -> tuple[SyncState, str | None]:
    """Return the state the last whole sync left, and what was wrong with it: then it is that of a first sync.

    :param now: aware; a watermark from the future would hide jobs
    :raises StorageError: when the storage does not answer; a state that is only out of reach is not thrown away
    """
    found = data.find(place.state)
    if found is None:
        return SyncState(), None
    try:
        return _state(json.loads(found), place.job_queue, now), None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        wrong = f"{data.url_of(place.state)} cannot be read ({type(error).__name__}: {error})"
        return SyncState(), f"{wrong}; everything is listed again from the beginning, and the file is written anew"


def write_state(data: Storage, place: QueuePlace, state: SyncState, *, last: Mapping[str, Any]) -> None:
    """Write the state whole, with the report of the sync it comes from.

    :raises StorageError: when the storage does not take it
    """
    document = {
        "version": VERSION,
        "job_queue": place.job_queue,
        "watermark": state.watermark,
        "rotation_cursor": state.cursor,
        "missing_since": {job_id: since.isoformat() for job_id, since in sorted(state.missing.items())},
        "last": last,
    }
    data.put(place.state, as_json(document))


def as_json(document: Mapping[str, Any]) -> bytes:
    """Return a document as it is stored."""
    return json.dumps(document, indent=1).encode() + b"\n"


def _state(document: Mapping[str, Any], job_queue: str, now: datetime) -> SyncState:
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']!r} is not {VERSION}")
    if document["job_queue"] != job_queue:
        raise ValueError(f"it is of another queue, {document['job_queue']!r}")
    watermark, cursor = document["watermark"], document["rotation_cursor"]
    if type(watermark) is not int or not 0 <= watermark <= now.timestamp() * 1000:
        raise ValueError(f"the watermark {watermark!r} is no time in milliseconds before now")
    if not isinstance(cursor, str):
        raise ValueError(f"the rotation cursor {cursor!r} is no job id")
    missing = {str(job_id): _moment(since) for job_id, since in document["missing_since"].items()}
    return SyncState(watermark=watermark, cursor=cursor, missing=missing)


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment
