"""`vectora jobs migrate`: moves the old job table, with a row per state, into the job table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vectora_core.cli.job_table import Region, open_client, table_name
from vectora_core.cli.options import AsJson, ConfigRoot, DataRoot
from vectora_core.cli.terminal import Exit, print_json, print_table, say

if TYPE_CHECKING:
    from vectora_core.jobs.migrate import MigrationResources
    from vectora_core.jobs.migration.report import MigrationReport
    from vectora_core.jobs.migration.request import MigrationRequest
    from vectora_core.settings import Settings

FromTable = Annotated[str, typer.Option("--from", help="The old table: keys jobId and timestamp, a row per state.")]
ToTable = Annotated[str | None, typer.Option("--to", help="The job table. Default: VECTORA_JOBS_TABLE.")]
DryRun = Annotated[bool, typer.Option("--dry-run/--no-dry-run", help="Only say what would be written.")]
Segments = Annotated[int, typer.Option(min=1, max=10, help="Parts of the old table that are read at once.")]
SamplePercentage = Annotated[float, typer.Option(min=0, max=100, help="Share of jobs whose state is computed again.")]
AssumeZone = Annotated[str, typer.Option(help="Time zone of old times that have none, such as Europe/Paris.")]
RowsAPage = Annotated[int, typer.Option("--rows-a-page", min=1, max=1000, help="Most rows that one request reads.")]
Restart = Annotated[bool, typer.Option("--restart", help="Forget how far an earlier migration came.")]
VerifyOnly = Annotated[bool, typer.Option("--verify-only", help="Move nothing, only compare both tables.")]


def migrate(
    from_table: FromTable,
    to_table: ToTable = None,
    dry_run: DryRun = False,
    segments: Segments = 4,
    sample_percentage: SamplePercentage = 1,
    assume_zone: AssumeZone = "UTC",
    rows_a_page: RowsAPage = 1000,
    restart: Restart = False,
    verify_only: VerifyOnly = False,
    config_root: ConfigRoot = None,
    data_root: DataRoot = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Move the old job table into the job table: the latest state of each job.

    Rows only move forward, so it may run while events arrive. Killed, it goes on where it was with the same command.
    Afterwards every job is looked up; exit code 1 when one is missing or, in a sample, differs.
    """
    from vectora_core.cli.roots import settings_for
    from vectora_core.jobs.migration.report import verdict
    from vectora_core.jobs.migration.request import MigrationRequest

    settings = settings_for(config_root, data_root)
    request = MigrationRequest(
        from_table=from_table,
        to_table=table_name(settings, to_table),
        dry_run=dry_run,
        segments=segments,
        sample_percentage=sample_percentage,
        zone=assume_zone,
        rows_a_page=rows_a_page,
        restart=restart,
    )
    resources = _resources(settings, region, writing=verify_only or not dry_run)
    report = _run(request, resources, verify_only=verify_only)
    if as_json:
        print_json(report.to_json())
    else:
        _print(report, verify_only=verify_only)
    if wrong := verdict(report):
        say(wrong)
        raise typer.Exit(Exit.FAILED)


def _run(request: MigrationRequest, resources: MigrationResources, *, verify_only: bool) -> MigrationReport:
    from vectora_core.jobs.migrate import migrate as move
    from vectora_core.jobs.migrate import verify

    if verify_only:
        return verify(request, resources)
    report = move(request, resources)
    if request.dry_run:
        return report
    _say_how_far(report)
    return verify(request, resources)


def _resources(settings: Settings, region: str | None, *, writing: bool) -> MigrationResources:
    from vectora_core.cli.job_rules import extraction_rules
    from vectora_core.cli.roots import open_data, utc_now
    from vectora_core.jobs.migrate import MigrationResources

    return MigrationResources(
        dynamodb=open_client(region, once=True),  # the migration repeats, and counts it
        data=open_data(settings, writing=writing),
        rules=extraction_rules(settings),
        retention_days=settings.jobs_retention_days,
        clock=utc_now,
    )


def _say_how_far(report: MigrationReport) -> None:
    if report.finished_before:
        say(f"finished already at {report.finished_at}: nothing to move; verifying again (--restart moves all anew)")
    else:
        say(f"{report.rows} old rows moved{' (resumed)' if report.resumed else ''}; verifying")


def _print(report: MigrationReport, *, verify_only: bool) -> None:
    from vectora_core.jobs.migration.report import lines

    print_table(f"{report.from_table} -> {report.to_table}", ("", ""), lines(report))
    for problem in report.problems:
        say(f"not moved: {problem}")
    found = report.verification
    for name in (*found.missing_jobs, *found.mismatching_jobs) if found else ():
        say(f"missing or different: {name}")
    if report.dry_run and not verify_only:
        say("dry run: nothing was written; without --dry-run it is")
