"""The job table in memory: `JobStateTable`'s conditional writes without DynamoDB.

tests/core/jobs/test_table_contract.py holds both against the same sequences of writes.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from vectora_core.jobs.types import JobChange, JobRecord, Verdict

OF_THE_WRITE = frozenset({"source", "observed_at", "timestamp", "full_event", "state_order", "expires_at"})
"""What is of the winning write; all other columns are of the state, and come out the same whatever wrote them."""


class JobTableInMemory:
    """One row a job, which only moves forward."""

    def __init__(self) -> None:
        self.rows: dict[str, JobRecord] = {}

    def put(self, record: JobRecord) -> JobChange:
        """Write the row if it is new or later than the one that is there."""
        there = self.rows.get(record.job_id)
        if there is None or there.state_order < record.state_order:
            self.rows[record.job_id] = record
            return JobChange(job_id=record.job_id, status=record.status, verdict=Verdict.WRITTEN)
        verdict = Verdict.DUPLICATE if there.state_order == record.state_order else Verdict.LATE
        return JobChange(job_id=record.job_id, status=record.status, verdict=verdict, before=there.status)

    def mark_gone(self, job_id: str, *, state_order: str, at: str) -> bool:
        """Say since when Batch does not know the job any more, unless somebody wrote since the row was seen."""
        there = self.rows.get(job_id)
        if there is None or there.state_order != state_order:
            return False
        self.rows[job_id] = replace(there, gone=there.gone or at)
        return True

    def get(self, job_id: str) -> JobRecord | None:
        """Return the row of a job."""
        return self.rows.get(job_id)


def state_columns(record: JobRecord) -> dict[str, Any]:
    """Return the columns of the state, by the fields of a JobRecord."""
    return {one.name: getattr(record, one.name) for one in fields(record) if one.name not in OF_THE_WRITE}
