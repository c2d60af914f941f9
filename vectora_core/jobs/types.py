"""The data of the job table, each named by its stage: event or description -> record (a row) -> change. Does no I/O.

Standard library only: the Lambda that writes the rows imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Source = Literal["event", "sync"]


@dataclass(frozen=True, kw_only=True)
class JobRecord:
    """One row of the table: the latest state of one job. Names of the columns are in `vectora_core.jobs.attributes`.

    :param timestamp: when the job was in this state: the event's time, or the moment DescribeJobs was asked; ISO 8601 UTC
        with milliseconds (``2024-12-24T10:00:00.000Z``), so that texts sort like times
    :param job_queue: ARN of the queue
    :param job_definition: ARN of the job definition
    :param full_event: JSON text of the whole event, or of what DescribeJobs said in the same envelope; values redacted
    :param cut: whether the full event or the reason had to be shortened (a DynamoDB item has at most 400 KB)
    :param attempts: finished attempts; ``max_attempts`` how many the retry strategy allows
    :param exit_code: of the last attempt that has one
    :param failure_kind: why a FAILED job failed (`vectora_core.jobs.failures`); None for all others
    :param created_at: milliseconds since 1970 UTC, as AWS writes them; so are ``started_at`` and ``stopped_at``
    :param source: who saw this state: an ``event``, or the ``sync``
    :param observed_at: when Vectora saw it (ISO 8601 UTC, milliseconds)
    :param state_order: see `vectora_core.jobs.states.state_order`
    :param expires_at: seconds since 1970 after which DynamoDB may delete the row
    :param array_size: children of an array parent; ``array_summary`` how many are in which state
    :param gone: since when Batch does not know the job any more (ISO 8601 UTC); its last known status is kept
    """

    job_id: str
    job_name: str
    status: str
    timestamp: str
    job_queue: str
    job_definition: str
    region: str
    account: str
    full_event: str
    state_order: str
    source: Source
    observed_at: str
    expires_at: int
    status_reason: str | None = None
    cut: bool = False
    attempts: int = 0
    max_attempts: int | None = None
    exit_code: int | None = None
    failure_kind: str | None = None
    created_at: int | None = None
    started_at: int | None = None
    stopped_at: int | None = None
    log_stream: str | None = None
    is_cancelled: bool = False
    is_terminated: bool = False
    array_size: int | None = None
    array_summary: Mapping[str, int] | None = None
    media_id: str | None = None
    assembly_id: str | None = None
    task_id: str | None = None
    workspace_uid: str | None = None
    gone: str | None = None


@dataclass(frozen=True, kw_only=True)
class JobListing:
    """What ListJobs says of a job (JobSummary); it has no queue and no attempts, so it never becomes a row."""

    job_id: str
    status: str
    created_at: int
    job_name: str = ""
    status_reason: str | None = None
    started_at: int | None = None
    is_cancelled: bool = False
    is_terminated: bool = False
    array_summary: Mapping[str, int] | None = None


class Verdict(StrEnum):
    """What became of one conditional write."""

    WRITTEN = "written"
    DUPLICATE = "duplicate"
    """the row has exactly this state already"""
    LATE = "late"
    """the row has a newer state already"""


@dataclass(frozen=True, kw_only=True)
class JobChange:
    """What one write did.

    :param before: the status the row keeps, where the write was refused
    """

    job_id: str
    status: str
    verdict: Verdict
    before: str | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a query.

    :param next_token: give it to the same query for the next page; None after the last
    :param stopped_looking: the query gave up at its page budget: there may be more beyond, `next_token` goes on
    """

    jobs: tuple[JobRecord, ...]
    next_token: str | None = None
    stopped_looking: bool = False


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """What the rules of `vectora_core.jobs.extraction` find in a job."""

    media_id: str | None = None
    assembly_id: str | None = None
    task_id: str | None = None
    workspace_uid: str | None = None


Json = dict[str, Any]
