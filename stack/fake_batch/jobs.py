"""What the fake knows of one job at one moment. A change makes a new one, so older states can still be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

Json = dict[str, Any]

KINDS: Final = ("container", "ecs", "eks", "multinode")
STATUSES: Final = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")
TERMINAL: Final = ("SUCCEEDED", "FAILED")
STARTED: Final = ("STARTING", "RUNNING")

_ARN = re.compile(r"arn:aws:batch:(?P<region>[^:]*):(?P<account>[^:]*):(?P<type>job|job-queue|job-definition)/(?P<name>.+)")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A finished attempt.

    :param exit_code: None when there was none: the host went away, or the container never started
    :param reason: of the container (``OutOfMemoryError: …``)
    """

    stopped_at: int
    started_at: int | None
    exit_code: int | None
    reason: str | None
    status_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job, array child or node. Times are milliseconds since 1970 UTC.

    :param job_queue: ARN; ``job_definition`` too
    :param kind: one of KINDS: what runs it, which decides the shape of the answers
    :param size: of an array parent; ``index`` of an array child
    :param num_nodes: of a multi-node parent and its nodes; ``node_index`` of a node
    :param summary: of an array parent: how many children are in which state
    """

    job_id: str
    job_name: str
    job_queue: str
    job_definition: str
    created_at: int
    status: str = "SUBMITTED"
    status_reason: str | None = None
    kind: str = "container"
    attempts: tuple[Attempt, ...] = ()
    max_attempts: int = 1
    started_at: int | None = None
    stopped_at: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ("run",)
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    share_identifier: str | None = None
    timeout_seconds: int | None = None
    is_cancelled: bool = False
    is_terminated: bool = False
    parent_id: str | None = None
    size: int | None = None
    index: int | None = None
    summary: Mapping[str, int] | None = None
    summary_at: int | None = None
    num_nodes: int | None = None
    node_index: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing can change it any more."""
        return self.status in TERMINAL

    @property
    def is_array(self) -> bool:
        """Whether it is the parent of an array."""
        return self.size is not None

    @property
    def scope(self) -> str:
        """Where ListJobs shows it: below its parent, or in its queue."""
        return self.parent_id or self.job_queue

    @property
    def last(self) -> Attempt | None:
        """The last finished attempt."""
        return self.attempts[-1] if self.attempts else None

    def token(self, what: str, attempt: int) -> str:
        """Return 32 hexadecimal digits that name something of an attempt, the same ones each time."""
        return sha256(f"{self.job_id}/{what}/{attempt}".encode()).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True)
class Names:
    """The ARNs of one region of one account."""

    region: str = "us-east-1"
    account: str = "123456789012"

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a ``job``, a ``job-queue`` or a ``job-definition``."""
        return f"arn:aws:batch:{self.region}:{self.account}:{kind}/{name}"

    def name_of(self, kind: str, name_or_arn: str) -> str | None:
        """Return the name in an ARN, or the name itself; None for what belongs to another region, account or kind."""
        if not name_or_arn.startswith("arn:"):
            return name_or_arn
        found = _ARN.fullmatch(name_or_arn)
        here = found and (found["region"], found["account"], found["type"]) == (self.region, self.account, kind)
        return found["name"] if found and here else None
