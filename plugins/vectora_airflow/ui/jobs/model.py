"""What the dashboard of jobs shows, and its API returns. Names of columns of the job table are as they are there."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from vectora_core.jobs.freshness import Freshness


class Spent(BaseModel):
    """How long a job has waited or run."""

    kind: Literal["waiting", "running", "ran"] = Field(
        description="waiting: for a place since its creation; running: since the start of its last attempt; "
        "ran: its last attempt, which is over"
    )
    seconds: float = Field(description="for an open job until now; for a gone one until it was last seen")


class Job(BaseModel):
    """One row of the job table: the latest state of one job. What is not known is null."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)

    job_id: str = Field(alias="jobId", description="id of the job")
    job_name: str = Field(alias="jobName", description="name of the job")
    status: str = Field(description="its latest state: SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, FAILED or SUCCEEDED")
    freshness: Freshness = Field(
        description="how far the state can be trusted: finished, open (looked at lately), missing (unknown to AWS Batch at "
        "the last sync), stale (nobody has looked lately), gone (AWS Batch does not know it any more)"
    )
    timestamp: str = Field(description="when it was in this state; ISO 8601 UTC")
    job_queue: str = Field(alias="jobQueue", description="ARN of the queue")
    job_definition: str = Field(alias="jobDefinition", description="ARN of the job definition")
    region: str = Field(description="region of the queue")
    account: str = Field(description="account of the queue")
    media_id: str | None = Field(description="media id")
    assembly_id: str | None = Field(description="assembly id")
    task_id: str | None = Field(description="task id")
    workspace_uid: str | None = Field(description="workspace id")
    attempts: int = Field(description="attempts that have ended")
    max_attempts: int | None = Field(alias="maxAttempts", description="attempts that the retry strategy allows")
    exit_code: int | None = Field(alias="exitCode", description="of the last attempt that has one")
    failure_kind: str | None = Field(alias="failureKind", description="why a FAILED job failed, in one word")
    status_reason: str | None = Field(alias="statusReason", description="what AWS Batch says of the state")
    created_at: int | None = Field(alias="createdAt", description="milliseconds since 1970 UTC")
    started_at: int | None = Field(alias="startedAt", description="of the last attempt; milliseconds since 1970 UTC")
    stopped_at: int | None = Field(alias="stoppedAt", description="milliseconds since 1970 UTC")
    array_size: int | None = Field(alias="arraySize", description="children, of the parent of an array")
    gone: str | None = Field(description="since when AWS Batch does not know it any more; ISO 8601 UTC")
    spent: Spent | None = Field(description="how long it has waited or run; null where the columns do not tell")

    @property
    def row_id(self) -> str:
        """A name for its row in a page that holds whatever the id holds."""
        return f"job-{hashlib.sha256(self.job_id.encode('utf-8', 'replace')).hexdigest()[:16]}"

    @property
    def attempt(self) -> int:
        """The attempt it is at: the running one is not among those that have ended."""
        return self.attempts + (self.status == "RUNNING")


class JobList(BaseModel):
    """One page of jobs."""

    table: str = Field(description="the job table")
    jobs: list[Job] = Field(description="newest state first, unless another order was asked for")
    next_token: str | None = Field(description="give it as `token` to the same query for the next page; null after the last")
    stopped_looking: bool = Field(description="the search gave up at its budget of requests: the next page goes on")
    requests: int = Field(description="requests to the job table that this page took, 24 at most")
    since: datetime | None = Field(description="states of then or later were asked for, UTC; null without a limit")
    until: datetime | None = Field(description="states of before then were asked for, UTC; null without a limit")
    warnings: list[str] = Field(description="what could not be read beside the table, and what that means for this page")


class QueueSync(BaseModel):
    """The last whole sync of one queue."""

    job_queue: str = Field(alias="jobQueue", description="ARN of the queue")
    name: str = Field(description="name of the queue")
    region: str = Field(description="region of the queue")
    is_stale: bool = Field(description="whether that sync is older than `stale_after_minutes`, or not known")
    synced_at: datetime | None = Field(description="when it began, UTC; null when nobody knows")
    age_seconds: float | None = Field(description="since then")
    took_seconds: float | None = Field(description="how long it took")
    lag_seconds: float | None = Field(description="greatest age of a new status when it was stored; null: none changed")
    open: int = Field(description="jobs that were open")
    written: int = Field(description="rows that were written")
    gone: int = Field(description="rows that were called gone")
    missing: int = Field(description="open jobs that AWS Batch did not know, within the time of grace")
    throttles: int = Field(description="how often AWS Batch asked to be called less often")
    warnings: list[str] = Field(description="what went wrong without stopping it, 20 at most")
    problem: str | None = Field(description="why nothing is known of it, with the way out")

    model_config = ConfigDict(populate_by_name=True)


class QueueSyncs(BaseModel):
    """The lag of the sync, queue by queue; the first 200 by their ARN."""

    table: str = Field(description="the job table")
    stale_after_minutes: int = Field(description="a sync older than that is stale (VECTORA_JOBS_STALE_AFTER_MINUTES)")
    queues: list[QueueSync] = Field(description="by ARN")

    @property
    def stale(self) -> list[QueueSync]:
        """The queues that nobody has looked at lately."""
        return [one for one in self.queues if one.is_stale]

    @property
    def warned(self) -> list[QueueSync]:
        """The queues whose last sync had something to say."""
        return [one for one in self.queues if one.warnings]

    @property
    def oldest_seconds(self) -> float:
        """Age of the oldest sync."""
        return max((one.age_seconds for one in self.queues if one.age_seconds is not None), default=0.0)

    @property
    def lag_seconds(self) -> float | None:
        """The greatest lag of all."""
        return max((one.lag_seconds for one in self.queues if one.lag_seconds is not None), default=None)


class JobFigures(BaseModel):
    """Jobs of the whole table, whatever their age."""

    total: int = Field(description="rows: succeeded, failed, open and gone")
    open: int = Field(description="not finished and not gone")
    running: int = Field(description="of the open ones, those that run")
    succeeded: int = Field(description="jobs that succeeded")
    failed: int = Field(description="jobs that failed")
    gone: int = Field(description="not finished, and unknown to AWS Batch")
    success_rate: float | None = Field(
        description="share of the finished jobs that succeeded, 0 to 1; null when none finished"
    )
    by_status: dict[str, int] = Field(description="by state; gone apart")


class FinishedDay(BaseModel):
    """Jobs that reached their end on one day."""

    day: date = Field(description="day in UTC")
    succeeded: int = Field(description="jobs that succeeded")
    failed: int = Field(description="jobs that failed")


class QueueWaits(BaseModel):
    """How long the jobs of one queue wait for a place to run."""

    model_config = ConfigDict(populate_by_name=True)

    job_queue: str = Field(alias="jobQueue", description="ARN of the queue")
    name: str = Field(description="name of the queue")
    waited: dict[str, int] = Field(description="jobs that started, by bucket: under_1_min, under_5_min … from_6_h")
    waiting_now: int = Field(description="jobs that wait now")
    longest_seconds: int = Field(description="the longest of them so far")

    @property
    def started(self) -> int:
        """How many started whose wait is known."""
        return sum(self.waited.values())


class JobStatistics(BaseModel):
    """What the last sync counted."""

    table: str = Field(description="the job table")
    problem: str | None = Field(description="why there are no counts, with the way out; null when there are")
    counted_at: datetime | None = Field(description="when they were counted, UTC")
    age_seconds: float | None = Field(description="since then")
    is_stale: bool = Field(description="whether that is longer ago than VECTORA_JOBS_STALE_AFTER_MINUTES")
    figures: JobFigures | None = Field(description="the counts; null when there are none")
    days: list[FinishedDay] = Field(description="the last 30 days in UTC, oldest first; none is left out")
    waits: list[QueueWaits] = Field(description="by queue, the one with the most jobs first")
    queues: list[str] = Field(description="ARNs of the queues that have jobs")
