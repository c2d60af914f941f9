"""Jobs that Batch no longer knows, jobs that are given by their ids, and the children of arrays."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.jobs import job
from tests.fakes.syncing import QUEUE, REGION, SyncWorld, world
from vectora_core.jobs.job_queues import Place
from vectora_core.jobs.sync import reader_for
from vectora_core.jobs.sync_report import UNKNOWN
from vectora_core.jobs.types import Verdict

__all__ = ["world"]


def forgotten(world: SyncWorld) -> str:
    """Return a job whose row is open and that Batch has forgotten since."""
    (job_id,) = world.submit("lost")
    world.sync()
    world.fake.forget(job_id)
    world.fake.advance(900)
    return job_id


def test_a_job_that_batch_no_longer_knows_is_gone_after_a_time_of_grace(world: SyncWorld) -> None:
    """From the first sync that misses it; its last status is kept, and nobody asks for it again."""
    job_id = forgotten(world)
    report = world.sync()
    assert (report.missing, report.gone, report.open) == (1, 0, 1)
    world.fake.advance(3_599)
    assert world.sync().gone == 0
    world.fake.advance(1)
    report = world.sync()
    assert (report.missing, report.gone, report.open, report.written) == (0, 1, 0, 0)
    row = world.row(job_id)
    assert (row.status, row.gone) == ("RUNNING", world.now().strftime("%Y-%m-%dT%H:%M:%S.") + "776Z")
    report = world.sync()
    assert (report.gone, report.described) == (0, 0)


def test_a_job_that_comes_back_in_time_was_never_missing(world: SyncWorld) -> None:
    """The next time it is missed the grace begins anew."""
    (job_id,) = world.submit("restless")
    world.sync()
    world.fake.advance(900)
    hidden = dict(world.fake.store.jobs)[job_id]
    world.fake.forget(job_id)
    assert world.sync().missing == 1
    world.fake.store.write(hidden, world.fake.clock.now())
    assert world.sync().missing == 0
    world.fake.forget(job_id)
    world.fake.advance(3_600)
    report = world.sync()
    assert (report.missing, report.gone) == (1, 0)


def test_a_job_that_comes_back_after_it_was_called_gone_is_no_longer_gone(world: SyncWorld) -> None:
    """Any newer write clears it."""
    (job_id,) = world.submit("back")
    world.sync()
    hidden = dict(world.fake.store.jobs)[job_id]
    world.fake.forget(job_id)
    assert world.sync(gone_after_minutes=0).gone == 1
    world.fake.advance(900)
    world.fake.store.write(hidden, world.fake.clock.now())
    report = world.sync()
    assert (report.written, report.open) == (1, 1)
    assert world.row(job_id).gone is None
    world.assert_true()


def test_a_row_that_moved_meanwhile_is_not_called_gone(world: SyncWorld) -> None:
    """The event that came in between knows better."""
    job_id = forgotten(world)
    row = world.row(job_id)
    stale = list(world.table.open_jobs(row.job_queue))
    moved = replace(row, status="SUCCEEDED", state_order="1.001.6.1.1766497700000")
    assert world.table.put(moved).verdict is Verdict.WRITTEN

    class Stale:
        def __getattr__(self, name: str) -> object:
            return (lambda job_queue: iter(stale)) if name == "open_jobs" else getattr(world.table, name)

    report = world.sync(table=Stale(), gone_after_minutes=0)
    assert (report.gone, report.missing) == (0, 0)
    assert (world.row(job_id).status, world.row(job_id).gone) == ("SUCCEEDED", None)


def test_jobs_given_by_their_ids_are_brought_up_to_date_alone(world: SyncWorld) -> None:
    """Whatever their queue; a job that Batch has forgotten has the status of its row, or none."""
    done, running, failed = world.submit("done", "running", "failed", "another")[:3]
    world.fake.play(done, "SUCCEEDED")
    world.fake.fail_attempt(failed)
    world.table.put(job("old", "FAILED"))
    report = world.sync_jobs(done, running, failed, "old", "nobody", done)
    assert report.jobs == {done: "SUCCEEDED", running: "RUNNING", failed: "FAILED", "old": "FAILED", "nobody": UNKNOWN}
    assert report.in_status("FAILED") == (failed, "old")
    assert (report.written, report.open_jobs) == (3, {running: "running"})
    assert report.path is None
    assert not world.data.list_objects("jobs")
    world.fake.advance(5)
    assert world.sync_jobs(done, running, failed).written == 0


def test_more_than_a_hundred_ids_are_several_calls(world: SyncWorld) -> None:
    """DescribeJobs takes a hundred."""
    world.sync_jobs(*(f"unknown-{number}" for number in range(201)))
    assert world.fake.calls == {"DescribeJobs": 3}


def test_a_child_that_somebody_asked_for_has_a_row_and_is_followed(world: SyncWorld) -> None:
    """No list of the queue names it: it is described until it has ended."""
    parent = world.fake.submit("array", QUEUE, array_size=2)
    world.fake.move(parent, "PENDING")
    child = f"{parent}:1"
    assert world.sync_jobs(child).open == 1
    world.sync()
    world.fake.play(child, "SUCCEEDED")
    world.fake.advance(900)
    world.sync()
    assert world.row(child).status == "SUCCEEDED"


def test_children_come_by_their_index_in_whatever_state(world: SyncWorld) -> None:
    """Only somebody who asks for them sees them."""
    parent = world.fake.submit("array", QUEUE, array_size=12)
    world.fake.move(parent, "PENDING")
    world.fake.play(f"{parent}:10", "SUCCEEDED")
    world.fake.play(f"{parent}:2", "RUNNING")
    children = reader_for(Place(region=REGION), world.resources).children_of(parent)
    assert [child.job_id for child in children] == [f"{parent}:{index}" for index in range(12)]
    assert (children[10].status, children[2].status) == ("SUCCEEDED", "RUNNING")


def test_a_job_that_is_no_array_has_no_children(world: SyncWorld) -> None:
    """Nothing is invented."""
    (alone,) = world.submit("alone")
    assert reader_for(Place(region=REGION), world.resources).children_of(alone) == []
