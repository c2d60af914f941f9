"""Both stacks that `scale` measures, seen alike: an API, processes whose time and memory count, and a folder of DAGs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from stack.api import AirflowApi
from stack.compose.engine import Compose
from stack.compose.project import load_project, variables_of
from stack.local import INGEST, Stack
from stack.options import StackOptions
from stack.places import DAGS, REPOSITORY

EMPTY = "empty_shape"
AT_ONCE = 4
"""Task instances, on either stack; the Celery stack queues more, as it comes."""
_COMPONENTS = ("api-server", "scheduler", "dag-processor")
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
        environment={"AIRFLOW__CORE__MAX_MAP_LENGTH": "4000"},
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
    secrets = folder / "secrets"
    subprocess.run(["bash", "scripts/make-secrets.sh", str(secrets)], cwd=REPOSITORY, check=True, capture_output=True)
    with Compose(_services(folder, secrets), folder) as compose:
        compose.wait_until_up()
        login = ("admin", (secrets / "admin_password").read_text())
        api = AirflowApi(f"http://127.0.0.1:{compose.port(8080)}", login)
        found = Airflow(
            name="CeleryExecutor",
            api=api,
            processes=lambda: [one.process() for one in compose.containers.values() if one.running],
            wait_until=compose.wait_until,
        )
        _wait_for_dags(found)
        yield found
        api.close()


def _services(folder: Path, secrets: Path) -> Mapping[str, object]:
    example = {
        name: value for name, value in variables_of(REPOSITORY / ".env.example").items() if name != "COMPOSE_PROFILES"
    }
    variables = example | {
        "VECTORA_CONFIG_ROOT": (folder / "configs").as_uri(),
        "VECTORA_DATA_ROOT": (folder / "data").as_uri(),
        "VECTORA_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        "VECTORA_INGEST_SCHEDULE": "off",
        "VECTORA_JOBS_SCHEDULE": "off",
        "VECTORA_WORKER_CONCURRENCY": str(AT_ONCE),
    }
    more = {"AIRFLOW__CORE__DAGS_FOLDER": str(_dags(folder)), "AIRFLOW__CORE__MAX_MAP_LENGTH": "4000"}
    return {
        name: replace(
            service,
            secrets={path: secrets / file.name for path, file in service.secrets.items()},
            environment={**service.environment, **(more if "AIRFLOW__CORE__DAGS_FOLDER" in service.environment else {})},
        )
        for name, service in load_project(REPOSITORY / "docker-compose.yaml", variables).items()
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
