"""A whole run without Airflow: what it does when storage fails it, and that S3 and a folder get the same bytes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.command_line import NOW, publish
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite
from vectora_core.errors import StorageError
from vectora_core.ingest import run_summary, store
from vectora_core.ingest.client import IngestResources
from vectora_core.ingest.discover import Moment, plan_run
from vectora_core.ingest.manifest import Writer
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.run import Progress, Run, run_ingest
from vectora_core.ingest.types import ClientResult
from vectora_core.settings import load_settings
from vectora_core.storage import Storage, open_storage


@pytest.fixture
def newsroom(configs: ConfigTree, site: NewsSite) -> ConfigTree:
    configs.source("news", publish(site, "/news.xml", "Erste Nachricht 🙂", "Second", "Third"))
    configs.client("acme", ["news"])
    configs.client("beta", ["news"])
    return configs


def ingest(config: Storage, data: Storage, *, progress: Progress | None = None) -> Run:
    settings = load_settings(allow_private_networks="127.0.0.0/8", fetch_attempts=1, fetch_timeout_seconds=5)
    resources = IngestResources(config=config, data=data, settings=settings, clock=lambda: NOW)
    plan = plan_run("r1", parse_parameters({}), Moment(run_after=NOW, data_interval=None, now=NOW), data)
    return run_ingest(plan, resources, writer=Writer(task_id="test"), progress=progress)


def test_a_bucket_gets_the_bytes_a_folder_gets(newsroom: ConfigTree, data: Path, new_bucket: Callable[[], str]) -> None:
    """Where the outputs are makes no difference to them; captures and items are the same files."""
    config_bucket = open_storage(f"s3://{new_bucket()}/configs")
    for path in newsroom.folder.rglob("*.yaml"):
        config_bucket.put(path.relative_to(newsroom.folder).as_posix(), path.read_bytes())
    bucket, folder = open_storage(f"s3://{new_bucket()}"), open_storage(data.as_uri())
    ingest(open_storage(newsroom.url), folder)
    ingest(config_bucket, bucket)
    paths = [one.path for one in folder.list_objects("")]
    assert [one.path for one in bucket.list_objects("")] == paths
    items = [path for path in paths if path.endswith("items.json")]
    assert len(items) == 2
    assert [bucket.get(path) for path in items] == [folder.get(path) for path in items]
    assert len(json.loads(bucket.get(items[0]))) == 3


class Refusing(Storage):
    """A folder in which nothing can be written below some prefixes."""

    def __init__(self, folder: Path, *prefixes: str) -> None:
        super().__init__(open_storage(folder.as_uri())._store, folder.as_uri())
        self._prefixes = prefixes

    def put(self, path: str, data: bytes) -> None:
        if path.startswith(self._prefixes):
            raise StorageError(f"{self.url_of(path)} cannot be reached: this is a test")
        super().put(path, data)


def test_a_client_that_cannot_be_stored_fails_and_the_others_go_on(newsroom: ConfigTree, data: Path) -> None:
    """Its error is that of the storage, worth another try."""
    report = ingest(open_storage(newsroom.url), Refusing(data, "ingested/acme/")).report
    assert (report["status"], report["failed_client_ids"]) == ("partial", ["acme"])
    error = report["client_results"]["acme"]["error"]
    assert (error["failure_class"], error["transient"]) == ("storage", True)
    assert report["client_results"]["beta"]["items"] == 3


def test_a_report_that_cannot_be_stored_is_told_in_the_report(newsroom: ConfigTree, data: Path) -> None:
    """The clients were ingested, so the run is not undone; but it is no full success either."""
    report = ingest(open_storage(newsroom.url), Refusing(data, "runs/")).report
    assert (report["status"], report["clients_succeeded"]) == ("partial", 2)
    assert "the report could not be stored: " in report["report_error"]


def test_a_report_and_its_short_form_say_the_same(newsroom: ConfigTree, data: Path) -> None:
    """Both are stored; there are no task instances here, so no client has a map index."""
    storage = open_storage(data.as_uri())
    report = ingest(open_storage(newsroom.url), storage).report
    assert storage.get(store.report_path("r1")) == store.json_bytes(report)
    assert run_summary.from_bytes(storage.get(store.summary_path("r1"))) == run_summary.summarize(report)
    assert {result["map_index"] for result in report["client_results"].values()} == {None}


def test_a_run_that_can_store_nothing_is_an_error(newsroom: ConfigTree, data: Path) -> None:
    """Nothing could run: that is not a report."""
    with pytest.raises(StorageError, match=r"runs/r1/summary\.json cannot be reached"):
        ingest(open_storage(newsroom.url), Refusing(data, "runs/", "ingested/"))


def test_who_follows_a_run_hears_of_every_client_once(newsroom: ConfigTree, data: Path) -> None:
    """First who there is, then each as it ends, failed ones too."""
    newsroom.client("lost", ["newz"])
    told: list[object] = []

    class Listener(Progress):
        def started(self, client_ids: object) -> None:
            told.append(client_ids)

        def finished(self, result: ClientResult) -> None:
            told.append((result.client_id, result.status))

    ingest(open_storage(newsroom.url), open_storage(data.as_uri()), progress=Listener())
    assert told[0] == ("acme", "beta", "lost")
    assert sorted(told[1:]) == [("acme", "succeeded"), ("beta", "succeeded"), ("lost", "failed")]


def test_who_breaks_off_is_not_kept_waiting(newsroom: ConfigTree, data: Path) -> None:
    """An interrupt where clients are waited for ends the run: those that have not begun never do."""
    for number in range(40):
        newsroom.client(f"more_{number:02}", ["news"])

    class Impatient(Progress):
        def finished(self, result: ClientResult) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(open_storage(newsroom.url), open_storage(data.as_uri()), progress=Impatient())
    for thread in threading.enumerate():
        if thread.name.startswith("client"):
            thread.join()
    assert len(list((data / "ingested").iterdir())) < 20
    assert not (data / "runs").exists()
