"""What a failure and an attempt's place are called on the page of a job, and what to do about a failure. Does no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vectora_core.jobs.failures import FailureKind
from vectora_core.jobs.states import OPEN
from vectora_core.jobs.timeline import Attempt
from vectora_core.jobs.types import JobRecord

FAILURES: Final[dict[str, tuple[str, str]]] = {
    FailureKind.TIMEOUT: (
        "Its last attempt ran longer than the job's attemptDurationSeconds allows.",
        "See in the log what took so long; give it more time in the job definition, or less to do.",
    ),
    FailureKind.DEPENDENCY: (
        "A job that it depends on failed; it never ran itself.",
        "Look at the job it depends on, named under dependsOn in the event below, and submit both again.",
    ),
    FailureKind.CANCELLED: (
        "Somebody cancelled it before it started.",
        "The reason is what that person wrote; submit it again if it is still wanted.",
    ),
    FailureKind.TERMINATED: (
        "Somebody terminated it.",
        "The reason is what that person wrote; submit it again if it is still wanted.",
    ),
    FailureKind.HOST_TERMINATED: (
        "Its EC2 instance went away: a spot interruption, most often.",
        "Submit it again, and let the retry strategy allow more attempts: another one may succeed.",
    ),
    FailureKind.OUT_OF_MEMORY: (
        "The container used more memory than it asked for.",
        "Ask for more memory in the job definition, or give the job less at once.",
    ),
    FailureKind.CANNOT_PULL: (
        "Its image could not be pulled.",
        "Check the image's name and tag, the registry, and the permissions of the execution role.",
    ),
    FailureKind.CHILDREN: (
        "At least one child of the array failed.",
        "List the children with the command below, then open the failed ones.",
    ),
    FailureKind.EXIT_CODE: (
        "Its container ended with an exit code other than 0.",
        "The last lines of the log say what the program met.",
    ),
    FailureKind.UNKNOWN: (
        "Why it failed is nothing that is known here; the reason is all there is.",
        "Look at the reason, the log, and the job in the AWS console.",
    ),
}
"""By `FailureKind`: what happened, and what to do."""

GROUPS: Final = {
    "SUBMITTED": "waiting",
    "PENDING": "waiting",
    "RUNNABLE": "waiting",
    "STARTING": "running",
    "RUNNING": "running",
    "FAILED": "failed",
    "SUCCEEDED": "succeeded",
}
"""How a state of Batch is drawn."""


def attempt_in_words(record: JobRecord, attempts: Sequence[Attempt]) -> str:
    """Return where a job is in its attempts: ``2 of 3``, ``waits for 1 of 3``.

    :param attempts: all of the job's, see `vectora_core.jobs.timeline.attempts_of`
    """
    if record.array_size is not None and not attempts:
        return "none of its own; its children have theirs"
    last = attempts[-1].number if attempts else 0
    most = record.max_attempts if record.max_attempts and record.max_attempts >= last else None
    of_most = f" of {most}" if most else ""
    if record.status in OPEN and record.status != "RUNNING":
        return f"{'starts' if record.status == 'STARTING' else 'waits for'} {last + 1}{of_most}"
    return f"{last}{of_most}" if last else "none was made"
