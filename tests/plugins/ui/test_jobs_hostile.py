"""Jobs that strangers named: whatever stands in a row, in the counts or in a sync's state, it is shown and never runs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.inert import EVERYTHING, PAYLOADS, assert_inert
from tests.plugins.ui.jobs_given import count, dashboard, job, names, synced, table_of
from vectora_airflow.ui.jobs.query import Asked
from vectora_core.jobs.types import JobRecord
from vectora_core.storage import path_segment

TEXTS = ("job_name", "job_queue", "job_definition", "region", "account", "status_reason", "media_id", "assembly_id")
MORE_TEXTS = ("task_id", "workspace_uid", "failure_kind", "log_stream", "observed_at")
LONG = "<script>alert(1)</script>" * 400


def vandalised(text: str, **more: Any) -> JobRecord:
    """A failed job whose every text is the same."""
    fields = dict.fromkeys((*TEXTS, *MORE_TEXTS), text)
    return replace(job(f"id {text}"[:1_000], "FAILED", minutes_ago=1), **(fields | more))


@pytest.mark.parametrize(
    "payload", [*PAYLOADS, EVERYTHING, LONG, "arn:::::", 'arn:aws:batch:"><b>:1:job-queue/<i>', "a/b/../.."]
)
def test_a_row_of_payloads_is_shown_inert(pages: Pages, payload: str) -> None:
    """Each field of it, and a job's address leads to that job alone."""
    table_of(pages, vandalised(payload))
    count(pages, open_jobs={payload: {"RUNNING": 1}}, waiting={payload: {"jobs": 1, "longest_seconds": 1}})
    answer = pages.get("jobs")
    assert answer.status_code == 200
    soup = assert_inert(answer.text)
    assert len(soup.select("table.jobs tbody tr")) == 1
    assert str(soup.select_one("table.jobs a.name")["href"]).startswith("/airflow/vectora/job?job_id=id%20")


@pytest.mark.parametrize("payload", [EVERYTHING, '"><script>x</script>', "\x00", "\ufffd%00"])
def test_what_was_asked_for_comes_back_inert(pages: Pages, payload: str) -> None:
    """In the form, in links and in messages, whatever field it came in."""
    table_of(pages, job("a"))
    for field in Asked.__dataclass_fields__:
        answer = pages.get("jobs", **{field: payload})
        assert answer.status_code in (200, 400), field
        assert_inert(answer.text)


def test_the_state_of_a_sync_is_shown_inert(pages: Pages) -> None:
    """Names of queues become paths of storage, and come back as what they were."""
    table_of(pages)
    for payload in (*PAYLOADS[:9], "..", "../../x", "a/b"):
        synced(pages, payload, warnings=(payload,))
    wrong = f"jobs/MonitoringToolTest_V2/queues/{path_segment('<b>wrong</b>')}/state.json"
    pages.resources.data.put(wrong, json.dumps({"version": 1, "job_queue": "<i>other</i>"}).encode())
    assert len(assert_inert(pages.get("jobs").text).select("#queues tbody tr")) == 13


@pytest.mark.parametrize(
    "more",
    [
        {"created_at": 10**18, "started_at": -5, "stopped_at": 10**30},
        {"started_at": 1_773_144_000_000, "stopped_at": 1},
        {"attempts": 10**20, "max_attempts": -1, "exit_code": 10**20},
        {"gone": "yesterday"},
        {"timestamp": "2026-03-10T11:59:59.999Z", "array_size": 0},
        {"attempts": -3, "status": "RUNNING", "gone": "2026-13-99"},
    ],
)
def test_numbers_and_times_that_cannot_be_break_nothing(pages: Pages, more: dict[str, Any]) -> None:
    """A row made by hand holds anything; the page, its orders and the list for programs are there."""
    table_of(pages, replace(job("a", "FAILED", minutes_ago=1), **more), job("b", minutes_ago=2))
    for sort in ("newest", "-duration", "duration", "status"):
        assert sorted(names(dashboard(pages, sort=sort))) == ["name-a", "name-b"]
    found = pages.get("api/jobs").json()["jobs"]
    assert len(found) == 2
    assert all(one["spent"] is None or one["spent"]["seconds"] >= 0 for one in found)
