"""What one sync needs: the strict fake of Batch, a job table of its own, a data root, and one clock for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.batch import RunningBatch, running_batch
from tests.fakes.job_table_in_memory import state_columns
from tests.fakes.jobs import make_table
from vectora_core.jobs.events import record_of_description
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.job_queues import Place, parse_queue
from vectora_core.jobs.sync import SyncResources, sync_jobs, sync_queue
from vectora_core.jobs.sync_report import SyncReport
from vectora_core.jobs.types import JobRecord
from vectora_core.storage import Storage, open_storage

QUEUE = "demo-high"
REGION, ACCOUNT = "us-east-1", "123456789012"


class SyncWorld:
    """Plays jobs and syncs them.

    :ivar slept: seconds the sync wanted to wait; nobody does
    """

    def __init__(self, batch: RunningBatch, data: Storage) -> None:
        self.batch, self.fake, self.data = batch, batch.fake, data
        self.table = make_table(self.now)
        self.slept = list[float]()
        self._client = batch.client()

    def now(self) -> datetime:
        """The time of the fake."""
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self.fake.clock.now())

    @property
    def resources(self) -> SyncResources:
        """What a sync works with."""
        return SyncResources(
            batch=lambda place: self._client,
            table=self.table,
            data=self.data,
            rules=DEFAULT_RULES,
            clock=self.now,
            calls_per_second=1_000_000,
            sleep=self.slept.append,
            uniform=lambda low, high: high,
        )

    def sync(self, queue: str = QUEUE, **changes: Any) -> SyncReport:
        """Sync a queue once."""
        return sync_queue(parse_queue(queue, default_region=REGION), replace(self.resources, **changes))

    def sync_jobs(self, *job_ids: str) -> SyncReport:
        """Sync jobs by their ids."""
        return sync_jobs(job_ids, self.resources, place=Place(region=REGION))

    def submit(self, *names: str, status: str = "RUNNING", **more: Any) -> list[str]:
        """Submit jobs that are in a state already, an hour ago unless told otherwise."""
        an_hour_ago = self.fake.clock.now() - 3_600_000
        return self.fake.submit_many(names, QUEUE, status=status, **{"created_at": an_hour_ago, **more})

    def row(self, job_id: str) -> JobRecord:
        """Return the row of a job, which must be there."""
        row = self.table.get(job_id)
        assert row is not None, f"no row of {job_id}"
        return row

    def statuses(self) -> Mapping[str, str]:
        """Return what the table says of every job the fake knows; a row that lacks is not named."""
        return {job_id: row.status for job_id, row in self.table.get_many(list(self.fake.store.jobs)).items()}

    def assert_true(self) -> None:
        """Hold the row of every job against what Batch says of it now, column by column."""
        self.fake.settle()
        ids = [job_id for job_id, job in self.fake.store.jobs.items() if job.parent_id is None]
        for start in range(0, len(ids), 100):
            some = ids[start : start + 100]
            rows = self.table.get_many(some, consistent=True)
            for detail in self._client.describe_jobs(jobs=some)["jobs"]:
                assert self._columns(rows[detail["jobId"]]) == self._columns(self._record(detail))

    def _record(self, detail: Mapping[str, Any]) -> JobRecord:
        return record_of_description(
            detail, asked_at=self.now(), region=REGION, account=ACCOUNT, rules=DEFAULT_RULES, retention_days=90
        )

    def _columns(self, record: JobRecord) -> dict[str, Any]:
        columns = state_columns(record)
        return columns | {"array_summary": dict(columns["array_summary"] or {})}


@pytest.fixture
def world(new_bucket: Callable[[], str], tmp_path: Path) -> Iterator[SyncWorld]:
    """Import it into a test module to get a world for each test."""
    with running_batch() as batch:
        yield SyncWorld(batch, open_storage(tmp_path.as_uri()))
