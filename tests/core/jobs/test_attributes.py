"""A row as DynamoDB writes it, and back."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.jobs import QUEUE, job
from vectora_core.jobs.attributes import COLUMNS, OPEN_QUEUE, from_attributes, to_attributes, to_document
from vectora_core.jobs.states import OPEN, STATUSES
from vectora_core.jobs.types import JobRecord

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COUNT = st.integers(0, 2**53)
RECORDS = st.builds(
    JobRecord,
    **{
        field.name: {
            "str": TEXT,
            "str | None": st.none() | TEXT.filter(bool),
            "int": COUNT,
            "int | None": st.none() | st.integers(-1, 2**53),
            "bool": st.booleans(),
            "Source": st.sampled_from(["event", "sync"]),
            "Mapping[str, int] | None": st.none() | st.dictionaries(st.sampled_from(STATUSES), COUNT),
        }[str(field.type)]
        for field in dataclasses.fields(JobRecord)
    }
    | {"status": st.sampled_from(STATUSES), "region": TEXT.filter(bool), "account": TEXT.filter(bool)},
)


@given(RECORDS)
def test_a_row_comes_back_as_it_was_written(record: JobRecord) -> None:
    """Every field, whatever is in it; what is not known is no column."""
    row = to_attributes(record)
    assert from_attributes(row) == record
    assert set(row) <= {*COLUMNS, OPEN_QUEUE}
    assert not [value for value in row.values() if value in ({"S": ""}, {"NULL": True})]


@pytest.mark.parametrize("status", STATUSES)
def test_only_an_open_job_that_is_not_gone_is_in_the_index_of_open_jobs(status: str) -> None:
    """The column is the key of a sparse index: rows without it are not there."""
    assert to_attributes(job("a", status)).get(OPEN_QUEUE) == ({"S": QUEUE} if status in OPEN else None)
    assert OPEN_QUEUE not in to_attributes(job("a", status, gone="2026-03-10T15:42:00.000Z"))
    assert OPEN_QUEUE not in to_attributes(job("a", status, job_queue=""))  # DynamoDB takes no empty key


def test_a_row_of_the_index_has_its_queue_region_and_account() -> None:
    """They are in the key of the index."""
    record = from_attributes({"jobId": {"S": "a"}, OPEN_QUEUE: {"S": QUEUE}, "status": {"S": "RUNNING"}})
    assert (record.job_queue, record.region, record.account) == (QUEUE, "us-east-1", "123456789012")
    assert record.full_event == ""


def test_a_row_made_by_hand_can_be_read() -> None:
    """Columns missing, of other types, or beyond all numbers."""
    record = from_attributes(
        {
            "jobId": {"S": "a"},
            "attempts": {"S": "2"},
            "exitCode": {"N": "1.0"},
            "createdAt": {"N": "1E+125"},
            "startedAt": {"S": "yesterday"},
            "arraySize": {"NULL": True},
            "jobName": {"N": "7"},
            "status": {"L": [{"S": "x"}]},
            "isCancelled": {"S": "yes"},
            "arraySummary": {"M": {"FAILED": {"N": "1"}, "RUNNING": {"S": "many"}}},
            "jobQueue": {"S": "just-a-name"},
            "source": {"S": "somebody"},
            "surprise": {"SS": ["1"]},
        }
    )
    assert (record.attempts, record.exit_code, record.started_at, record.array_size) == (2, 1, None, None)
    assert (record.job_name, record.status, record.is_cancelled) == ("7", "['x']", False)
    assert (record.region, record.account, record.source) == ("", "", "event")
    assert record.array_summary == {"FAILED": 1}
    assert from_attributes({}).job_id == ""


def test_half_a_surrogate_pair_does_not_stop_a_row() -> None:
    """JSON allows it (RFC 8259 8.2), UTF-8 cannot write it."""
    assert to_attributes(job("a", job_name="x\ud800y"))["jobName"] == {"S": "x?y"}


def test_a_program_gets_plain_values_under_the_names_of_the_columns() -> None:
    """Without the index's own column."""
    document = to_document(job("a", array_summary={"RUNNING": 2}, media_id="694a9d57b88940a9e5cd3bee"))
    assert document["jobId"] == "a"
    assert document["arraySummary"] == {"RUNNING": 2}
    assert document["isCancelled"] is False
    assert document["media_id"] == "694a9d57b88940a9e5cd3bee"
    assert OPEN_QUEUE not in document
