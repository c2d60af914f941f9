"""`vectora jobs`: the table of Batch jobs, made, listed and counted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectora_core.cli import jobs_migrate, jobs_sync
from vectora_core.cli.job_table import Region, Table
from vectora_core.cli.options import AsJson, DataRoot, split_ids
from vectora_core.cli.terminal import print_json, print_line, print_table, say
from vectora_core.errors import ParametersError, VectoraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from rich.table import Table as RichTable

    from vectora_core.jobs.filters import JobFilter
    from vectora_core.jobs.table import JobStateTable
    from vectora_core.jobs.types import JobRecord, Page

app = typer.Typer(help="The table of Batch jobs.", no_args_is_help=True)
app.command("migrate")(jobs_migrate.migrate)
app.command("sync")(jobs_sync.sync)

MOST_JOBS = 100_000
"""Of --all; what is beyond is begun anew with the token it prints."""
_ROWS_A_PAGE = 1_000
_AGO = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

JobId = Annotated[str, typer.Argument(help="Id of the job, as Batch shows it.")]
Status = Annotated[list[str] | None, typer.Option("--status", help="Only jobs in this status; repeatable, or with commas.")]
Queue = Annotated[str | None, typer.Option("--queue", help="Only jobs of this queue: ARN or name.")]
Definition = Annotated[
    str | None, typer.Option("--definition", help="Only jobs of this definition: ARN, name:revision or name.")
]
JobRegion = Annotated[str | None, typer.Option("--job-region", help="Only jobs of this region.")]
From = Annotated[
    str | None, typer.Option("--from", help="In their state since then or later: 2026-03-10, 2026-03-10T15:00 (UTC), or 2h.")
]
To = Annotated[str | None, typer.Option("--to", help="In their state since before then; a day counts in whole.")]
Text = Annotated[str | None, typer.Option("--text", help="Only jobs with this in their name or one of their ids.")]
OldestFirst = Annotated[bool, typer.Option("--oldest-first", help="Begin with the oldest state instead of the newest.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="Jobs of a page.")]
NextToken = Annotated[str | None, typer.Option("--next-token", help="Go on where an earlier page of the same query ended.")]
Everything = Annotated[bool, typer.Option("--all", help="All pages, not only one.")]
Watch = Annotated[float | None, typer.Option(min=1, max=3600, help="Draw it anew every so many seconds, until Ctrl-C.")]
Event = Annotated[bool, typer.Option("--event", help="Print the whole event instead, as JSON; secrets are redacted.")]
Children = Annotated[bool, typer.Option("--children", help="Of an array: its children too, as Batch lists them now.")]
RoleArn = Annotated[str | None, typer.Option("--role-arn", help="With --children: a role to assume, of another account.")]
Live = Annotated[bool, typer.Option("--live", help="Count now, instead of reading what the last sync counted.")]


@app.callback()
def _group() -> None:
    """The table of Batch jobs."""


@app.command("create-table")
def create_table(table: Table = None, region: Region = None, as_json: AsJson = False) -> None:
    """Make the job table, unless it is there.

    One row a job, on demand, with expiry, point-in-time recovery and its indexes. Where it is there already, expiry and
    recovery are switched on if need be; a table of another shape is refused with the reason.
    """
    from vectora_core.cli.job_table import open_client, table_name
    from vectora_core.cli.roots import settings_for
    from vectora_core.jobs.schema import ensure_table

    name = table_name(settings_for(None, None), table)
    done = ensure_table(open_client(region), name)
    if as_json:
        print_json({"table": name, "created": done.created, "changed": list(done.changed)})
    changed = f"; switched on: {', '.join(done.changed)}" if done.changed else ""
    say(f"the job table {name} {'was made' if done.created else 'is there'}{changed}")


@app.command("list")
def list_jobs(
    status: Status = None,
    queue: Queue = None,
    definition: Definition = None,
    job_region: JobRegion = None,
    from_: From = None,
    to: To = None,
    text: Text = None,
    oldest_first: OldestFirst = False,
    limit: Limit = 50,
    next_token: NextToken = None,
    everything: Everything = False,
    watch: Watch = None,
    table: Table = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest state first unless told otherwise.

    Each with its latest state, times in UTC. What no index knows (queue, definition, region, text) is looked for row by row:
    such a list may stop before its page is full, and says so.
    """
    from vectora_core.cli import roots
    from vectora_core.cli.job_table import open_table
    from vectora_core.jobs.filters import JobFilter
    from vectora_core.jobs.states import STATUSES

    now, statuses = roots.utc_now(), split_ids(status)
    wanted = JobFilter(
        statuses=tuple(one.strip().upper() for one in statuses) if statuses else STATUSES,
        since=_moment("--from", from_, now),
        until=_moment("--to", to, now, end_of_day=True),
        job_queue=queue,
        job_definition=definition,
        region=job_region,
        text=text,
        oldest_first=oldest_first,
    )
    jobs = open_table(roots.settings_for(None, None), table, region)
    if watch is not None:
        from vectora_core.cli.jobs_view import table_of

        _watch(
            lambda lines: table_of(f"Jobs of {jobs.name}", jobs.find_jobs(wanted, limit=min(limit, lines)).jobs),
            watch,
            refused=as_json or everything or next_token is not None,
        )
        return
    page = _all_pages(jobs, wanted, next_token) if everything else jobs.find_jobs(wanted, limit=limit, next_token=next_token)
    _print_page(page, jobs, as_json=as_json)


@app.command("show")
def show(
    job_id: JobId,
    event: Event = False,
    children: Children = False,
    role_arn: RoleArn = None,
    watch: Watch = None,
    table: Table = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Show one job: its latest state, every column, times in UTC."""
    from vectora_core.cli.job_children import children_of
    from vectora_core.cli.job_table import open_table
    from vectora_core.cli.jobs_view import CHILD_COLUMNS, event_of, lines_of
    from vectora_core.cli.roots import settings_for
    from vectora_core.jobs.attributes import FULL_EVENT, to_document

    settings = settings_for(None, None)
    jobs = open_table(settings, table, region)
    if watch is not None:
        _watch(lambda lines: _drawn_job(jobs, job_id), watch, refused=as_json or event or children)
        return
    record = _job(jobs, job_id)
    found, document = event_of(record), to_document(record)
    listed = children_of(record, settings, role_arn) if children else None
    if event:
        print_line(found) if isinstance(found, str) else print_json(found)
    elif as_json:
        document |= {FULL_EVENT: found} if found is not None else {}
        print_json(document | ({"children": listed} if listed is not None else {}))
    else:
        print_table(f"Job {job_id} of {jobs.name}", ("column", "value"), lines_of(document))
        if listed is not None:
            rows = [tuple(child[column] or "" for column in CHILD_COLUMNS) for child in listed]
            print_table(f"Its {len(listed)} children, as Batch lists them now", CHILD_COLUMNS, rows)


def _job(jobs: JobStateTable, job_id: str) -> JobRecord:
    record = jobs.get(job_id)
    if record is None:
        raise VectoraError(f"the job table {jobs.name} has no job {job_id}; check the id, or run `vectora jobs sync`")
    return record


def _drawn_job(jobs: JobStateTable, job_id: str) -> RichTable:
    from vectora_core.cli.jobs_view import lines_of, plain_table
    from vectora_core.jobs.attributes import to_document

    document = to_document(_job(jobs, job_id))
    return plain_table(f"Job {job_id} of {jobs.name}", ("column", "value"), lines_of(document))


@app.command("stats")
def stats(
    live: Live = False,
    watch: Watch = None,
    table: Table = None,
    region: Region = None,
    data_root: DataRoot = None,
    as_json: AsJson = False,
) -> None:
    """Count jobs by queue and status, and how long they waited.

    What the last sync counted, and when; jobs that Batch does not know any more are apart as gone.
    """
    from vectora_core.cli import roots
    from vectora_core.cli.job_table import open_table, table_name
    from vectora_core.cli.jobs_view import plain_tables, statistics_tables
    from vectora_core.jobs.statistics import read_statistics, summary

    settings = roots.settings_for(None, data_root)
    name = table_name(settings, table)

    def counted() -> dict[str, Any]:
        if live:
            return summary(open_table(settings, table, region).get_statistics())
        found = read_statistics(roots.open_data(settings, writing=False), name)
        if found is None:
            raise VectoraError(f"no sync has counted the job table {name} yet; run `vectora jobs sync`, or give --live")
        return summary(found)

    if watch is not None:
        _watch(lambda lines: plain_tables(statistics_tables(name, counted(), now=roots.utc_now())), watch, refused=as_json)
    elif as_json:
        print_json(counted())
    else:
        for table_of_counts in statistics_tables(name, counted(), now=roots.utc_now()):
            print_table(*table_of_counts)


def _all_pages(jobs: JobStateTable, wanted: JobFilter, next_token: str | None) -> Page:
    """Return one page with all there is, up to 100,000 jobs."""
    from dataclasses import replace

    page = jobs.find_jobs(wanted, limit=_ROWS_A_PAGE, next_token=next_token)
    found = list(page.jobs)
    while page.next_token and len(found) < MOST_JOBS:
        page = jobs.find_jobs(wanted, limit=_ROWS_A_PAGE, next_token=page.next_token)
        found += page.jobs
    return replace(page, jobs=tuple(found))


def _print_page(page: Page, jobs: JobStateTable, *, as_json: bool) -> None:
    from vectora_core.cli.jobs_view import print_jobs
    from vectora_core.jobs.attributes import to_document

    if as_json:
        rows: list[dict[str, Any]] = [to_document(record) for record in page.jobs]
        print_json({"jobs": rows, "next_token": page.next_token, "stopped_looking": page.stopped_looking})
    elif page.jobs:
        print_jobs(f"Jobs of {jobs.name}", page.jobs)
    else:
        say(f"{jobs.name}: no such job{' so far' if page.next_token else ''}")
    if page.stopped_looking:
        say("stopped looking: too many jobs were none of these; a status or a time makes it quicker")
    if page.next_token:
        say(f"there may be more: --next-token {page.next_token}")


def _watch(draw: Callable[[int], RenderableType], seconds: float, *, refused: bool) -> None:
    from rich.console import Console

    from vectora_core.cli import roots
    from vectora_core.cli.jobs_view import watch

    console = Console()
    if refused or not console.is_terminal:
        raise ParametersError("--watch draws on a terminal, and only what is newest; leave it out, or the other options")
    watch(draw, seconds=seconds, console=console, clock=lambda: roots.utc_now())


def _moment(option: str, text: str | None, now: datetime, *, end_of_day: bool = False) -> datetime | None:
    """Read a day, a time (UTC unless it says otherwise), or how long ago."""
    if text is None:
        return None
    try:
        if ago := _AGO.fullmatch(text):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        whole_day = end_of_day and "T" not in text and ":" not in text
        return moment + timedelta(days=1) if whole_day else moment
    except (ValueError, OverflowError):
        raise ParametersError(
            f"{option}: {text!r} is no time; write 2026-03-10, 2026-03-10T15:00, or 30m, 2h, 7d for so long ago"
        ) from None
