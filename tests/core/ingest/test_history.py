"""The latest runs in short: two rounds at most, older runs too; storage out of reach is told from a run without a report."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.counted_storage import CountedStorage
from vectora_core.errors import StorageError
from vectora_core.ingest import report, run_summary, store
from vectora_core.ingest.history import read_summaries
from vectora_core.ingest.report import Found
from vectora_core.storage import open_storage

RUNS = [f"scheduled__2026-03-{day:02}T00:00:00+00:00" for day in range(1, 31)]


def a_report(run_id: str, items: int = 3) -> dict[str, Any]:
    client = report.missing("acme") | {"status": "succeeded", "error": None, "items": items}
    found = Found(client_ids=("acme",), discovered=1, active=1)
    return report.build(None, found, {"acme": client}, run_id=run_id, execution_time_seconds=1)


def test_new_runs_take_one_round_and_one_request_each(data: Path) -> None:
    """They come in the order asked for, each once."""
    storage = CountedStorage(data)
    for place, run_id in enumerate(RUNS):
        store.save_report(storage, a_report(run_id, items=place))
    asked = list(reversed(RUNS))
    summaries = read_summaries(storage, [*asked, RUNS[0]])
    assert list(summaries) == asked
    assert [one and one.items for one in summaries.values()] == list(range(29, -1, -1))
    assert (len(storage.rounds), storage.asked.total()) == (1, 30)


def test_older_running_and_broken_runs_take_one_round_more(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An older Vectora left a report only; a running one nothing; a broken summary has its report beside it."""
    storage = CountedStorage(data)
    new, old, running, torn, rubbish, foreign = RUNS[:6]
    store.save_report(storage, a_report(new))
    storage.put(store.report_path(old), store.json_bytes(a_report(old, items=7)))
    store.save_report(storage, a_report(torn, items=8))
    storage.put(store.summary_path(torn), b"[" * 100_000)
    storage.put(store.report_path(rubbish), b'{"run_id": 3}')
    storage.put(store.report_path(foreign), store.json_bytes(a_report(new)))
    summaries = read_summaries(storage, [new, old, running, torn, rubbish, foreign])
    assert [one and one.items for one in summaries.values()] == [3, 7, None, 8, None, None]
    assert [len(paths) for paths in storage.rounds] == [6, 5]
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [message.split(": ")[0].removeprefix("run ") for message in said] == [torn, rubbish, foreign]


def test_one_read_that_fails_hides_no_other_run(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is told in the log, and not asked for again: an outage costs one round."""
    for run_id in RUNS[:2]:
        store.save_report(open_storage(data.as_uri()), a_report(run_id))
    storage = CountedStorage(data, "2026-03-02")
    summaries = read_summaries(storage, RUNS[:2])
    assert [bool(one) for one in summaries.values()] == [True, False]
    assert storage.asked.total() == 2
    assert "this is a test" in caplog.text


def test_storage_out_of_reach_is_an_error(data: Path) -> None:
    """It is not thirty runs without a report; and nothing is asked twice."""
    storage = CountedStorage(data, "")
    with pytest.raises(StorageError, match="this is a test"):
        read_summaries(storage, RUNS)
    assert storage.asked.total() == 30


def test_no_runs_and_runs_that_left_nothing_are_no_error(data: Path) -> None:
    """Nothing is asked for nobody; a first run that still goes on has no summary."""
    storage = CountedStorage(data)
    assert read_summaries(storage, []) == {}
    assert storage.rounds == []
    assert read_summaries(storage, ["running"]) == {"running": None}


def test_run_ids_lead_nowhere_else(data: Path) -> None:
    """A run id is one segment of a path, whatever is in it."""
    storage = CountedStorage(data)
    ids = ["a#b:c+d/e", "../../etc", "..", "ü 🙂"]
    for run_id in ids:
        store.save_report(storage, a_report(run_id))
    assert all(read_summaries(storage, ids).values())
    assert sorted(path.name for path in (data / "runs").iterdir()) == sorted(
        ["a%23b:c+d%2Fe", "..%2F..%2Fetc", "%2E%2E", "%C3%BC%20%F0%9F%99%82"]
    )
    assert run_summary.from_bytes(storage.get(store.summary_path("..")))
