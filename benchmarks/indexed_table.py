"""A made-up job table: rows that follow from their number, and an index that is searched, not sorted. Knows no network."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.errors import BenchmarkError
from vectora_core.jobs.attributes import to_attributes
from vectora_core.jobs.schema import PROJECTED, STATUS_INDEX
from vectora_core.jobs.states import state_order
from vectora_core.jobs.types import JobRecord

REGION = "us-east-1"
QUEUES = tuple(f"arn:aws:batch:{REGION}:123456789012:job-queue/{name}" for name in ("render", "cut", "publish"))
ROWS_A_PAGE = 1_300  # about 1 MB, as DynamoDB limits a page
_STATUSES = ("SUCCEEDED",) * 88 + ("FAILED",) * 6 + ("RUNNING",) * 2 + ("RUNNABLE",) * 3 + ("PENDING",)
_SECONDS_APART = 6  # 100,000 jobs are a week
_LISTED = frozenset({"jobId", "status", "timestamp", *PROJECTED[STATUS_INDEX]})
_NAMES = re.compile(r"#\w+ (?:= :\w+|>= (?P<least>:\w+)|<= (?P<most>:\w+)|BETWEEN (?P<low>:\w+) AND (?P<high>:\w+))")

Position = tuple[str, str]
Texts = Mapping[str, Mapping[str, str]]


class IndexedTable:
    """So many jobs, the first the newest.

    :param jobs: how many
    """

    def __init__(self, jobs: int) -> None:
        self._now = datetime.now(UTC)
        self._index: dict[str, list[Position]] = {status: [] for status in _STATUSES}
        for number in reversed(range(jobs)):
            self._index[_status(number)].append((_text(self._moment(number)), _job_id(number)))

    def answer(self, api: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request as DynamoDB does.

        :raises BenchmarkError: for what a view must never ask: a scan, a write, another index
        """
        if api == "GetItem":
            return {"Item": to_attributes(self._row(_number(request["Key"]["jobId"]["S"])))}
        if api == "Query" and request.get("IndexName") == STATUS_INDEX:
            return self._query(request)
        raise BenchmarkError(f"a view asked DynamoDB for {api}")

    def _query(self, request: Mapping[str, Any]) -> dict[str, Any]:
        values: Texts = request["ExpressionAttributeValues"]
        status = values[":status"]["S"]
        index = self._index.get(status, [])
        first, last = _bounds(index, request["KeyConditionExpression"], values)
        newest_first = not request.get("ScanIndexForward", True)
        if start := request.get("ExclusiveStartKey"):
            after = (start["timestamp"]["S"], start["jobId"]["S"])
            first, last = (first, bisect_left(index, after)) if newest_first else (bisect_right(index, after), last)
        limit = min(request.get("Limit", ROWS_A_PAGE), ROWS_A_PAGE)
        taken = index[max(first, last - limit) : last][::-1] if newest_first else index[first : min(last, first + limit)]
        answer: dict[str, Any] = {"Items": [self._listed(job_id, request) for _, job_id in taken], "Count": len(taken)}
        if last - first > len(taken):
            moment, job_id = taken[-1]
            answer["LastEvaluatedKey"] = {"status": {"S": status}, "timestamp": {"S": moment}, "jobId": {"S": job_id}}
        return answer

    def _listed(self, job_id: str, request: Mapping[str, Any]) -> dict[str, Any]:
        columns = _LISTED & set((request.get("ExpressionAttributeNames") or {}).values()) | {"jobId"}
        wanted = columns if "ProjectionExpression" in request else _LISTED
        row = to_attributes(self._row(_number(job_id)))
        return {column: value for column, value in row.items() if column in wanted}

    def _moment(self, number: int) -> datetime:
        return self._now - timedelta(seconds=number * _SECONDS_APART)

    def _row(self, number: int) -> JobRecord:
        moment, status = self._moment(number), _status(number)
        milliseconds = int(moment.timestamp() * 1000)
        has_run = status in ("SUCCEEDED", "FAILED", "RUNNING")
        return JobRecord(
            job_id=_job_id(number),
            job_name=f"pre-694a9d57b88940a9e5cd{number:06d}-render",
            status=status,
            timestamp=_text(moment),
            job_queue=QUEUES[number % len(QUEUES)],
            job_definition=f"arn:aws:batch:{REGION}:123456789012:job-definition/render:{number % 5 + 1}",
            region=REGION,
            account="123456789012",
            full_event=json.dumps({"detail": {"jobId": _job_id(number)}}),
            state_order=state_order(status, attempts=1, milliseconds=milliseconds, from_event=True),
            source="event",
            observed_at=_text(moment),
            expires_at=int((self._now + timedelta(days=90)).timestamp()),
            attempts=1,
            max_attempts=3,
            exit_code=137 if status == "FAILED" else 0 if status == "SUCCEEDED" else None,
            failure_kind="out_of_memory" if status == "FAILED" else None,
            created_at=milliseconds - 600_000,
            started_at=milliseconds - 500_000 if has_run else None,
            stopped_at=milliseconds if status in ("SUCCEEDED", "FAILED") else None,
            media_id=f"694a9d57b88940a9e5cd{number:06d}",
        )


def _bounds(index: list[Position], condition: str, values: Texts) -> tuple[int, int]:
    """Return which part of the index a condition means: from the first, before the last."""
    first, last = 0, len(index)
    for found in _NAMES.finditer(condition):
        if least := found["least"] or found["low"]:
            first = bisect_left(index, (values[least]["S"], ""))
        if most := found["most"] or found["high"]:
            last = bisect_right(index, (values[most]["S"], "\U0010ffff"))
    return first, last


def _status(number: int) -> str:
    return _STATUSES[number * 37 % len(_STATUSES)]


def _job_id(number: int) -> str:
    return f"{number:08d}-1111-4222-8333-444455556666"


def _number(job_id: str) -> int:
    return int(job_id[:8])


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
