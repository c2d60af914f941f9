"""What the fake does wrong when it is told to: refusals, broken connections, answers that are behind."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.fakes.batch import RunningBatch, fake_batch

__all__ = ["fake_batch"]
QUEUE = "demo-high"


@pytest.fixture
def batch(fake_batch: RunningBatch) -> RunningBatch:
    return fake_batch


def seen(batch: RunningBatch, job_id: str) -> str | None:
    """The status that DescribeJobs tells."""
    jobs = batch.client().describe_jobs(jobs=[job_id])["jobs"]
    return jobs[0]["status"] if jobs else None


def listed(batch: RunningBatch, status: str) -> list[str]:
    jobs = batch.client().list_jobs(jobQueue=QUEUE, jobStatus=status)["jobSummaryList"]
    return [job["jobId"] for job in jobs]


@pytest.mark.parametrize("mode", ["legacy", "standard"])
@pytest.mark.parametrize("trouble", ["throttle", "fail", "reset"])
def test_botocore_repeats_what_was_refused(batch: RunningBatch, trouble: str, mode: str) -> None:
    """As with the real service, in both of its modes; every request is counted, also the refused ones."""
    client = batch.client(Config(retries={"mode": mode, "total_max_attempts": 3}))
    getattr(batch.fake, trouble)("ListJobs", 2)
    assert client.list_jobs(jobQueue=QUEUE)["jobSummaryList"] == []
    assert batch.fake.calls["ListJobs"] == 3
    assert batch.fake.faults.given == {f"{trouble} ListJobs": 2}


def test_throttling_is_what_the_gateway_says(batch: RunningBatch) -> None:
    """429, TooManyRequestsException, Too Many Requests; only for the operation, and only so often."""
    batch.fake.throttle("DescribeJobs", 1, after=1)
    client = batch.client()
    client.describe_jobs(jobs=["a"])
    client.list_jobs(jobQueue=QUEUE)
    with pytest.raises(ClientError) as refused:
        client.describe_jobs(jobs=["a"])
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("TooManyRequestsException", "Too Many Requests")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    client.describe_jobs(jobs=["a"])


def test_server_errors_and_broken_connections(batch: RunningBatch) -> None:
    """ServerException with 500; a reset is no answer at all."""
    batch.fake.fail(times=1)
    with pytest.raises(ClientError, match="ServerException"):
        batch.client().list_jobs(jobQueue=QUEUE)
    batch.fake.reset(times=1)
    with pytest.raises(ConnectionClosedError):
        batch.client().list_jobs(jobQueue=QUEUE)
    assert listed(batch, "RUNNING") == []


def test_slow_answers_run_into_the_clients_timeout(batch: RunningBatch) -> None:
    """The delay is real time."""
    batch.fake.delay(2, "ListJobs")
    with pytest.raises(ReadTimeoutError):
        batch.client(Config(read_timeout=0.1, retries={"total_max_attempts": 1})).list_jobs(jobQueue=QUEUE)


def test_a_planned_trouble_can_be_called_off(batch: RunningBatch) -> None:
    """Nothing of it is left."""
    batch.fake.throttle(times=1000)
    batch.fake.faults.clear()
    assert listed(batch, "RUNNING") == []


def test_answers_are_behind_by_a_time(batch: RunningBatch) -> None:
    """A new job is not known, then in an old state; listing and describing see the same past."""
    batch.fake.lag(seconds=10)
    job_id = batch.fake.submit("job", QUEUE)
    assert seen(batch, job_id) is None and listed(batch, "SUBMITTED") == []
    batch.fake.advance(10)
    batch.fake.play(job_id, "RUNNING")
    assert seen(batch, job_id) == "SUBMITTED" and listed(batch, "SUBMITTED") == [job_id]
    batch.fake.advance(10)
    assert seen(batch, job_id) == "RUNNING"
    assert (listed(batch, "RUNNING"), listed(batch, "SUBMITTED")) == ([job_id], [])


def test_answers_are_behind_by_a_number_of_answers(batch: RunningBatch) -> None:
    """Of one operation, for one job: the other operation and the other jobs are up to date."""
    slow, other = batch.fake.submit_many(["slow", "other"], QUEUE, status="STARTING")
    batch.fake.lag(answers=2, operations=["DescribeJobs"], job_id=slow)
    for job_id in (slow, other):
        batch.fake.move(job_id, "RUNNING")
    assert set(listed(batch, "RUNNING")) == {slow, other}
    assert [seen(batch, slow) for _ in range(3)] == ["STARTING", "STARTING", "RUNNING"]
    assert seen(batch, other) == "RUNNING"


def test_states_are_seen_in_their_order_whatever_the_lags(batch: RunningBatch) -> None:
    """A change without a lag does not overtake one with."""
    job_id = batch.fake.submit_many(["job"], QUEUE, status="RUNNABLE")[0]
    batch.fake.lag(seconds=60)
    batch.fake.move(job_id, "STARTING")
    batch.fake.lag()
    batch.fake.move(job_id, "RUNNING")
    assert seen(batch, job_id) == "RUNNABLE"
    batch.fake.settle()
    assert seen(batch, job_id) == "RUNNING"


def test_an_older_state_comes_back_for_an_answer(batch: RunningBatch) -> None:
    """As from another replica: what was seen already is unseen; a job that is new is unknown again."""
    job_id = batch.fake.submit("job", QUEUE)
    batch.fake.rewind(job_id)
    assert [seen(batch, job_id) for _ in range(2)] == [None, "SUBMITTED"]
    batch.fake.play(job_id, "RUNNING")
    assert seen(batch, job_id) == "RUNNING"
    batch.fake.rewind(job_id, operations=["DescribeJobs", "ListJobs"], answers=2)
    assert (listed(batch, "STARTING"), listed(batch, "RUNNING")) == ([job_id], [])
    assert [seen(batch, job_id) for _ in range(3)] == ["STARTING", "STARTING", "RUNNING"]
    assert listed(batch, "RUNNING") == [job_id]


@pytest.mark.parametrize("view", ["lag", "rewind"])
def test_what_vanishes_while_it_is_seen_late_is_gone_in_the_end(batch: RunningBatch, view: str) -> None:
    """It does not come back from the waiting states."""
    job_id = batch.fake.submit("job", QUEUE)
    arguments: dict[str, Any] = {"seconds": 5}
    batch.fake.lag(**arguments) if view == "lag" else batch.fake.rewind(job_id, **arguments, answers=0)
    batch.fake.move(job_id, "RUNNABLE")
    batch.fake.forget(job_id)
    batch.fake.advance(5)
    assert seen(batch, job_id) is None
