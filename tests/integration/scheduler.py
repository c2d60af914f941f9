"""A real Airflow for tests, started once: scheduler, dag processor and API server on the DAGs of this repository."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stack.api import FINISHED
from stack.local import Stack
from stack.options import StackOptions
from stack.places import DAGS
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite

TOPIC = "arn:aws:sns:us-east-1:000000000000:vectora-runs"
FOLLOWER = """
from airflow.sdk import DAG, AssetAlias, task

with DAG("follower", schedule=AssetAlias("vectora_client_output")):
    @task
    def follow(triggering_asset_events):
        # Each event is there twice: under its asset and under the alias.
        return sorted({event.extra["client_id"] for events in triggering_asset_events.values() for event in events})

    follow()
"""


class Newsroom:
    """An Airflow with a configuration, a data root and a news site of its own; each test starts without clients."""

    def __init__(self, folder: Path, stack: Stack, site: NewsSite) -> None:
        self.folder = folder
        self.stack = stack
        self.site = site
        self.configs = ConfigTree(folder / "configs")
        self.data = folder / "data"

    def clean(self) -> None:
        """Forget the clients, sources, pages and captures of the test before."""
        shutil.rmtree(self.data / "raw", ignore_errors=True)
        for path in (self.folder / "configs/clients").glob("*"):
            path.unlink()
        self.configs = ConfigTree(self.folder / "configs")
        self.site.pages.clear()
        self.site.asked.clear()
        self.site.arrived.clear()

    def run(self, conf: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """Trigger a run and wait for its end."""
        return self.stack.wait(self.stack.trigger(conf, **fields), timeout=180)

    def report(self, run_id: str) -> dict[str, Any]:
        """Return the report of a run."""
        found: dict[str, Any] = json.loads((self.data / "runs" / run_id / "report.json").read_bytes())
        return found

    def instances(self, run_id: str, task_id: str = "ingest_client") -> dict[str, dict[str, Any]]:
        """Return the instances of a task by the label the UI shows."""
        found = [one for one in self.stack.task_instances(run_id) if one["task_id"] == task_id]
        return {one["rendered_map_index"] or str(one["map_index"]): one for one in found}

    def files(self, below: str) -> dict[str, bytes]:
        """Return the stored files below a folder of the data root."""
        folder = self.data / below
        return {str(path.relative_to(self.data)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def newsroom(folder: Path, **environment: str) -> Iterator[Newsroom]:
    """Start the Airflow of a test session."""
    (folder / "data").mkdir()
    ConfigTree(folder / "configs")
    shutil.copytree(DAGS, folder / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "dags/follower.py").write_text(FOLLOWER)
    options = StackOptions(
        folder=folder / "stack",
        dags=folder / "dags",
        config_root=(folder / "configs").as_uri(),
        data_root=(folder / "data").as_uri(),
        site=False,
        components=("api-server", "scheduler", "dag-processor"),
        parallelism=6,
        environment={
            "VECTORA_INGEST_RETRIES": "1",
            "VECTORA_INGEST_RETRY_DELAY_SECONDS": "1",
            "VECTORA_FETCH_ATTEMPTS": "1",
            "VECTORA_NOTIFY": "log,sns",
            "VECTORA_NOTIFY_SNS_TOPIC_ARN": TOPIC,
            "VECTORA_INGEST_SCHEDULE": "0 0 * * *",
            **environment,
        },
    )
    with NewsSite() as site, Stack(options) as stack:
        stack.wait_for_dag()
        stack.wait_for_dag("follower")
        _finish_scheduled_run(stack)
        yield Newsroom(folder, stack, site)


def _finish_scheduled_run(stack: Stack) -> None:
    """Unpausing a daily DAG starts a scheduled run at once: let it find nobody before there are clients."""

    def is_finished() -> bool:
        runs = stack.api.get("/dags/vectora_ingest/dagRuns", run_type="scheduled")["dag_runs"]
        return bool(runs) and all(run["state"] in FINISHED for run in runs)

    stack.children.wait_until(is_finished, what="the end of the scheduled run", timeout=180)
