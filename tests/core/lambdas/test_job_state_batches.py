"""Batches of the job-state Lambda, without DynamoDB: what SQS gets back when the table, the time or a message fails."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.job_table_in_memory import JobTableInMemory
from tests.fakes.lambda_events import Context, Json, batch, by_sns, hand_made, message
from vectora_core.errors import JobTableError, MalformedEventError
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobChange, JobRecord
from vectora_core.lambdas import job_state
from vectora_core.lambdas.job_state import JobStateResources, lambda_handler
from vectora_core.lambdas.job_state_settings import JobStateSettings

NOW = datetime(2024, 12, 24, 10, 0, 5, tzinfo=UTC)


@dataclass(kw_only=True)
class Table(JobTableInMemory):
    """A table that refuses the writes of some jobs for a while."""

    throttled: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    rows: dict[str, JobRecord] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)

    def put(self, record: JobRecord) -> JobChange:
        self.puts.append(record.job_id)
        if record.job_id in self.throttled:
            raise JobTableError("the job table did not keep up", transient=True)
        if record.job_id in self.forbidden:
            raise JobTableError("the job table refused", transient=False)
        return super().put(record)

    def statuses(self) -> dict[str, str]:
        return {job: row.status for job, row in self.rows.items()}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    """What the function of this test writes into."""
    made = Table()
    resources = JobStateResources(table=cast(JobStateTable, made), settings=JobStateSettings(), clock=lambda: NOW)
    monkeypatch.setattr(job_state, "_resources", lambda: resources)
    return made


def failed(answer: Json) -> list[str]:
    """Return the ids of an answer to SQS, which has nothing else."""
    assert set(answer) == {"batchItemFailures"}
    assert all(set(one) == {"itemIdentifier"} for one in answer["batchItemFailures"])
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_a_throttled_write_is_given_back_and_stored_when_it_comes_again(table: Table) -> None:
    """All messages of its job are, as the reduced ones hang on the newest; the others are stored."""
    event = batch(
        old=hand_made("RUNNING", job_id="a"), new=hand_made("FAILED", job_id="a"), other=hand_made("RUNNING", job_id="b")
    )
    table.throttled = {"a"}
    assert failed(lambda_handler(event, None)) == ["old", "new"]
    assert table.statuses() == {"b": "RUNNING"}
    table.throttled = set()
    assert failed(lambda_handler(event, None)) == []
    assert table.statuses() == {"a": "FAILED", "b": "RUNNING"}


def test_a_write_that_is_refused_for_good_stops_no_other(table: Table) -> None:
    """It goes to the dead-letter queue after some tries; SQS counts them."""
    table.forbidden = {"a"}
    event = batch(one=hand_made("RUNNING", job_id="a"), two=hand_made("RUNNING", job_id="b"))
    assert failed(lambda_handler(event, None)) == ["one"]
    assert table.statuses() == {"b": "RUNNING"}


def test_one_job_is_written_once_per_batch(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    """Its newest state, in whatever order they stand; the others are counted as the table would have."""
    bodies = [hand_made(status) for status in ("RUNNING", "SUCCEEDED", "STARTING", "SUCCEEDED", "RUNNABLE")]
    lambda_handler({"Records": [message(str(number), body) for number, body in enumerate(bodies)]}, None)
    assert table.puts == ["test-job-001"]
    assert table.statuses() == {"test-job-001": "SUCCEEDED"}
    said = json.loads(capsys.readouterr().out)
    assert (said["written"], said["duplicate"], said["late"]) == (1, 1, 3)


def test_what_does_not_fit_into_the_time_is_given_back(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    """The first is always tried; SQS would send the whole batch again if the function ran into its timeout."""
    event = batch(**{job: hand_made("RUNNING", job_id=job) for job in "abc"})
    assert failed(lambda_handler(event, Context(left=[30_000, 12_000, 11_999]))) == ["c"]
    assert table.statuses() == {"a": "RUNNING", "b": "RUNNING"}
    assert json.loads(capsys.readouterr().out)["failed"] == {"time": 1}
    assert failed(lambda_handler(event, Context(left=[3_000, 1_500, 1_499]))) == ["c"], "half of a short time"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[",
        "null",
        "[1]",
        '"text"',
        "NaN",
        "1" * 5_000,
        "[" * 100_000,
        '{"Type": "Notification", "Message": "{"}',
        '{"Type": "Notification", "Message": 7}',
        '{"Type": "Notification"}',
        json.dumps(by_sns(by_sns(hand_made("RUNNING")))),
        json.dumps(hand_made("RUNNING", job_id="\ud800")),
        json.dumps(hand_made("RUNNING", deep=json.loads("[" * 400 + "]" * 400))),
        json.dumps(hand_made("RUNNING", createdAt=float("nan"))),
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_body_fails_alone(body: str, table: Table) -> None:
    """And is no row."""
    event = batch(bad=body, good=hand_made("RUNNING"))
    assert failed(lambda_handler(event, None)) == ["bad"]
    assert table.statuses() == {"test-job-001": "RUNNING"}


def test_a_message_without_a_body_fails_alone(table: Table) -> None:
    """As any other that is not JSON."""
    event = {"Records": [{**message("bad", ""), "body": None}, message("good", hand_made("RUNNING"))]}
    assert failed(lambda_handler(event, None)) == ["bad"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(event=JSON, detail=st.dictionaries(st.sampled_from(sorted(hand_made("RUNNING")["detail"])), JSON, max_size=3))
def test_nothing_in_a_message_stops_the_others(event: Any, detail: Json, table: Table) -> None:
    """Whatever JSON it is, or whatever one of its fields is."""
    table.rows.clear()
    changed = hand_made("RUNNING", job_id="changed") | {"detail": hand_made("RUNNING", job_id="changed")["detail"] | detail}
    answer = lambda_handler(batch(any=event, changed=changed, good=hand_made("FAILED")), None)
    assert "good" not in failed(answer)
    assert table.rows["test-job-001"].status == "FAILED"


@pytest.mark.parametrize(
    "records",
    [
        {},
        "text",
        [None],
        [{}],
        [{**message("a", hand_made("RUNNING")), "messageId": ""}],
        [message("a", hand_made("RUNNING")), {**message("b", "{}"), "messageId": None}],
        [{**message("a", hand_made("RUNNING")), "eventSource": "aws:kinesis"}],
        [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}],
    ],
)
def test_a_batch_that_is_none_of_sqs_is_refused_whole(records: Any, table: Table) -> None:
    """Before anything is written: nobody could be told what failed in it."""
    with pytest.raises(MalformedEventError):
        lambda_handler({"Records": records}, None)
    assert table.rows == {}


def test_an_empty_batch_is_one(table: Table) -> None:
    """Of which nothing failed."""
    assert lambda_handler({"Records": []}, None) == {"batchItemFailures": []}


def test_the_log_is_one_bounded_line_without_values(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    """Of ten thousand messages too; of the events it has job ids and states."""
    good = [message(f"g{number}", hand_made("RUNNING", job_id=f"job-{number}", jobName="hidden")) for number in range(500)]
    bad = [message(f"b{number}", hand_made("RUNNING", statusReason=["hidden"])) for number in range(500)]
    assert len(failed(lambda_handler({"Records": good + bad}, None))) == 500
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert (said["written"], said["failed"]) == (500, {"malformed_event": 500})
    assert (len(said["jobs"]), len(said["failures"])) == (25, 25)
    assert "statusReason must be text" in said["failures"][0]["reason"]
    assert "hidden" not in line


def test_a_failure_is_logged_before_it_is_raised(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    """An event that comes directly leaves the same line as one in a batch."""
    table.throttled = {"test-job-001"}
    with pytest.raises(JobTableError):
        lambda_handler(hand_made("RUNNING"), None)
    assert json.loads(capsys.readouterr().out)["failed"] == {"job_table": 1}
