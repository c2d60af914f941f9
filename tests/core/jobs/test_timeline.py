"""One job over time: its attempts and phases, whatever shape and whatever nonsense its event has."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.jobs import job
from vectora_core.jobs.events import iso_time, parse_event, record_of_description
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.states import STATUSES
from vectora_core.jobs.timeline import Attempt, Phase, attempts_of, phases_of
from vectora_core.jobs.types import JobRecord

CASES = Path(__file__).parents[2] / "data" / "jobs"
T = 1_766_497_600_000  # 2025-12-23T13:46:40Z
NOW = datetime.fromtimestamp(T / 1000, UTC) + timedelta(hours=1)
END = T + 3_600_000


def golden(name: str) -> JobRecord:
    """Return the record of a golden pair."""
    document = json.loads((CASES / name).read_text())
    if ".event." in name:
        found = parse_event(document, rules=DEFAULT_RULES, observed_at=NOW, retention_days=90)
        assert isinstance(found, JobRecord)
        return found
    return record_of_description(
        document, asked_at=NOW, region="eu-west-1", account="1" * 12, rules=DEFAULT_RULES, retention_days=90
    )


def row(status: str, *, detail: Any = None, at: int = END, **more: Any) -> JobRecord:
    """Return a row whose full event has this detail, written at this time."""
    event = json.dumps({"detail": detail}) if detail is not None else ""
    known = {"created_at": T, "full_event": event, "timestamp": iso_time(at)}
    return job("a", status, **(known | more))


def spans(record: JobRecord) -> list[tuple[str, int | None, int, int, bool]]:
    """Return the phases in seconds after T."""
    return [
        (str(one.kind), one.attempt, (one.start - T) // 1000, (one.end - T) // 1000, one.ongoing)
        for one in phases_of(record, NOW)
    ]


def test_attempts_of_containers() -> None:
    """The ended ones with exit code, reasons and log; then the one that runs, with its own log."""
    ended, runs = attempts_of(golden("ecs_retried.event.json"))
    assert ended == Attempt(
        number=1,
        started_at_ms=1_766_497_640_000,
        stopped_at_ms=1_766_497_660_000,
        exit_code=137,
        reason="Essential container in task exited; OutOfMemoryError: Container killed due to memory usage",
        log_stream="encode/default/first",
    )
    assert runs == Attempt(number=2, started_at_ms=1_766_497_670_000, log_stream="encode/default/second")


def test_attempts_of_pods_and_of_tasks_with_several_containers() -> None:
    """Of several containers the one that failed counts."""
    first, second = attempts_of(golden("eks_failed.event.json"))
    assert (first.number, first.exit_code, first.started_at_ms) == (1, 1, 1_766_497_640_000)
    assert (second.number, second.exit_code, second.stopped_at_ms) == (2, 137, 1_766_497_670_000)
    record = golden("ecs_containers_failed.event.json")
    (only,) = attempts_of(record)
    assert (only.exit_code, only.log_stream) == (record.exit_code, record.log_stream)
    assert only.exit_code


@pytest.mark.parametrize("name", ["multi_node_runnable.event.json", "cancelled.event.json", "bare_minimum.event.json"])
def test_a_job_that_never_ran_has_no_attempt(name: str) -> None:
    """Whatever its shape."""
    assert attempts_of(golden(name)) == ()


def test_phases_of_a_job_that_was_tried_again() -> None:
    """It waited, ran, waited between its attempts and runs now; the last phase ends now."""
    assert spans(golden("ecs_retried.event.json")) == [
        ("waiting", None, 35, 40, False),
        ("running", 1, 40, 60, False),
        ("between attempts", None, 60, 70, False),
        ("running", 2, 70, 3_600, True),
    ]


FIRST = {"startedAt": T + 10_000, "stoppedAt": T + 20_000}
OPEN_OR_NOT: dict[str, tuple[JobRecord, list[tuple[str, int | None, int, int, bool]]]] = {
    "waits": (row("RUNNABLE"), [("waiting", None, 0, 3_600, True)]),
    "was created this moment": (row("SUBMITTED", created_at=END), [("waiting", None, 3_600, 3_600, True)]),
    "waits again": (
        row("RUNNABLE", detail={"attempts": [FIRST]}, attempts=1),
        [("waiting", None, 0, 10, False), ("running", 1, 10, 20, False), ("between attempts", None, 20, 3_600, True)],
    ),
    "waits again, ended nobody knows when": (
        row("RUNNABLE", detail={"attempts": [{"startedAt": T + 10_000}]}, attempts=1, at=T + 30_000),
        [("waiting", None, 0, 10, False), ("running", 1, 10, 30, False), ("between attempts", None, 30, 3_600, True)],
    ),
    "runs": (
        row("RUNNING", detail={}, started_at=T + 5_000),
        [("waiting", None, 0, 5, False), ("running", 1, 5, 3_600, True)],
    ),
    "runs since nobody knows when": (
        row("RUNNING", at=T + 7_000),
        [("waiting", None, 0, 7, False), ("running", 1, 7, 3_600, True)],
    ),
    "runs, and nobody wrote when": (row("RUNNING", timestamp="soon"), [("running", 1, 0, 3_600, True)]),
    "gone while it ran": (
        row("RUNNING", started_at=T + 5_000, at=T + 9_000, gone="2025-12-23T14:00:00.000Z"),
        [("waiting", None, 0, 5, False), ("running", 1, 5, 9, False)],
    ),
    "gone while it waited": (
        row("RUNNABLE", at=T + 9_000, gone="2025-12-23T14:00:00.000Z"),
        [("waiting", None, 0, 9, False)],
    ),
    "ended": (
        row("SUCCEEDED", started_at=T + 5_000, stopped_at=T + 8_000),
        [("waiting", None, 0, 5, False), ("running", 1, 5, 8, False)],
    ),
    "cancelled while it waited": (row("FAILED", stopped_at=T + 8_000), [("waiting", None, 0, 8, False)]),
    "cancelled, it is not said when": (row("FAILED", at=T + 9_000), [("waiting", None, 0, 9, False)]),
    "cancelled while it waited again": (
        row("FAILED", detail={"attempts": [FIRST]}, attempts=1, stopped_at=T + 50_000),
        [("waiting", None, 0, 10, False), ("running", 1, 10, 20, False), ("between attempts", None, 20, 50, False)],
    ),
    "ended a moment after its attempt": (
        row("FAILED", detail={"attempts": [FIRST]}, attempts=1, stopped_at=T + 20_900),
        [("waiting", None, 0, 10, False), ("running", 1, 10, 20, False)],
    ),
    "never started its first attempt": (
        row("FAILED", detail={"attempts": [{"statusReason": "no host"}, FIRST]}, attempts=2, stopped_at=T + 20_000),
        [("waiting", None, 0, 10, False), ("running", 2, 10, 20, False)],
    ),
    "created nobody knows when": (
        row("SUCCEEDED", created_at=None, started_at=T + 5_000, stopped_at=T + 8_000),
        [("running", 1, 5, 8, False)],
    ),
    "nothing but its status": (row("PENDING", created_at=None, at=T + 9_000), [("waiting", None, 9, 3_600, True)]),
    "succeeded, and that is all": (row("SUCCEEDED"), []),
    "ran, and that is all": (row("FAILED", exit_code=1), []),
    "nothing at all": (row("PENDING", created_at=None, timestamp="soon"), []),
    "the parent of an array": (row("PENDING", array_size=3), []),
    "a state nobody knows": (
        replace(row("PENDING", stopped_at=T + 5_000), status="DREAMING"),
        [("waiting", None, 0, 5, False)],
    ),
    "clocks that differ": (row("RUNNING", started_at=T - 5_000), [("running", 1, 0, 3_600, True)]),
    "from the future": (
        row("RUNNING", started_at=END + 5_000),
        [("waiting", None, 0, 3_600, False), ("running", 1, 3_600, 3_600, True)],
    ),
    "created in the future": (row("PENDING", created_at=END + 5_000), [("waiting", None, 3_600, 3_600, True)]),
    "ends before it starts": (
        row("FAILED", detail={"attempts": [{"startedAt": T + 20_000, "stoppedAt": T + 10_000}]}, stopped_at=T + 30_000),
        [("waiting", None, 0, 20, False), ("running", 1, 20, 20, False), ("between attempts", None, 20, 30, False)],
    ),
    "attempts that overlap": (
        row(
            "FAILED",
            detail={"attempts": [FIRST, {"startedAt": T + 15_000, "stoppedAt": T + 30_000}]},
            stopped_at=T + 30_000,
        ),
        [("waiting", None, 0, 10, False), ("running", 1, 10, 20, False), ("running", 2, 20, 30, False)],
    ),
}


@pytest.mark.parametrize(("record", "expected"), OPEN_OR_NOT.values(), ids=OPEN_OR_NOT)
def test_phases_are_what_the_times_tell(record: JobRecord, expected: list[tuple[str, int | None, int, int, bool]]) -> None:
    """In order, without gaps but where nothing is known; contradictions are put right."""
    assert spans(record) == expected


COLUMNS = {"started_at": T + 5_000, "stopped_at": T + 8_000, "exit_code": 3, "status_reason": "no", "log_stream": "l"}
HOSTILE = {
    "nothing": "",
    "no JSON": "{",
    "cut": '{"detail": {"attempts": [{"startedAt": 17664',
    "a list": "[]",
    "a number": "5",
    "no detail": "{}",
    "a text for a detail": '{"detail": "<script>"}',
    "deep": '{"detail":' + '{"a":' * 100_000,
    "a text for attempts": '{"detail": {"attempts": "<script>", "eksAttempts": {"a": 1}}}',
    "no attempts": '{"detail": {"attempts": [], "eksAttempts": null}}',
    "a number nobody can hold": '{"detail": {"attempts": ' + "9" * 5_000 + "}}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_event_that_cannot_be_read_leaves_what_the_columns_know(text: str) -> None:
    """Of a job that ended its last attempt; of an open one how the last one ended, and that it runs again."""
    ended = row("FAILED", full_event=text, attempts=2, **COLUMNS)
    only = Attempt(number=2, started_at_ms=T + 5_000, stopped_at_ms=T + 8_000, exit_code=3, reason="no", log_stream="l")
    assert attempts_of(ended) == (only,)
    assert spans(ended) == [("waiting", None, 0, 5, False), ("running", 2, 5, 8, False)]
    again = row("RUNNING", full_event=text, attempts=2, exit_code=3, started_at=T + 5_000)
    assert attempts_of(again) == (Attempt(number=2, exit_code=3), Attempt(number=3, started_at_ms=T + 5_000))
    first = row("RUNNING", full_event=text, started_at=T + 5_000, log_stream="l")
    assert attempts_of(first) == (Attempt(number=1, started_at_ms=T + 5_000, log_stream="l"),)


def test_a_part_that_cannot_be_read_takes_nothing_with_it() -> None:
    """Each field of each attempt is read for itself, and keeps its number."""
    container = {"exitCode": "137", "logStreamName": ["x"], "reason": 5}
    detail = {
        "attempts": [
            "no attempt",
            {"startedAt": "soon", "stoppedAt": True, "statusReason": {}, "container": container},
            {"startedAt": -5, "stoppedAt": 10**15, "statusReason": "kept", "container": "no container"},
            {"startedAt": T, "stoppedAt": T + 1, "container": {"exitCode": 1, "reason": "\ud800" + "x" * 9_000}},
        ],
    }
    found = attempts_of(row("FAILED", detail=detail))
    assert found[:2] == (Attempt(number=1), Attempt(number=2))
    assert found[2] == Attempt(number=3, reason="kept")
    assert (found[3].started_at_ms, found[3].exit_code, len(found[3].reason or "")) == (T, 1, 4_096)


def test_there_are_not_more_attempts_than_batch_allows() -> None:
    """A page shows each of them."""
    assert len(attempts_of(row("FAILED", detail={"attempts": [{}] * 5_000}))) == 999


TIMES = st.none() | st.integers(T - 10_000, END + 10_000) | st.integers() | st.floats() | st.text(max_size=3)
ATTEMPTS = st.lists(st.fixed_dictionaries({}, optional={"startedAt": TIMES, "stoppedAt": TIMES}) | st.none(), max_size=5)
NUMBERS = st.none() | st.integers(T - 10_000, END + 10_000) | st.integers()


@given(
    record=st.builds(
        replace,
        st.sampled_from([job("a", status) for status in STATUSES] + [replace(job("a"), status="DREAMING")]),
        created_at=NUMBERS,
        started_at=NUMBERS,
        stopped_at=NUMBERS,
        attempts=st.integers(0, 4),
        exit_code=st.none() | st.integers(0, 255),
        gone=st.none() | st.just("2025-12-23T14:00:00.000Z"),
        timestamp=st.integers(T - 10_000, END + 10_000).map(iso_time) | st.text(max_size=5),
        full_event=st.builds(lambda found: json.dumps({"detail": {"attempts": found}}), ATTEMPTS) | st.text(max_size=5),
    )
)
def test_phases_follow_each_other_whatever_the_row_says(record: JobRecord) -> None:
    """Never negative, never overlapping, nothing after now; the last of an open job ends now, and no other goes on."""
    phases: tuple[Phase, ...] = phases_of(record, NOW)
    assert all(one.start <= one.end <= END for one in phases)
    assert all(one.end <= other.start for one, other in pairwise(phases))
    goes_on = record.status in STATUSES[:5] and record.gone is None
    assert [one.ongoing for one in phases] == [goes_on and one is phases[-1] for one in phases]
    assert not goes_on or not phases or phases[-1].end == END
    assert all((one.kind == "running") == (one.attempt is not None) for one in phases)
