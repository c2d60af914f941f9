"""How the syncs are, read from what they left: one entry a queue, and one that says so where nothing can be read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from tests.fakes.syncing import SyncWorld, world
from vectora_core.errors import StorageError
from vectora_core.jobs.sync_health import MOST_QUEUES, QueueHealth, read_sync_health
from vectora_core.jobs.sync_state import QueuePlace
from vectora_core.storage import Storage, open_storage

__all__ = ["world"]

NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)
ARN = "arn:aws:batch:us-east-1:123456789012:job-queue/media"
PLACE = QueuePlace(table="jobs", job_queue=ARN)
LAST = {
    "started_at": "2026-03-10T15:30:00.000Z",
    "seconds": 12.5,
    "lag_seconds": 3.25,
    "open": 7,
    "written": 5,
    "gone": 1,
    "throttles": 2,
    "warnings": ["the state was unreadable"],
}


@pytest.fixture(params=["file", "s3"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "file":
        return open_storage(tmp_path.as_uri())
    new_bucket: Callable[[], str] = request.getfixturevalue("new_bucket")
    return open_storage(f"s3://{new_bucket()}/some/prefix")


def state(**changes: Any) -> bytes:
    whole = {"version": 1, "job_queue": ARN, "watermark": 5, "rotation_cursor": "", "missing_since": {}, "last": LAST}
    return json.dumps(whole | changes).encode()


def test_each_queue_says_when_and_how_it_was_synced(data: Storage) -> None:
    """By ARN; a queue without a whole sync yet is there, and says so; other tables have their own."""
    assert read_sync_health(data, "jobs", NOW) == ()
    data.put(PLACE.state, state(missing_since={"a": "2026-03-10T16:00:00+01:00"}))
    other = QueuePlace(table="jobs", job_queue="arn:aws:batch:eu-west-1:123456789012:job-queue/cut")
    data.put(other.report(NOW), b"{}")
    data.put(QueuePlace(table="jobs2", job_queue=ARN).state, b"{}")
    first, second = read_sync_health(data, "jobs", NOW)
    assert first.job_queue == other.job_queue
    assert (first.synced_at, first.age_seconds) == (None, None)
    assert "no sync of it has come to its end yet" in (first.problem or "")
    assert second == QueueHealth(
        job_queue=ARN,
        synced_at=datetime(2026, 3, 10, 15, 30, tzinfo=UTC),
        age_seconds=720,
        took_seconds=12.5,
        lag_seconds=3.25,
        open=7,
        written=5,
        gone=1,
        throttles=2,
        missing={"a": datetime(2026, 3, 10, 15, tzinfo=UTC)},
        warnings=("the state was unreadable",),
    )


def test_what_a_sync_leaves_is_read(world: SyncWorld) -> None:
    """As the syncs of today write it."""
    _, two = world.submit("one", "two")
    world.sync()
    world.fake.forget(two)
    world.fake.advance(900)
    report = world.sync()
    world.fake.advance(60)
    (found,) = read_sync_health(world.data, world.table.name, world.now())
    assert (found.job_queue, found.problem) == (report.job_queue, None)
    assert (found.open, found.written, found.gone) == (report.open, report.written, report.gone) == (2, 0, 0)
    assert set(found.missing) == {two}
    assert found.age_seconds == pytest.approx(60, abs=1)
    assert found.took_seconds == report.seconds


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "null": b"null",
    "no keys": b"{}",
    "deep": b"[" * 100_000,
    "cut": state()[:-9],
    "another version": state(version=2),
    "another queue": state(job_queue="x"),
    "no report": state(last=None),
    "a report that is none": state(last=[1]),
    "no beginning": state(last={}),
    "a time that is none": state(last=LAST | {"started_at": "<script>"}),
    "a time without zone": state(last=LAST | {"started_at": "2026-03-10T15:30:00"}),
    "a number for a time": state(last=LAST | {"started_at": 5}),
    "a time out of all bounds": state(last=LAST | {"started_at": "0001-01-01T00:00:00+14:00"}),
    "missing that is none": state(missing_since=["a"]),
    "missing since no time": state(missing_since={"a": None}),
    "warnings that are none": state(last=LAST | {"warnings": 5}),
}


@pytest.mark.parametrize("found", BROKEN.values(), ids=BROKEN)
def test_a_state_that_cannot_be_read_is_an_entry_that_says_so(found: bytes, tmp_path: Path) -> None:
    """With the way out; the queue beside it is read all the same."""
    data = open_storage(tmp_path.as_uri())
    data.put(PLACE.state, found)
    good = QueuePlace(table="jobs", job_queue=ARN + "2")
    data.put(good.state, state(job_queue=good.job_queue))
    broken, whole = read_sync_health(data, "jobs", NOW)
    assert (broken.job_queue, broken.synced_at, broken.missing) == (ARN, None, {})
    assert "cannot be read" in (broken.problem or "")
    assert (broken.problem or "").endswith("the next sync writes it anew")
    assert whole.problem is None


def test_numbers_that_are_none_are_left_out(tmp_path: Path) -> None:
    """A count is then none, a duration unknown; texts are cut, and times from the future are now."""
    data = open_storage(tmp_path.as_uri())
    strange = {"seconds": "1", "lag_seconds": -1, "open": "7", "written": True, "gone": -1, "throttles": 1e400}
    last = LAST | strange | {"warnings": ["x" * 5_000] * 50, "started_at": "2026-03-10T16:00:00Z"}
    data.put(PLACE.state, state(last=last))
    (found,) = read_sync_health(data, "jobs", NOW)
    assert (found.took_seconds, found.lag_seconds, found.age_seconds) == (None, None, 0)
    assert (found.open, found.written, found.gone, found.throttles) == (0, 0, 0, 0)
    assert (len(found.warnings), len(found.warnings[0])) == (20, 1_000)


class Counting(Storage):
    """A storage without the states of its queues, that counts what it is asked."""

    def __init__(self, queues: int) -> None:
        super().__init__(MemoryStore(), "memory://")
        self.queues, self.asked = queues, list[str]()

    def list_folders(self, prefix: str) -> Sequence[str]:
        self.asked.append("list")
        return [f"{prefix}/queue{number:04d}" for number in range(self.queues)]

    def get_many(self, paths: Iterable[str]) -> dict[str, bytes | StorageError]:
        self.asked.append("read")
        return {path: StorageError(f"{path} cannot be reached") for path in paths}


def test_it_costs_one_listing_and_one_read_of_so_many_queues() -> None:
    """Whatever somebody has put there; a state out of reach says so."""
    data = Counting(5_000)
    found = read_sync_health(data, "jobs", NOW)
    assert (len(found), data.asked) == (MOST_QUEUES, ["list", "read"])
    assert "cannot be reached" in (found[0].problem or "")


def test_a_storage_out_of_reach_is_an_error() -> None:
    """Nothing is known then: that is another answer than no queues."""

    class OutOfReach(Counting):
        def list_folders(self, prefix: str) -> Sequence[str]:
            raise StorageError(f"{prefix} cannot be reached")

    with pytest.raises(StorageError):
        read_sync_health(OutOfReach(1), "jobs", NOW)


def test_ages_are_counted_in_utc(tmp_path: Path) -> None:
    """Whatever the zone of now is."""
    data = open_storage(tmp_path.as_uri())
    data.put(PLACE.state, state())
    in_tokyo = NOW.astimezone(datetime.strptime("+0900", "%z").tzinfo)
    (found,) = read_sync_health(data, "jobs", in_tokyo + timedelta(seconds=1))
    assert found.age_seconds == 721
