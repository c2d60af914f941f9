"""The pages without an API server: the real application with its routes, templates and headers; login, database and clock
are given. What Airflow itself decides is tested against a real one, in tests/e2e."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from airflow.api_fastapi.core_api.security import get_user
from starlette.applications import Starlette
from starlette.routing import Mount

from vectora_airflow.ui import access
from vectora_airflow.ui.app import create_app
from vectora_airflow.ui.dag_runs import KnownRun, NextRun, airflow_runs
from vectora_airflow.ui.resources import resources
from vectora_airflow.ui.run.tasks import run_tasks
from vectora_airflow.ui.security_headers import SecurityHeaders
from vectora_core.settings import Settings
from vectora_core.storage import Storage, open_storage

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@dataclass
class GivenRuns:
    """Runs of DAGs in the place of Airflow's database, the newest first."""

    runs: list[KnownRun] = field(default_factory=list)
    upcoming: NextRun | None = None

    def recent(self, dag_id: str, *, limit: int = 30) -> tuple[KnownRun, ...]:
        return tuple(run for run in self.runs if run.dag_id == dag_id)[:limit]

    def find(self, dag_id: str, run_id: str) -> KnownRun | None:
        return next((run for run in self.runs if (run.dag_id, run.run_id) == (dag_id, run_id)), None)

    def next(self, dag_id: str) -> NextRun | None:
        return self.upcoming

    def add(self, run_id: str, *, dag_id: str = access.INGEST, state: str = "success", hours_ago: float = 1) -> KnownRun:
        """Add a run; call it for the newest first."""
        at = NOW - timedelta(hours=hours_ago)
        end = at + timedelta(minutes=2) if state in ("success", "failed") else None
        run = KnownRun(
            dag_id=dag_id, run_id=run_id, state=state, run_type="manual", run_after=at, start_date=at, end_date=end
        )
        self.runs.append(run)
        return run


@dataclass
class GivenTasks:
    """Task instances in the place of Airflow's database: of every run the same."""

    found: dict[str, dict[str, int]] = field(default_factory=dict)
    clients: dict[tuple[str, int], str] = field(default_factory=dict)

    def states(self, run_id: str) -> dict[str, dict[str, int]]:
        return self.found

    def client_id(self, run_id: str, task_id: str, map_index: int) -> str | None:
        return self.clients.get((task_id, map_index))


@dataclass(frozen=True)
class GivenResources:
    """Storages below a temporary folder, and whatever job table a test puts here."""

    settings: Settings
    config: Storage
    data: Storage
    table: Any = None

    def clock(self) -> datetime:
        return NOW

    def jobs(self) -> Any:
        return self.table


@dataclass
class Pages:
    """The application behind a prefix, as a browser asks it: `get("clients", q="acme")`."""

    runs: GivenRuns
    resources: GivenResources
    may_trigger: bool = True
    app: Any = None
    tasks: GivenTasks = field(default_factory=GivenTasks)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Ask for a page; what is unforeseen is the answer with status 500, as from a server."""
        return self.request("GET", path, params=query)

    def request(self, method: str, path: str, **details: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, details))

    async def _request(self, method: str, path: str, details: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, f"/airflow/vectora/{path}", **details)

    def use(self, **changes: Any) -> None:
        """Give other resources: ``table=…``, ``settings=…``."""
        self.resources = replace(self.resources, **changes)


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """Behind the prefix ``/airflow``, with empty storages and no runs."""
    config, data = (tmp_path / "configs").as_uri(), (tmp_path / "data").as_uri()
    given = GivenResources(
        settings=Settings(config_root=config, data_root=data), config=open_storage(config), data=open_storage(data)
    )
    found = Pages(runs=GivenRuns(), resources=given)
    app = create_app()
    app.dependency_overrides |= {
        get_user: lambda: "somebody",
        access.reads_ingest.dependency: lambda: None,
        access.reads_jobs.dependency: lambda: None,
        access.may_trigger: lambda: found.may_trigger,
        airflow_runs: lambda: found.runs,
        run_tasks: lambda: found.tasks,
        resources: lambda: found.resources,
    }
    mounted = Starlette(routes=[Mount("/vectora", SecurityHeaders(app))])
    found.app = Starlette(routes=[Mount("/airflow", mounted)])
    return found
