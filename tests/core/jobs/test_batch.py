"""Asking AWS Batch: paging, the rate, and what happens when it does not answer. The client is scripted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError

from vectora_core.errors import BatchError, JobQueueError, VectoraError
from vectora_core.jobs import batch
from vectora_core.jobs.batch import BatchReader
from vectora_core.jobs.job_queues import parse_queue

Answer = dict[str, Any] | Exception
QUEUE = "arn:aws:batch:us-east-1:123456789012:job-queue/media"


class Scripted:
    """A client of Batch that gives prepared answers, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[dict[str, Any]]()

    def list_jobs(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    describe_jobs = describe_job_queues = list_jobs


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def reading(time: Time) -> Callable[..., BatchReader]:
    def make(client: Scripted, *, calls_per_second: float = 1_000) -> BatchReader:
        return BatchReader(
            client,
            calls_per_second=calls_per_second,
            sleep=time.sleep,
            monotonic=lambda: time.now,
            uniform=lambda low, high: high,
        )

    return make


Reading = Callable[..., BatchReader]


def failure(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "why"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "ListJobs")


def page(*ids: str, token: str | None = None) -> dict[str, Any]:
    jobs = [{"jobId": job_id, "jobName": f"name-{job_id}", "status": "RUNNING", "createdAt": 5} for job_id in ids]
    return {"jobSummaryList": jobs, "nextToken": token}


def test_a_list_goes_on_until_there_is_no_token(reading: Reading) -> None:
    """With the same question each time; the token is all that changes."""
    client = Scripted(page("a", "b", token="1"), page(token="2"), page("c"))
    assert [job.job_id for job in reading(client).list_status(QUEUE, "RUNNING")] == ["a", "b", "c"]
    question = {"jobQueue": QUEUE, "jobStatus": "RUNNING", "maxResults": 1000}
    assert client.asked == [question, question | {"nextToken": "1"}, question | {"nextToken": "2"}]


def test_a_list_by_creation_asks_a_hundred_a_page(reading: Reading) -> None:
    """Batch gives no more with a filter."""
    client = Scripted(page("a"))
    assert [job.job_name for job in reading(client).list_created_after(QUEUE, 77)] == ["name-a"]
    after = [{"name": "AFTER_CREATED_AT", "values": ["77"]}]
    assert client.asked == [{"jobQueue": QUEUE, "filters": after, "maxResults": 100}]


def test_children_are_listed_status_by_status(reading: Reading) -> None:
    """Without a status there would be the running ones only; they come by their index, each once."""
    client = Scripted(page("x:10"), page("x:9", "x:10"), page())
    assert [child.job_id for child in reading(client).children_of("x")] == ["x:9", "x:10"]
    assert client.asked[0]["jobStatus"] == "SUBMITTED"
    assert len(client.asked) == 7


def test_a_list_that_goes_round_in_circles_is_an_error(reading: Reading) -> None:
    """A token that comes twice would never end."""
    client = Scripted(page("a", token="1"), page("b", token="2"), page("c", token="1"))
    with pytest.raises(BatchError, match="round in circles"):
        list(reading(client).list_status(QUEUE, "RUNNING"))


def test_a_list_has_a_last_page(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tokens there are."""
    monkeypatch.setattr(batch, "MOST_PAGES", 3)
    client = Scripted(*(page("a", token=str(number)) for number in range(10)))
    with pytest.raises(BatchError, match="more than 3 pages"):
        list(reading(client).list_status(QUEUE, "RUNNING"))
    assert len(client.asked) == 3


def test_what_a_listing_says_wrongly_is_not_there(reading: Reading) -> None:
    """A job without an id is none; what has the wrong type differs from its row and gets described."""
    odd: dict[str, Any] = {"jobId": "a", "createdAt": "x", "startedAt": -1, "statusReason": 5, "arrayProperties": 7}
    client = Scripted({"jobSummaryList": [{"jobName": "no id"}, odd]})
    (job,) = reading(client).list_status(QUEUE, "RUNNING")
    assert (job.job_id, job.status, job.created_at) == ("a", "", 0)
    assert (job.started_at, job.status_reason, job.array_summary) == (None, None, None)


def test_a_summary_of_children_leaves_out_the_states_without_any(reading: Reading) -> None:
    """As rows do."""
    array = {"jobId": "a", "status": "PENDING", "arrayProperties": {"statusSummary": {"RUNNING": 2, "FAILED": 0}}}
    (job,) = reading(Scripted({"jobSummaryList": [array]})).list_status(QUEUE, "PENDING")
    assert job.array_summary == {"RUNNING": 2}


def test_descriptions_are_those_that_were_asked_for(reading: Reading) -> None:
    """At most a hundred ids a call; what nobody asked for is not taken."""
    client = Scripted({"jobs": [{"jobId": "a"}, {"jobId": "stranger"}, {}]})
    assert reading(client).describe(["a", "b"]) == [{"jobId": "a"}]
    with pytest.raises(ValueError, match="101 ids"):
        reading(client).describe([str(number) for number in range(101)])


def test_a_queue_is_found_by_its_name_or_its_arn(reading: Reading) -> None:
    """What is asked for afterwards is the ARN."""
    client = Scripted({"jobQueues": [{"jobQueueName": "media", "jobQueueArn": QUEUE}]})
    for text in ("media", QUEUE):
        assert reading(client).resolve_queue(parse_queue(text, default_region="us-east-1")) == QUEUE


def test_a_queue_that_does_not_exist_is_named_with_its_region_and_account(reading: Reading) -> None:
    """These are what is wrong most often."""
    queue = parse_queue(QUEUE.replace("media", "mdeia"), default_region="us-east-1")
    with pytest.raises(JobQueueError, match=r"job-queue/mdeia in us-east-1, account 123456789012; check the name"):
        reading(Scripted({"jobQueues": []})).resolve_queue(queue)
    with pytest.raises(JobQueueError, match=r"no job queue x in eu-west-1, the account of the credentials"):
        reading(Scripted({})).resolve_queue(parse_queue("x", default_region="eu-west-1"))


def test_calls_are_kept_apart(reading: Reading, time: Time) -> None:
    """Five a second are one every 0.2 s; time that passes anyway is not waited for again."""
    reader = reading(Scripted(page()), calls_per_second=5)
    for _ in range(3):
        list(reader.list_status(QUEUE, "RUNNING"))
    assert time.slept == pytest.approx([0.2, 0.2])
    time.now += 10
    list(reader.list_status(QUEUE, "RUNNING"))
    assert len(time.slept) == 2


@pytest.mark.parametrize("code", ["TooManyRequestsException", "Throttling", "ThrottlingException", "RequestLimitExceeded"])
def test_a_throttled_call_is_tried_again_later_and_slows_the_rest(reading: Reading, time: Time, code: str) -> None:
    """The waits double; after each the pace is half of what it was; everything is counted."""
    client = Scripted(failure(code), failure(code), page("a"))
    reader = reading(client, calls_per_second=8)
    assert [job.job_id for job in reader.list_status(QUEUE, "RUNNING")] == ["a"]
    assert time.slept == pytest.approx([0.5, 1.0])
    assert (reader.calls, reader.throttles) == ({"ListJobs": 3}, 2)
    list(reader.list_status(QUEUE, "RUNNING"))
    assert time.slept[-1] == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    "error",
    [
        failure("ServerException", 500),
        failure("Whatever", 503),
        EndpointConnectionError(endpoint_url="http://127.0.0.1"),
        ResponseParserError("not JSON"),
    ],
)
def test_a_fault_of_the_server_or_the_network_is_tried_again(reading: Reading, error: Exception) -> None:
    """It is no throttle, and the pace stays."""
    reader = reading(Scripted(error, page("a")), calls_per_second=8)
    assert [job.job_id for job in reader.list_status(QUEUE, "RUNNING")] == ["a"]
    assert (reader.calls, reader.throttles) == ({"ListJobs": 2}, 0)


def test_trying_again_ends(reading: Reading, time: Time) -> None:
    """After eight tries, with an error that may pass and says what to do."""
    reader = reading(Scripted(failure("TooManyRequestsException", 429)))
    with pytest.raises(BatchError, match="VECTORA_JOBS_BATCH_CALLS_PER_SECOND") as given_up:
        reader.describe(["a"])
    assert given_up.value.transient
    assert reader.calls == {"DescribeJobs": 8}
    assert sum(time.slept) < batch.LONGEST_WAITING + batch.LONGEST_WAIT + batch.TRIES / batch.SLOWEST


def test_the_pace_does_not_go_to_nothing() -> None:
    """Half a call a second is slow enough; who set less keeps it."""
    for given, least in ((100.0, batch.SLOWEST), (0.1, 0.1)):
        pace = batch.Pace(given, sleep=lambda _: None, monotonic=lambda: 0.0)
        for _ in range(50):
            pace.slow_down()
        assert pace.per_second == least


@pytest.mark.parametrize("error", [failure("ClientException"), failure("AccessDeniedException", 403), NoCredentialsError()])
def test_what_will_not_pass_is_not_tried_again(reading: Reading, error: Exception) -> None:
    """A mistake in the question, the policy or the credentials."""
    reader = reading(Scripted(error))
    with pytest.raises(BatchError, match="check the request") as refused:
        reader.describe(["a"])
    assert not refused.value.transient
    assert reader.calls == {"DescribeJobs": 1}
    assert isinstance(refused.value, VectoraError) and refused.value.__cause__ is error
