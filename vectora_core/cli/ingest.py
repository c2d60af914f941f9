"""`vectora ingest`: a run without Airflow."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectora_core.cli.options import (
    AsJson,
    ConfigRoot,
    DataRoot,
    FromDate,
    Mode,
    PeriodDays,
    Sources,
    ToDate,
    split_ids,
)
from vectora_core.cli.terminal import Exit, print_json, print_table, say

if TYPE_CHECKING:
    from vectora_core.ingest.parameters import RunParameters
    from vectora_core.ingest.run import Run
    from vectora_core.settings import Settings

ClientIds = Annotated[
    list[str] | None, typer.Option("--client-id", "--client-ids", help="Run this client, active or not; repeatable.")
]


def ingest(
    client_ids: ClientIds = None,
    sources: Sources = None,
    period_days: PeriodDays = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
    ingestion_mode: Mode = None,
    force_refresh: Annotated[bool, typer.Option("--force-refresh", help="Fetch again what this hour captured.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but write.")] = False,
    only_failed_of_run: Annotated[str | None, typer.Option(help="Re-run the failed clients of this run id.")] = None,
    tolerated_failure_percentage: Annotated[float, typer.Option(help="Share of clients that may fail.")] = 0,
    config_root: ConfigRoot = None,
    data_root: DataRoot = None,
    as_json: AsJson = False,
) -> None:
    """Ingest all active clients, or those named.

    Prints what became of each. Exit code 1 when more clients failed than are tolerated, 3 when nothing could run.
    """
    from vectora_core.cli.roots import settings_for
    from vectora_core.ingest import report
    from vectora_core.ingest.parameters import parse_parameters

    parameters = parse_parameters(
        {
            "client_ids": split_ids(client_ids),
            "sources": split_ids(sources),
            "period_days": period_days,
            "from_date": from_date,
            "to_date": to_date,
            "ingestion_mode": ingestion_mode,
            "force_refresh": force_refresh,
            "dry_run": dry_run,
            "only_failed_of_run": only_failed_of_run,
            "tolerated_failure_percentage": tolerated_failure_percentage,
        }
    )
    settings = settings_for(config_root, data_root)
    done, data_url = _run(parameters, settings)
    if as_json:
        print_json(_with_items(done) if dry_run else done.report)
    else:
        _print(done.report, data_url)
    verdict = report.verdict(done.report, tolerated_failure_percentage=tolerated_failure_percentage)
    if wrong := verdict or done.report.get("report_error"):
        say(wrong)
        raise typer.Exit(Exit.FAILED if done.report["clients_processed"] else Exit.NOTHING_RAN)


def _run(parameters: RunParameters, settings: Settings) -> tuple[Run, str]:
    """Return what became of a run, and the URL of its outputs."""
    from vectora_core.cli.progress import ProgressBar
    from vectora_core.cli.roots import open_config, open_data, utc_now
    from vectora_core.ingest.client import IngestResources
    from vectora_core.ingest.discover import Moment, plan_run
    from vectora_core.ingest.manifest import Writer
    from vectora_core.ingest.run import run_ingest

    config, data = open_config(settings), open_data(settings, writing=not parameters.dry_run)
    now = utc_now()
    plan = plan_run(f"cli__{now.isoformat()}", parameters, Moment(run_after=now, data_interval=None, now=now), data)
    resources = IngestResources(config=config, data=data, settings=settings, clock=utc_now)
    with ProgressBar() as progress:
        return run_ingest(plan, resources, writer=Writer(task_id="cli"), progress=progress), data.url


def _with_items(done: Run) -> dict[str, Any]:
    """Return the report of a dry run with the items each client would have written."""
    items = {result.client_id: [asdict(item) for item in result.items] for result in done.results}
    results = {
        client_id: result | {"would_write": items.get(client_id, [])}
        for client_id, result in done.report["client_results"].items()
    }
    return done.report | {"client_results": results}


def _print(report: dict[str, Any], data_url: str) -> None:
    from vectora_core.ingest.report import lines
    from vectora_core.ingest.store import report_path

    rows = [
        (
            client_id,
            result["status"],
            f"{result['sources_ok']}/{result['sources_failed']}",
            result["items"],
            result["items_new"],
            f"{result['duration_seconds']:.1f}",
            result["output"] or "-",
        )
        for client_id, result in report["client_results"].items()
    ]
    columns = ("client", "status", "ok/failed", "items", "new", "seconds", "output")
    print_table(f"{report['status']}: {report['run_id']}", columns, rows)
    for line in lines(report)[1:]:
        say(line)
    say("dry run: nothing was written" if report["dry_run"] else f"report: {data_url}/{report_path(report['run_id'])}")
