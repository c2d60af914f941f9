"""Requests to the fake: held against the service model, refused where Batch would refuse them."""

from __future__ import annotations

import json
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from stack.fake_batch.protocol import SERVED
from tests.fakes.batch import ONCE, RunningBatch, fake_batch

__all__ = ["fake_batch"]
QUEUE = "demo-high"
SIGNED = "AWS4-HMAC-SHA256 Credential=local/20251223/us-east-1/batch/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture
def batch(fake_batch: RunningBatch) -> RunningBatch:
    return fake_batch


def post(batch: RunningBatch, path: str, body: bytes, authorization: str | None = SIGNED) -> httpx.Response:
    headers = {"Authorization": authorization} if authorization else {}
    return httpx.post(f"{batch.url}{path}", content=body, headers=headers, trust_env=False)


@pytest.mark.parametrize(
    "body",
    [
        {"jobs": "one"},
        {"jobs": [1]},
        {"job": ["one"]},
        {},
        [],
        None,
        {"jobs": ["one"], "verbose": True},
    ],
)
def test_what_the_model_does_not_have_is_refused(batch: RunningBatch, body: Any) -> None:
    """Wrong types, unknown members, missing ones."""
    answer = post(batch, "/v1/describejobs", json.dumps(body).encode())
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "ClientException")
    assert batch.fake.calls == {"DescribeJobs": 1}


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"jobs": ["' + b"x" * 100])
def test_what_is_no_json_is_refused(batch: RunningBatch, body: bytes) -> None:
    """With 400, whatever the bytes."""
    answer = post(batch, "/v1/describejobs", body)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "SerializationException")


def test_a_status_that_is_none_is_refused(batch: RunningBatch) -> None:
    """botocore sends it: checking the values of an enumeration is the service's part."""
    with pytest.raises(ClientError, match="SLEEPING"):
        batch.client().list_jobs(jobQueue=QUEUE, jobStatus="SLEEPING")


@pytest.mark.parametrize(
    "authorization", [None, "Bearer x", SIGNED.replace("us-east-1", "eu-west-1"), SIGNED.replace("batch", "s3")]
)
def test_a_request_without_a_signature_for_this_service_and_region_is_refused(
    batch: RunningBatch, authorization: str | None
) -> None:
    """A client of another region never reaches these queues."""
    answer = post(batch, "/v1/listjobs", b'{"jobQueue": "demo-high"}', authorization)
    assert answer.status_code == 403


def test_operations_that_are_not_served_are_named(batch: RunningBatch) -> None:
    """Every operation of the model but six; also those with a parameter in the path, and paths that are none."""
    client = batch.client()
    for name, arguments in {
        "create_job_queue": {"jobQueueName": "x", "priority": 1},
        "describe_compute_environments": {},
        "list_tags_for_resource": {"resourceArn": "arn:aws:batch:us-east-1:123456789012:job/x"},
    }.items():
        operation = "".join(part.title() for part in name.split("_"))
        with pytest.raises(ClientError, match=f"does not serve {operation}: it serves {', '.join(SERVED)}"):
            getattr(client, name)(**arguments)
    assert "POST /v1/nothing" in post(batch, "/v1/nothing", b"{}").json()["message"]
    assert batch.fake.calls == {}


def test_a_body_without_end_is_not_read(batch: RunningBatch) -> None:
    """Its length is refused before."""
    with closing(HTTPConnection(batch.url.removeprefix("http://"), timeout=10)) as connection:
        connection.putrequest("POST", "/v1/listjobs")
        connection.putheader("Content-Length", str(10**12))
        connection.endheaders()
        assert connection.getresponse().status == 413


def test_a_submitted_job_is_what_was_asked_for(batch: RunningBatch) -> None:
    """Its environment, command, attempts, tags, time limit and what it waits for."""
    client = batch.client()
    first = client.submit_job(jobName="first", jobQueue=QUEUE, jobDefinition="transcode:7")
    answer = client.submit_job(
        jobName="second",
        jobQueue=batch.fake.create_queue(QUEUE),
        jobDefinition="transcode",
        dependsOn=[{"jobId": first["jobId"]}],
        retryStrategy={"attempts": 3},
        timeout={"attemptDurationSeconds": 60},
        tags={"team": "media"},
        parameters={"in": "s3://x"},
        containerOverrides={"command": ["go"], "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]},
    )
    job = client.describe_jobs(jobs=[answer["jobArn"]])["jobs"][0]
    assert (job["jobId"], job["jobName"], job["status"]) == (answer["jobId"], "second", "SUBMITTED")
    assert job["dependsOn"] == [{"jobId": first["jobId"]}]
    assert (job["retryStrategy"]["attempts"], job["timeout"]["attemptDurationSeconds"]) == (3, 60)
    assert job["container"]["command"] == ["go"]
    assert job["container"]["environment"] == [{"name": "DB_PASSWORD", "value": "hunter2"}]
    assert job["tags"]["team"] == "media" and job["parameters"] == {"in": "s3://x"}
    assert batch.fake.job(first["jobId"]).job_definition.endswith("job-definition/transcode:7")


@pytest.mark.parametrize(
    ("overrides", "kind"),
    [
        ({"eksPropertiesOverride": {"podProperties": {"containers": [{"env": [{"name": "A", "value": "b"}]}]}}}, "eks"),
        (
            {
                "ecsPropertiesOverride": {
                    "taskProperties": [{"containers": [{"environment": [{"name": "A", "value": "b"}]}]}]
                }
            },
            "ecs",
        ),
        ({"ecsPropertiesOverride": {}}, "ecs"),
        ({"nodeOverrides": {"numNodes": 5}}, "multinode"),
    ],
)
def test_overrides_tell_what_runs_a_job(batch: RunningBatch, overrides: dict[str, Any], kind: str) -> None:
    """The fake has no definitions that could."""
    answer = batch.client().submit_job(jobName="job", jobQueue=QUEUE, jobDefinition="d", **overrides)
    job = batch.fake.job(answer["jobId"])
    assert job.kind == kind
    assert job.environment in ({"A": "b"}, {})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"jobName": "a b"}, "valid pattern"),
        ({"jobName": "-a"}, "valid pattern"),
        ({"jobQueue": "missing"}, "JobQueue missing not found"),
        ({"arrayProperties": {"size": 1}}, "size of an array"),
        ({"arrayProperties": {"size": 10_001}}, "size of an array"),
        ({"retryStrategy": {"attempts": 11}}, "attempts"),
    ],
)
def test_jobs_that_batch_would_not_take_are_refused(batch: RunningBatch, wrong: dict[str, Any], said: str) -> None:
    """With the reason."""
    with pytest.raises(ClientError, match=said):
        batch.client().submit_job(**{"jobName": "job", "jobQueue": QUEUE, "jobDefinition": "d"} | wrong)
    assert batch.fake.store.jobs == {}


@pytest.mark.parametrize("operation", ["cancel_job", "terminate_job"])
def test_unknown_jobs_cannot_be_ended(batch: RunningBatch, operation: str) -> None:
    """A known one can, with the reason that was given, and again without an effect."""
    client, job_id = batch.client(), batch.fake.submit("job", QUEUE)
    with pytest.raises(ClientError, match="Job nobody does not exist"):
        getattr(client, operation)(jobId="nobody", reason="x")
    for reason in ("not needed", "again"):
        getattr(client, operation)(jobId=job_id, reason=reason)
    job = client.describe_jobs(jobs=[job_id])["jobs"][0]
    assert (job["status"], job["statusReason"]) == ("FAILED", "not needed")
    assert job["isCancelled" if operation == "cancel_job" else "isTerminated"]
    summary = client.list_jobs(jobQueue=QUEUE, jobStatus="FAILED")["jobSummaryList"][0]
    assert summary["isCancelled" if operation == "cancel_job" else "isTerminated"] is True


def test_a_client_finds_it_by_the_environment(batch: RunningBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """``AWS_ENDPOINT_URL_BATCH`` wins over the endpoint of everything else."""
    for name, value in {**batch.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    assert boto3.client("batch", config=ONCE).list_jobs(jobQueue=QUEUE)["jobSummaryList"] == []
