"""What is said of one job: what `/api/job` answers, and what the page is made of. Times are UTC."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Outcome = Literal["succeeded", "failed", "running", "unknown"]


class AttemptView(BaseModel):
    """One attempt of the job; what is not known is null."""

    number: int = Field(description="from 1")
    outcome: Outcome = Field(description="`failed` for every attempt but the last of a job that succeeded or still runs")
    started_at: datetime | None = Field(description="when it started, UTC")
    stopped_at: datetime | None = Field(description="when it ended, UTC; null while it runs")
    seconds: float | None = Field(description="how long it ran, until now while it runs")
    exit_code: int | None = Field(description="with several containers the first that is not 0")
    exit_code_meaning: str | None = Field(description="what such an exit code usually means")
    reason: str | None = Field(description="why it ended: of the attempt, then of its containers; at most 4,096 characters")
    log_stream: str | None = Field(
        description="the stream in CloudWatch's group /aws/batch/job, unless the job says otherwise"
    )
    log_url: str | None = Field(description="its page in the AWS console; null where none can be made")


class PhaseView(BaseModel):
    """What the job did from one moment to another."""

    kind: Literal["waiting", "running", "between attempts"]
    attempt: int | None = Field(description="the number of the attempt that ran; null when none did")
    outcome: Outcome | None = Field(description="of that attempt")
    start: datetime = Field(description="UTC")
    end: datetime = Field(description="UTC, never before the start; now, while it goes on")
    seconds: float = Field(description="from start to end")
    ongoing: bool = Field(description="whether it goes on")


class FreshnessView(BaseModel):
    """How far the row can be trusted now."""

    state: Literal["finished", "open", "missing", "stale", "gone"]
    in_words: str = Field(description="what that means")
    synced_at: datetime | None = Field(description="when the last whole sync of the job's queue began, UTC; open jobs only")
    problem: str | None = Field(description="why nothing is known of that sync; null when something is, or nobody asked")


class FailureView(BaseModel):
    """Why a failed job failed."""

    kind: str = Field(description="as in the column failureKind")
    in_words: str = Field(description="what happened")
    remedy: str = Field(description="what to do about it")


class ChildrenView(BaseModel):
    """The children of an array's parent: counted by AWS, not stored here."""

    size: int = Field(description="how many there are")
    by_status: dict[str, int] = Field(description="how many are in which state, as AWS's event says; only states with any")
    uncounted: int = Field(description="children that the event does not count, as those not submitted yet")


class EventView(BaseModel):
    """The whole AWS event as it is stored: values of environments, commands, parameters and secrets are redacted."""

    content: Any = Field(
        description="the event; its text where that is no JSON, or nested too deep; null when there is none"
    )
    is_json: bool = Field(description="whether `content` is the event itself, not its text")
    redactions: int = Field(description="how many values and names were removed before it was stored")
    size: int = Field(description="of the stored text, in bytes")
    cut: bool = Field(description="whether the event, or the reason, had to be shortened to fit into the table")

    @property
    def text(self) -> str:
        """The event as JSON text."""
        return json.dumps(self.content, ensure_ascii=False) if self.is_json else str(self.content)


class JobView(BaseModel):
    """One job: its latest state, the only one there is, and what can be told from it."""

    table: str = Field(description="the job table")
    job: dict[str, Any] = Field(
        description="every column of the row but `fullEvent`, under the names of the table; what is not known is left out. "
        "`createdAt`, `startedAt`, `stoppedAt` are milliseconds since 1970, `expiresAt` seconds, `timestamp`, `observedAt` "
        "and `gone` ISO 8601, all UTC"
    )
    is_open: bool = Field(description="whether the job may still change: neither ended nor gone")
    freshness: FreshnessView
    failure: FailureView | None = Field(description="null unless the job failed")
    exit_code_meaning: str | None = Field(description="what the column exitCode usually means")
    attempt_in_words: str = Field(description="where it is in its attempts: `2 of 3`, `waits for 1 of 3`")
    attempts: list[AttemptView] = Field(description="in order, the one that runs last; at most 999 that ended")
    phases: list[PhaseView] = Field(description="from its creation on, following each other")
    waited_seconds: float = Field(description="the phases of waiting together, those between attempts included")
    ran_seconds: float = Field(description="the phases of running together")
    children: ChildrenView | None = Field(description="null unless it is the parent of an array")
    event: EventView
    console_url: str | None = Field(description="its page in the AWS console; null where none can be made")
    log_url: str | None = Field(description="the log of its last attempt in the AWS console; null where none can be made")
