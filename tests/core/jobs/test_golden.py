"""Golden pairs: what AWS says of a job, and the record it becomes.

Adding a case is adding `tests/data/jobs/<name>.event.json` (an EventBridge event) or `<name>.detail.json` (a JobDetail of
DescribeJobs), and `<name>.record.json`. Secrets in them are all called hunter2.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vectora_core.jobs.events import parse_event, record_of_description
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.types import JobRecord

CASES = Path(__file__).parents[2] / "data" / "jobs"
NOW = datetime(2025, 12, 24, 12, tzinfo=UTC)
SEEN_BY = ("full_event", "state_order", "source", "observed_at", "timestamp", "expires_at")


def described(detail: dict[str, Any]) -> JobRecord:
    return record_of_description(
        detail, asked_at=NOW, region="eu-west-1", account="123456789012", rules=DEFAULT_RULES, retention_days=90
    )


def of_event(event: dict[str, Any]) -> JobRecord:
    record = parse_event(event, rules=DEFAULT_RULES, observed_at=NOW, retention_days=90)
    assert isinstance(record, JobRecord)
    return record


def cases() -> list[Path]:
    return sorted(path for path in CASES.glob("*.json") if not path.name.endswith(".record.json"))


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.name)
def test_what_aws_says_becomes_this_record(case: Path) -> None:
    """Every column; the full event as the JSON it is."""
    read = of_event if case.name.endswith(".event.json") else described
    record = asdict(read(json.loads(case.read_text())))
    record["full_event"] = json.loads(record["full_event"])
    expected = case.with_name(case.name.split(".")[0] + ".record.json")
    assert record == json.loads(expected.read_text())


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.name)
def test_no_secret_is_anywhere_in_a_record(case: Path) -> None:
    """Neither the values nor the names that say what they are."""
    read = of_event if case.name.endswith(".event.json") else described
    text = repr(read(json.loads(case.read_text())))
    assert "hunter2" not in text
    assert "DB_PASSWORD" not in text
    assert "db_password" not in text


@pytest.mark.parametrize("case", [path for path in cases() if "event" in path.suffixes[0]], ids=lambda path: path.name)
def test_a_description_of_the_same_state_has_the_same_columns(case: Path) -> None:
    """Only who saw it, and when, differs; so the table ends the same whoever comes first."""
    event = json.loads(case.read_text())
    where = {"region": event.get("region", ""), "account": event.get("account", "")}
    record = record_of_description(event["detail"], asked_at=NOW, rules=DEFAULT_RULES, retention_days=90, **where)
    one, other = asdict(of_event(event)), asdict(record)
    assert {key: one[key] for key in one if key not in SEEN_BY} == {key: other[key] for key in one if key not in SEEN_BY}
