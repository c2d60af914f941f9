"""The table in memory and the real one on DynamoDB: the same writes in the same order, the same answers and rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from tests.fakes.job_arrivals import some_histories
from tests.fakes.job_table_in_memory import JobTableInMemory
from tests.fakes.jobs import NewTable, job
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobChange, JobRecord, Verdict

GONE_AT = "2026-03-10T15:00:00.000Z"
LATER = "2026-03-10T16:00:00.000Z"


def put_all(table: JobStateTable | JobTableInMemory, records: Sequence[JobRecord]) -> list[JobChange]:
    return [table.put(record) for record in records]


@pytest.fixture(params=["in memory", "DynamoDB"])
def table(request: pytest.FixtureRequest) -> JobStateTable | JobTableInMemory:
    if request.param == "in memory":
        return JobTableInMemory()
    new_table: NewTable = request.getfixturevalue("new_table")
    return new_table()


def test_a_row_only_moves_forward(table: JobStateTable | JobTableInMemory) -> None:
    """Written, a duplicate, late, written: the answer says which, and what the row keeps."""
    running, ended = job("a", "RUNNING", minutes_ago=5), job("a", "SUCCEEDED", attempts=1)
    changes = put_all(table, [running, running, ended, running, ended, job("b", "RUNNABLE")])
    assert [(one.verdict, one.status, one.before) for one in changes] == [
        (Verdict.WRITTEN, "RUNNING", None),
        (Verdict.DUPLICATE, "RUNNING", "RUNNING"),
        (Verdict.WRITTEN, "SUCCEEDED", None),
        (Verdict.LATE, "RUNNING", "SUCCEEDED"),
        (Verdict.DUPLICATE, "SUCCEEDED", "SUCCEEDED"),
        (Verdict.WRITTEN, "RUNNABLE", None),
    ]
    assert table.get("a") == ended


def test_gone_is_for_the_state_that_was_seen(table: JobStateTable | JobTableInMemory) -> None:
    """It is refused once the row moved on, keeps its first time, and any newer write clears it."""
    seen, newer = job("a", "RUNNABLE", minutes_ago=9), job("a", "RUNNING")
    assert not table.mark_gone("a", state_order=seen.state_order, at=GONE_AT)
    table.put(seen)
    assert table.mark_gone("a", state_order=seen.state_order, at=GONE_AT)
    assert table.mark_gone("a", state_order=seen.state_order, at=LATER)
    assert table.get("a") == replace(seen, gone=GONE_AT)
    assert table.put(seen).verdict is Verdict.DUPLICATE
    assert table.get("a") == replace(seen, gone=GONE_AT)
    assert table.put(newer).verdict is Verdict.WRITTEN
    assert not table.mark_gone("a", state_order=seen.state_order, at=LATER)
    assert table.get("a") == newer


def test_histories_end_in_the_same_rows(new_table: NewTable) -> None:
    """Fifty jobs, shuffled into each other: every answer and every row is the same, and every row is true."""
    histories, real, memory = some_histories(50), new_table(), JobTableInMemory()
    records = [record for history in histories for record in history.records()]
    Random(7).shuffle(records)
    assert put_all(real, records) == put_all(memory, records)
    for history in histories:
        row = real.get(history.life.job_id)
        assert row is not None
        assert row == memory.get(history.life.job_id)
        assert (row.status, row.attempts) == (history.truth.status, history.truth.columns["attempts"])
