"""DescribeJobs and DescribeJobQueues of the fake, and that nothing leaves it which the service model does not have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stack.fake_batch.jobs import KINDS, STATUSES
from stack.fake_batch.protocol import ShapeError, serialised
from tests.fakes.batch import RunningBatch, fake_batch

__all__ = ["fake_batch"]
QUEUE = "demo-high"
SPOT = "Host EC2 (instance i-0123456789abcdef0) terminated."


@pytest.fixture
def batch(fake_batch: RunningBatch) -> RunningBatch:
    return fake_batch


def described(batch: RunningBatch, job_id: str) -> dict[str, Any]:
    jobs = batch.client().describe_jobs(jobs=[job_id])["jobs"]
    assert len(jobs) == 1
    return dict(jobs[0])


@pytest.mark.parametrize("count", [0, 101])
def test_one_to_a_hundred_ids_are_described(batch: RunningBatch, count: int) -> None:
    """Fewer and more are refused."""
    with pytest.raises(ClientError, match="ClientException"):
        batch.client().describe_jobs(jobs=[f"job-{n}" for n in range(count)])


def test_unknown_ids_are_left_out_and_the_order_is_not_the_asked_one(batch: RunningBatch) -> None:
    """Ids and ARNs; an ARN of another region is unknown here; twice the same is described once."""
    ids = batch.fake.submit_many((f"job-{n}" for n in range(98)), QUEUE)
    arn = f"arn:aws:batch:us-east-1:123456789012:job/{ids[0]}"
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    jobs = batch.client().describe_jobs(jobs=[*sorted(ids), arn, elsewhere])["jobs"]
    assert [job["jobId"] for job in jobs] != sorted(ids)
    assert sorted(job["jobId"] for job in jobs) == sorted(ids)
    assert batch.fake.largest["DescribeJobs"] == 98
    assert batch.client().describe_jobs(jobs=["nobody", elsewhere])["jobs"] == []


def test_a_detail_has_everything_that_a_row_is_made_of(batch: RunningBatch) -> None:
    """Milliseconds since 1970, ARNs, attempts, environment, resources, tags, parameters."""
    job_id = batch.fake.submit(
        "pre-1",
        QUEUE,
        attempts=3,
        tags={"team": "media"},
        parameters={"in": "s3://x"},
        environment={"DB_PASSWORD": "hunter2"},
    )
    begin = batch.fake.clock.now()
    batch.fake.play(job_id, "RUNNING", seconds=2)
    batch.fake.advance(10)
    batch.fake.interrupt(job_id)
    batch.fake.play(job_id, "RUNNING", seconds=2)
    batch.fake.advance(30)
    batch.fake.move(job_id, "FAILED", exit_code=137, container_reason="OutOfMemoryError: killed")
    job = described(batch, job_id)
    assert (job["status"], job["statusReason"], job["retryStrategy"]["attempts"]) == (
        "FAILED",
        "Essential container in task exited",
        3,
    )
    assert (job["createdAt"], job["startedAt"], job["stoppedAt"]) == (begin, begin + 20_000, begin + 50_000)
    assert job["jobQueue"] == "arn:aws:batch:us-east-1:123456789012:job-queue/demo-high"
    assert job["jobDefinition"] == "arn:aws:batch:us-east-1:123456789012:job-definition/transcode:1"
    assert {"name": "DB_PASSWORD", "value": "hunter2"} in job["container"]["environment"]
    assert (job["container"]["exitCode"], job["container"]["reason"]) == (137, "OutOfMemoryError: killed")
    assert {one["type"] for one in job["container"]["resourceRequirements"]} == {"VCPU", "MEMORY"}
    assert job["tags"]["team"] == "media" and job["parameters"] == {"in": "s3://x"}
    spot, last = job["attempts"]
    assert spot["statusReason"] == SPOT and "exitCode" not in spot["container"]
    assert (spot["startedAt"], spot["stoppedAt"]) == (begin + 6000, begin + 16_000)
    assert last["container"]["exitCode"] == 137
    assert last["container"]["logStreamName"] == job["container"]["logStreamName"] != spot["container"]["logStreamName"]


def test_a_job_that_waits_again_has_no_start(batch: RunningBatch) -> None:
    """Nor an end: they are in its attempts."""
    job_id = batch.fake.submit("pre-1", QUEUE, attempts=2)
    batch.fake.play(job_id, "RUNNING")
    batch.fake.fail_attempt(job_id, exit_code=1)
    job = described(batch, job_id)
    assert job["status"] == "RUNNABLE" and len(job["attempts"]) == 1
    assert not job.keys() & {"startedAt", "stoppedAt"}
    assert "exitCode" not in job["container"]


def test_eks_jobs_have_no_container_and_no_attempts_but_their_own(batch: RunningBatch) -> None:
    """The environment is called ``env`` there."""
    job_id = batch.fake.submit("pod", QUEUE, kind="eks", attempts=2, environment={"DB_PASSWORD": "hunter2"})
    batch.fake.play(job_id, "RUNNING")
    batch.fake.interrupt(job_id)
    batch.fake.play(job_id, "RUNNING")
    batch.fake.move(job_id, "FAILED", exit_code=2)
    job = described(batch, job_id)
    assert "container" not in job and job["attempts"] == []
    assert [one["containers"][0].get("exitCode") for one in job["eksAttempts"]] == [None, 2]
    container = job["eksProperties"]["podProperties"]["containers"][0]
    assert container["env"] == [{"name": "DB_PASSWORD", "value": "hunter2"}] and container["exitCode"] == 2


def test_multinode_and_multi_container_jobs_have_their_own_shapes(batch: RunningBatch) -> None:
    """A multi-node job has no container, one of several containers an empty one."""
    nodes = batch.fake.submit("nodes", QUEUE, kind="multinode", num_nodes=3)
    tasks = batch.fake.submit("tasks", QUEUE, kind="ecs", environment={"DB_PASSWORD": "hunter2"})
    for job_id in (nodes, tasks):
        batch.fake.play(job_id, "SUCCEEDED")
    parent, node, several = (described(batch, job_id) for job_id in (nodes, f"{nodes}#0", tasks))
    assert "container" not in parent and parent["nodeProperties"]["numNodes"] == 3
    assert node["nodeDetails"] == {"nodeIndex": 0, "isMainNode": True} and node["container"]["exitCode"] == 0
    assert several["container"] == {} and several["attempts"][0]["taskProperties"][0]["containers"][0]["exitCode"] == 0
    assert several["ecsProperties"]["taskProperties"][0]["containers"][0]["environment"][0]["value"] == "hunter2"


def test_every_answer_is_one_that_botocore_reads_whole(batch: RunningBatch) -> None:
    """Raw and parsed answers are the same for every kind of job in every state: no member is unknown to the model."""
    seen: list[str] = []

    def compare(http_response: Any, parsed: dict[str, Any], model: Any, **_: object) -> None:
        assert json.loads(http_response.content) == {key: parsed[key] for key in parsed if key != "ResponseMetadata"}
        seen.append(model.name)

    client = batch.client()
    client.meta.events.register("after-call.batch", compare)
    ids = [play_somewhere(batch, kind, status) for kind in KINDS for status in STATUSES]
    array = batch.fake.submit("array", QUEUE, array_size=2)
    batch.fake.play(array, "SUCCEEDED")
    client.describe_jobs(jobs=[*ids, array, f"{array}:0"])
    for status in STATUSES:
        client.list_jobs(jobQueue=QUEUE, jobStatus=status)
    client.list_jobs(arrayJobId=array, jobStatus="SUCCEEDED")
    client.describe_job_queues()
    client.submit_job(jobName="new", jobQueue=QUEUE, jobDefinition="any")
    client.cancel_job(jobId=array, reason="over")
    client.terminate_job(jobId=array, reason="over")
    assert set(seen) == {"DescribeJobs", "ListJobs", "DescribeJobQueues", "SubmitJob", "CancelJob", "TerminateJob"}


def play_somewhere(batch: RunningBatch, kind: str, status: str) -> str:
    """Submit a job that fails once where it can, and ends up in a state."""
    job_id = batch.fake.submit(f"{kind}-{status}", QUEUE, kind=kind, attempts=2, timeout_seconds=60, tags={"a": "b"})
    if status in STATUSES[3:]:
        batch.fake.play(job_id, "RUNNING")
        batch.fake.fail_attempt(job_id, exit_code=3, container_reason="Error")
    batch.fake.play(job_id, status)
    return job_id


@pytest.mark.parametrize(
    "job", [{"jobId": "1", "newField": 1}, {"jobId": 1}, {"status": "SLEEPING"}, {"attempts": [{"container": {"code": 1}}]}]
)
def test_what_the_model_does_not_have_cannot_be_sent(job: dict[str, Any]) -> None:
    """Neither unknown members at any depth, nor values of another type, nor unknown states."""
    with pytest.raises(ShapeError):
        serialised("DescribeJobs", {"jobs": [job]})


def test_queues_are_found_by_name_and_arn_and_unknown_ones_left_out(batch: RunningBatch) -> None:
    """All of them when none is named, page by page if asked so."""
    client, arn = batch.client(), batch.fake.create_queue("third")
    found = client.describe_job_queues(jobQueues=[arn, QUEUE, "missing"])["jobQueues"]
    assert [queue["jobQueueName"] for queue in found] == ["third", QUEUE]
    assert found[0]["jobQueueArn"] == arn and found[0]["state"] == "ENABLED"
    first = client.describe_job_queues(maxResults=2)
    rest = client.describe_job_queues(maxResults=2, nextToken=first["nextToken"])
    assert [queue["jobQueueName"] for queue in first["jobQueues"] + rest["jobQueues"]] == [QUEUE, "demo-low", "third"]
