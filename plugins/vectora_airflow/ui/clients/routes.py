"""The page of all clients, and the lists of clients and runs for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from vectora_airflow.ui import access, charts
from vectora_airflow.ui.clients.build import build_clients, build_runs, may_be_run
from vectora_airflow.ui.clients.drawing import draw
from vectora_airflow.ui.clients.model import ClientList, RunList
from vectora_airflow.ui.clients.query import AskedByProgram, AskedOfPage
from vectora_airflow.ui.clients.read import read_clients, read_runs
from vectora_airflow.ui.dag_runs import RunsDep
from vectora_airflow.ui.rendering import page
from vectora_airflow.ui.resources import ResourcesDep
from vectora_airflow.ui.trigger_form import ingest_form
from vectora_core.ingest.types import INGEST_TASK

router = APIRouter(dependencies=[access.reads_ingest])

RunNow = Annotated[str, Query(max_length=200)]


@router.get("/clients", include_in_schema=False, response_class=HTMLResponse)
def show_clients(
    request: Request,
    asked: AskedOfPage,
    resources: ResourcesDep,
    airflow: RunsDep,
    may_trigger: access.MayTrigger,
    run_now: RunNow = "",
) -> HTMLResponse:
    """Show the clients, worst first; ``run_now`` opens the form for one of them."""
    read = read_clients(resources, airflow)
    view = build_clients(read, asked, now=resources.clock())
    can_run = may_be_run(run_now) and (read.client_ids is None or run_now in read.client_ids)
    return page(
        request,
        "clients.html",
        view=view,
        asked=asked,
        drawings=draw(view),
        key=charts.key(),
        may_trigger=may_trigger,
        may_be_run=may_be_run,
        run_now=run_now,
        can_run=can_run,
        form=ingest_form({"client_ids": [run_now] if can_run else []}, leave_out=["only_failed_of_run"]),
        dag_id=access.INGEST,
        task_id=INGEST_TASK,
        config_url=resources.settings.config_root,
    )


@router.get("/api/clients", response_model=ClientList, summary="The clients, with their outcomes in the last 30 runs")
def list_clients(asked: AskedByProgram, resources: ResourcesDep, airflow: RunsDep) -> ClientList:
    """Return one page of the clients that match, and what the page shows around them.

    A client is whoever has a file in ``clients/`` or is in one of the last 30 runs of `vectora_ingest`.
    """
    return build_clients(read_clients(resources, airflow), asked, now=resources.clock())


@router.get("/api/runs", response_model=RunList, summary="The last 30 runs of the ingest")
def list_runs(resources: ResourcesDep, airflow: RunsDep) -> RunList:
    """Return the runs with their state and counts, the oldest first."""
    return build_runs(read_runs(resources, airflow), now=resources.clock())
