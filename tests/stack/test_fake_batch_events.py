"""The events that the fake would have sent through EventBridge."""

from __future__ import annotations

import re

import pytest

from stack.fake_batch.clock import ManualClock
from stack.fake_batch.model import FakeBatch
from tests.fakes.batch import running_batch

QUEUE = "demo-high"


@pytest.fixture
def fake() -> FakeBatch:
    return FakeBatch(clock=ManualClock(1_735_034_400_999))  # 2024-12-24T10:00:00.999Z


def test_an_event_is_an_envelope_around_what_describe_jobs_says() -> None:
    """Down to the secrets in its environment; its time has whole seconds."""
    with running_batch(clock=ManualClock(1_735_034_400_999)) as batch:
        job_id = batch.fake.submit("pre-1", QUEUE, environment={"DB_PASSWORD": "hunter2"}, tags={"a": "b"})
        batch.fake.play(job_id, "SUCCEEDED", seconds=1)
        last, detail = batch.fake.events[-1], batch.client().describe_jobs(jobs=[job_id])["jobs"][0]
    assert last["detail"] == detail
    assert "hunter2" in str(last)
    assert (last["detail-type"], last["source"], last["version"]) == ("Batch Job State Change", "aws.batch", "0")
    assert (last["account"], last["region"], last["time"]) == ("123456789012", "us-east-1", "2024-12-24T10:00:04Z")
    assert last["resources"] == [detail["jobArn"]]


def test_events_keep_what_was_true_when_they_were_sent(fake: FakeBatch) -> None:
    """A later state does not show in them."""
    job_id = fake.submit("job", QUEUE, attempts=2)
    fake.play(job_id, "RUNNING")
    fake.interrupt(job_id)
    fake.play(job_id, "RUNNING")
    told = [(event["detail"]["status"], len(event["detail"]["attempts"])) for event in fake.events]
    assert told == [("RUNNABLE", 0), ("STARTING", 0), ("RUNNING", 0), ("RUNNABLE", 1), ("STARTING", 1), ("RUNNING", 1)]


def test_each_event_comes_as_often_as_wanted(fake: FakeBatch) -> None:
    """A copy has the same id, another event another one."""
    job_id = fake.submit("job", QUEUE)
    fake.log.copies = 3
    fake.play(job_id, "STARTING")
    ids = [event["id"] for event in fake.events]
    assert len(ids) == 6 and len(set(ids)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)


def test_the_clock_of_the_events_can_be_wrong(fake: FakeBatch) -> None:
    """By seconds; the times inside are those of Batch."""
    job_id = fake.submit("job", QUEUE)
    fake.log.skew_seconds = -2
    fake.play(job_id, "RUNNING")
    assert fake.events[-1]["time"] == "2024-12-24T09:59:58Z"
    assert fake.events[-1]["detail"]["startedAt"] == 1_735_034_400_999


def test_what_changes_no_status_has_no_event(fake: FakeBatch) -> None:
    """A reason, a flag, the children's counts."""
    job_id, array = fake.submit("job", QUEUE), fake.submit("array", QUEUE, array_size=2)
    fake.play(job_id, "RUNNING")
    fake.play(array, "PENDING")
    before = len(fake.log)
    fake.stops_at_once = False
    fake.explain(job_id, "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
    fake.terminate(job_id, "too slow")
    assert len(fake.log) == before
    fake.move(f"{array}:1", "RUNNABLE")
    assert [event["detail"]["jobId"] for event in fake.events[before:]] == [f"{array}:1"]


def test_a_blocked_queue_has_an_event_of_its_own(fake: FakeBatch) -> None:
    """It looks like a state change but for its type, its resources and the reason."""
    job_id = fake.submit("job", QUEUE)
    fake.play(job_id, "RUNNABLE")
    event = fake.blocked_event(job_id)
    assert event["detail-type"] == "Batch Job Queue Blocked"
    assert event["resources"] == [event["detail"]["jobArn"], fake.create_queue(QUEUE)]
    assert event["detail"]["statusReason"].startswith("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY")
    assert event["detail"]["status"] == "RUNNABLE"
    assert fake.job(job_id).status_reason is None
