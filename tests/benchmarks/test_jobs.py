"""The benchmark of the sync: it is an error when a sync did not do its work, or needed more requests than it may."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import jobs
from benchmarks.errors import BenchmarkError
from vectora_core.jobs.states import OPEN
from vectora_core.jobs.sync_report import SyncReport

CHANGED = [f"job-{number}" for number in range(100)]


def report(*, written: int = 100, still_open: int = jobs.JOBS, **calls: int) -> SyncReport:
    counted: dict[str, Any] = {"PutItem": 100, "ListJobs": 15, "DescribeJobs": 12} | calls
    names = {f"job-{number}": "name" for number in range(still_open)}
    return SyncReport(job_queue="", table="t", started_at="", seconds=1, calls=counted, written=written, open_jobs=names)


def test_the_jobs_are_in_every_open_state() -> None:
    """All of them, by their shares in percent; enough wait for a host to be moved in every round."""
    assert tuple(jobs._SHARES) == OPEN
    assert sum(jobs._SHARES.values()) == 100
    assert jobs._SHARES["RUNNABLE"] >= 10


def test_a_sync_within_its_limits_counts() -> None:
    """At most 102 writes, 15 lists and 12 descriptions over ten thousand jobs."""
    assert jobs.LIMITS == {"PutItem": 102, "ListJobs": 15, "DescribeJobs": 12}
    jobs._require_changed(report(), CHANGED, jobs.JOBS)


@pytest.mark.parametrize("calls", [{"PutItem": 103}, {"ListJobs": 16}, {"DescribeJobs": 13}])
def test_a_sync_beyond_its_limits_is_an_error(calls: dict[str, int]) -> None:
    """The message says which limit and by how much; fewer jobs are only tried out and have no limits."""
    (name, number), *_ = calls.items()
    with pytest.raises(BenchmarkError, match=f"{number} {name} of {jobs.LIMITS[name]}"):
        jobs._require_changed(report(**calls), CHANGED, jobs.JOBS)
    jobs._require_changed(report(still_open=1_000, **calls), CHANGED, 1_000)


@pytest.mark.parametrize("wrong", [{"written": 99}, {"still_open": jobs.JOBS - 1}])
def test_a_sync_that_missed_something_is_an_error(wrong: dict[str, Any]) -> None:
    """Its figures would say nothing."""
    with pytest.raises(BenchmarkError, match="changed jobs"):
        jobs._require_changed(report(**wrong), CHANGED, jobs.JOBS)
