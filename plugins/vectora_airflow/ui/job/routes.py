"""The page of one job, and the same for programs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from vectora_airflow.ui import access
from vectora_airflow.ui.job.bars import bar_of_children, bar_of_phases
from vectora_airflow.ui.job.build import job_view
from vectora_airflow.ui.job.model import JobView
from vectora_airflow.ui.job.read import NoSuchJobError, read_job
from vectora_airflow.ui.rendering import page
from vectora_airflow.ui.resources import Resources, ResourcesDep
from vectora_core.jobs.attributes import COLUMNS
from vectora_core.jobs.states import STATUSES

router = APIRouter(tags=["jobs"])

ATTEMPTS_SHOWN: Final = 50
"""The last ones; AWS allows 10."""
_PLAIN_ID: Final = re.compile(r"[\w:#.-]+", re.ASCII)

JobId = Annotated[
    str,
    Query(min_length=1, max_length=2_048, description="id of the job, as Batch shows it: `uuid`, `uuid:12`, `uuid#0`"),
]


@router.get("/job", include_in_schema=False, response_class=HTMLResponse, dependencies=[access.reads_jobs])
def show(request: Request, job_id: JobId, given: ResourcesDep) -> HTMLResponse:
    """Show one job."""
    view = _view(given, job_id)
    return page(
        request,
        "job.html",
        view=view,
        job=dict.fromkeys(COLUMNS) | view.job,
        phases_bar=bar_of_phases(view.phases),
        children_bar=bar_of_children(view.children) if view.children else [],
        attempts_shown=view.attempts[-ATTEMPTS_SHOWN:],
        statuses=STATUSES,
        id_in_commands=job_id if _PLAIN_ID.fullmatch(job_id) else "ID",
    )


@router.get("/api/job", summary="One job, with its event", response_model=JobView, dependencies=[access.reads_jobs])
def get_job(job_id: JobId, given: ResourcesDep) -> JobView:
    """Return the latest state of a job, the only one there is: all columns, attempts, phases, and the event as stored.

    404 when the table has no such job; 503 when the table does not answer.
    """
    return _view(given, job_id)


def _view(given: Resources, job_id: str) -> JobView:
    try:
        record, health = read_job(given, job_id)
    except NoSuchJobError as error:
        raise HTTPException(404, str(error)) from None
    stale_after = timedelta(minutes=given.settings.jobs_stale_after_minutes)
    return job_view(record, health, table=given.settings.jobs_table, now=given.clock(), stale_after=stale_after)
