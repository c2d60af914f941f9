"""The job table: one row per job, which only moves forward, whoever writes it, in whatever order and however often.

It does not decide what a row is (`vectora_core.jobs.events`) nor when to write one (`vectora_core.jobs.decide`).
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

from vectora_core.jobs.attributes import KEY, OPEN_QUEUE, to_attributes
from vectora_core.jobs.dynamodb import ConditionFailedError, TableRequests
from vectora_core.jobs.queries import JobQueries
from vectora_core.jobs.types import JobChange, JobRecord, Verdict


class JobStateTable(JobQueries):
    """The rows of one table: reads are in `JobQueries`, the writes here.

    :param client: a boto3 ``dynamodb`` client; its retries are set by who builds it
    :param clock: the time, aware; rows past their ``expiresAt`` are as good as deleted
    :param sleep: waits so many seconds, before what DynamoDB left out of an answer is asked for again
    :ivar calls: requests by API name; pages of queries count one each
    :ivar writes: conditional puts by what became of them (`Verdict`)
    :raises JobTableError: from every method
    """

    def __init__(
        self, client: Any, name: str, *, clock: Callable[[], datetime], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(TableRequests(client, name), clock=clock, sleep=sleep)
        self._counting = threading.Lock()
        self.writes: Counter[Verdict] = Counter()

    def put(self, record: JobRecord) -> JobChange:
        """Write a whole row if it is further than what is there: one conditional PutItem, never a read before it.

        :return: whether it was written, or what the row has already: this state, or a newer one
        """
        change = self._put(record)
        with self._counting:
            self.writes[change.verdict] += 1
        return change

    def put_many(self, records: Iterable[JobRecord], *, workers: int = 8) -> list[JobChange]:
        """Write many rows, each as `put` does, several at once.

        :param records: may be endless in memory's eyes: few of them are held at a time
        :return: what became of each, in their order
        :raises JobTableError: the first there is; nothing further is begun then, and writing all of them again is safe
        """
        changes: list[JobChange] = []
        pending: deque[Future[JobChange]] = deque()
        with ThreadPoolExecutor(workers, thread_name_prefix="job-table") as pool:
            try:
                for record in records:
                    pending.append(pool.submit(self.put, record))
                    if len(pending) >= 4 * workers:
                        changes.append(pending.popleft().result())
                changes += [one.result() for one in pending]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return changes

    def mark_gone(self, job_id: str, *, state_order: str, at: str) -> bool:
        """Write that Batch does not know a job any more; its last status stays.

        :param state_order: of the row as it was seen: a row that moved since is left alone
        :param at: ISO 8601 UTC with milliseconds; a row that is gone already keeps its first time
        :return: whether the row was still the one seen
        """
        try:
            self._requests.call(
                "update_item",
                Key={KEY: {"S": job_id}},
                UpdateExpression="SET #gone = if_not_exists(#gone, :at) REMOVE #open",
                ConditionExpression="#order = :seen",
                ExpressionAttributeNames={"#gone": "gone", "#open": OPEN_QUEUE, "#order": "stateOrder"},
                ExpressionAttributeValues={":at": {"S": at}, ":seen": {"S": state_order}},
            )
        except ConditionFailedError:
            return False
        return True

    def _put(self, record: JobRecord) -> JobChange:
        try:
            self._requests.call(
                "put_item",
                Item=to_attributes(record),
                ConditionExpression="attribute_not_exists(#order) OR #order < :new",
                ExpressionAttributeNames={"#order": "stateOrder"},
                ExpressionAttributeValues={":new": {"S": record.state_order}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailedError as refused:
            return _refused(record, refused.item or {})
        return JobChange(job_id=record.job_id, status=record.status, verdict=Verdict.WRITTEN)


def _refused(record: JobRecord, old: Any) -> JobChange:
    """Tell a duplicate from a late one by the row that stays (ReturnValuesOnConditionCheckFailure of PutItem)."""
    same = old.get("stateOrder", {}).get("S") == record.state_order
    return JobChange(
        job_id=record.job_id,
        status=record.status,
        verdict=Verdict.DUPLICATE if same else Verdict.LATE,
        before=old.get("status", {}).get("S"),
    )
