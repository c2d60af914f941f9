"""Where Batch jobs are looked for: the queues that are watched, each in its region and under its role. Does no I/O.

Which of them exist AWS Batch knows (`vectora_core.jobs.batch`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from vectora_core.errors import JobQueueError

# https://docs.aws.amazon.com/batch/latest/APIReference/API_CreateJobQueue.html (jobQueueName)
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}"
_QUEUE_NAME: Final = re.compile(_NAME)
_QUEUE_ARN: Final = re.compile(rf"arn:aws[a-z-]*:batch:([a-z0-9-]+):(\d{{12}}):job-queue/{_NAME}")
_ROLE_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A region of an account.

    :param role_arn: a role that is assumed there; None: whoever signs anyway
    """

    region: str
    role_arn: str | None = None

    @property
    def account(self) -> str | None:
        """The 12 digits of the account, where they can be told without asking AWS."""
        role = _ROLE_ARN.fullmatch(self.role_arn or "")
        return role.group(1) if role else None


@dataclass(frozen=True, kw_only=True)
class WatchedQueue(Place):
    """A job queue as somebody named it, by its name or its ARN."""

    name_or_arn: str

    def __str__(self) -> str:
        return f"{self.name_or_arn}@{self.role_arn}" if self.role_arn else self.name_or_arn

    @property
    def account(self) -> str | None:
        """The 12 digits of the account, where they can be told without asking AWS."""
        queue = _QUEUE_ARN.fullmatch(self.name_or_arn)
        return queue.group(2) if queue else super().account


def parse_queue(text: str, *, default_region: str) -> WatchedQueue:
    """Read what names a queue: ``NAME``, ``ARN``, and either with ``@ROLE_ARN`` (a queue's name has no ``@``, a role's may).

    :param default_region: where a queue is that is named without its ARN
    :raises JobQueueError: when it is neither
    """
    name_or_arn, _, role = text.strip().partition("@")
    arn = _QUEUE_ARN.fullmatch(name_or_arn)
    if not arn and not _QUEUE_NAME.fullmatch(name_or_arn):
        raise JobQueueError(
            f"{text!r} names no job queue; give its name or arn:aws:batch:REGION:ACCOUNT:job-queue/NAME, "
            "each with @arn:aws:iam::ACCOUNT:role/NAME where a role is to be assumed"
        )
    if "@" in text and not _ROLE_ARN.fullmatch(role):
        raise JobQueueError(f"{text!r}: {role!r} is not the ARN of a role; give arn:aws:iam::ACCOUNT:role/NAME behind the @")
    return WatchedQueue(name_or_arn=name_or_arn, region=arn.group(1) if arn else default_region, role_arn=role or None)


def region_and_account(queue_arn: str) -> tuple[str, str]:
    """Return the region and the account in the ARN of a queue.

    :raises JobQueueError: when it is no such ARN
    """
    arn = _QUEUE_ARN.fullmatch(queue_arn)
    if not arn:
        raise JobQueueError(
            f"{queue_arn!r} is not the ARN of a job queue; it has to be arn:aws:batch:REGION:ACCOUNT:job-queue/NAME"
        )
    return arn.group(1), arn.group(2)
