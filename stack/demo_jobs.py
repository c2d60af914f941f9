"""The jobs part of `make demo`: the fake of Batch plays some jobs, the DAG follows them, the table says how they ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import httpx
from rich import box
from rich.table import Table

from stack import embedded_aws
from stack.fake_batch import script
from stack.local import JOBS, Stack
from stack.progress import coloured
from vectora_core.jobs.states import OPEN
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord

_CONF = {"job_queues": [script.HIGH, script.LOW], "poke_seconds": 5, "deadline_minutes": 5}
_MOST_JOBS = 100


class DemoJobs:
    """Some scripted jobs on the fake of Batch, and the run of the DAG that follows them.

    :param stack: a running stack with the fake of Batch and the DAG `JOBS` in it
    :ivar table: the job table of that stack
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._told = False
        self.table = JobStateTable(embedded_aws.dynamodb(stack.ports.aws), stack.jobs_table, clock=lambda: datetime.now(UTC))

    def start(self) -> str:
        """Let the jobs begin, trigger the DAG, and return the id of its run."""
        ask_batch(self._stack, "demo")
        return self._stack.trigger(_CONF, dag_id=JOBS)

    def end_the_lasting_one(self) -> None:
        """Terminate the job that would run for ever, once the table says that all others have ended."""
        rows = self.rows()
        still_open = [row for row in rows if row.status in OPEN]
        if len(rows) == script.JOBS and [row.job_name for row in still_open] == [script.LASTING] and not self._told:
            ask_batch(self._stack, "terminate", job_id=still_open[0].job_id, reason="Stopped by the demo")
            self._told = True

    def rows(self) -> list[JobRecord]:
        """Return the rows of the table, the newest job last."""
        page = self.table.get_all_jobs(limit=_MOST_JOBS)
        return sorted(page.jobs, key=lambda row: (row.created_at or 0, row.job_name))


def ask_batch(stack: Stack, method: str, **arguments: Any) -> Any:
    """Tell the fake of Batch something and return what it says; see `stack.fake_batch.control`.

    :raises httpx.HTTPStatusError: when it refuses
    """
    answer = httpx.post(f"{stack.batch_url}/_fake/{method}", json=arguments, trust_env=False)
    return answer.raise_for_status().json()["result"]


def jobs_table(rows: Iterable[JobRecord]) -> Table:
    """Draw the rows of the table, one line a job."""
    table = Table(box=box.SIMPLE, show_header=True, header_style="bold")
    for column in ("job", "queue", "status", "attempts", "exit code"):
        table.add_column(column, no_wrap=True)
    table.add_column("media id, reason, children", overflow="fold")
    for row in rows:
        table.add_row(*_cells(row))
    return table


def _cells(row: JobRecord) -> list[str]:
    children = ", ".join(f"{count} {status}" for status, count in (row.array_summary or {}).items())
    why = ": ".join(part for part in (row.failure_kind, row.status_reason) if part)
    said = [row.media_id and f"media {row.media_id}", row.status != "SUCCEEDED" and why, children]
    attempts = f"{row.attempts} of {row.max_attempts}" if row.max_attempts else str(row.attempts)
    return [
        row.job_name,
        row.job_queue.rpartition("/")[2],
        coloured(row.status),
        attempts,
        "-" if row.exit_code is None else str(row.exit_code),
        "; ".join(part for part in said if part),
    ]
