"""The job-state Lambda against the embedded DynamoDB: what is pasted into the console, and what must not be stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from tests.fakes.jobs import create_lasting_table
from tests.fakes.lambda_events import batch, by_sns, hand_made, queue_blocked
from vectora_core.errors import JobTableError, MalformedEventError
from vectora_core.lambdas import job_state
from vectora_core.lambdas.job_state import lambda_handler

NOW = datetime(2024, 12, 24, 10, 0, 5, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a table as they are stored."""

    client: Any
    table: str

    def __call__(self) -> dict[str, dict[str, dict[str, Any]]]:
        return {item["jobId"]["S"]: item for item in self.client.scan(TableName=self.table)["Items"]}


@pytest.fixture
def rows(new_bucket: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Rows]:
    """A table of its own, which the environment of the function names."""
    client, name = boto3.client("dynamodb"), new_bucket()
    create_lasting_table(client, name)
    monkeypatch.setenv("VECTORA_JOBS_TABLE", name)
    monkeypatch.setattr(job_state, "_utc_now", lambda: NOW)
    job_state._resources.cache_clear()
    yield Rows(client=client, table=name)
    job_state._resources.cache_clear()
    client.close()


def counts(**given: int) -> dict[str, Any]:
    return {"written": 0, "duplicate": 0, "late": 0, "ignored": {}, **given}


def test_two_hand_made_events_of_the_same_second_are_one_row(rows: Rows) -> None:
    """RUNNING, then SUCCEEDED with the same time: the row is updated; the other way round it stays."""
    assert lambda_handler(hand_made("RUNNING"), None) == counts(written=1)
    assert rows()["test-job-001"]["status"] == {"S": "RUNNING"}
    assert lambda_handler(hand_made("SUCCEEDED"), None) == counts(written=1)
    assert lambda_handler(hand_made("SUCCEEDED"), None) == counts(duplicate=1)
    assert lambda_handler(hand_made("RUNNING"), None) == counts(late=1)
    (row,) = rows().values()
    assert row["status"] == {"S": "SUCCEEDED"}
    assert row["timestamp"] == {"S": "2024-12-24T10:00:00.000Z"}
    assert row["observedAt"] == {"S": "2024-12-24T10:00:05.000Z"}
    assert row["media_id"] == {"S": "694a9d57b88940a9e5cd3bee"}
    assert row["source"] == {"S": "event"}


def test_a_password_in_an_event_is_nowhere_in_the_table(rows: Rows, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither its value nor its name, in no attribute, and not in the log."""
    secret = [{"name": "DB_PASSWORD", "value": "hunter2-secret"}]
    attempt = {"container": {"exitCode": 1, "reason": "Error"}, "startedAt": 1735034400000}
    lambda_handler(
        hand_made(
            "FAILED",
            container={"image": "app:1", "environment": secret, "command": ["run", "--token=hunter2-secret"]},
            parameters={"DB_PASSWORD": "hunter2-secret"},
            eksProperties={"podProperties": {"containers": [{"env": secret, "args": ["hunter2-secret"]}]}},
            attempts=[attempt],
        ),
        None,
    )
    (row,) = rows().values()
    assert row["exitCode"] == {"N": "1"}
    said = capsys.readouterr().out
    for text in (json.dumps(row), said):
        assert "hunter2" not in text
        assert "DB_PASSWORD" not in text


def test_what_is_not_for_the_table_is_counted_and_ignored(rows: Rows) -> None:
    """A blocked queue, another service, a child of an array, a node: no error, and no row."""
    assert lambda_handler(queue_blocked(), None)["ignored"] == {"other_detail_type": 1}
    assert lambda_handler({**hand_made("RUNNING"), "source": "my.app"}, None)["ignored"] == {"other_source": 1}
    assert lambda_handler(hand_made("RUNNING", job_id="parent:12"), None)["ignored"] == {"array_child": 1}
    assert lambda_handler(hand_made("RUNNING", job_id="parent#0"), None)["ignored"] == {"node": 1}
    assert rows() == {}


def test_children_are_stored_when_asked_for(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """By VECTORA_JOBS_CHILDREN, each under its own id."""
    monkeypatch.setenv("VECTORA_JOBS_CHILDREN", "true")
    assert lambda_handler(hand_made("RUNNING", job_id="parent:12"), None) == counts(written=1)
    assert set(rows()) == {"parent:12"}


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        None,
        "text",
        {**hand_made("RUNNING"), "time": "yesterday"},
        hand_made("CRUNCHING"),
        hand_made("RUNNING", job_id=""),
        {**hand_made("RUNNING"), "detail": None},
    ],
)
def test_a_malformed_event_is_refused_and_touches_no_row(event: Any, rows: Rows) -> None:
    """There is no row for jobs without an id; the way to the dead-letter queue is an exception."""
    lambda_handler(hand_made("RUNNING"), None)
    before = rows()
    with pytest.raises(MalformedEventError):
        lambda_handler(event, None)
    assert rows() == before


def test_a_batch_stores_all_but_what_failed(rows: Rows, capsys: pytest.CaptureFixture[str]) -> None:
    """Only malformed messages are given back to SQS; the log counts everything, in one line."""
    event = batch(
        first=hand_made("RUNNING", job_id="a"),
        broken="{",
        second=by_sns(hand_made("SUCCEEDED", job_id="b")),
        unknown=hand_made("CRUNCHING", job_id="c"),
        third=hand_made("SUCCEEDED", job_id="a"),
        blocked=queue_blocked(),
    )
    answer = lambda_handler(event, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "broken"}, {"itemIdentifier": "unknown"}]}
    assert {job: row["status"]["S"] for job, row in rows().items()} == {"a": "SUCCEEDED", "b": "SUCCEEDED"}
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert said.items() >= counts(written=2, late=1, ignored={"other_detail_type": 1}).items()
    assert said["failed"] == {"malformed_event": 2}
    assert [one["messageId"] for one in said["failures"]] == ["broken", "unknown"]
    assert said["jobs"][0] == {"jobId": "a", "status": "SUCCEEDED", "verdict": "written"}


def test_a_table_that_is_not_there_fails(rows: Rows) -> None:
    """As an exception for one event, which AWS sends again; as failures of all messages in a batch."""
    rows.client.delete_table(TableName=rows.table)
    with pytest.raises(JobTableError, match="does not exist"):
        lambda_handler(hand_made("RUNNING"), None)
    answer = lambda_handler(batch(one=hand_made("RUNNING"), two=hand_made("FAILED"), other=queue_blocked()), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "one"}, {"itemIdentifier": "two"}]}
