"""Why a job failed, in one word; and what an exit code means. Reads nothing itself: it is given what the job says."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from enum import StrEnum

_SHELL = {
    0: "success",
    1: "general error",
    2: "wrong usage of a shell command",
    126: "the command is not executable",
    127: "the command is not found",
}
_OFTEN = {137: ", often out of memory", 143: ", asked to end", 139: ", invalid memory access"}


class FailureKind(StrEnum):
    """Why a FAILED job failed: the column ``failureKind``."""

    TIMEOUT = "timeout"
    """its last attempt ran longer than the job's ``attemptDurationSeconds``"""
    DEPENDENCY = "dependency"
    """a job it depends on failed; it never ran"""
    CANCELLED = "cancelled"
    """somebody called CancelJob before it started"""
    TERMINATED = "terminated"
    """somebody called TerminateJob"""
    HOST_TERMINATED = "host_terminated"
    """its EC2 instance went away: a spot interruption, most often; another attempt may succeed"""
    OUT_OF_MEMORY = "out_of_memory"
    """the container used more memory than it asked for, and said so (exit code 137 alone does not tell)"""
    CANNOT_PULL = "cannot_pull"
    """the image could not be pulled"""
    CHILDREN = "children"
    """an array parent: at least one of its children failed"""
    EXIT_CODE = "exit_code"
    """the container ended with an exit code other than 0; `exit_code_meaning` says more"""
    UNKNOWN = "unknown"
    """nothing of the above; the status reason is all there is"""


def failure_kind(
    *,
    status: str,
    reasons: Sequence[str],
    exit_code: int | None,
    is_cancelled: bool = False,
    is_terminated: bool = False,
    array_summary: Mapping[str, int] | None = None,
) -> FailureKind | None:
    """Return why a job failed; None when it did not.

    What AWS itself says of timeouts and dependencies goes first (it may set the flags as well), then who ended the job,
    because the reason is then any text a person wrote, then what happened to the container.

    :param reasons: the job's status reason, then those of its last attempt and of the containers in it
    :param exit_code: of the last attempt that has one
    """
    if status != "FAILED":
        return None
    if by_aws := _first_said(_SAID_BY_BATCH, reasons):
        return by_aws
    if is_terminated or is_cancelled:
        return FailureKind.TERMINATED if is_terminated else FailureKind.CANCELLED
    if by_container := _first_said(_SAID_OF_CONTAINERS, reasons):
        return by_container
    if (array_summary or {}).get("FAILED"):
        return FailureKind.CHILDREN
    return FailureKind.EXIT_CODE if exit_code else FailureKind.UNKNOWN


# Beginnings of reasons: https://docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html, job_retries.html and
# troubleshooting.html; EKS containers give Kubernetes' words.
_SAID_BY_BATCH = {
    "Job attempt duration exceeded timeout": FailureKind.TIMEOUT,
    "Dependent Job failed": FailureKind.DEPENDENCY,
}
_SAID_OF_CONTAINERS = {
    "Host EC2": FailureKind.HOST_TERMINATED,
    "OutOfMemoryError": FailureKind.OUT_OF_MEMORY,
    "OOMKilled": FailureKind.OUT_OF_MEMORY,
    "CannotPull": FailureKind.CANNOT_PULL,
    "ErrImagePull": FailureKind.CANNOT_PULL,
    "ImagePullBackOff": FailureKind.CANNOT_PULL,
    "Array Child Job failed": FailureKind.CHILDREN,
}


def _first_said(beginnings: Mapping[str, FailureKind], reasons: Sequence[str]) -> FailureKind | None:
    """The kind whose words are in one of the reasons; the order of the kinds decides."""
    return next((kind for words, kind in beginnings.items() if any(one.startswith(words) for one in reasons)), None)


def exit_code_meaning(code: int) -> str:
    """Return what an exit code of a container usually means: ``137`` is ``SIGKILL, often out of memory``.

    128 + n is the shell's way to say that signal n ended the process
    (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_08_02).
    """
    if code in _SHELL:
        return _SHELL[code]
    try:
        return signal.Signals(code - 128).name + _OFTEN.get(code, "")
    except ValueError:
        return f"signal {code - 128}" if 128 < code <= 192 else "the program's own code"
