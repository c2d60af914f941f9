"""The DAGs of Batch jobs and their sensor through a real scheduler and triggerer, on the strict fake of Batch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stack import embedded_aws
from tests.fakes import old_jobs
from tests.integration.job_room import MIGRATION, POKE_SECONDS, JobRoom, job_room

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobRoom]:
    with job_room(tmp_path_factory.mktemp("job-room")) as running:
        yield running


def test_the_table_follows_while_the_sensors_wait_and_a_killed_triggerer_loses_nothing(room: JobRoom) -> None:
    """One instance a queue; the queue that does not exist fails its own at once, the others go on to their end."""
    high, low = room.submit("pre-high", "demo-high", "RUNNABLE"), room.submit("pre-low", "demo-low", "RUNNING")
    queues = ["demo-high", "arn:aws:batch:us-east-1:123456789012:job-queue/demo-low", "nowhere"]
    run_id = room.stack.trigger({"job_queues": queues, "poke_seconds": POKE_SECONDS}, dag_id="vectora_job_states")

    def states() -> dict[str, str | None]:
        return {label: one["state"] for label, one in room.instances(run_id).items()}

    waiting = {"demo-high": "deferred", "demo-low": "deferred", "nowhere": "failed"}
    room.wait_for(lambda: states() == waiting, "the deferral of both watches")
    room.wait_for_row(high, "RUNNABLE")
    room.batch("play", job_id=high, status="RUNNING")
    room.wait_for_row(high, "RUNNING")
    assert states() == waiting

    room.kill_triggerer()
    meanwhile = room.submit("pre-meanwhile", "demo-high", "FAILED")
    room.batch("play", job_id=high, status="SUCCEEDED")
    room.stack.restart("triggerer")
    room.wait_for_row(high, "SUCCEEDED")
    room.wait_for_row(meanwhile, "FAILED")
    room.wait_for(lambda: states()["demo-high"] == "success", "the end of a watch without open jobs")
    assert states()["demo-low"] == "deferred"
    room.batch("play", job_id=low, status="SUCCEEDED")

    assert room.stack.wait(run_id, dag_id="vectora_job_states")["state"] == "failed"
    instances = room.instances(run_id)
    assert {label: (one["state"], one["try_number"]) for label, one in instances.items()} == {
        "demo-high": ("success", 1),
        "demo-low": ("success", 1),
        "nowhere": ("failed", 1),
    }
    assert "nowhere" in room.stack.api.task_log(instances["nowhere"])
    result = room.result(instances["demo-low"])
    assert (result["outcome"], result["open"]) == ("done", 0)
    assert result["pokes"] >= 2


def test_it_waits_for_what_a_batch_operator_submitted(room: JobRoom) -> None:
    """By the id in its XCom, rescheduled between pokes; what a try knows outlives its processes."""
    run_id = room.stack.trigger({}, dag_id="submit_and_wait")

    def state() -> str | None:
        return next(iter(room.instances(run_id, "wait", "submit_and_wait").values()))["state"]

    room.wait_for(lambda: state() == "up_for_reschedule", "a poke of a job that has just been submitted")
    (submitted,) = (row.job_id for row in room.table.get_all_jobs().jobs if row.job_name == "after-submit")
    room.batch("play", job_id=submitted, status="RUNNING")
    room.batch("move", job_id=submitted, status="FAILED", reason="Essential container in task exited", exit_code=1)
    assert room.stack.wait(run_id, dag_id="submit_and_wait")["state"] == "success"
    result = room.result(next(iter(room.instances(run_id, "wait", "submit_and_wait").values())))
    assert result["failed"] == {submitted: "Essential container in task exited"}
    assert result["pokes"] >= 2


def test_the_old_table_is_moved_only_when_the_dry_run_is_switched_off(room: JobRoom) -> None:
    """By default nothing is written; told to, every job has its latest state, and a green run means verified."""
    client = embedded_aws.dynamodb(room.stack.ports.aws)
    rows = old_jobs.jobs(12, 4, seed=3)
    old = old_jobs.create_old_table(client)
    old_jobs.fill(client, old, (row.item for row in rows))
    expected = {job_id: status for job_id, (status, *_) in old_jobs.latest(rows).items()}
    conf = {"from_table": old, "to_table": room.table.name, "assume_zone": "Europe/Paris", "sample_percentage": 100}

    looked = room.stack.trigger(conf, dag_id=MIGRATION)
    assert room.stack.wait(looked, dag_id=MIGRATION)["state"] == "success"
    assert room.table.get_many(list(expected)) == {}
    assert states_of(room, looked) == {"create_table": "skipped", "migrate": "success", "verify": "skipped"}

    moved = room.stack.trigger(conf | {"dry_run": False}, dag_id=MIGRATION)
    assert room.stack.wait(moved, dag_id=MIGRATION)["state"] == "success"
    assert states_of(room, moved) == {"create_table": "success", "migrate": "success", "verify": "success"}
    found = room.table.get_many(list(expected))
    assert {job_id: row.status for job_id, row in found.items()} == expected


def states_of(room: JobRoom, run_id: str) -> dict[str, str]:
    return {one["task_id"]: one["state"] for one in room.stack.task_instances(run_id, dag_id=MIGRATION)}
