"""Reading the job table: one row with its event, many by id, the open ones of a queue, and lists a page at a time.

Every list goes through an index, never through a scan, and has no events. A job that moves between two pages may be on both,
or on neither. An index follows the table within a second, usually.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from vectora_core.errors import JobTableError, ParametersError
from vectora_core.jobs.attributes import COLUMNS, FULL_EVENT, KEY, from_attributes
from vectora_core.jobs.counting import count_jobs
from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.filters import JobFilter, has_expired
from vectora_core.jobs.indexes import OpenPartition, Row, StatusPartition
from vectora_core.jobs.listing import QUERIES_A_PAGE, ROWS_A_QUERY, Budget, Part, positions_of, read_page, widths_of
from vectora_core.jobs.states import STATUSES, TERMINAL
from vectora_core.jobs.statistics import Statistics
from vectora_core.jobs.tokens import Position, from_token, to_token
from vectora_core.jobs.types import JobRecord, Page

MOST_ROWS: Final = 1_000
"""Of a page."""
KEYS_A_CALL: Final = 100  # BatchGetItem takes no more
_ROUNDS: Final = 10
_FIRST_PAUSE: Final = 0.05
_MOST_PAGES: Final = 10_000
_LONGEST_KEY: Final = 2_048
_LISTED: Final = tuple(column for column in COLUMNS if column != FULL_EVENT)
_OPEN: Final = "open"
_WITHOUT_EVENT: Final = {
    "ProjectionExpression": ", ".join(f"#{column}" for column in _LISTED),
    "ExpressionAttributeNames": {f"#{column}": column for column in _LISTED},
}


class JobQueries:
    """Reads the rows of one table; rows past their ``expiresAt`` are as good as deleted.

    :param clock: the time, aware
    :param sleep: waits so many seconds
    :raises JobTableError: from every method, when DynamoDB does not answer as it should
    """

    def __init__(self, requests: TableRequests, *, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        self._requests = requests
        self._clock = clock
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The name of the table."""
        return self._requests.name

    @property
    def calls(self) -> Counter[str]:
        """Requests so far, by API name (``Query``); each page of a query is one, and ``calls.total()`` are all of them."""
        return self._requests.calls

    @property
    def retries(self) -> int:
        """Requests so far that the SDK had to repeat, nearly always because DynamoDB throttled."""
        return self._requests.retries

    def get(self, job_id: str) -> JobRecord | None:
        """Return the row of a job with its full event, as it is at this moment; None when there is none.

        :raises ParametersError: when that can be no job id
        """
        if not 0 < len(job_id.encode("utf-8", "replace")) <= _LONGEST_KEY:
            raise ParametersError(f"a job id has between 1 and {_LONGEST_KEY} bytes; give the id as Batch shows it")
        key = {KEY: {"S": job_id.encode("utf-8", "replace").decode()}}
        row = self._requests.call("get_item", Key=key, ConsistentRead=True).get("Item")
        return next(self._living([row]), None) if row else None

    def get_job_history(self, job_id: str) -> list[JobRecord]:
        """Return the states of a job that the table knows: the latest one, or none. There is no history."""
        row = self.get(job_id)
        return [row] if row else []

    def get_many(self, job_ids: Iterable[str], *, consistent: bool = False) -> dict[str, JobRecord]:
        """Return the rows of jobs by id, without their events; ids that have no row are left out.

        :param consistent: see every write that was finished before, at twice the price
        """
        found: dict[str, JobRecord] = {}
        wanted = list(dict.fromkeys(job_ids))
        for start in range(0, len(wanted), KEYS_A_CALL):
            rows = self._get_batch(wanted[start : start + KEYS_A_CALL], consistent)
            found |= {row.job_id: row for row in self._living(rows)}
        return found

    def open_jobs(self, job_queue: str) -> Iterator[JobRecord]:
        """Yield every row of a queue that is open and not gone, in the order of the job ids, without events.

        :param job_queue: its ARN
        """
        partition = OpenPartition(job_queue=job_queue)
        after: Position | None = None
        for _ in range(_MOST_PAGES):
            page = partition.page(self._requests, after=after, limit=None)
            yield from self._living(page.rows)
            if page.last_key is None:
                return
            after = (page.last_key[KEY]["S"],)
        raise JobTableError(f"the job table {self.name} does not come to an end of {job_queue}", transient=False)

    def get_all_jobs(self, *, limit: int = 100, next_token: str | None = None) -> Page:
        """Return a page of all jobs, the newest state first."""
        return self.find_jobs(JobFilter(), limit=limit, next_token=next_token)

    def get_latest_state_per_job(self, *, limit: int = 100, next_token: str | None = None) -> Page:
        """Return a page of all jobs, the newest state first: the latest state is the one there is."""
        return self.get_all_jobs(limit=limit, next_token=next_token)

    def get_failed_jobs(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        next_token: str | None = None,
    ) -> Page:
        """Return a page of the jobs that failed from `since` to before `until` (aware), the newest first."""
        wanted = JobFilter(statuses=("FAILED",), since=since, until=until)
        return self.find_jobs(wanted, limit=limit, next_token=next_token)

    def get_jobs_by_status(self, status: str, *, limit: int = 100, next_token: str | None = None) -> Page:
        """Return a page of the jobs in a status, the newest first.

        :raises ParametersError: when it is no status of Batch
        """
        return self.find_jobs(JobFilter(statuses=(status,)), limit=limit, next_token=next_token)

    def get_jobs_by_time_range(
        self, since: datetime, until: datetime, *, limit: int = 100, next_token: str | None = None
    ) -> Page:
        """Return a page of the jobs whose latest state is of a time from `since` to before `until` (aware)."""
        return self.find_jobs(JobFilter(since=since, until=until), limit=limit, next_token=next_token)

    def get_jobs_by_queue(
        self, job_queue: str, *, status: str | None = None, limit: int = 100, next_token: str | None = None
    ) -> Page:
        """Return a page of the jobs of a queue.

        Asked by ARN for all of them, the open ones come first, in the order of their ids; else the newest come first.

        :param job_queue: ARN or name
        """
        wanted = JobFilter(job_queue=job_queue, statuses=(status,) if status else STATUSES)
        if status or not job_queue.startswith("arn:"):
            return self.find_jobs(wanted, limit=limit, next_token=next_token)
        open_part = Part(_OPEN, OpenPartition(job_queue=job_queue), wanted=self._is_living, rows_a_query=limit + 1)
        others = self._parts(wanted, lambda row: row.status in TERMINAL or row.gone is not None)
        return self._page([[open_part], others], "queue " + wanted.fingerprint(self.name), limit, next_token)

    def find_jobs(
        self,
        wanted: JobFilter,
        *,
        limit: int = 100,
        next_token: str | None = None,
        most_requests: int = QUERIES_A_PAGE,
        rows_a_request: int | None = None,
    ) -> Page:
        """Return a page of the jobs that are wanted, the newest state first unless the filter says otherwise.

        What no index knows (`JobFilter.looks_inside`) is looked for row by row, 24 requests a page at most: then the page
        may have fewer rows than `limit`, `stopped_looking` is true and `next_token` goes on.

        :param limit: rows of the page, 1 to 1,000
        :param next_token: of the page before, of the same query
        :param most_requests: what the page may cost, from one a status, or it would never get on, to 24
        :param rows_a_request: how many rows to look at for each, where rows have to be looked at: a thousand of them take
            0.2 s of a processor; None is 1,000
        :raises ParametersError: when the limit, the token or the number of requests cannot be used
        """
        rows_a_query = (rows_a_request or ROWS_A_QUERY) if wanted.looks_inside else limit + 1
        parts = self._parts(wanted, wanted.matches, rows_a_query)
        if not len(parts) <= most_requests <= QUERIES_A_PAGE:
            raise ParametersError(f"most_requests: {most_requests} is not between {len(parts)} and {QUERIES_A_PAGE}")
        budget, fingerprint = Budget(left=most_requests), wanted.fingerprint(self.name)
        return self._page([parts], fingerprint, limit, next_token, budget=budget, oldest_first=wanted.oldest_first)

    def get_statistics(self, *, previous: Statistics | None = None) -> Statistics:
        """Return how many jobs there are by status and queue (`vectora_core.jobs.statistics.summary`).

        :param previous: what was counted before: then only the open jobs, the recent days and one older one are counted
        """
        return count_jobs(self._requests, previous, self._clock())

    def _parts(self, wanted: JobFilter, also: Callable[[JobRecord], bool], rows_a_query: int = ROWS_A_QUERY) -> list[Part]:
        since, until = wanted.bounds
        return [
            Part(
                status,
                StatusPartition(status=status, since=since, until=until, oldest_first=wanted.oldest_first),
                wanted=lambda row: self._is_living(row) and wanted.matches(row) and also(row),
                rows_a_query=rows_a_query,
            )
            for status in dict.fromkeys(wanted.statuses)
        ]

    def _page(
        self,
        groups: Sequence[Sequence[Part]],
        fingerprint: str,
        limit: int,
        next_token: str | None,
        *,
        budget: Budget | None = None,
        oldest_first: bool = False,
    ) -> Page:
        if not 1 <= limit <= MOST_ROWS:
            raise ParametersError(f"limit: {limit} is not between 1 and {MOST_ROWS}")
        if next_token is not None:
            positions = from_token(next_token, fingerprint, widths_of(groups))
            for group in groups:
                for part in group:
                    part.resume(positions)
        budget = budget or Budget()
        rows = read_page(self._requests, groups, limit=limit, budget=budget, oldest_first=oldest_first)
        rest = positions_of(groups)
        return Page(jobs=rows, next_token=to_token(rest, fingerprint) if rest else None, stopped_looking=budget.spent)

    def _get_batch(self, job_ids: Sequence[str], consistent: bool) -> list[Row]:
        """Ask for up to 100 rows, and again for those DynamoDB left out (it may, when throttled or over 16 MB)."""
        rows: list[Row] = []
        keys = [{KEY: {"S": job_id}} for job_id in job_ids]
        for attempt in range(_ROUNDS):
            request = {"Keys": keys, "ConsistentRead": consistent, **_WITHOUT_EVENT}
            answer = self._requests.call("batch_get_item", RequestItems={self.name: request})
            rows += answer["Responses"].get(self.name, [])
            keys = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            if not keys:
                return rows
            self._sleep(_FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1))  # noqa: S311  # spreads, does not protect
        raise JobTableError(
            f"the job table {self.name} left out {len(keys)} rows {_ROUNDS} times; try again later", transient=True
        )

    def _living(self, rows: Iterable[Row]) -> Iterator[JobRecord]:
        return (record for record in map(from_attributes, rows) if self._is_living(record))

    def _is_living(self, record: JobRecord) -> bool:
        return not has_expired(record, self._clock())
