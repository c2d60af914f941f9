"""ListJobs of the fake: what is on which page, as the API reference and real answers have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.batch import RunningBatch, fake_batch

__all__ = ["fake_batch"]
QUEUE, OTHER = "demo-high", "demo-low"


@pytest.fixture
def batch(fake_batch: RunningBatch) -> RunningBatch:
    return fake_batch


def names(answer: dict[str, Any]) -> list[str]:
    return [job["jobName"] for job in answer["jobSummaryList"]]


def refused(call: Callable[..., object], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == "ClientException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return str(caught.value.response["Error"]["Message"])


def by(name: str, value: str) -> list[dict[str, Any]]:
    return [{"name": name, "values": [value]}]


def test_without_a_status_only_running_jobs_are_listed(batch: RunningBatch) -> None:
    """RUNNING is the default, not everything; a queue is named by its name or its ARN."""
    for status in ("SUBMITTED", "RUNNABLE", "RUNNING", "SUCCEEDED", "FAILED"):
        batch.fake.play(batch.fake.submit(status.lower(), QUEUE), status)
    client, arn = batch.client(), batch.fake.create_queue(QUEUE)
    assert names(client.list_jobs(jobQueue=QUEUE)) == ["running"]
    assert names(client.list_jobs(jobQueue=arn, jobStatus="FAILED")) == ["failed"]
    assert names(client.list_jobs(jobQueue=OTHER)) == []


def test_a_summary_has_no_queue_no_attempts_no_tags_and_no_definition(batch: RunningBatch) -> None:
    """Nor flags that are false, nor the start of a job that has not started."""
    job_id = batch.fake.submit("pre-1", QUEUE, tags={"a": "b"}, attempts=3)
    batch.fake.play(job_id, "RUNNING")
    batch.fake.interrupt(job_id)
    job = batch.client().list_jobs(jobQueue=QUEUE, jobStatus="RUNNABLE")["jobSummaryList"][0]
    assert job.keys() == {"jobArn", "jobId", "jobName", "createdAt", "status", "statusReason"}
    assert job["jobArn"].endswith(f":job/{job_id}")


def test_exactly_one_of_queue_array_and_multinode_job_is_asked_for(batch: RunningBatch) -> None:
    """None and two are refused."""
    client = batch.client()
    assert "Exactly one" in refused(client.list_jobs)
    assert "Exactly one" in refused(client.list_jobs, jobQueue=QUEUE, arrayJobId="1")


@pytest.mark.parametrize(
    "queue",
    ["missing", "arn:aws:batch:us-east-1:123456789012:job-queue/missing", "arn:aws:batch:eu-west-1:1:job-queue/demo-high"],
)
def test_a_queue_that_does_not_exist_here_is_refused_by_name(batch: RunningBatch, queue: str) -> None:
    """Also one of that name in another region or account."""
    assert f"{queue} does not exist" in refused(batch.client().list_jobs, jobQueue=queue)


def test_a_status_has_a_thousand_a_page_and_a_filter_a_hundred(batch: RunningBatch) -> None:
    """At most, also when more are asked for; more than a thousand is refused, and so is none."""
    batch.fake.submit_many((f"job-{n}" for n in range(1100)), QUEUE, status="RUNNABLE", apart_ms=1)
    client = batch.client()
    listed = {"jobQueue": QUEUE, "jobStatus": "RUNNABLE"}
    assert len(names(client.list_jobs(**listed))) == 1000
    assert len(names(client.list_jobs(**listed, maxResults=7))) == 7
    assert len(names(client.list_jobs(**listed, maxResults=1000, filters=by("AFTER_CREATED_AT", "0")))) == 100
    for size in (0, 1001):
        assert "maxResults" in refused(client.list_jobs, **listed, maxResults=size)
    assert batch.fake.largest["ListJobs"] == 1000


def test_pages_follow_one_another_until_there_is_no_token(batch: RunningBatch) -> None:
    """Every job once, and no empty page at the end."""
    batch.fake.submit_many((f"job-{n}" for n in range(20)), QUEUE, status="RUNNABLE")
    pages = list(
        batch.client()
        .get_paginator("list_jobs")
        .paginate(jobQueue=QUEUE, jobStatus="RUNNABLE", PaginationConfig={"PageSize": 10})
    )
    assert [len(page["jobSummaryList"]) for page in pages] == [10, 10]
    assert len({job["jobId"] for page in pages for job in page["jobSummaryList"]}) == 20


def test_pages_are_as_short_as_the_service_likes(batch: RunningBatch) -> None:
    """A page that is not full is not the last: only a missing token says so."""
    batch.fake.submit_many((f"job-{n}" for n in range(5)), QUEUE, status="RUNNABLE")
    batch.fake.most_per_page = 2
    pages = batch.client().get_paginator("list_jobs").paginate(jobQueue=QUEUE, jobStatus="RUNNABLE")
    assert [len(page["jobSummaryList"]) for page in pages] == [2, 2, 1]


def test_a_job_that_moves_between_two_pages_can_be_missed_or_seen_twice(batch: RunningBatch) -> None:
    """Pages are computed when they are asked for."""
    first, *_, last = reversed(batch.fake.submit_many((f"job-{n}" for n in range(4)), QUEUE, status="RUNNABLE", apart_ms=1))
    client = batch.client()
    begin = client.list_jobs(jobQueue=QUEUE, jobStatus="RUNNABLE", maxResults=2)
    batch.fake.play(first, "RUNNING")
    batch.fake.play(last, "STARTING")
    rest = client.list_jobs(jobQueue=QUEUE, jobStatus="RUNNABLE", maxResults=2, nextToken=begin["nextToken"])
    assert names(begin) == ["job-3", "job-2"]
    assert names(rest) == ["job-1"]
    assert names(client.list_jobs(jobQueue=QUEUE)) == ["job-3"]


def test_a_token_belongs_to_its_query(batch: RunningBatch) -> None:
    """Neither another status, nor another queue, nor something made up."""
    batch.fake.submit_many((f"job-{n}" for n in range(3)), QUEUE, status="RUNNABLE")
    client = batch.client()
    token = client.list_jobs(jobQueue=QUEUE, jobStatus="RUNNABLE", maxResults=1)["nextToken"]
    assert len(names(client.list_jobs(jobQueue=QUEUE, jobStatus="RUNNABLE", maxResults=2, nextToken=token))) == 2
    for other in ({"jobStatus": "RUNNING"}, {"jobQueue": OTHER}, {"nextToken": "bm9uZQ=="}, {"nextToken": "\u20ac"}):
        asked = {"jobQueue": QUEUE, "jobStatus": "RUNNABLE", "nextToken": token} | other
        assert "nextToken" in refused(client.list_jobs, **asked)


def test_a_filter_ignores_the_status_and_lists_the_newest_first_without_reasons(batch: RunningBatch) -> None:
    """Whatever they do; reasons are left out, as the real service does."""
    for number, status in enumerate(("SUBMITTED", "RUNNING", "FAILED")):
        batch.fake.play(batch.fake.submit(f"job-{number}", QUEUE), status)
        batch.fake.advance(1)
    answer = batch.client().list_jobs(jobQueue=QUEUE, jobStatus="RUNNING", filters=by("AFTER_CREATED_AT", "0"))
    assert names(answer) == ["job-2", "job-1", "job-0"]
    assert all("statusReason" not in job for job in answer["jobSummaryList"])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("AFTER_CREATED_AT", "1000", ["Pre-c", "Pre-b"]),
        ("BEFORE_CREATED_AT", "3000", ["Pre-b", "pack-a"]),
        ("JOB_NAME", "pre-B", ["Pre-b"]),
        ("JOB_NAME", "pRe-*", ["Pre-b", "Pre-c"]),
        ("JOB_DEFINITION", "pack", ["pack-a"]),
        ("JOB_DEFINITION", "tra*", ["Pre-c", "Pre-b"]),
        ("JOB_DEFINITION", "arn:aws:batch:us-east-1:123456789012:job-definition/transcode:3", ["Pre-b"]),
        ("SHARE_IDENTIFIER", "blue", ["Pre-c", "Pre-b"]),
        ("SHARE_IDENTIFIER", "red", ["pack-a"]),
    ],
)
def test_filters(batch: RunningBatch, name: str, value: str, expected: list[str]) -> None:
    """Times exclude their own; names ignore case, are grouped, and end with an asterisk for a beginning."""
    fake = batch.fake
    fake.submit("pack-a", QUEUE, created_at=1000, job_definition="pack:1", share_identifier="red")
    fake.submit("Pre-b", QUEUE, created_at=2000, job_definition="transcode:3", share_identifier="blue")
    fake.submit("Pre-c", QUEUE, created_at=3000, job_definition="transcode:4", share_identifier="blue")
    client = batch.client()
    found = client.list_jobs(jobQueue=QUEUE, filters=by(name, value))
    assert names(found) == expected
    pages = client.get_paginator("list_jobs").paginate(
        jobQueue=QUEUE, filters=by(name, value), PaginationConfig={"PageSize": 1}
    )
    assert [one for page in pages for one in names(page)] == expected


def test_a_share_identifier_is_the_one_filter_that_goes_with_a_status(batch: RunningBatch) -> None:
    """Of those with it, only the jobs in that state."""
    for status in ("RUNNABLE", "RUNNING"):
        batch.fake.play(batch.fake.submit(status, QUEUE, share_identifier="blue"), status)
    found = batch.client().list_jobs(jobQueue=QUEUE, jobStatus="RUNNABLE", filters=by("SHARE_IDENTIFIER", "blue"))
    assert names(found) == ["RUNNABLE"]


@pytest.mark.parametrize(
    "filters",
    [
        by("AFTER_CREATED_AT", "1") + by("JOB_NAME", "x"),
        by("AFTER_CREATED_AT", "2024-12-24"),
        by("STATUS", "RUNNING"),
        [{"name": "JOB_NAME", "values": []}],
    ],
)
def test_two_filters_unknown_ones_and_times_that_are_none_are_refused(
    batch: RunningBatch, filters: list[dict[str, Any]]
) -> None:
    """One filter at a time, with a value that it can have."""
    refused(batch.client().list_jobs, jobQueue=QUEUE, filters=filters)


def test_children_and_nodes_are_listed_by_their_parent_only(batch: RunningBatch) -> None:
    """RUNNING by default there as well; filters are for queues."""
    array, nodes = batch.fake.submit("array", QUEUE, array_size=3), batch.fake.submit("nodes", QUEUE, kind="multinode")
    batch.fake.play(array, "PENDING")
    batch.fake.play(f"{array}:1", "RUNNING")
    batch.fake.play(nodes, "RUNNING")
    client = batch.client()
    assert names(client.list_jobs(jobQueue=QUEUE, filters=by("AFTER_CREATED_AT", "0"))).count("array") == 1
    assert [job["jobId"] for job in client.list_jobs(arrayJobId=array)["jobSummaryList"]] == [f"{array}:1"]
    pending = client.list_jobs(arrayJobId=array, jobStatus="PENDING")["jobSummaryList"]
    assert [(job["jobId"], job["arrayProperties"]) for job in pending] == [
        (f"{array}:2", {"index": 2}),
        (f"{array}:0", {"index": 0}),
    ]
    listed = client.list_jobs(multiNodeJobId=nodes)["jobSummaryList"]
    assert {job["nodeProperties"]["isMainNode"] for job in listed} == {True, False}
    assert "Filters" in refused(client.list_jobs, arrayJobId=array, filters=by("JOB_NAME", "array"))


def test_a_vanished_parent_has_no_children(batch: RunningBatch) -> None:
    """An empty list, as of a queue without jobs."""
    assert names(batch.client().list_jobs(arrayJobId="gone")) == []
