"""One sync of one queue against the strict fake of Batch and the embedded DynamoDB."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.syncing import QUEUE, SyncWorld, world
from vectora_core.errors import BatchError, JobQueueError
from vectora_core.jobs.events import iso_time
from vectora_core.jobs.sync_state import QueuePlace, read_state
from vectora_core.jobs.types import JobRecord, Verdict

__all__ = ["world"]


def place_of(world: SyncWorld) -> QueuePlace:
    return QueuePlace(table=world.table.name, job_queue=world.fake.queues[QUEUE].arn)


def test_a_first_sync_finds_every_job_however_old(world: SyncWorld) -> None:
    """Open jobs older than the week that Batch remembers, in every state, and finished ones; some more than a page."""
    month = timedelta(days=30) // timedelta(milliseconds=1)
    world.fake.most_per_page = 40
    for status, number in (("SUBMITTED", 3), ("PENDING", 2), ("RUNNABLE", 90), ("STARTING", 2), ("RUNNING", 4)):
        world.submit(*(f"{status}-{one}" for one in range(number)), status=status, created_at=world.fake.clock.now() - month)
    world.submit(*(f"done-{one}" for one in range(45)), status="SUCCEEDED")
    world.submit("other", status="FAILED")
    report = world.sync()
    assert (report.open, report.written, report.refused, report.described) == (101, 147, 0, 147)
    world.assert_true()


def test_a_second_sync_writes_only_what_differs(world: SyncWorld) -> None:
    """Nothing changed: nothing written; the rotation describes what few jobs there are."""
    jobs = world.submit(*(f"job-{one}" for one in range(20)), status="RUNNABLE")
    assert world.sync().written == 20
    world.fake.advance(900)
    assert world.sync().written == 0
    world.fake.play(jobs[3], "RUNNING")
    world.fake.play(jobs[4], "SUCCEEDED")
    world.fake.explain(jobs[5], "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")
    world.fake.cancel(jobs[6], "no need")
    report = world.sync()
    assert (report.written, report.refused, report.open) == (4, 0, 18)
    world.assert_true()


def test_the_budget_holds(world: SyncWorld) -> None:
    """With a rotation of 100 and 10 of 150 jobs changed: 10 writes, 6 ListJobs, and 2 DescribeJobs; exactly these."""
    month = timedelta(days=30) // timedelta(milliseconds=1)
    jobs = sorted(
        world.submit(*(f"j{one}" for one in range(150)), status="RUNNABLE", created_at=world.fake.clock.now() - month)
    )
    world.sync()
    world.fake.advance(900)
    for job_id in jobs[-10:]:
        world.fake.play(job_id, "RUNNING")
    world.fake.calls.clear()
    report = world.sync(rotation=100)
    assert report.written == 10
    assert world.fake.calls == {"DescribeJobQueues": 1, "ListJobs": 6, "DescribeJobs": 2}
    assert {name: report.calls[name] for name in world.fake.calls} == dict(world.fake.calls)
    assert report.calls["PutItem"] == 10
    assert "Scan" not in report.calls


def test_jobs_that_came_and_finished_between_two_syncs_are_found(world: SyncWorld) -> None:
    """No list by status has them; the list by creation does."""
    world.submit("before")
    world.sync()
    world.fake.advance(900)
    (quick,) = world.submit("quick", status="SUCCEEDED", created_at=world.fake.clock.now() - 60_000)
    assert world.sync().written == 1
    assert world.row(quick).status == "SUCCEEDED"
    world.fake.advance(60)
    again = world.sync()
    assert (again.written, again.described) == (0, 1)  # "before", in its turn


def test_a_retry_that_no_list_shows_is_found_in_turn(world: SyncWorld) -> None:
    """RUNNABLE before, RUNNABLE with one attempt more after: only a description tells them apart."""
    (job_id,) = world.submit("retried", status="RUNNABLE", attempts=3)
    world.fake.explain(job_id, "waits for a host")
    world.sync()
    world.fake.play(job_id, "RUNNING")
    world.fake.interrupt(job_id, reason="waits for a host")
    assert world.sync(rotation=0).written == 0
    assert world.sync().written == 1
    assert (world.row(job_id).status, world.row(job_id).attempts) == ("RUNNABLE", 1)
    world.assert_true()


def test_a_job_that_moves_back_while_it_is_listed_is_described(world: SyncWorld) -> None:
    """Neither list has it: it was RUNNING when RUNNABLE was listed, and RUNNABLE when RUNNING was."""
    (job_id,) = world.submit("restless", status="RUNNING", attempts=3)
    world.sync()

    class Meanwhile:
        def __init__(self, client: Any, happen: Callable[[], None]) -> None:
            self._client, self._happen = client, happen

        def list_jobs(self, **arguments: Any) -> Any:
            if arguments.get("jobStatus") == "RUNNING":
                self._happen()
            return self._client.list_jobs(**arguments)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._client, name)

    client = Meanwhile(world.batch.client(), lambda: world.fake.interrupt(job_id))
    report = world.sync(batch=lambda place: client)
    assert (report.listed, report.written, report.missing) == (0, 1, 0)
    assert (world.row(job_id).status, world.row(job_id).attempts) == ("RUNNABLE", 1)


def test_a_sync_never_takes_a_row_back(world: SyncWorld) -> None:
    """The row is as an event left it; the refused write of an older answer is counted, and the job is not open."""
    (job_id,) = world.submit("quick", status="RUNNING")
    record = described(world, job_id)
    world.fake.move(job_id, "SUCCEEDED")
    assert world.table.put(described(world, job_id)).verdict is Verdict.WRITTEN
    world.fake.rewind(job_id, answers=9, operations=("ListJobs", "DescribeJobs"))
    report = world.sync()
    assert (report.written, report.late, report.open) == (0, 1, 0)
    assert world.row(job_id).status == "SUCCEEDED" != record.status
    world.assert_true()


def described(world: SyncWorld, job_id: str) -> JobRecord:
    (detail,) = world.batch.client().describe_jobs(jobs=[job_id])["jobs"]
    return world._record(detail)


def test_lists_and_descriptions_that_lag_are_made_good(world: SyncWorld) -> None:
    """A job that the lists do not show yet, and one that DescribeJobs does not, are in the table once they do."""
    world.fake.lag(seconds=45)
    world.submit("new", created_at=world.fake.clock.now())
    assert world.sync().written == 0
    world.fake.lag(seconds=45, operations=("DescribeJobs",))
    world.submit("newer", created_at=world.fake.clock.now())
    world.sync()
    world.fake.advance(50)
    report = world.sync()
    assert (report.open, report.missing) == (2, 0)
    world.assert_true()


def test_a_job_without_a_description_is_open_where_it_is_listed(world: SyncWorld) -> None:
    """Who waits for it must not think that it is over."""
    world.fake.lag(seconds=45, operations=("DescribeJobs",))
    (job_id,) = world.submit("pre-1", created_at=world.fake.clock.now())
    report = world.sync()
    assert (report.open, report.described) == (1, 0)
    assert report.open_with_prefix("pre-") == (job_id,)
    assert report.open_with_prefix("post-") == ()


def test_an_array_is_one_row_with_its_children_in_a_summary(world: SyncWorld) -> None:
    """Children have no rows; a child that moves changes the summary, which the list shows."""
    parent = world.fake.submit("array", QUEUE, array_size=3, created_at=world.fake.clock.now() - 3_600_000)
    world.fake.move(parent, "PENDING")
    world.sync()
    world.fake.play(f"{parent}:0", "SUCCEEDED")
    world.fake.play(f"{parent}:1", "RUNNING")
    world.fake.advance(900)
    assert world.sync(rotation=0).written == 1
    row = world.row(parent)
    assert (row.status, row.array_size, sum((row.array_summary or {}).values())) == ("PENDING", 3, 3)
    assert set(world.statuses()) == {parent}
    world.fake.play(f"{parent}:1", "SUCCEEDED")
    world.fake.play(f"{parent}:2", "SUCCEEDED")
    world.sync()
    assert world.row(parent).status == "SUCCEEDED"
    world.assert_true()


def test_a_queue_that_does_not_exist_is_an_error_that_names_it(world: SyncWorld) -> None:
    """And nothing is stored."""
    with pytest.raises(JobQueueError, match="no job queue demo-hihg in us-east-1"):
        world.sync("demo-hihg")
    assert not world.data.list_objects("jobs")


def test_a_throttled_sync_waits_slows_down_and_reports_it(world: SyncWorld) -> None:
    """It ends like any other, with the throttles counted."""
    world.submit("a")
    world.fake.throttle("ListJobs", times=2, after=1)
    world.fake.fail("DescribeJobs", times=1)
    world.fake.reset("DescribeJobs", times=1)
    report = world.sync(calls_per_second=100)
    assert (report.throttles, report.written) == (2, 1)
    assert {name: report.calls[name] for name in ("ListJobs", "DescribeJobs")} == {"ListJobs": 8, "DescribeJobs": 3}
    assert 1.0 in world.slept
    world.assert_true()


def test_a_sync_that_is_throttled_for_good_fails_and_moves_nothing(world: SyncWorld) -> None:
    """The next one does all of it again."""
    world.submit("a", created_at=world.fake.clock.now())
    world.fake.throttle("DescribeJobs", times=8)
    with pytest.raises(BatchError) as failed:
        world.sync()
    assert failed.value.transient
    assert world.data.find(place_of(world).state) is None
    assert world.sync().written == 1


def test_a_sync_stores_what_it_did_and_cost(world: SyncWorld) -> None:
    """Its report, the state with the same report, and the statistics of the table."""
    world.submit("a", "b")
    world.fake.advance(30)
    started_at = world.now()
    report = world.sync()
    state, warning = read_state(world.data, place_of(world), now=world.now())
    assert (state.watermark, warning) == (world.fake.clock.now() - 3_630_000, None)
    assert report.path == place_of(world).report(started_at)
    stored = json.loads(world.data.get(str(report.path)))
    assert stored == report.to_json() == json.loads(world.data.get(place_of(world).state))["last"]
    assert stored["job_queue"] == place_of(world).job_queue
    assert stored["started_at"] == iso_time(world.fake.clock.now())
    assert (stored["open"], stored["written"], stored["lag_seconds"]) == (2, 2, 30.0)
    assert stored["statistics"]["by_status"] == {"RUNNING": 2}
    assert json.loads(world.data.get(f"jobs/{world.table.name}/statistics.json"))["total"] == 2


def test_statistics_are_counted_at_most_once_a_minute(world: SyncWorld) -> None:
    """Several queues synced one after the other count the table once."""
    world.submit("a")
    world.sync()
    (row,) = world.submit("b")
    assert (world.sync().statistics or {})["total"] == 1
    world.fake.advance(61)
    assert (world.sync().statistics or {})["total"] == 2
    assert world.row(row).status == "RUNNING"


def test_a_state_that_is_broken_is_begun_anew_with_a_warning(world: SyncWorld) -> None:
    """Never a crash: it costs one long sync."""
    world.submit("a")
    world.sync()
    world.data.put(place_of(world).state, b"{")
    report = world.sync()
    assert "from the beginning" in report.warnings[0]
    assert world.sync().warnings == ()


def test_a_description_that_cannot_be_read_stops_nobody(world: SyncWorld) -> None:
    """It is counted and named; the others are written; it is open as the list says."""
    odd, other = sorted(world.submit("odd", "other"))

    class Odd:
        def __init__(self, client: Any) -> None:
            self._client = client

        def describe_jobs(self, **arguments: Any) -> Any:
            answer = self._client.describe_jobs(**arguments)
            for detail in answer["jobs"]:
                detail["status"] = "PAUSED" if detail["jobId"] == odd else detail["status"]
            return answer

        def __getattr__(self, name: str) -> Any:
            return getattr(self._client, name)

    client = Odd(world.batch.client())
    report = world.sync(batch=lambda place: client)
    assert (report.written, report.malformed, report.open) == (1, 1, 2)
    assert report.malformed_jobs[0].startswith(f"{odd}: detail.status must be one of")
    assert set(world.statuses()) == {other}
