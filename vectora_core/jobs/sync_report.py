"""What one sync did and what it cost: what the command prints, the sensor looks at, and the data root keeps. Does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

SHOWN: Final = 20
"""How many job ids a report names; counts are whole."""
UNKNOWN: Final = "UNKNOWN"
"""Stands for the status of a job that was asked for by id and that neither Batch nor the table knows."""


@dataclass(frozen=True, kw_only=True)
class SyncReport:
    """One sync of one queue, or of jobs given by their ids.

    :param job_queue: ARN of the queue; empty when jobs were given by their ids
    :param table: the job table
    :param started_at: ISO 8601 UTC, milliseconds
    :param seconds: how long it took
    :param calls: requests to Batch and DynamoDB by the name of the API, tries that failed included
    :param throttles: how often Batch asked to be called less often; each was waited for and tried again
    :param table_retries: requests to DynamoDB that the SDK had to repeat
    :param listed: jobs that ListJobs named
    :param described: jobs that DescribeJobs knew
    :param written: rows that were written; ``late`` and ``duplicate`` are writes the table refused, as it should
    :param malformed: descriptions that could not be read; ``malformed_jobs`` names the first with the reason
    :param missing: open rows whose jobs Batch did not know, within the time of grace
    :param gone: rows that this sync called gone
    :param lag_seconds: greatest age of a new status when it was stored: when it was asked for, less the newest of the job's
        own times; None when no status changed
    :param watermark: jobs created after it are listed whatever their state; milliseconds since 1970 UTC, 0 for all
    :param open_jobs: every job that is still open, id to name; for the process that ran the sync, not stored
    :param jobs: of jobs given by their ids, the status each has now, ``UNKNOWN`` included
    :param statistics: counts of the whole table as JSON, as they are stored
    :param warnings: what went wrong without stopping the sync
    :param path: where the report is stored below the data root; None when it is not
    """

    job_queue: str
    table: str
    started_at: str
    seconds: float
    calls: Mapping[str, int]
    throttles: int = 0
    table_retries: int = 0
    listed: int = 0
    described: int = 0
    written: int = 0
    late: int = 0
    duplicate: int = 0
    malformed: int = 0
    malformed_jobs: tuple[str, ...] = ()
    missing: int = 0
    gone: int = 0
    lag_seconds: float | None = None
    watermark: int = 0
    open_jobs: Mapping[str, str] = field(default_factory=dict, repr=False)
    jobs: Mapping[str, str] = field(default_factory=dict)
    statistics: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    path: str | None = None

    @property
    def open(self) -> int:
        """How many jobs are still open."""
        return len(self.open_jobs)

    @property
    def refused(self) -> int:
        """How many writes the table refused because it knew as much or more."""
        return self.late + self.duplicate

    def in_words(self) -> str:
        """Return what it did and cost in one line, for logs and terminals."""
        calls = ", ".join(f"{number} {api}" for api, number in self.calls.items())
        lag = "" if self.lag_seconds is None else f", {self.lag_seconds:.1f} s behind at most"
        return (
            f"{self.open} open, {self.written} written, {self.refused} refused, {self.gone} gone{lag}; {calls}; "
            f"throttled {self.throttles} times by Batch, {self.table_retries} by DynamoDB"
        )

    def open_with_prefix(self, prefix: str) -> tuple[str, ...]:
        """Return the ids of the open jobs whose names begin so, sorted."""
        return tuple(sorted(job_id for job_id, name in self.open_jobs.items() if name.startswith(prefix)))

    def in_status(self, *statuses: str) -> tuple[str, ...]:
        """Return which of the jobs given by their ids have one of these statuses, in the order they were given."""
        return tuple(job_id for job_id, status in self.jobs.items() if status in statuses)

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold; of the open jobs their number, and the first ids in order."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "open_jobs"}
        plain |= {"open": self.open, "open_job_ids": sorted(self.open_jobs)[:SHOWN], "refused": self.refused}
        plain |= {name: dict(plain[name]) for name in ("calls", "jobs")}
        return plain | {name: list(plain[name]) for name in ("malformed_jobs", "warnings")}
