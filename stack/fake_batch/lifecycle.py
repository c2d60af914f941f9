"""How a job may move from state to state. Does no I/O and keeps nothing: a job and the time in, the job after it out.

https://docs.aws.amazon.com/batch/latest/userguide/job_states.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stack.fake_batch.jobs import STARTED, TERMINAL, Attempt, Job

EXITED: Final = "Essential container in task exited"
LOST_HOST: Final = "Host EC2 (instance i-0123456789abcdef0) terminated."
NEVER_STARTED: Final = "Task failed to start"

_NEXT: Final[dict[str, tuple[str, ...]]] = {
    "SUBMITTED": ("PENDING", "RUNNABLE", "FAILED"),
    "PENDING": ("RUNNABLE", "FAILED"),
    "RUNNABLE": ("STARTING", "FAILED"),
    "STARTING": ("RUNNING", "FAILED"),
    "RUNNING": ("SUCCEEDED", "FAILED"),
}
_ON_THE_WAY: Final = ("RUNNABLE", "STARTING", "RUNNING")


class LifecycleError(ValueError):
    """The script asked for something that a job in Batch never does."""


def moved(
    job: Job,
    status: str,
    *,
    now: int,
    reason: str | None = None,
    exit_code: int | None = None,
    container_reason: str | None = None,
) -> Job:
    """Return a job in its next state; one that ran ends with one finished attempt more.

    :param reason: ``statusReason``
    :param exit_code: of the container; None means 0 for SUCCEEDED and 1 for a job that FAILED while it was RUNNING
    :raises LifecycleError: when no job goes there from where it is
    """
    require(job, status)
    if status not in TERMINAL:
        return replace(job, status=status, status_reason=reason, started_at=now if status == "RUNNING" else None)
    if job.status not in STARTED:
        return replace(job, status=status, status_reason=reason, stopped_at=now)
    code = _exit_code(job, status) if exit_code is None else exit_code
    return _ended(job, status, now=now, reason=reason, exit_code=code, container_reason=container_reason)


def attempt_failed(
    job: Job, *, now: int, reason: str | None, exit_code: int | None, container_reason: str | None = None
) -> Job:
    """Return a job after one attempt of it failed: RUNNABLE again while attempts are left, else FAILED.

    :param exit_code: None means that there was none
    :raises LifecycleError: when it is not running
    """
    if job.status not in STARTED:
        raise LifecycleError(f"no attempt of job {job.job_id} can fail while it is {job.status}: start it first")
    is_last = len(job.attempts) + 1 >= job.max_attempts
    status = "FAILED" if is_last else "RUNNABLE"
    over = _ended(job, status, now=now, reason=reason, exit_code=exit_code, container_reason=container_reason)
    return over if is_last else replace(over, started_at=None, stopped_at=None)


def require(job: Job, status: str) -> None:
    """Make sure that a job may go to a state.

    :raises LifecycleError: when it may not
    """
    allowed = _NEXT.get(job.status, ())
    if job.status == "SUBMITTED" and job.depends_on:
        allowed = ("PENDING", "FAILED")
    if status not in allowed:
        raise LifecycleError(
            f"job {job.job_id} cannot go from {job.status} to {status}: only to {', '.join(allowed) or '-'}"
        )


def way(job: Job, status: str) -> tuple[str, ...]:
    """Return the states that a job passes on its way to one, that one included.

    :raises LifecycleError: when there is no way
    """
    if status in (job.status, "SUBMITTED"):
        return ()
    if status == "PENDING":
        require(job, status)
        return (status,)
    begin = _ON_THE_WAY.index(job.status) + 1 if job.status in _ON_THE_WAY else 0
    end = _ON_THE_WAY.index(status) if status in _ON_THE_WAY else len(_ON_THE_WAY)
    if job.is_over or end < begin - 1 or (job.status in _ON_THE_WAY and status in _ON_THE_WAY and end < begin):
        raise LifecycleError(f"there is no way for job {job.job_id} from {job.status} to {status}")
    first = ("PENDING",) if job.status == "SUBMITTED" and job.depends_on else ()
    return (*first, *_ON_THE_WAY[begin:end], status)


def _exit_code(job: Job, status: str) -> int | None:
    if status == "SUCCEEDED":
        return 0
    return 1 if job.status == "RUNNING" else None


def _ended(
    job: Job, status: str, *, now: int, reason: str | None, exit_code: int | None, container_reason: str | None
) -> Job:
    said = reason or (EXITED if job.status == "RUNNING" else NEVER_STARTED)
    attempt = Attempt(
        stopped_at=now, started_at=job.started_at, exit_code=exit_code, reason=container_reason, status_reason=said
    )
    return replace(job, status=status, status_reason=said, stopped_at=now, attempts=(*job.attempts, attempt))
