"""What one sync leaves for the next."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from vectora_core.errors import StorageError
from vectora_core.jobs.sync_state import QueuePlace, SyncState, read_state, write_state
from vectora_core.storage import Storage, open_storage

NOW = datetime(2026, 3, 10, 15, 42, 1, 234567, tzinfo=UTC)
PLACE = QueuePlace(table="jobs", job_queue="arn:aws:batch:us-east-1:123456789012:job-queue/media")
STATE = SyncState(watermark=1_766_497_635_776, cursor="0f3", missing={"b": NOW, "a": NOW - timedelta(minutes=5)})


@pytest.fixture
def data(tmp_path: Path) -> Storage:
    return open_storage(tmp_path.as_uri())


def test_a_state_comes_back_as_it_was_written(data: Storage) -> None:
    """And the first sync has none."""
    assert read_state(data, PLACE, now=NOW) == (SyncState(), None)
    write_state(data, PLACE, STATE, last={"written": 3})
    assert read_state(data, PLACE, now=NOW) == (STATE, None)
    assert json.loads(data.get(PLACE.state))["last"] == {"written": 3}


def test_everything_of_a_queue_lies_in_a_folder_of_its_own(data: Storage) -> None:
    """Its ARN is one segment of the path; a report has the time of its sync for a name."""
    folder = "jobs/jobs/queues/arn:aws:batch:us-east-1:123456789012:job-queue%2Fmedia"
    assert PLACE.state == f"{folder}/state.json"
    assert PLACE.report(NOW) == f"{folder}/syncs/2026/03/10/154201234.json"


def written(**changes: Any) -> bytes:
    whole = {
        "version": 1,
        "job_queue": PLACE.job_queue,
        "watermark": 5,
        "rotation_cursor": "",
        "missing_since": {},
    }
    return json.dumps(whole | changes).encode()


@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        written()[:-5],
        written(version=2),
        written(job_queue="arn:aws:batch:us-east-1:123456789012:job-queue/another"),
        written(watermark="5"),
        written(watermark=True),
        written(watermark=-1),
        written(watermark=10**15),
        written(rotation_cursor=None),
        written(missing_since=[]),
        written(missing_since={"a": 5}),
        written(missing_since={"a": "2026-03-10T00:00:00"}),
    ],
)
def test_a_state_that_cannot_be_read_is_as_good_as_none(data: Storage, found: bytes) -> None:
    """Cut short, of another version or queue, or with a watermark that would hide jobs: begin anew and say so."""
    data.put(PLACE.state, found)
    state, warning = read_state(data, PLACE, now=NOW)
    assert state == SyncState()
    assert warning is not None
    assert "from the beginning" in warning


def test_a_good_state_is_not_taken_for_a_bad_one(data: Storage) -> None:
    """What the cases above are changes of can be read."""
    data.put(PLACE.state, written())
    assert read_state(data, PLACE, now=NOW) == (SyncState(watermark=5), None)


class OutOfReach(Storage):
    def find(self, path: str) -> bytes | None:
        raise StorageError(f"{path} cannot be reached")


def test_a_state_out_of_reach_is_an_error() -> None:
    """It is still there: beginning anew would throw it away."""
    with pytest.raises(StorageError):
        read_state(OutOfReach(MemoryStore(), "memory://"), PLACE, now=NOW)
