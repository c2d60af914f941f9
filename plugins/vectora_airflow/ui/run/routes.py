"""The routes of a run and of the tabs on Airflow's own pages. Of other DAGs than ours they tell nothing."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from vectora_airflow.ui import access
from vectora_airflow.ui.dag_runs import RunsDep
from vectora_airflow.ui.rendering import links_of, page
from vectora_airflow.ui.resources import ResourcesDep
from vectora_airflow.ui.run.build import KnownOfRun, build_view
from vectora_airflow.ui.run.instance import client_of, map_index_of
from vectora_airflow.ui.run.model import ClientFilter, RunView, SortKey, SyncView
from vectora_airflow.ui.run.read import read_run, read_sync
from vectora_airflow.ui.run.table import LONGEST_CAUSE
from vectora_airflow.ui.run.tasks import TasksDep
from vectora_core.errors import StorageError
from vectora_core.ingest.history import read_summaries
from vectora_core.ingest.types import TASKS

router = APIRouter(tags=["runs"])

RunId = Annotated[str, Query(description="Id of the run.", min_length=1, max_length=250)]
AnyId = Annotated[str, Query(max_length=250)]
Page = Annotated[int, Query(description="Page of the list of clients, from 1.", ge=1, le=100_000)]
Status = Literal["", "succeeded", "partial", "failed"]


def asked_for(
    q: Annotated[str, Query(description="Text in the id or the name of a client, whatever the case.", max_length=200)] = "",
    status: Annotated[Status, Query(description="State of the client; failed: all that count as failed.")] = "",
    cause: Annotated[str, Query(description="Failure class that hit the client.", max_length=LONGEST_CAUSE)] = "",
    sort: Annotated[
        str,
        Query(
            description="Column: client, status, items, new, sources or duration; with - before it the greatest first.",
            pattern="^-?(client|status|items|new|sources|duration)$",
        ),
    ] = "client",
) -> ClientFilter:
    """Return how the clients of a run are asked for."""
    key, descending = cast(SortKey, sort.removeprefix("-")), sort.startswith("-")
    return ClientFilter(q=q.strip(), status=status, cause=cause, sort=key, descending=descending)


Asked = Annotated[ClientFilter, Depends(asked_for)]


def known_run(run_id: RunId, runs: RunsDep, tasks: TasksDep, given: ResourcesDep) -> KnownOfRun:
    """Return what is known of the run that was asked for.

    :raises HTTPException: 404 when nobody knows it
    """
    known = read_run(run_id, runs, tasks, given.data)
    if known is None:
        raise HTTPException(404, f"Airflow knows no run {run_id!r} of {access.INGEST}, and storage has no report of it.")
    return known


@router.get(
    "/api/run",
    response_model=RunView,
    summary="One run of the ingest: its numbers, why clients failed, and its clients",
    dependencies=[access.reads_ingest],
)
def run_for_programs(known: Annotated[KnownOfRun, Depends(known_run)], asked: Asked, page: Page = 1) -> RunView:
    """Return one run, its clients 100 a page; 404 when neither Airflow nor storage knows it."""
    return build_view(known, asked, page)


@router.get("/run", include_in_schema=False, response_class=HTMLResponse, dependencies=[access.reads_ingest])
def run_page(
    request: Request,
    runs: RunsDep,
    tasks: TasksDep,
    given: ResourcesDep,
    asked: Asked,
    may_trigger: access.MayTrigger,
    run_id: RunId,
    dag_id: AnyId = access.INGEST,
    number: Annotated[Page, Query(alias="page")] = 1,
) -> Response:
    """Show one run; on the pages of other DAGs lead elsewhere, or say that there is nothing."""
    if dag_id != access.INGEST:
        return _of_other_dag(request, dag_id, run_id)
    known = known_run(run_id, runs, tasks, given)
    view = build_view(known, asked, number)
    return page(request, "run.html", view=view, may_trigger=may_trigger, is_paused=known.paused)


@router.get(
    "/api/sync",
    response_model=SyncView,
    summary="The last sync of the job table, beside a run of the watch over jobs",
    dependencies=[access.reads_jobs],
)
def sync_for_programs(runs: RunsDep, given: ResourcesDep, run_id: AnyId = "") -> SyncView:
    """Return when jobs were last counted, and how many there were."""
    return read_sync(run_id, runs, given.data, given.settings.jobs_table, given.clock())


@router.get("/sync", include_in_schema=False, response_class=HTMLResponse, dependencies=[access.reads_jobs])
def sync_page(request: Request, runs: RunsDep, given: ResourcesDep, run_id: AnyId = "") -> HTMLResponse:
    """Lead from a run of the watch over jobs to the jobs."""
    return page(request, "run_sync.html", view=sync_for_programs(runs, given, run_id))


@router.get("/instance", include_in_schema=False, response_class=HTMLResponse, dependencies=[access.reads_ingest])
def instance_page(
    request: Request,
    runs: RunsDep,
    tasks: TasksDep,
    given: ResourcesDep,
    run_id: RunId,
    dag_id: AnyId = access.INGEST,
    task_id: AnyId = "",
    map_index: AnyId = "",
) -> Response:
    """Lead from a task instance to the client it works for, else to its run."""
    if dag_id != access.INGEST:
        return _of_other_dag(request, dag_id, run_id)
    links, place = links_of(request), map_index_of(map_index)
    if task_id not in TASKS or place is None:
        return RedirectResponse(links.page("run", dag_id=dag_id, run_id=run_id))
    summary, problem = None, None
    try:
        summary = read_summaries(given.data, [run_id])[run_id]
    except StorageError as error:
        problem = str(error)
    client_id = (client_of(summary, task_id, place) if summary else None) or tasks.client_id(run_id, task_id, place)
    if client_id:
        return RedirectResponse(links.page("client", client_id=client_id, run_id=run_id))
    if summary is None and problem is None and runs.find(dag_id, run_id) is None:
        raise HTTPException(404, f"Airflow knows no run {run_id!r} of {access.INGEST}, and storage has no report of it.")
    return page(request, "instance.html", run_id=run_id, task_id=task_id, map_index=place, problem=problem)


def _of_other_dag(request: Request, dag_id: str, run_id: str) -> Response:
    if dag_id == access.JOBS:
        return RedirectResponse(links_of(request).page("sync", run_id=run_id))
    return page(request, "run_other.html")
