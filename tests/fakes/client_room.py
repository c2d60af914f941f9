"""A client with one feed, runs of it, and what there is to read of them afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.fakes.command_line import NOW, publish
from tests.fakes.config_tree import ConfigTree
from tests.fakes.counted_storage import CountedStorage
from tests.fakes.news_site import NewsSite
from vectora_core.ingest import store
from vectora_core.ingest.client import IngestResources
from vectora_core.ingest.client_run import ClientRun, read_client_run
from vectora_core.ingest.discover import Moment, plan_run
from vectora_core.ingest.manifest import Writer
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.run import run_ingest
from vectora_core.settings import load_settings
from vectora_core.storage import open_storage

DAY = "ingested/acme/2026/03/10"


class ClientRoom:
    """The client `acme` and its feed; each run is a second after the one before."""

    def __init__(self, configs: ConfigTree, site: NewsSite, data: Path) -> None:
        self.configs, self.site, self.folder, self.runs = configs, site, data, 0
        self.publish("One", "Two", "Three")
        configs.source("news", f"{site.url}/news.xml")
        configs.client("acme", ["news"])

    def publish(self, *titles: str) -> None:
        publish(self.site, "/news.xml", *titles, now=NOW - timedelta(days=2))

    def ingest(self, run_id: str = "r1", *, days: int = 0, **parameters: Any) -> dict[str, Any]:
        self.runs += 1  # a refresh is named by its second
        now = NOW + timedelta(days=days, seconds=self.runs)
        data = open_storage(self.folder.as_uri())
        settings = load_settings(allow_private_networks="127.0.0.0/8", fetch_attempts=1, fetch_timeout_seconds=5)
        resources = IngestResources(config=open_storage(self.configs.url), data=data, settings=settings, clock=lambda: now)
        moment = Moment(run_after=now, data_interval=None, now=now)
        plan = plan_run(run_id, parse_parameters({"force_refresh": True, **parameters}), moment, data)
        run_ingest(plan, resources, writer=Writer(task_id="test"))
        return store.load_report(data, run_id)

    def read(self, report: dict[str, Any], client_id: str = "acme") -> ClientRun:
        return read_client_run(CountedStorage(self.folder), report, client_id)
