"""The stack of docker-compose.yaml as processes, with thirty clients of a test's own that share ten sources."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from stack import embedded_aws
from stack.api import FINISHED, AirflowApi
from stack.compose.checkout import login_of_checkout, services_of_checkout
from stack.compose.engine import Compose
from stack.embedded_aws import CONFIG_BUCKET, DATA_BUCKET, Mirror
from stack.fake_batch import script
from stack.local import INGEST, JOBS
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import Answer, Article, NewsSite, rss

CLIENTS = [f"client_{number:02d}" for number in range(30)]
HEAVY = CLIENTS[::10]
SOURCES = [f"source_{number}" for number in range(10)]
_QUICK = {
    "VECTORA_INGEST_SCHEDULE": "off",
    "VECTORA_JOBS_SCHEDULE": "off",
    "VECTORA_INGEST_RETRY_DELAY_SECONDS": "1",
    "VECTORA_WORKER_CONCURRENCY": "4",
    "AIRFLOW_TASK_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW_TASK_QUEUED_TIMEOUT": "60",
}
"""What .env says beside .env.example: nothing runs by itself, and nobody waits long for what is lost."""


class Team:
    """The running stack, its API, and what its clients read."""

    def __init__(self, compose: Compose, site: NewsSite, login: tuple[str, str]) -> None:
        self.compose = compose
        self.site = site
        self.login = login
        aws = embedded_aws.endpoint(compose.port(4566))
        self.data = embedded_aws.open_bucket(aws, DATA_BUCKET)
        self.config = embedded_aws.open_bucket(aws, CONFIG_BUCKET)
        self.url = f"http://127.0.0.1:{compose.port(8080)}"
        self.api = AirflowApi(self.url, login)

    def batch(self, method: str, **arguments: Any) -> Any:
        """Tell the fake of Batch something and return what it says; see `stack.fake_batch.control`."""
        url = f"http://127.0.0.1:{self.compose.port(4567)}/_fake/{method}"
        return httpx.post(url, json=arguments, trust_env=False).raise_for_status().json()["result"]

    def watch(self) -> str:
        """Start the watch over a queue whose jobs all come to an end, and return the id of the run."""
        return self.trigger(JOBS, job_queues=[script.HIGH], poke_seconds=5)

    def hold(self, source: str) -> threading.Event:
        """Let a source answer only after the event that is returned is set."""
        gate = threading.Event()
        self.site.arrived.clear()
        self.site.pages[f"/{source}.xml"].gate = gate
        return gate

    def trigger(self, dag_id: str = INGEST, **conf: Any) -> str:
        """Start a run; of the ingest one that fetches everything again, so that the tests do not see each other."""
        self.site.asked.clear()
        return self.api.trigger(dag_id, {"force_refresh": True, **conf} if dag_id == INGEST else conf)

    def wait(self, run_id: str, *, dag_id: str = INGEST, timeout: float = 420) -> str:
        """Wait for the end of a run and return its state."""
        self.compose.wait_until(
            lambda: self.api.dag_run(dag_id, run_id)["state"] in FINISHED, what=f"the end of {run_id}", timeout=timeout
        )
        return str(self.api.dag_run(dag_id, run_id)["state"])

    def instances(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the task instances of the clients, by client id."""
        found = self.api.task_instances(INGEST, run_id)
        return {one["rendered_map_index"]: one for one in found if one["rendered_map_index"] in CLIENTS}

    def done(self, run_id: str) -> list[str]:
        """Return the clients that have succeeded so far."""
        return [client for client, one in self.instances(run_id).items() if one["state"] == "success"]

    def wait_for_done(self, run_id: str, count: int) -> None:
        """Wait until so many clients have succeeded: the run is in its middle."""
        self.compose.wait_until(lambda: len(self.done(run_id)) >= count, what=f"{count} clients", timeout=180)

    def check(self, run_id: str) -> None:
        """Assert that a run ended as it should: every client has its items, and the report says what is so."""
        assert self.wait(run_id) == "success"
        instances = self.instances(run_id)
        assert sorted(instances) == CLIENTS
        report = json.loads(self.data.get(f"runs/{run_id}/report.json"))
        assert (report["status"], report["clients_succeeded"], report["failed_client_ids"]) == ("succeeded", 30, [])
        for client, result in report["client_results"].items():
            items = self.data.get(result["output"])
            assert result["output_sha256"] == hashlib.sha256(items).hexdigest()
            assert [item["title"] for item in json.loads(items)] == titles_of(client)
            manifest = json.loads(self.data.get(result["output"].replace("items.json", "manifest.json")))
            assert manifest["run_id"] == run_id
            assert manifest["written_by"]["task_id"] == instances[client]["task_id"]
            assert manifest["written_by"]["try_number"] <= instances[client]["try_number"]


def sources_of(client: str) -> list[str]:
    """Return the two sources that a client follows."""
    number = CLIENTS.index(client)
    return sorted({SOURCES[number % 10], SOURCES[(number + 3) % 10]})


def titles_of(client: str) -> list[str]:
    """Return the titles that a client must have, in the order of its items."""
    return [f"News of {source}" for source in sources_of(client)]


@contextmanager
def team(kept: Path) -> Iterator[Team]:
    """Start the stack, and give it the clients.

    :param kept: where its logs are to be found afterwards
    """
    folder = Path(tempfile.mkdtemp(prefix="vectora-compose-"))  # not pytest's own, into which Postgres' user may not look
    try:
        _worst_password(folder / "secrets")
        services = services_of_checkout(folder, _QUICK)
        with NewsSite() as site, Compose(services, folder) as compose:
            compose.wait_until_up()
            running = Team(compose, site, login_of_checkout(folder))
            _publish(site)
            aws = embedded_aws.endpoint(compose.port(4566))
            Mirror(at=aws, configs=_configuration(folder / "configs", site), site=site.url).update()
            for dag_id in (INGEST, JOBS):
                compose.wait_until(lambda dag_id=dag_id: running.api.has_dag(dag_id), what=f"the DAG {dag_id}", timeout=120)  # type: ignore[misc]
                running.api.unpause(dag_id)
            yield running
            running.api.close()
    finally:
        shutil.copytree(folder / "logs", kept, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _worst_password(secrets: Path) -> None:
    """Give the first user a password with a hyphen first, as scripts/make-secrets.sh makes one in sixty-four times."""
    secrets.mkdir()
    (secrets / "admin_password").write_text("-n--help_Zm9vYmE")


def _publish(site: NewsSite) -> None:
    published = datetime.now(UTC) - timedelta(hours=30)
    for source in SOURCES:
        article = Article(title=f"News of {source}", link=f"{site.url}/{source}/1", published=published)
        site.pages[f"/{source}.xml"] = Answer(rss([article]))


def _configuration(folder: Path, site: NewsSite) -> Path:
    tree = ConfigTree(folder)
    for source in SOURCES:
        tree.source(source, f"{site.url}/{source}.xml")
    for client in CLIENTS:
        tree.client(client, sources_of(client), ingest={"queue": "heavy"} if client in HEAVY else None)
    return folder
