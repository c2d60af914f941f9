"""What several lists say of the same jobs, put together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectora_core.jobs.lists import list_jobs
from vectora_core.jobs.types import JobListing


class Lists:
    """Answers with prepared lists: by status, and by creation."""

    def __init__(self, by_creation: list[JobListing], **by_status: list[JobListing]) -> None:
        self._by_creation, self._by_status = by_creation, by_status
        self.asked: list[object] = []

    def list_status(self, queue_arn: str, status: str) -> Iterator[JobListing]:
        self.asked.append(status)
        return iter(self._by_status.get(status, ()))

    def list_created_after(self, queue_arn: str, milliseconds: int) -> Iterator[JobListing]:
        self.asked.append(milliseconds)
        return iter(self._by_creation)


def listing(job_id: str, status: str, **more: Any) -> JobListing:
    return JobListing(**{"job_id": job_id, "job_name": "n", "status": status, "created_at": 5} | more)


def listed(lists: Lists) -> Any:
    return list_jobs(lists, "arn", 77, told=lambda done: None)  # type: ignore[arg-type]


def test_the_lists_are_asked_in_the_order_jobs_move_forward() -> None:
    """The other way round a job could slip from a list not yet read into one that was; the watermark comes last."""
    lists = Lists([])
    assert listed(lists).newest == 0
    assert lists.asked == ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", 77]


def test_a_job_that_moves_while_it_is_listed_is_what_it_was_seen_as_last() -> None:
    """It is on several lists then; one that ended meanwhile is not open any more."""
    lists = Lists(
        [listing("ended", "FAILED"), listing("moved", "RUNNING"), listing("came", "SUBMITTED", created_at=9)],
        RUNNABLE=[listing("moved", "RUNNABLE"), listing("ended", "RUNNABLE")],
        STARTING=[listing("moved", "STARTING")],
    )
    found = listed(lists)
    assert {job_id: job.status for job_id, job in found.open.items()} == {"moved": "RUNNING", "came": "SUBMITTED"}
    assert (found.finished, found.newest) == ({"ended"}, 9)


def test_a_list_by_creation_does_not_take_a_reason_away() -> None:
    """It tells none: the job would look different from its row at every sync."""
    lists = Lists([listing("a", "RUNNABLE")], RUNNABLE=[listing("a", "RUNNABLE", status_reason="waits")])
    assert listed(lists).open["a"].status_reason == "waits"


def test_it_is_told_how_many_jobs_were_named() -> None:
    """Over all lists."""
    told: list[int] = []
    lists = Lists([listing("a", "FAILED")], RUNNING=[listing("b", "RUNNING"), listing("c", "RUNNING")])
    list_jobs(lists, "arn", 0, told=told.append)  # type: ignore[arg-type]
    assert told == [1, 2, 3]
