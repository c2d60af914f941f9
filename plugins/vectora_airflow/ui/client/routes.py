"""The routes of a client: its page, the same for programs, and its items one by one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from vectora_airflow.ui import access
from vectora_airflow.ui.client import build, items
from vectora_airflow.ui.client.items import Asked, ItemsAsked, ItemsOfRun
from vectora_airflow.ui.client.model import ClientView
from vectora_airflow.ui.client.read import NobodyKnowsError, Places, Runs, read_client, read_run_of_client
from vectora_airflow.ui.client.strip import draw
from vectora_airflow.ui.dag_runs import RunsDep
from vectora_airflow.ui.rendering import links_of, page
from vectora_airflow.ui.resources import ResourcesDep
from vectora_airflow.ui.trigger_form import ingest_form
from vectora_core.ingest.types import INGEST_TASK

router = APIRouter(dependencies=[access.reads_ingest], tags=["clients"])

ClientId = Annotated[str, Query(min_length=1, max_length=128, description="Id of the client: its file without .yaml.")]
RunId = Annotated[
    str,
    Query(max_length=250, description="Run id of vectora_ingest; empty: the newest of the last 30 with this client."),
]
Size = Annotated[int, Query(ge=1, le=items.MOST_A_PAGE, description="Items a page.")]


@router.get("/client", include_in_schema=False, response_class=HTMLResponse)
def client_page(
    request: Request,
    places: ResourcesDep,
    runs: RunsDep,
    may_trigger: access.MayTrigger,
    asked: Asked,
    client_id: ClientId,
    run_id: RunId = "",
) -> HTMLResponse:
    """Show one client in one run."""
    view = _view(places, runs, client_id, run_id, asked)
    return page(
        request,
        "client.html",
        view=view,
        asked=asked,
        may_trigger=may_trigger,
        dag_id=access.INGEST,
        task_id=INGEST_TASK,
        is_going=view.run is not None and view.run.airflow_state in ("queued", "running"),
        form=ingest_form({"client_ids": [client_id]}, leave_out=("only_failed_of_run",)),
        strip=draw(view, links_of(request)),
    )


@router.get("/api/client", summary="One client in one run, and its configuration as it resolves now")
def client_json(places: ResourcesDep, runs: RunsDep, asked: Asked, client_id: ClientId, run_id: RunId = "") -> ClientView:
    """Return what the page of a client shows, with one page of 50 items."""
    return _view(places, runs, client_id, run_id, asked)


@router.get("/api/items", summary="The items of a client in a run, page by page, with all their fields")
def items_json(
    places: ResourcesDep,
    runs: RunsDep,
    asked: Asked,
    client_id: ClientId,
    run_id: RunId = "",
    size: Size = items.PAGE_SIZE,
) -> ItemsOfRun:
    """Return items as they lie where the run wrote them; of_run says whether they are still the run's."""
    try:
        run = read_run_of_client(places, runs, client_id, run_id or None)
    except NobodyKnowsError as error:
        raise HTTPException(404, str(error)) from error
    return build.items_of(client_id, run, asked, size)


def _view(places: Places, runs: Runs, client_id: str, run_id: str, asked: ItemsAsked) -> ClientView:
    try:
        return build.view_of(read_client(places, runs, client_id, run_id or None), asked)
    except NobodyKnowsError as error:
        raise HTTPException(404, str(error)) from error
