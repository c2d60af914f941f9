"""Real events, where the corpus is at hand: ``../shared/corpus`` beside the project (its README tells more)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vectora_core.jobs.events import parse_event, record_of_description
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.redaction import REDACTED
from vectora_core.jobs.types import JobRecord

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "batch-events"
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is absent")]

NOW = datetime(2025, 5, 1, tzinfo=UTC)
COLUMNS = (
    "status",
    "attempts",
    "max_attempts",
    "exit_code",
    "failure_kind",
    "log_stream",
    "started_at",
    "stopped_at",
    "cut",
)
LOG = "LandsatTaskBatchJob1274-22c9d72bcea6994/default/c91ac76cc90547158ae62de97c500485"
FILES = {
    "dotnet_event.json": ("RUNNABLE", 0, 1, None, None, None, None, None, False),
    "hls_vi_failed_event.json": (
        "FAILED",
        1,
        3,
        1,
        "exit_code",
        "job/default/63eb5c704ef244d3aaa78d23d1717e10",
        1745434913482,
        1745434913574,
        False,
    ),
    "hls_vi_job_detail_failed_spot.json": (
        "FAILED",
        3,
        3,
        None,
        "host_terminated",
        LOG,
        1745369059232,
        1745369331158,
        False,
    ),
}


def read(name: str) -> JobRecord:
    said: dict[str, Any] = json.loads((CORPUS / name).read_bytes())
    if "detail" not in said:
        where = {"region": "us-west-2", "account": "611670965994", "rules": DEFAULT_RULES, "retention_days": 90}
        return record_of_description(said, asked_at=NOW, **where)
    record = parse_event(said, rules=DEFAULT_RULES, observed_at=NOW, retention_days=90)
    assert isinstance(record, JobRecord)
    return record


@pytest.mark.parametrize("name", FILES)
def test_a_real_event_becomes_a_record(name: str) -> None:
    """With the attempts, exit codes and logs that people find in it."""
    assert tuple(getattr(read(name), column) for column in COLUMNS) == FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_nothing_of_its_environment_or_command_is_kept(name: str) -> None:
    """Values of the environment, the commands, the secrets and the parameters."""
    record = read(name)
    for secret in (
        "STARTED_BY_STEP_FUNCTIONS",
        "hello world",
        "ddApiKey",
        "DATABASE_PASSWORD",
        "HLS.S30",
        "landsat.sh",
        "exit 1",
    ):
        assert secret not in record.full_event
    assert REDACTED in record.full_event


def test_no_file_of_the_corpus_is_forgotten() -> None:
    """A new one asks for its line above."""
    assert {path.name for path in CORPUS.glob("*.json")} == set(FILES)
