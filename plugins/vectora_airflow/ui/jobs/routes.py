"""The dashboard of jobs, and the same for programs."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from vectora_airflow.ui import access
from vectora_airflow.ui.jobs import build, charts, query, read
from vectora_airflow.ui.jobs.model import JobList, JobStatistics, QueueSyncs
from vectora_airflow.ui.jobs.query import Asked, Wanted
from vectora_airflow.ui.rendering import page
from vectora_airflow.ui.resources import ResourcesDep
from vectora_core.errors import ParametersError
from vectora_core.jobs.states import STATUSES
from vectora_core.jobs.waiting import BUCKETS

router = APIRouter()

_MOST_STATES: Final = 50  # more than there are: what is wrong among them is said
Status = Literal["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "FAILED", "SUCCEEDED"]
Period = Literal["1h", "24h", "7d", "30d", "all", "custom"]
Sort = Literal["newest", "oldest", "name", "-name", "status", "-status", "duration", "-duration"]


def asked_by_person(
    status: Annotated[list[str], Query(default_factory=list)],
    queue: str = "",
    definition: str = "",
    region: str = "",
    period: str = "",
    since: str = "",
    until: str = "",
    q: str = "",
    sort: str = "",
    size: str = "",
    token: str = "",
) -> Asked:
    """Return what the address of the page says, whatever that is: the page says what is wrong with it."""
    times = {"period": period, "since": since, "until": until}
    page_of_it = {"sort": sort, "size": size, "token": token}
    statuses = tuple(one for one in status[:_MOST_STATES] if one)
    return Asked(status=statuses, queue=queue, definition=definition, region=region, q=q, **times, **page_of_it)


def asked_by_program(
    status: Annotated[
        list[Status],
        Query(default_factory=list, max_length=len(STATUSES), description="only these states; none means all of them"),
    ],
    queue: Annotated[str, Query(max_length=query.LONGEST["queue"], description="ARN or name of the queue")] = "",
    definition: Annotated[
        str, Query(max_length=query.LONGEST["definition"], description="ARN, name or name:revision of the job definition")
    ] = "",
    region: Annotated[str, Query(max_length=query.LONGEST["region"], description="region of the queue")] = "",
    period: Annotated[
        Period | None,
        Query(
            description="how long ago the job reached its state at most; custom: from `since` to before `until`, which any "
            "other period sets aside; without it custom where `since` or `until` is given, else 7d"
        ),
    ] = None,
    since: Annotated[
        str, Query(max_length=query.LONGEST["since"], description="ISO 8601; without a zone it is UTC; inclusive")
    ] = "",
    until: Annotated[
        str, Query(max_length=query.LONGEST["until"], description="ISO 8601; without a zone it is UTC; exclusive")
    ] = "",
    q: Annotated[str, Query(max_length=query.LONGEST["q"], description="part of the name or of any id of the job")] = "",
    sort: Annotated[
        Sort,
        Query(description="newest or oldest state first, through the index; the others sort the rows of this page only"),
    ] = "newest",
    size: Annotated[
        int, Query(ge=query.SIZES[0], le=query.SIZES[-1], description="jobs of a page at most")
    ] = query.DEFAULT_SIZE,
    token: Annotated[
        str, Query(max_length=query.LONGEST["token"], description="`next_token` of the page before, of the same query")
    ] = "",
) -> Asked:
    """Return what a program asks for."""
    texts = {"queue": queue, "definition": definition, "region": region, "since": since, "until": until, "q": q}
    return Asked(status=tuple(status), period=period or "", sort=sort, size=str(size), token=token, **texts)


def wanted_by_program(asked: Annotated[Asked, Depends(asked_by_program)], resources: ResourcesDep) -> Wanted:
    """Return what a program wants.

    :raises ParametersError: naming every field that cannot be used
    """
    wanted, problems = query.check(asked, resources.clock())
    if wanted is None:
        raise ParametersError("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
    return wanted


@router.get("/jobs", dependencies=[access.reads_jobs], include_in_schema=False, response_class=HTMLResponse)
def jobs_page(request: Request, asked: Annotated[Asked, Depends(asked_by_person)], resources: ResourcesDep) -> HTMLResponse:
    """Show the counts, the syncs, and one page of jobs."""
    wanted, problems = query.check(asked, resources.clock())
    try:
        found = read.read_dashboard(resources, wanted)
    except ParametersError as error:
        problems = {"token": str(error).removeprefix("next_token: ")}
        found = read.read_dashboard(resources, None)
    return _page(request, asked, found, problems, resources.settings.jobs_stale_after_minutes)


@router.get(
    "/api/jobs",
    dependencies=[access.reads_jobs],
    response_model=JobList,
    tags=["jobs"],
    summary="A page of jobs, each with its latest state",
)
def jobs_api(wanted: Annotated[Wanted, Depends(wanted_by_program)], resources: ResourcesDep) -> JobList:
    """List jobs through the indexes, 24 requests to the table at most.

    Where `stopped_looking` is true the page may have fewer jobs than were asked for, or none, and the next one goes on.
    """
    return read.read_list(resources, wanted, read.read_health(resources))


@router.get(
    "/api/jobs/statistics",
    dependencies=[access.reads_jobs],
    response_model=JobStatistics,
    tags=["jobs"],
    summary="How many jobs there are, as the last sync counted them",
)
def statistics_api(resources: ResourcesDep) -> JobStatistics:
    """Return the stored counts; nothing is counted here."""
    return read.read_counts(resources)


@router.get(
    "/api/jobs/queues",
    dependencies=[access.reads_jobs],
    response_model=QueueSyncs,
    tags=["jobs"],
    summary="The lag of the sync, queue by queue",
)
def queues_api(resources: ResourcesDep) -> QueueSyncs:
    """Return what the last whole sync of each queue did, and when."""
    return read.read_syncs(resources)


def _page(
    request: Request, asked: Asked, found: read.Dashboard, problems: dict[str, str], stale_after_minutes: int
) -> HTMLResponse:
    jobs = found.jobs or read.Read()
    table_missing = jobs.problem is not None and read.is_missing(jobs.problem)
    statistics = found.statistics
    return page(
        request,
        "jobs.html",
        status=400 if problems else 503 if jobs.problem and not table_missing else 200,
        asked=asked,
        problems=problems,
        statistics=statistics,
        stale_after_minutes=stale_after_minutes,
        syncs=found.syncs,
        jobs=jobs,
        table_missing=table_missing,
        known=_known(found),
        charts={
            "days": charts.finished_by_day(statistics.days),
            "open": charts.open_by_state(statistics.figures.by_status if statistics.figures else {}),
            "waits": charts.waits_by_queue(statistics.waits),
        },
        buckets=BUCKETS,
        choices=query,
        statuses=STATUSES,
        name_of=build.name_of,
        watch_dag=access.JOBS,
    )


def _known(found: read.Dashboard) -> dict[str, list[tuple[str, str]]]:
    """Return the queues and regions to choose from, each with what is said of it."""
    syncs = found.syncs.value.queues if found.syncs.value else []
    arns = sorted({*found.statistics.queues, *(one.job_queue for one in syncs)})
    names = [build.name_of(arn) for arn in arns]
    queues = [
        (name if names.count(name) == 1 else arn, f"{name} {build.region_of(arn)}")
        for name, arn in zip(names, arns, strict=True)
    ]
    return {"queues": queues, "regions": [(one, one) for one in sorted({build.region_of(arn) for arn in arns} - {""})]}
