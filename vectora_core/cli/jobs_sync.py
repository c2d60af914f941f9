"""`vectora jobs sync`: brings the job table up to what AWS Batch says now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectora_core.cli.job_table import Table
from vectora_core.cli.options import AsJson, ConfigRoot, DataRoot, split_ids
from vectora_core.cli.terminal import Exit, print_json, print_table, say
from vectora_core.errors import ParametersError, VectoraError

if TYPE_CHECKING:
    from vectora_core.jobs.sync import Progress, SyncResources
    from vectora_core.jobs.sync_report import SyncReport
    from vectora_core.settings import Settings

JobQueues = Annotated[
    list[str] | None,
    typer.Option(
        "--job-queue", help="NAME or ARN, each with @ROLE_ARN if need be; repeatable. Default: VECTORA_JOBS_QUEUES."
    ),
]
JobIds = Annotated[
    list[str] | None, typer.Option("--job-id", help="Only this job, whatever its queue; repeatable, or with commas.")
]
Region = Annotated[
    str | None,
    typer.Option("--region", help="Of the job table, and of queues without an ARN. Default: the region of AWS's settings."),
]
_COLUMNS = ("queue", "open", "listed", "described", "written", "refused", "missing", "gone", "lag s", "seconds")


def sync(
    job_queues: JobQueues = None,
    job_ids: JobIds = None,
    table: Table = None,
    region: Region = None,
    config_root: ConfigRoot = None,
    data_root: DataRoot = None,
    as_json: AsJson = False,
) -> None:
    """Bring the job table up to what AWS Batch says now.

    Lists what is open in each queue and what came and finished since the last time, describes what is new or different,
    and writes only that. A queue that cannot be synced fails alone, with exit code 1. Killed, it is simply run again.
    """
    from vectora_core.cli.roots import settings_for

    settings = settings_for(config_root, data_root)
    ids = list(dict.fromkeys(one.strip() for one in split_ids(job_ids) or ()))
    queues = list(dict.fromkeys(split_ids(job_queues) or (() if ids else settings.jobs_queues)))
    if not queues and not ids:
        raise ParametersError("no queue is named; give --job-queue or --job-id, or set VECTORA_JOBS_QUEUES")
    if not all(ids):
        raise ParametersError("--job-id is empty; give the id as Batch shows it")
    resources, here = _resources(settings, table, region)
    with _bar() as progress:
        done = [(one, _tried(_queue_sync(one, resources, here, progress))) for one in queues]
        if ids:
            done.append((f"{len(ids)} jobs", _tried(_ids_sync(ids, resources, here, progress))))
    if as_json:
        print_json([_document(name, outcome) for name, outcome in done])
    else:
        _print(done, resources)
    if any(isinstance(outcome, VectoraError) for _, outcome in done):
        raise typer.Exit(Exit.FAILED)


def _queue_sync(text: str, resources: SyncResources, here: str, progress: Progress) -> Callable[[], SyncReport]:
    from vectora_core.jobs.job_queues import parse_queue
    from vectora_core.jobs.sync import sync_queue

    return lambda: sync_queue(parse_queue(text, default_region=here), resources, progress=progress)


def _ids_sync(ids: list[str], resources: SyncResources, here: str, progress: Progress) -> Callable[[], SyncReport]:
    from vectora_core.jobs.job_queues import Place
    from vectora_core.jobs.sync import sync_jobs

    return lambda: sync_jobs(ids, resources, place=Place(region=here), progress=progress)


def _tried(synced: Callable[[], SyncReport]) -> SyncReport | VectoraError:
    """A queue that is broken is a value: the others go on."""
    try:
        return synced()
    except VectoraError as error:
        return error


def _resources(settings: Settings, table: str | None, region: str | None) -> tuple[SyncResources, str]:
    """Return what the syncs work with, and the region of whatever names none."""
    from vectora_core.aws import AwsClients
    from vectora_core.cli import roots
    from vectora_core.cli.job_rules import extraction_rules
    from vectora_core.cli.job_table import batch_client, open_table
    from vectora_core.jobs.sync import SyncResources

    jobs = open_table(settings, table, region)
    clients = AwsClients()
    resources = SyncResources(
        batch=lambda place: batch_client(place, clients),
        table=jobs,
        data=roots.open_data(settings, writing=True),
        rules=extraction_rules(settings),
        clock=lambda: roots.utc_now(),
        retention_days=settings.jobs_retention_days,
        gone_after_minutes=settings.jobs_gone_after_minutes,
        calls_per_second=settings.jobs_batch_calls_per_second,
    )
    return resources, region or clients.region


def _document(name: str, outcome: SyncReport | VectoraError) -> dict[str, Any]:
    if isinstance(outcome, VectoraError):
        return {"job_queue": name, "error": str(outcome), "transient": outcome.transient}
    return outcome.to_json()


def _print(done: list[tuple[str, SyncReport | VectoraError]], resources: SyncResources) -> None:
    reports = [(name, outcome) for name, outcome in done if not isinstance(outcome, VectoraError)]
    if reports:
        print_table(f"Synced into {resources.table.name}", _COLUMNS, [_row(name, report) for name, report in reports])
    for name, report in reports:
        if report.jobs:
            print_table("Jobs", ("job", "status"), report.jobs.items())
        _say_what_it_cost(name, report, resources)
    _print_statistics(reports, resources)
    for name, outcome in done:
        if isinstance(outcome, VectoraError):
            say(f"{name}: {outcome}")


def _row(name: str, report: SyncReport) -> tuple[object, ...]:
    lag = "" if report.lag_seconds is None else f"{report.lag_seconds:.1f}"
    counts = (report.open, report.listed, report.described, report.written, report.refused, report.missing, report.gone)
    return (name, *counts, lag, f"{report.seconds:.1f}")


def _say_what_it_cost(name: str, report: SyncReport, resources: SyncResources) -> None:
    say(f"{name}: {report.in_words()}")
    for warning in (*report.warnings, *(f"not readable: {one}" for one in report.malformed_jobs)):
        say(f"{name}: {warning}")
    if report.path:
        say(f"{name}: report {resources.data.url_of(report.path)}")


def _print_statistics(reports: list[tuple[str, SyncReport]], resources: SyncResources) -> None:
    """Print the counts of the table as the last sync left them."""
    from vectora_core.cli.jobs_view import statistics_table

    counted = [report.statistics for _, report in reports if report.statistics]
    if counted:
        print_table(*statistics_table(f"Jobs of {resources.table.name}", counted[-1], now=resources.clock()))


@contextmanager
def _bar() -> Iterator[Progress]:
    """Show on stderr how far a sync is; nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")

        def told(step: str, done: int, total: int | None) -> None:
            bar.update(task, description=f"{step} {done}" if total is None else f"{step} {done}/{total}")

        yield told
