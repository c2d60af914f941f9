"""What the scheduler loads before it forks, so that no task has to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vectora_airflow.preload import forks_tasks

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
LOAD = """
import os, sys
{loading}
threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
print(threads, *sorted(sys.modules))
"""
NEEDED_BY_A_FEED = {"vectora_core.ingest.client", "vectora_core.ingest.parsers.feed", "feedparser", "obstore"}
NEEDED_BY_SOME_ITEMS = {"trafilatura", "lxml", "bs4", "dateparser", "htmldate", "pypdf", "py3langid", "boto3"}


@pytest.mark.parametrize(
    ("arguments", "executor", "expected"),
    [
        (["airflow", "scheduler"], "LocalExecutor", True),
        (["/opt/bin/airflow", "scheduler", "--skip-serve-logs"], "LocalExecutor", True),
        (["airflow", "scheduler"], "CeleryExecutor,LocalExecutor", True),
        (["airflow", "scheduler"], "CeleryExecutor", False),
        (["airflow", "triggerer"], "LocalExecutor", False),
        (["airflow", "dag-processor"], "LocalExecutor", False),
        (["airflow"], "LocalExecutor", False),
    ],
)
def test_only_who_forks_tasks_preloads(arguments: list[str], executor: str, expected: bool) -> None:
    """No other process pays for what it never uses."""
    assert forks_tasks(arguments, executor) is expected


@pytest.mark.parametrize(
    "loading",
    [
        pytest.param("from vectora_airflow import preload; preload.preload()", id="scheduler of a LocalExecutor"),
        pytest.param("import vectora_airflow.celery_preload", id="Celery worker, by its imports"),
    ],
)
def test_what_a_feed_needs_is_loaded_and_the_rest_is_not(loading: str) -> None:
    """And no thread is started: a fork would leave its locks behind."""
    script = LOAD.format(loading=loading)
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(PLUGINS)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    threads, *loaded = done.stdout.split()
    assert threads == "1"
    assert set(loaded) >= NEEDED_BY_A_FEED
    assert set(loaded).isdisjoint(NEEDED_BY_SOME_ITEMS)


def test_the_plugin_listens() -> None:
    """Airflow calls the hook when a component starts, the scheduler's before its executor forks."""
    from vectora_airflow import preload
    from vectora_plugin import VectoraPlugin

    assert VectoraPlugin.listeners == [preload]
    assert hasattr(preload.on_starting, "airflow_impl")  # pluggy's mark
