"""Events: what becomes a record, what is ignored, what is malformed. Whole records are the golden pairs of test_golden."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.errors import MalformedEventError
from vectora_core.jobs.events import MAX_REASON, Ignored, iso_time, parse_event, record_of_description
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.types import JobRecord

NOW = datetime(2025, 1, 1, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "detail-type": "Batch Job State Change",
    "source": "aws.batch",
    "time": "2024-12-24T10:00:00Z",
    "detail": {"jobId": "test-job-001", "jobName": "test-job", "jobQueue": "q", "status": "RUNNING"},
}


def parse(event: Any, **more: Any) -> JobRecord | Ignored:
    return parse_event(event, rules=DEFAULT_RULES, observed_at=NOW, **{"retention_days": 90, **more})


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the event with one field set; `...` takes it away."""
    event = deepcopy(EVENT)
    *way, last = path.split("/")
    place = event
    for step in way:
        place = place.setdefault(step, {})
    place[last] = value
    if value is ...:
        del place[last]
    return event


def record(event: Any, **more: Any) -> JobRecord:
    found = parse(event, **more)
    assert isinstance(found, JobRecord)
    return found


@pytest.mark.parametrize(
    ("time", "timestamp"),
    [
        ("2024-12-24T10:00:00Z", "2024-12-24T10:00:00.000Z"),
        ("2024-12-24T10:00:00+00:00", "2024-12-24T10:00:00.000Z"),
        ("2024-12-24T10:00:00.1239Z", "2024-12-24T10:00:00.123Z"),
        ("2024-12-24T10:00:00.123456789Z", "2024-12-24T10:00:00.123Z"),
        ("2024-12-24T23:30:00-05:30", "2024-12-25T05:00:00.000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_times_become_utc_with_milliseconds(time: str, timestamp: str) -> None:
    """RFC 3339 in, one form out: texts that sort like times."""
    assert record(changed("time", time)).timestamp == timestamp


@pytest.mark.parametrize(
    "time",
    [
        "2024-12-24T10:00:00",
        "2024-12-24",
        "2024-12-24T10:00Z",
        "20241224T100000Z",
        "2024-13-24T10:00:00Z",
        "2024-12-24T10:00:60Z",
        "1969-12-31T23:59:59Z",
        "2300-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "٢٠٢٤-12-24T10:00:00Z",
        "1735034400",
    ],
)
def test_a_time_without_a_zone_or_out_of_range_is_malformed(time: str) -> None:
    """Nobody knows when it was."""
    with pytest.raises(MalformedEventError, match=r"^time must be a time since 1970 such as 2024-12-24T10:00:00Z"):
        parse(changed("time", time))


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("detail-type", "Batch Job Queue Blocked", "other_detail_type"),
        ("detail-type", "DescribeJobs", "other_detail_type"),
        ("source", "aws.ecs", "other_source"),
        ("detail/jobId", "e13b29a0:12", "array_child"),
        ("detail/arrayProperties/index", 0, "array_child"),
        ("detail/jobId", "e13b29a0#0", "node"),
        ("detail/nodeProperties/nodeIndex", 1, "node"),
        ("detail/nodeDetails/nodeIndex", 0, "node"),
    ],
)
def test_what_is_not_for_the_table_is_ignored(path: str, value: Any, reason: str) -> None:
    """It is no error, and says why."""
    assert parse(changed(path, value)) == Ignored(reason=reason)


@pytest.mark.parametrize("job_id", ["e13b29a0:12", "e13b29a0#0"])
def test_children_and_nodes_become_records_when_asked_for(job_id: str) -> None:
    """Under their own ids."""
    assert record(changed("detail/jobId", job_id), children=True).job_id == job_id


def test_parents_are_no_parts() -> None:
    """An array's parent has a size, a multi-node parent its ranges; neither has an index."""
    assert record(changed("detail/arrayProperties", {"size": 3})).array_size == 3
    assert record(changed("detail/nodeProperties", {"numNodes": 2, "mainNode": 0})).job_id == "test-job-001"


@pytest.mark.parametrize("path", ["detail-type", "time", "detail", "detail/jobId", "detail/status"])
@pytest.mark.parametrize("value", [..., None, "", " ", 5, [], {}])
def test_what_a_record_needs_must_be_there(path: str, value: Any) -> None:
    """The message names the field; nothing stands in for it."""
    with pytest.raises(MalformedEventError, match=f"^{path.replace('/', '.')}"):
        parse(changed(path, value))


@pytest.mark.parametrize("event", [None, 5, "x", [], [EVENT], True])
def test_what_is_no_object_is_malformed(event: Any) -> None:
    """Whatever a sender thinks an event is."""
    with pytest.raises(MalformedEventError, match=r"^the event must be an object"):
        parse(event)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("region", 5),
        ("account", ["1"]),
        ("source", {}),
        ("detail/status", "DONE"),
        ("detail/status", "running"),
        ("detail/jobId", "é" * 1_025),
        ("detail/jobId", "\ud800"),
        ("detail/jobQueue", "q" * 2_049),
        ("detail/jobName", 5),
        ("detail/jobDefinition", []),
        ("detail/statusReason", {}),
        ("detail/createdAt", True),
        ("detail/createdAt", -1),
        ("detail/createdAt", "1766497635776"),
        ("detail/startedAt", float("nan")),
        ("detail/startedAt", 1.5),
        ("detail/stoppedAt", 10**13),
        ("detail/isCancelled", 1),
        ("detail/isTerminated", "true"),
        ("detail/retryStrategy", 3),
        ("detail/retryStrategy/attempts", 10**40),
        ("detail/attempts", {}),
        ("detail/attempts", "xx"),
        ("detail/eksAttempts", 0),
        ("detail/container", []),
        ("detail/container/exitCode", 2**31),
        ("detail/container/logStreamName", 5),
        ("detail/container/reason", 5),
        ("detail/arrayProperties", []),
        ("detail/arrayProperties/size", "3"),
        ("detail/arrayProperties/index", "3"),
        ("detail/arrayProperties/statusSummary", []),
        ("detail/nodeDetails/nodeIndex", True),
        ("detail/ecsProperties/taskProperties", {}),
    ],
)
def test_a_field_of_the_wrong_type_is_malformed(path: str, value: Any) -> None:
    """The message names the field and what it must be, and never quotes the value: it may be a secret."""
    with pytest.raises(MalformedEventError, match=f"^{path.replace('/', '.')} must be") as raised:
        parse(changed(path, value))
    assert str(raised.value).endswith("; send the event as AWS Batch makes it")


@pytest.mark.parametrize(
    ("attempts", "where"),
    [
        ([5], r"detail\.attempts\[0\] must be an object"),
        ([{}, {"container": {"exitCode": "1"}}], r"detail\.attempts\[1\]\.container\.exitCode must be a whole number"),
        (
            [{"taskProperties": [{"containers": [{"exitCode": {}}]}]}],
            r"attempts\[0\]\.taskProperties\[0\]\.containers\[0\]\.exit",
        ),
        ([{}] * 1_000, r"detail\.attempts has more than 999"),
    ],
)
def test_attempts_are_checked_to_the_bottom(attempts: list[Any], where: str) -> None:
    """With the place in the list."""
    with pytest.raises(MalformedEventError, match=where):
        parse(changed("detail/attempts", attempts))


def test_an_init_container_that_failed_gives_its_exit_code() -> None:
    """The others of its pod never ran."""
    attempt = {"containers": [{"name": "main"}], "initContainers": [{"exitCode": 0}, {"exitCode": 4}]}
    assert record(changed("detail/eksAttempts", [attempt])).exit_code == 4


def test_an_unknown_state_of_children_is_malformed() -> None:
    """As an unknown state of the job itself is."""
    with pytest.raises(MalformedEventError, match=r"detail\.arrayProperties\.statusSummary must be counts by SUBMITTED"):
        parse(changed("detail/arrayProperties/statusSummary", {"DONE": 1}))


def test_long_reasons_are_cut_and_half_characters_replaced() -> None:
    """The row says so."""
    found = record(changed("detail/statusReason", "\ud800" + "x" * MAX_REASON))
    assert found.status_reason == "\ufffd" + "x" * (MAX_REASON - 1)
    assert found.cut


def test_a_row_outlives_the_dead_letter_queues() -> None:
    """Ninety days after the state, and never less than fifteen from now."""
    recent = datetime(2024, 12, 24, 10, tzinfo=UTC) + timedelta(days=90)
    assert record(EVENT).expires_at == recent.timestamp()
    soonest = (NOW + timedelta(days=15)).timestamp()
    assert record(changed("time", "2020-01-01T00:00:00Z")).expires_at == soonest
    assert record(EVENT, retention_days=1).expires_at == soonest


def test_a_description_says_whom_it_asked() -> None:
    """The full event of a description has an envelope of the same shape, and an order below that of an event."""
    asked = NOW + timedelta(microseconds=1_500)
    where = {"region": "eu-west-1", "account": "1", "rules": DEFAULT_RULES, "retention_days": 90}
    found = record_of_description({**EVENT["detail"], "jobArn": "arn", "jobId": "a:1"}, asked_at=asked, **where)
    envelope = json.loads(found.full_event)
    assert (envelope["detail-type"], envelope["source"]) == ("DescribeJobs", "vectora.sync")
    assert (envelope["resources"], envelope["time"]) == (["arn"], "2025-01-01T00:00:00.001Z")
    assert (found.job_id, found.source, found.state_order[-2:]) == ("a:1", "sync", ".0")
    with pytest.raises(MalformedEventError):
        record_of_description({"jobId": "x"}, asked_at=asked, **where)


def test_milliseconds_become_sortable_texts() -> None:
    """To the last one of a second, and up to the year 2286."""
    assert iso_time(999) == "1970-01-01T00:00:00.999Z"
    assert iso_time(9_999_999_999_999) == "2286-11-20T17:46:39.999Z"


GOLDEN = [json.loads(path.read_text()) for path in (Path(__file__).parents[2] / "data/jobs").glob("*.event.json")]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place inside a JSON value: the holder and the key."""
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(value, key) for key, _ in items] + [place for _, inner in items for place in places(inner)]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_json_makes_it_raise_anything_else(data: st.DataObject) -> None:
    """Real events with up to three places replaced: a record that can be encoded, ignored, or malformed."""
    event = deepcopy(data.draw(st.sampled_from(GOLDEN)))
    for _ in range(data.draw(st.integers(0, 3))):
        holder, key = data.draw(st.sampled_from(places(event)))
        holder[key] = data.draw(ANYTHING)
    try:
        found = parse(event, children=data.draw(st.booleans()))
    except MalformedEventError:
        return
    if isinstance(found, JobRecord):
        assert repr(found) and all(text.encode() is not None for text in vars(found).values() if isinstance(text, str))
        json.loads(found.full_event)
