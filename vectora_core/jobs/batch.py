"""Asks AWS Batch: queues, lists, descriptions and children, slowly enough for others, and again when it is throttled.

It does not judge the answers. https://docs.aws.amazon.com/batch/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError
from botocore.parsers import ResponseParserError
from tenacity import RetryCallState, Retrying, retry_if_exception

from vectora_core.errors import BatchError, JobQueueError, MalformedEventError
from vectora_core.jobs.events import array_summary
from vectora_core.jobs.fields import Fields, encodable
from vectora_core.jobs.job_queues import WatchedQueue
from vectora_core.jobs.states import MOST_MILLISECONDS, STATUSES
from vectora_core.jobs.types import JobListing

MOST_IDS: Final = 100
"""Ids in one DescribeJobs call."""
LIST_PAGE: Final = 1_000
FILTERED_PAGE: Final = 100
MOST_PAGES: Final = 10_000
"""Pages of one list: ten million jobs by status, one million by creation."""

TRIES: Final = 8
FIRST_WAIT, LONGEST_WAIT, LONGEST_WAITING = 0.5, 20.0, 120.0
"""Seconds: the bounds of one wait between two tries, and of all waits of one call."""
SLOWEST: Final = 0.5
"""Calls a second that being throttled does not go below."""

# https://docs.aws.amazon.com/batch/latest/APIReference/CommonErrors.html
_THROTTLED: Final = frozenset(
    {"RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"}
)
_SERVER_FAULTS: Final = frozenset({"InternalFailure", "InternalServerError", "ServerException", "ServiceUnavailable"})


class Pace:
    """Keeps calls apart, so that there are never more than so many a second.

    :param monotonic: seconds of a clock that never goes back
    """

    def __init__(self, per_second: float, *, sleep: Callable[[float], None], monotonic: Callable[[], float]) -> None:
        self.per_second = per_second
        self._sleep, self._monotonic = sleep, monotonic
        self._free_at = monotonic()

    def wait(self) -> None:
        """Wait for the turn of the next call."""
        now = self._monotonic()
        if now < self._free_at:
            self._sleep(self._free_at - now)
        self._free_at = max(now, self._free_at) + 1 / self.per_second

    def slow_down(self) -> None:
        """Call half as often from now on."""
        self.per_second = max(self.per_second / 2, min(self.per_second, SLOWEST))


class BatchReader:
    """Reads one account of AWS Batch in one region.

    :param client: a boto3 ``batch`` client that tries once: a retry inside the SDK would be neither seen nor counted
    :param calls_per_second: at most, over all operations; halved each time Batch throttles
    :param sleep: seconds; ``uniform(low, high)`` spreads the waits between tries (full jitter)
    :ivar calls: by operation, tries that failed included; ``throttles`` how many of them were throttled
    :raises BatchError: from every method; ``transient`` when asking later may help
    """

    def __init__(
        self,
        client: Any,
        *,
        calls_per_second: float,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
        uniform: Callable[[float, float], float],
    ) -> None:
        self._client = client
        self._pace = Pace(calls_per_second, sleep=sleep, monotonic=monotonic)
        self._sleep, self._uniform = sleep, uniform
        self.calls: Counter[str] = Counter()
        self.throttles = 0

    def resolve_queue(self, queue: WatchedQueue) -> str:
        """Return the ARN of a queue.

        :raises JobQueueError: when there is none
        """
        answer = self._call("DescribeJobQueues", jobQueues=[queue.name_or_arn])
        for found in answer.get("jobQueues", ()):
            if queue.name_or_arn in (found.get("jobQueueName"), found.get("jobQueueArn")):
                return str(found["jobQueueArn"])
        account = f"account {queue.account}" if queue.account else "the account of the credentials"
        raise JobQueueError(
            f"there is no job queue {queue.name_or_arn} in {queue.region}, {account}; check the name, give its ARN when it "
            "is in another region, and add @ROLE_ARN when it is in another account"
        )

    def list_status(self, queue_arn: str, status: str) -> Iterator[JobListing]:
        """List the jobs of a queue that are in one status, 1,000 a page; children of arrays are not among them."""
        return self._list(jobQueue=queue_arn, jobStatus=status, maxResults=LIST_PAGE)

    def list_created_after(self, queue_arn: str, milliseconds: int) -> Iterator[JobListing]:
        """List the jobs of a queue created after a time, whatever their status, the newest first, 100 a page.

        :param milliseconds: since 1970 UTC; 0 lists all that Batch still knows, about a week
        """
        after = {"name": "AFTER_CREATED_AT", "values": [str(milliseconds)]}
        return self._list(jobQueue=queue_arn, filters=[after], maxResults=FILTERED_PAGE)

    def children_of(self, array_job_id: str) -> list[JobListing]:
        """Return the children of an array as Batch lists them now, by their index; they have no rows.

        Status by status, in the order they move forward: without a status Batch lists the running ones only.
        """
        found: dict[str, JobListing] = {}
        for status in STATUSES:
            listed = self._list(arrayJobId=array_job_id, jobStatus=status, maxResults=LIST_PAGE)
            found |= {child.job_id: child for child in listed}
        return sorted(found.values(), key=_index)

    def describe(self, job_ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Return what Batch knows of at most 100 jobs; those it does not know are left out."""
        if len(job_ids) > MOST_IDS:
            raise ValueError(f"{len(job_ids)} ids are more than the {MOST_IDS} of one DescribeJobs call")
        asked = set(job_ids)
        found = self._call("DescribeJobs", jobs=list(job_ids)).get("jobs", ())
        return [detail for detail in found if detail.get("jobId") in asked]

    def _list(self, **arguments: Any) -> Iterator[JobListing]:
        token, seen = None, set()
        for _ in range(MOST_PAGES):
            page = self._call("ListJobs", **arguments, **({"nextToken": token} if token else {}))
            yield from (_listing(one) for one in page.get("jobSummaryList", ()) if one.get("jobId"))
            token = page.get("nextToken")
            if not token:
                return
            if token in seen:
                raise BatchError(f"ListJobs of {_what(arguments)} goes round in circles; try again later", transient=True)
            seen.add(token)
        raise BatchError(
            f"ListJobs of {_what(arguments)} has more than {MOST_PAGES:,} pages; spread the jobs over several queues",
            transient=False,
        )

    def _call(self, operation: str, **arguments: Any) -> Any:
        """Call until there is an answer, tries or time are over, or there will be none.

        Full jitter, so that many do not retry at once: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
        """
        retrying = Retrying(
            sleep=self._sleep, stop=_enough, wait=self._jitter, retry=retry_if_exception(_may_pass), reraise=True
        )
        try:
            return retrying(self._try, operation, arguments)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            raise _translated(operation, error) from error

    def _try(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        self._pace.wait()
        self.calls[operation] += 1
        try:
            return getattr(self._client, _METHODS[operation])(**arguments)
        except ClientError as error:
            if _is_throttle(error):
                self.throttles += 1
                self._pace.slow_down()
            raise

    def _jitter(self, state: RetryCallState) -> float:
        return self._uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** (state.attempt_number - 1)))


_METHODS: Final = {"DescribeJobQueues": "describe_job_queues", "DescribeJobs": "describe_jobs", "ListJobs": "list_jobs"}


def _enough(state: RetryCallState) -> bool:
    return state.attempt_number >= TRIES or state.idle_for >= LONGEST_WAITING


def _may_pass(error: BaseException) -> bool:
    """Tell whether the same call may be answered later: throttled, a fault of the server, a lost or garbled answer."""
    if isinstance(error, ClientError):
        return _is_throttle(error) or _code(error) in _SERVER_FAULTS or _http_status(error) >= 500
    return isinstance(error, (UnreachableError, HTTPClientError, ResponseParserError))


def _is_throttle(error: ClientError) -> bool:
    return _code(error) in _THROTTLED or _http_status(error) == 429


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _http_status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _translated(operation: str, error: Exception) -> BatchError:
    transient = _may_pass(error)
    if isinstance(error, ClientError) and _is_throttle(error):
        way_out = "let there be fewer calls by VECTORA_JOBS_BATCH_CALLS_PER_SECOND, or ask for a higher limit"
    elif transient:
        way_out = "try again later"
    else:
        way_out = "check the request, the credentials and the IAM policy"
    return BatchError(f"AWS Batch did not answer {operation}: {error}; {way_out}", transient=transient)


def _what(arguments: Mapping[str, Any]) -> str:
    shown = arguments.get("jobQueue") or arguments.get("arrayJobId")
    return f"{shown} ({arguments.get('jobStatus') or 'by creation'})"


def _listing(summary: Mapping[str, Any]) -> JobListing:
    """Return one JobSummary; what is no such thing is as good as absent: whatever looks different gets described."""
    reason = summary.get("statusReason")
    return JobListing(
        job_id=str(summary.get("jobId", "")),
        job_name=str(summary.get("jobName", "")),
        status=str(summary.get("status", "")),
        created_at=_time(summary.get("createdAt")) or 0,
        status_reason=encodable(reason) if isinstance(reason, str) else None,
        started_at=_time(summary.get("startedAt")),
        is_cancelled=summary.get("isCancelled") is True,
        is_terminated=summary.get("isTerminated") is True,
        array_summary=_summary(summary),
    )


def _index(child: JobListing) -> tuple[int, str]:
    _, _, index = child.job_id.rpartition(":")
    return (int(index) if index.isdecimal() else -1, child.job_id)


def _summary(summary: Mapping[str, Any]) -> Mapping[str, int] | None:
    try:
        return array_summary(Fields(summary, "summary").inner("arrayProperties"))
    except MalformedEventError:
        return None


def _time(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value <= MOST_MILLISECONDS else None
