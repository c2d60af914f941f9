"""`vectora_ingest` when things go wrong or come late: a worker killed with -9, and past days by backfill."""

from __future__ import annotations

import json
import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from tests.fakes.news_site import Answer, Article, rss
from tests.integration.scheduler import Newsroom

pytestmark = pytest.mark.slow


def task_process(instance: dict[str, Any]) -> psutil.Process:
    """Return the process that runs a task instance; Airflow names it by the instance's id."""
    title = f"airflow worker -- {instance['id']}"
    return next(one for one in psutil.process_iter(["cmdline"]) if title in " ".join(one.info["cmdline"] or ()))


def test_a_worker_killed_in_the_middle_is_tried_again_and_nobody_else_notices(room: Newsroom) -> None:
    """Killed with -9 while a source is being read: no torn output, a second try, the same label, a green run."""
    published = datetime.now(UTC) - timedelta(hours=30)
    gate = threading.Event()
    article = Article(title="Slow", link=f"{room.site.url}/slow/1", published=published)
    room.site.pages["/slow.xml"] = Answer(rss([article]), gate=gate)
    room.site.pages["/quick.xml"] = Answer(rss([article]))
    room.configs.source("slow", f"{room.site.url}/slow.xml")
    room.configs.source("quick", f"{room.site.url}/quick.xml")
    room.configs.client("hurt", ["slow"])
    room.configs.client("well", ["quick"])
    run_id = room.stack.trigger()
    assert room.site.arrived.wait(120)
    task_process(room.instances(run_id)["hurt"]).send_signal(signal.SIGKILL)
    assert room.files("ingested/hurt") == {}
    gate.set()
    assert room.stack.wait(run_id)["state"] == "success"
    instances = room.instances(run_id)
    assert {label: one["try_number"] for label, one in instances.items()} == {"hurt": 2, "well": 1}
    report = room.report(run_id)
    (manifest,) = [json.loads(data) for path, data in room.files("ingested/hurt").items() if path.endswith("manifest.json")]
    assert report["client_results"]["hurt"]["items"] == 1
    assert (manifest["run_id"], manifest["written_by"]["try_number"]) == (run_id, 2)


def test_a_worker_killed_on_its_last_try_is_a_named_failure(room: Newsroom) -> None:
    """The killed client says nothing; the report names it all the same, with the way out."""
    room.site.pages["/slow.xml"] = Answer(rss([]), gate=threading.Event())
    room.configs.source("slow", f"{room.site.url}/slow.xml")
    room.configs.client("hurt", ["slow"])
    run_id = room.stack.trigger()
    for try_number in (1, 2):
        assert room.site.arrived.wait(120)
        room.site.arrived.clear()
        instance = room.instances(run_id)["hurt"]
        assert instance["try_number"] == try_number
        task_process(instance).send_signal(signal.SIGKILL)
    assert room.stack.wait(run_id)["state"] == "failed"
    error = room.report(run_id)["client_results"]["hurt"]["error"]
    assert error["failure_class"] == "no_result"
    assert "see its log, then clear it" in error["message"]


def test_a_backfill_writes_each_day_with_its_own_window_newest_first(room: Newsroom) -> None:
    """Three past days: three folders, each with the articles of its own window, the last day first."""
    days = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)]
    articles = [
        Article(title=f"Of {day:%d}", link=f"{room.site.url}/of/{day:%d}", published=day + timedelta(hours=5))
        for day in days
    ]
    room.site.pages["/old.xml"] = Answer(rss(articles))
    room.configs.source("old", f"{room.site.url}/old.xml")
    room.configs.client("archive", ["old"], pipeline={"default_period_days": 1})
    done = room.stack.airflow(
        *("backfill", "create", "--dag-id", "vectora_ingest", "--from-date", "2026-03-01", "--to-date", "2026-03-03"),
        *("--run-backwards", "--max-active-runs", "1"),
    )
    assert done.returncode == 0, done.stderr
    runs = room.stack.api.get("/dags/vectora_ingest/dagRuns", run_type="backfill", limit=100)["dag_runs"]
    assert len(runs) == 3
    for run in runs:
        room.stack.wait(run["dag_run_id"], timeout=240)
    finished = [room.stack.run_of(run["dag_run_id"]) for run in runs]
    by_start = sorted(finished, key=lambda run: run["start_date"])
    assert [run["logical_date"][:10] for run in by_start] == ["2026-03-03", "2026-03-02", "2026-03-01"]
    assert {run["state"] for run in finished} == {"success"}
    for day in days:
        folder = f"ingested/archive/{day:%Y/%m/%d}"
        items = json.loads(room.files(folder)[f"{folder}/items.json"])
        assert [item["title"] for item in items] == [f"Of {day:%d}"]
