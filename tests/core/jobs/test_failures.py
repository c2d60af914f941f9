"""Failures: one word for why, and a phrase for an exit code."""

from __future__ import annotations

from typing import Any

import pytest

from vectora_core.jobs.failures import FailureKind, exit_code_meaning, failure_kind

HOST = "Host EC2 (instance i-01225b700440f4809) terminated."
OOM = "OutOfMemoryError: Container killed due to memory usage"
PULL = "CannotPullContainerError: pull image manifest has been retried 5 time(s)"
EXITED = "Essential container in task exited"


@pytest.mark.parametrize(
    ("reasons", "exit_code", "more", "expected"),
    [
        ([HOST], None, {}, FailureKind.HOST_TERMINATED),
        ([HOST], 1, {}, FailureKind.HOST_TERMINATED),  # the exit code is of an earlier attempt
        ([EXITED, OOM], 137, {}, FailureKind.OUT_OF_MEMORY),
        (["Error", "OOMKilled"], 137, {}, FailureKind.OUT_OF_MEMORY),
        ([EXITED], 137, {}, FailureKind.EXIT_CODE),
        (["Task failed to start", PULL], None, {}, FailureKind.CANNOT_PULL),
        (["ImagePullBackOff"], None, {}, FailureKind.CANNOT_PULL),
        (["Job attempt duration exceeded timeout"], 137, {"is_terminated": True}, FailureKind.TIMEOUT),
        (["Dependent Job failed"], None, {"is_cancelled": True}, FailureKind.DEPENDENCY),
        ([f"{HOST} I end it"], 143, {"is_terminated": True}, FailureKind.TERMINATED),
        (["no need"], None, {"is_cancelled": True}, FailureKind.CANCELLED),
        (["no need"], None, {"is_cancelled": True, "is_terminated": True}, FailureKind.TERMINATED),
        (["Array Child Job failed"], None, {}, FailureKind.CHILDREN),
        ([], None, {"array_summary": {"FAILED": 1, "SUCCEEDED": 2}}, FailureKind.CHILDREN),
        ([], None, {"array_summary": {"SUCCEEDED": 2}}, FailureKind.UNKNOWN),
        ([EXITED], 1, {}, FailureKind.EXIT_CODE),
        ([EXITED], 0, {}, FailureKind.UNKNOWN),
        ([], None, {}, FailureKind.UNKNOWN),
    ],
)
def test_why_a_job_failed(reasons: list[str], exit_code: int | None, more: dict[str, Any], expected: FailureKind) -> None:
    """AWS's own words first, then who ended it, then what happened to its container, then the exit code."""
    assert failure_kind(status="FAILED", reasons=reasons, exit_code=exit_code, **more) is expected


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "RUNNING", "SUCCEEDED"])
def test_only_failed_jobs_have_a_failure(status: str) -> None:
    """An earlier attempt of a job that runs again may well have failed."""
    assert failure_kind(status=status, reasons=[HOST], exit_code=1, is_terminated=True) is None


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (0, "success"),
        (1, "general error"),
        (126, "the command is not executable"),
        (127, "the command is not found"),
        (134, "SIGABRT"),
        (137, "SIGKILL, often out of memory"),
        (139, "SIGSEGV, invalid memory access"),
        (143, "SIGTERM, asked to end"),
        (160, "signal 32"),
        (128, "the program's own code"),
        (42, "the program's own code"),
        (255, "the program's own code"),
        (-1, "the program's own code"),
        (10**30, "the program's own code"),
    ],
)
def test_what_an_exit_code_means(code: int, meaning: str) -> None:
    """As shells have it: 128 + n for signal n."""
    assert exit_code_meaning(code) == meaning
