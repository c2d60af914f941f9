"""The lifecycle of the fake's jobs: only moves that Batch makes, under a clock that only the test moves."""

from __future__ import annotations

import pytest

from stack.fake_batch.clock import ManualClock
from stack.fake_batch.lifecycle import LifecycleError
from stack.fake_batch.model import FakeBatch

QUEUE = "demo-high"
DAY = 86_400


@pytest.fixture
def fake() -> FakeBatch:
    return FakeBatch(clock=ManualClock(1_000_000))


def statuses(fake: FakeBatch, job_id: str) -> list[str]:
    return [event["detail"]["status"] for event in fake.events if event["detail"]["jobId"] == job_id]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SUBMITTED", "RUNNING"),
        ("SUBMITTED", "SUCCEEDED"),
        ("RUNNABLE", "PENDING"),
        ("RUNNABLE", "RUNNING"),
        ("RUNNING", "RUNNABLE"),
        ("RUNNING", "STARTING"),
        ("SUCCEEDED", "FAILED"),
        ("FAILED", "RUNNING"),
        ("RUNNING", "SLEEPING"),
    ],
)
def test_moves_that_no_job_makes_are_errors(fake: FakeBatch, before: str, after: str) -> None:
    """Neither back, nor over a state, nor out of a last one."""
    job_id = fake.submit("job", QUEUE)
    fake.play(job_id, before)
    with pytest.raises(LifecycleError, match=f"from {before} to {after}"):
        fake.move(job_id, after)
    assert fake.job(job_id).status == before


def test_a_job_passes_every_state_and_only_submission_has_no_event(fake: FakeBatch) -> None:
    """PENDING is for those that wait for others."""
    alone = fake.submit("job", QUEUE)
    waits = fake.submit("job", QUEUE, depends_on=[alone])
    for job_id in (alone, waits):
        fake.play(job_id, "SUCCEEDED")
    passed = ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert statuses(fake, alone) == passed
    assert statuses(fake, waits) == ["PENDING", *passed]


def test_a_failed_attempt_is_repeated_while_attempts_are_left(fake: FakeBatch) -> None:
    """The job is RUNNABLE again with one attempt more, and FAILED after the last."""
    job_id = fake.submit("job", QUEUE, attempts=2)
    fake.play(job_id, "RUNNING")
    fake.interrupt(job_id)
    assert (fake.job(job_id).status, len(fake.job(job_id).attempts)) == ("RUNNABLE", 1)
    fake.play(job_id, "STARTING")
    fake.fail_attempt(job_id, exit_code=None, container_reason="CannotPullContainerError: no such image")
    job = fake.job(job_id)
    assert (job.status, len(job.attempts), job.attempts[1].started_at) == ("FAILED", 2, None)
    assert job.status_reason == "Task failed to start"
    with pytest.raises(LifecycleError, match="while it is FAILED"):
        fake.fail_attempt(job_id)


def test_an_array_parent_waits_for_its_children_and_counts_them(fake: FakeBatch) -> None:
    """PENDING while they run; FAILED with the last one, when any failed."""
    array = fake.submit("array", QUEUE, array_size=3)
    fake.move(array, "PENDING")
    assert fake.job(array).summary == {"PENDING": 3}
    fake.play(f"{array}:0", "SUCCEEDED")
    fake.play(f"{array}:1", "FAILED")
    fake.play(f"{array}:2", "RUNNING")
    counts = {status: count for status, count in (fake.job(array).summary or {}).items() if count}
    assert (fake.job(array).status, counts) == ("PENDING", {"SUCCEEDED": 1, "FAILED": 1, "RUNNING": 1})
    fake.advance(5)
    fake.move(f"{array}:2", "SUCCEEDED")
    job = fake.job(array)
    assert (job.status, job.status_reason, job.stopped_at) == ("FAILED", "Array Child Job failed", 1_005_000)
    assert statuses(fake, array) == ["PENDING", "FAILED"]
    with pytest.raises(LifecycleError, match="move its children"):
        fake.move(fake.submit("array", QUEUE, array_size=2), "RUNNABLE")


def test_an_array_whose_children_all_succeed_succeeds(fake: FakeBatch) -> None:
    """Played as a whole."""
    array = fake.submit("array", QUEUE, array_size=4)
    fake.play(array, "SUCCEEDED")
    assert fake.job(array).status == "SUCCEEDED"
    assert {fake.job(f"{array}:{n}").status for n in range(4)} == {"SUCCEEDED"}


def test_nodes_do_what_their_job_does(fake: FakeBatch) -> None:
    """They exist from its start on, and cannot be moved by themselves."""
    job_id = fake.submit("nodes", QUEUE, kind="multinode", num_nodes=2)
    fake.play(job_id, "RUNNABLE")
    assert fake.store.below(job_id) == []
    fake.play(job_id, "SUCCEEDED")
    assert [node.status for node in fake.store.below(job_id)] == ["SUCCEEDED", "SUCCEEDED"]
    with pytest.raises(LifecycleError, match="cannot be moved by itself"):
        fake.move(f"{job_id}#0", "FAILED")


def test_cancelling_ends_what_has_not_started_and_nothing_else(fake: FakeBatch) -> None:
    """A job that runs goes on without a flag; one that waits for another gets the flag only."""
    waiting, running, dependent = fake.submit("a", QUEUE), fake.submit("b", QUEUE), fake.submit("c", QUEUE, depends_on=["x"])
    fake.play(running, "RUNNING")
    fake.play(dependent, "PENDING")
    for job_id in (waiting, running, dependent):
        fake.cancel(job_id, "not needed")
    states = {job_id: (fake.job(job_id).status, fake.job(job_id).is_cancelled) for job_id in (waiting, running, dependent)}
    assert states == {waiting: ("FAILED", True), running: ("RUNNING", False), dependent: ("PENDING", True)}
    assert (fake.job(waiting).status_reason, fake.job(waiting).attempts) == ("not needed", ())


def test_terminating_ends_what_runs(fake: FakeBatch) -> None:
    """At once, or after the flag is seen; a finished job stays as it is."""
    first, second = fake.submit("a", QUEUE), fake.submit("b", QUEUE)
    for job_id in (first, second):
        fake.play(job_id, "RUNNING")
    fake.terminate(first, "too slow")
    job = fake.job(first)
    assert (job.status, job.is_terminated, job.status_reason, job.attempts[0].exit_code) == ("FAILED", True, "too slow", 137)
    fake.terminate(first, "again")
    assert fake.job(first) == job
    fake.stops_at_once = False
    fake.terminate(second, "too slow")
    assert (fake.job(second).status, fake.job(second).is_terminated) == ("RUNNING", True)


def test_a_cancelled_array_ends_with_the_children_that_had_started(fake: FakeBatch) -> None:
    """Those that had not are cancelled; terminating takes the others too."""
    array = fake.submit("array", QUEUE, array_size=2)
    fake.move(array, "PENDING")
    fake.play(f"{array}:0", "RUNNING")
    fake.cancel(array, "not needed")
    assert (fake.job(array).status, fake.job(array).is_cancelled) == ("PENDING", True)
    assert fake.job(f"{array}:1").status == "FAILED"
    fake.terminate(array, "now")
    assert (fake.job(array).status, fake.job(f"{array}:0").status_reason) == ("FAILED", "now")


def test_finished_jobs_vanish_after_a_week_and_open_ones_stay(fake: FakeBatch) -> None:
    """With all that is below them."""
    done, array, lasting = fake.submit("a", QUEUE), fake.submit("b", QUEUE, array_size=2), fake.submit("c", QUEUE)
    fake.play(done, "SUCCEEDED")
    fake.advance(DAY)
    fake.play(array, "FAILED")
    fake.play(lasting, "RUNNING")
    fake.advance(6 * DAY - 1)
    assert fake.job(done).status == "SUCCEEDED"
    fake.advance(1)
    assert done not in fake.store.jobs and array in fake.store.jobs
    fake.advance(DAY)
    assert set(fake.store.jobs) == {lasting}


def test_ten_thousand_jobs_are_submitted_without_events(fake: FakeBatch) -> None:
    """In the state that a test begins with, apart by milliseconds."""
    ids = fake.submit_many((f"job-{n}" for n in range(10_000)), QUEUE, status="RUNNING", created_at=0, apart_ms=3)
    assert fake.events == [] and len(ids) == len(set(ids)) == 10_000
    assert fake.job(ids[-1]).created_at == 29_997 and fake.job(ids[-1]).status == "RUNNING"


@pytest.mark.parametrize("wrong", [{"job_queue": "missing"}, {"kind": "lambda"}])
def test_a_script_that_submits_nonsense_is_told(fake: FakeBatch, wrong: dict[str, str]) -> None:
    """The queue and the kind are known ones."""
    with pytest.raises(ValueError, match="cannot be submitted"):
        fake.submit(**{"job_name": "job", "job_queue": QUEUE} | wrong)


def test_time_does_not_go_back(fake: FakeBatch) -> None:
    """Neither on the manual clock nor on the real one."""
    with pytest.raises(ValueError, match="back"):
        fake.advance(-1)
