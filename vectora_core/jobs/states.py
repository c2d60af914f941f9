"""The seven states of a Batch job, and the one order in which a row may move through them. Does no I/O.

https://docs.aws.amazon.com/batch/latest/userguide/job_states.html
"""

from __future__ import annotations

from typing import Final

RANKS: Final[dict[str, int]] = {
    "SUBMITTED": 0,
    "PENDING": 1,
    "RUNNABLE": 2,
    "STARTING": 3,
    "RUNNING": 4,
    "FAILED": 5,
    "SUCCEEDED": 6,
}
STATUSES: Final = tuple(RANKS)
TERMINAL: Final = ("FAILED", "SUCCEEDED")
OPEN: Final = tuple(status for status in STATUSES if status not in TERMINAL)
"""In the order in which jobs move forward, which is the order in which a sync lists them."""

MOST_ATTEMPTS: Final = 999
MOST_MILLISECONDS: Final = 9_999_999_999_999  # the year 2286


def is_open(status: str) -> bool:
    """Return whether a job in this state may still change.

    :raises ValueError: when it is no state of Batch: an unknown one is an error, never a default
    """
    return _rank(status) < RANKS["FAILED"]


def state_order(status: str, *, attempts: int, milliseconds: int, from_event: bool) -> str:
    """Return the place of a state in the one order rows move along; later places are greater as texts.

    ``0.AAA.R.T.S`` while open, ``1.AAA.R.S.T`` once terminal: a terminal state absorbs, a retried job that goes back from
    RUNNING to RUNNABLE has one attempt more and so moves forward, and within an attempt the rank decides before the time
    (clocks of AWS differ by seconds).

    :param attempts: finished attempts, ``len(attempts) + len(eksAttempts)``; a running one is not among them
    :param milliseconds: since 1970 UTC, of the event's time, or of the moment DescribeJobs was asked
    :param from_event: an event wins over a sync that saw the same terminal state: it is the complete AWS event
    :raises ValueError: when the status is unknown, or a number does not fit
    """
    rank = _rank(status)
    if not 0 <= attempts <= MOST_ATTEMPTS:
        raise ValueError(f"{attempts} attempts are not between 0 and {MOST_ATTEMPTS}")
    if not 0 <= milliseconds <= MOST_MILLISECONDS:
        raise ValueError(f"{milliseconds} is not a time in milliseconds since 1970")
    source = int(from_event)
    if is_open(status):
        return f"0.{attempts:03d}.{rank}.{milliseconds:013d}.{source}"
    return f"1.{attempts:03d}.{rank}.{source}.{milliseconds:013d}"


def _rank(status: str) -> int:
    try:
        return RANKS[status]
    except (KeyError, TypeError):
        raise ValueError(f"{status!r} is not a state of an AWS Batch job; there are {', '.join(STATUSES)}") from None
