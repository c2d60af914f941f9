"""What the attempts of a job say: how many ended, the last exit code, where the log is, and why. Does no I/O.

Shapes are those of AttemptDetail and EksAttemptDetail: https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from vectora_core.jobs.fields import Fields

T = TypeVar("T")

_INTEGER = 2**31  # AWS's Integer has 32 bits


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """What a job's attempts say.

    :param finished: how many ended, in ECS or EKS; a running one is in neither list
    :param exit_code: of the last attempt that has one (a spot interruption has none); with several containers the first
        that is not 0
    :param log_stream: of the attempt that runs, or else of the last one that has a log; with several containers that of the
        one that failed
    :param reasons: why the job is as it is, then the last attempt, then its containers
    """

    finished: int
    exit_code: int | None
    log_stream: str | None
    reasons: tuple[str, ...]


def read_attempts(detail: Fields, *, is_open: bool) -> Attempts:
    """Read the attempts of a job's detail.

    :param is_open: whether the job may still run: then what stands beside the attempts is the attempt that runs now
    :raises MalformedEventError: when a part has another type than AWS gives it
    """
    attempts = [*detail.each("attempts"), *detail.each("eksAttempts")]
    ended = [list(containers_of(attempt)) for attempt in reversed(attempts)]
    now = list(containers_of(detail))
    last_of_all = ended[0] if ended else now
    logs = _firsts(map(log_stream_of, [now, *ended] if is_open else [*ended, now]))
    reasons = [detail.text("statusReason", most_bytes=None)]
    reasons += [attempt.text("statusReason", most_bytes=None) for attempt in attempts[-1:]]
    reasons += [container.text("reason", most_bytes=None) for container in [*last_of_all, *now]]
    return Attempts(
        finished=len(attempts),
        exit_code=next(_firsts(map(exit_code_of, [*ended, now])), None),
        log_stream=next(logs, None),
        reasons=tuple(dict.fromkeys(reason for reason in reasons if reason)),
    )


def containers_of(attempt: Fields) -> Iterator[Fields]:
    """Yield the containers of one attempt, or of the job itself: alone, in ECS tasks, or in a pod.

    :raises MalformedEventError: when a part has another type than AWS gives it
    """
    yield attempt.inner("container")
    for holder in (attempt, attempt.inner("ecsProperties")):
        for task in holder.each("taskProperties"):
            yield from task.each("containers")
    for pod in (attempt, attempt.inner("eksProperties").inner("podProperties")):
        yield from pod.each("containers")
        yield from pod.each("initContainers")


def exit_code_of(containers: Iterable[Fields]) -> int | None:
    """Return the exit code of an attempt: with several containers the first that is not 0; None when there is none.

    :raises MalformedEventError: when one is no number of 32 bits
    """
    codes = [container.whole("exitCode", -_INTEGER, _INTEGER - 1) for container in containers]
    known = [code for code in codes if code is not None]
    return next((code for code in known if code), 0) if known else None


def log_stream_of(containers: Iterable[Fields]) -> str | None:
    """Return the log of the container that failed, if one did, or else of the first that has one.

    :raises MalformedEventError: when its name is no text
    """
    failed_first = sorted(containers, key=lambda container: not exit_code_of([container]))
    return next(filter(None, [container.text("logStreamName") for container in failed_first]), None)


def _firsts(values: Iterable[T | None]) -> Iterator[T]:
    return (value for value in values if value is not None)
