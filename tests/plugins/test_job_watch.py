"""What the report of a sync means to a watch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.jobs import job
from vectora_airflow import wiring
from vectora_airflow.triggers.job_watch import JobWatch, Seen, look
from vectora_core.errors import BatchError, JobQueueError
from vectora_core.jobs import sync
from vectora_core.jobs.sync_report import UNKNOWN, SyncReport
from vectora_core.jobs.types import JobRecord

REPORT = SyncReport(job_queue="q", table="Jobs", started_at="2026-03-10T15:42:00.000Z", seconds=1, calls={}, path="r.json")


class Rows(dict[str, JobRecord]):
    """The part of the table a watch reads."""

    def get_many(self, job_ids: Iterable[str], *, consistent: bool) -> dict[str, JobRecord]:
        assert consistent  # what the sync has just written must be seen
        return {job_id: self[job_id] for job_id in job_ids if job_id in self}


@pytest.fixture
def syncing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    def prepare(report: SyncReport, *rows: JobRecord) -> list[Any]:
        """Let syncs give a report; return what they are asked for."""
        asked: list[Any] = []

        def answer(what: Any, resources: Any, **place: Any) -> SyncReport:
            asked.append((what, *place.values()))
            return report

        table = Rows({row.job_id: row for row in rows})
        monkeypatch.setattr(wiring, "job_resources", lambda: (SimpleNamespace(table=table), "us-east-1"))
        monkeypatch.setattr(sync, "sync_queue", answer)
        monkeypatch.setattr(sync, "sync_jobs", answer)
        return asked

    return prepare


def test_a_queue_is_open_while_one_of_its_jobs_is(syncing: Callable[..., list[Any]]) -> None:
    """Or one whose name begins with the prefix; the queue is synced whole in any case."""
    asked = syncing(replace(REPORT, open_jobs={"a": "pre-1", "b": "pre-2", "c": "post-1"}))
    assert look(JobWatch(job_queue="encode")) == Seen(open=3, report="r.json")
    assert look(JobWatch(job_queue="encode", job_name_prefix="post-")).open == 1
    assert look(JobWatch(job_queue="encode", job_name_prefix="other-")).open == 0
    assert [(str(queue), queue.region) for (queue,) in asked] == [("encode", "us-east-1")] * 3


def test_a_region_is_that_of_the_arn_then_the_argument_then_the_environment(syncing: Callable[..., list[Any]]) -> None:
    """An argument never overrules an ARN."""
    asked = syncing(replace(REPORT, jobs={"a": "SUCCEEDED"}))
    look(JobWatch(job_queue="arn:aws:batch:eu-west-1:123456789012:job-queue/encode", region_name="ca-central-1"))
    look(JobWatch(job_queue="encode", region_name="ca-central-1"))
    look(JobWatch(job_ids=("a",), region_name="ca-central-1"))
    look(JobWatch(job_ids=("a",)))
    assert [one[-1].region for one in asked] == ["eu-west-1", "ca-central-1", "ca-central-1", "us-east-1"]


def test_what_names_no_queue_is_refused(syncing: Callable[..., list[Any]]) -> None:
    """With the way out, by the core."""
    syncing(REPORT)
    with pytest.raises(JobQueueError, match="names no job queue"):
        look(JobWatch(job_queue="en code"))


def test_jobs_by_id_are_open_done_failed_or_gone(syncing: Callable[..., list[Any]]) -> None:
    """Each failed one with its reason; one that Batch has forgotten will never tell."""
    report = replace(
        REPORT,
        jobs={"a": "RUNNING", "b": "SUCCEEDED", "c": "FAILED", "d": "FAILED", "e": "RUNNING", "f": UNKNOWN},
        open_jobs={"a": "pre-1"},
    )
    rows = [job("c", "FAILED", status_reason="out of memory"), job("d", "FAILED")]
    gone = job("e", "RUNNING", gone="2026-03-10T15:00:00.000Z")
    syncing(report, *rows, gone)
    assert look(JobWatch(job_ids=("a", "b", "c", "d", "e", "f"))) == Seen(
        open=2,
        failed={
            "c": "out of memory",
            "d": "FAILED",
            "e": "gone from Batch since 2026-03-10T15:00:00.000Z, last seen RUNNING",
        },
        report="r.json",
    )


def test_a_job_that_nobody_knows_may_only_be_too_new(syncing: Callable[..., list[Any]]) -> None:
    """So it is an error that is tried again, and never a watch that is done."""
    syncing(replace(REPORT, jobs={"a": "SUCCEEDED", "typo": UNKNOWN}))
    with pytest.raises(BatchError, match="AWS Batch in us-east-1 knows no job typo") as error:
        look(JobWatch(job_ids=("a", "typo")))
    assert error.value.transient
