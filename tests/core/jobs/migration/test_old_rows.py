"""Rows of the old table as records: golden cases, and that no row whatever can raise anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.migration.old_rows import NoState, OldState, Reading, later, plain, read_row, read_time

NOW = datetime(2025, 6, 1, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
JOB = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
QUEUE = "arn:aws:batch:eu-west-1:123456789012:job-queue/media"
MS = 1_735_034_400_000  # 2024-12-24T10:00:00Z


def reading(zone: Any = UTC) -> Reading:
    return Reading(rules=DEFAULT_RULES, observed_at=NOW, retention_days=90, zone=zone)


def text(**columns: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in columns.items()}


def event(**detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": "123456789012",
        "time": "2024-12-24T10:00:00Z",
        "region": "eu-west-1",
        "detail": {
            "jobId": JOB,
            "jobName": "pre-694a9d57b88940a9e5cd3bee-1",
            "jobQueue": QUEUE,
            "status": "RUNNING",
            **detail,
        },
    }


def state(item: dict[str, Any], zone: Any = UTC) -> OldState:
    found = read_row(item, reading(zone))
    assert isinstance(found, OldState), found
    return found


def test_the_event_of_a_row_is_what_counts() -> None:
    """Its own time wins over the column, its status and attempts are those of the record, its secrets are not."""
    attempts = [{"container": {"exitCode": 1}}]
    whole = event(attempts=attempts, container={"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]})
    row = text(jobId=JOB, timestamp="2024-12-24T23:59:59", status="FAILED", fullEvent=json.dumps(whole))
    found = state(row)
    assert found.complete
    assert (found.record.status, found.record.attempts, found.record.exit_code) == ("RUNNING", 1, 1)
    assert found.record.timestamp == "2024-12-24T10:00:00.000Z"
    assert found.record.state_order == f"0.001.4.{MS}.1"
    assert found.record.media_id == "694a9d57b88940a9e5cd3bee"
    assert found.record.source == "event"
    assert "hunter2" not in str(found.record)


def test_columns_stand_in_where_there_is_no_event() -> None:
    """Names become ARNs where region and account are known; nothing the columns do not say is made up."""
    row = text(
        jobId=JOB,
        timestamp="2024-12-24T10:00:00Z",
        status="FAILED",
        jobName="load",
        jobQueue="media",
        jobDefinition="encode:7",
        region="eu-west-1",
        account="123456789012",
        statusReason="Essential container in task exited",
        media_id="m-1",
    )
    found = state(row)
    assert not found.complete
    record = found.record
    assert record.state_order == f"1.000.5.1.{MS}"
    assert record.job_queue == QUEUE
    assert record.job_definition == "arn:aws:batch:eu-west-1:123456789012:job-definition/encode:7"
    assert (record.job_name, record.status_reason, record.media_id) == ("load", "Essential container in task exited", "m-1")
    assert (record.attempts, record.exit_code, record.started_at) == (0, None, None)


def test_region_and_account_come_from_an_arn_where_their_columns_lack() -> None:
    """And a number as account gets its zeros back."""
    row = text(jobId=JOB, timestamp=str(MS), status="RUNNING", jobQueue=QUEUE, jobDefinition="encode:7")
    record = state(row).record
    assert (record.region, record.account) == ("eu-west-1", "123456789012")
    assert state({**row, "account": {"N": "1234567890"}}).record.account == "001234567890"


def test_an_event_kept_as_a_map_is_the_same_as_one_kept_as_text() -> None:
    """The old writer did both."""
    whole = event(createdAt=MS, isCancelled=False, attempts=[])
    as_text = text(jobId=JOB, timestamp="x", fullEvent=json.dumps(whole))
    assert state({**text(jobId=JOB, timestamp="x"), "fullEvent": attribute(whole)}) == state(as_text)
    assert state(as_text).record.created_at == MS


@pytest.mark.parametrize(
    "kept",
    [
        {"S": "{'detail': {'jobId': 'python, not json'}}"},
        {"S": '{"detail": {"jobId": "another", "status": "FAILED"}}'},
        {"S": "[" * 100_000},
        {"S": json.dumps({"detail": {"jobId": JOB, "status": "SUCCEEDED", "attempts": 7}})},
        {"S": json.dumps({"detail": {"jobId": JOB, "status": "FINISHED"}})},
        {"N": "7"},
        {"NULL": True},
    ],
)
def test_an_event_that_cannot_be_used_leaves_the_columns(kept: dict[str, Any]) -> None:
    """Not JSON, of another job, nested without end, or malformed: the row's own status is what is known then."""
    row = {**text(jobId=JOB, timestamp="2024-12-24T10:00:00Z", status="STARTING"), "fullEvent": kept}
    assert (state(row).record.status, state(row).complete) == ("STARTING", False)


@pytest.mark.parametrize(
    ("written", "zone", "milliseconds"),
    [
        ("2024-12-24T10:00:00Z", UTC, MS),
        ("2024-12-24 11:00:00+01:00", UTC, MS),
        ("2024-12-24T11:00:00", PARIS, MS),
        ("2024-12-24T10:00:00.250000", UTC, MS + 250),
        ("1735034400", PARIS, MS),
        ("1735034400.5", UTC, MS + 500),
        (1_735_034_400, UTC, MS),
        (MS, UTC, MS),
        (" 1735034400000 ", UTC, MS),
        ("2024-10-27T02:30:00", PARIS, 1_729_989_000_000),  # twice in that night: the first
        ("yesterday", UTC, None),
        ("", UTC, None),
        (True, UTC, None),
        (None, UTC, None),
        ("1e999999999", UTC, None),
    ],
)
def test_times_as_they_were_really_written(written: Any, zone: Any, milliseconds: int | None) -> None:
    """With or without a zone, in seconds or milliseconds, as text or as a number."""
    assert read_time(written, zone) == milliseconds


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (text(jobId="unknown", timestamp="1"), "unknown_job"),
        (text(jobId=" ", timestamp="1"), "unknown_job"),
        ({"timestamp": {"S": "1"}}, "unknown_job"),
        (text(jobId=JOB, timestamp="2024-12-24T10:00:00Z"), "unreadable"),
        (text(jobId=JOB, timestamp="2024-12-24T10:00:00Z", status="DONE"), "unreadable"),
        (text(jobId=JOB, timestamp="1999-01-01T00:00:00Z", status="RUNNING"), "unreadable"),
        (text(jobId=JOB, timestamp="2025-06-03T00:00:00Z", status="RUNNING"), "unreadable"),
        (text(jobId=f"{JOB}:12", timestamp="2024-12-24T10:00:00Z", status="RUNNING"), "array_child"),
        (text(jobId=f"{JOB}#0", timestamp="2024-12-24T10:00:00Z", status="RUNNING"), "node"),
    ],
)
def test_rows_that_are_no_state_say_why(row: dict[str, Any], reason: str) -> None:
    """The shared row `unknown` among them: it is nobody's."""
    found = read_row(row, reading())
    assert isinstance(found, NoState) and found.reason == reason
    assert bool(found.cause) == (reason == "unreadable")


def test_rows_stay_for_fifteen_days_at_least() -> None:
    """A state older than the retention is kept as long as old events may come."""
    assert state(text(jobId=JOB, timestamp="2020-01-01T00:00:00Z", status="FAILED")).record.expires_at == (
        int(NOW.timestamp()) + 15 * 86_400
    )


def test_the_later_of_two_states_wins_whichever_comes_first() -> None:
    """By the one order of states; of two equal ones the one with its event."""
    with_event = state(text(jobId=JOB, timestamp="x", fullEvent=json.dumps(event())))
    columns = state(text(jobId=JOB, timestamp="2024-12-24T10:00:00Z", status="RUNNING"))
    failed = state(text(jobId=JOB, timestamp="2024-12-24T09:00:00Z", status="FAILED"))
    assert later(with_event, columns) is later(columns, with_event) is with_event
    assert later(failed, with_event) is later(with_event, failed) is failed
    assert later(None, failed) is later(failed, None) is failed


def attribute(value: Any) -> dict[str, Any]:
    """Plain data as an attribute value: written apart from `plain`, which must be its inverse."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case list():
            return {"L": [attribute(one) for one in value]}
        case _:
            return {"M": {str(name): attribute(one) for name, one in value.items()}}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**37), 10**37)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
NAMES = ("status", "jobName", "jobQueue", "region", "account", "statusReason", "media_id", "timestamp")
FIELDS = ("jobId", "status", "attempts", "container", "arrayProperties", "retryStrategy", "startedAt", "tags", "parameters")
STATES = st.sampled_from(["RUNNING", "FAILED", "SUCCEEDED"])
EVENTS = st.builds(
    lambda detail, rest: {"detail": {**detail, **rest}, "time": rest.get("time", "2024-12-24T10:00:00Z")},
    st.fixed_dictionaries({"jobId": st.just(JOB), "status": STATES}),
    st.dictionaries(st.sampled_from([*FIELDS, "time"]), JSON, max_size=4),
)


@given(value=JSON)
def test_attribute_values_are_read_as_what_they_were_written_from(value: Any) -> None:
    """Whatever the old writer put into a map."""
    assert plain(attribute(value)) == value


@given(
    columns=st.dictionaries(st.sampled_from(NAMES), JSON | st.binary() | STATES, max_size=6),
    kept=EVENTS | EVENTS.map(json.dumps) | JSON,
    job_id=st.just(JOB) | st.text(),
)
def test_whatever_a_row_holds_it_is_a_state_or_a_reason(columns: dict[str, Any], kept: Any, job_id: str) -> None:
    """Hostile values never raise, and a state is one of the job the row belongs to."""
    row = {name: attribute(value) for name, value in {**columns, "fullEvent": kept}.items()}
    found = read_row({**row, "jobId": {"S": job_id}}, reading())
    if isinstance(found, OldState):
        assert found.record.job_id == job_id
        assert found.record.state_order
    else:
        assert found.reason
