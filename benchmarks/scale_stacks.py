"""Both stacks that `scale` measures, seen alike: an API, processes whose time and memory count, and a folder of DAGs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from stack.api import AirflowApi
from stack.compose.checkout import login_of_checkout, services_of_checkout
from stack.compose.engine import Compose
from stack.compose.project import Service
from stack.local import INGEST, Stack
from stack.options import StackOptions
from stack.places import DAGS

EMPTY = "empty_shape"
AT_ONCE = 4
"""Task instances, on either stack; the Celery stack queues more, as it comes."""
_COMPONENTS = ("api-server", "scheduler", "dag-processor")
_MOST_MAPPED = "AIRFLOW__CORE__MAX_MAP_LENGTH"
_DAG_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Airflow:
    """One running Airflow.

    :param processes: the first processes of all that count
    :param wait_until: waits, and raises when a part of the stack has died
    """

    name: str
    api: AirflowApi
    processes: Callable[[], list[psutil.Process]]
    wait_until: Callable[..., None]


@contextmanager
def local(folder: Path) -> Iterator[Airflow]:
    """LocalExecutor and SQLite, with Airflow's own intervals."""
    options = StackOptions(
        folder=folder / "stack",
        config_root=(folder / "configs").as_uri(),
        data_root=(folder / "data").as_uri(),
        dags=_dags(folder),
        aws=False,
        site=False,
        components=_COMPONENTS,
        parallelism=AT_ONCE,
        quick=False,
        environment={_MOST_MAPPED: "4000"},
    )
    with Stack(options) as stack:
        children = stack.children
        found = Airflow(
            name="LocalExecutor",
            api=stack.api,
            processes=lambda: [psutil.Process(children.process_of(name).pid) for name in _COMPONENTS],
            wait_until=children.wait_until,
        )
        _wait_for_dags(found)
        yield found


@contextmanager
def celery(folder: Path) -> Iterator[Airflow]:
    """The services of docker-compose.yaml as processes: CeleryExecutor, Postgres, Valkey; storage is a folder here too."""
    folder.chmod(0o711)  # Postgres runs as another user
    with Compose(_services(folder), folder) as compose:
        compose.wait_until_up()
        api = AirflowApi(f"http://127.0.0.1:{compose.port(8080)}", login_of_checkout(folder))
        found = Airflow(
            name="CeleryExecutor",
            api=api,
            processes=lambda: [one.process() for one in compose.containers.values() if one.running],
            wait_until=compose.wait_until,
        )
        _wait_for_dags(found)
        yield found
        api.close()


def _services(folder: Path) -> Mapping[str, Service]:
    """Return the services on folders and without the development profile, with the DAG of the peer beside ours."""
    variables = {
        "COMPOSE_PROFILES": "",
        "VECTORA_CONFIG_ROOT": (folder / "configs").as_uri(),
        "VECTORA_DATA_ROOT": (folder / "data").as_uri(),
        "VECTORA_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        "VECTORA_INGEST_SCHEDULE": "off",
        "VECTORA_JOBS_SCHEDULE": "off",
        "VECTORA_WORKER_CONCURRENCY": str(AT_ONCE),
    }
    more = {"AIRFLOW__CORE__DAGS_FOLDER": str(_dags(folder)), _MOST_MAPPED: "4000"}
    return {
        name: replace(service, environment={**service.environment, **more})
        if service.image.startswith("vectora:")
        else service
        for name, service in services_of_checkout(folder, variables).items()
    }


def _dags(folder: Path) -> Path:
    dags = folder / "dags"
    dags.mkdir()
    for path in (DAGS / "vectora_ingest.py", Path(__file__).parent / "dags" / "empty_shape.py"):
        shutil.copy(path, dags)
    return dags


def _wait_for_dags(airflow: Airflow) -> None:
    for dag_id in (INGEST, EMPTY):
        airflow.wait_until(lambda dag_id=dag_id: airflow.api.has_dag(dag_id), what=f"the DAG {dag_id}", timeout=_DAG_SECONDS)
        airflow.api.unpause(dag_id)
