"""`make demo`: the daily ingest once and a few Batch jobs, through a scheduler, on a stack of their own."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from rich.console import Console
from rich.live import Live

from stack import embedded_aws, progress
from stack.api import FINISHED, Json
from stack.demo_jobs import DemoJobs, jobs_table
from stack.local import INGEST, JOBS, Stack
from stack.lock import held
from stack.options import StackOptions
from stack.places import DEMO, below_repository
from stack.stopping import Stopped, signals_raise
from vectora_core.ingest.report import lines as report_in_words
from vectora_core.jobs.types import JobRecord
from vectora_core.storage import path_segment

_RUN_SECONDS = 300.0
_POLL_SECONDS = 0.4
_KEPT = ("ingested", "runs", "jobs")
_BUSY = "another `make demo` is running here (pid {pid}): wait for it, or stop it"


def demo(folder: Path = DEMO) -> int:
    """Run the demo.

    :param folder: where it works and leaves its outputs
    :return: 0 when the run succeeded
    :raises StackError: when a part of the stack could not start or stopped
    """
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    with held(folder / "lock", busy=_BUSY):
        try:
            with signals_raise():
                return _demo(folder, console)
        except Stopped as stopped:
            print(f"make demo: stopped by {stopped}, and everything it had started with it", file=sys.stderr)
            return stopped.exit_code


def _demo(folder: Path, console: Console) -> int:
    begun = time.monotonic()
    for leftover in ("airflow", "logs", "aws"):
        shutil.rmtree(folder / leftover, ignore_errors=True)

    def tell(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.1f} s[/dim]  {what}")

    with Stack(StackOptions(folder=folder), tell=tell) as stack:
        for dag_id in (INGEST, JOBS):
            stack.wait_for_dag(dag_id)
        tell(f"DAGs {INGEST} and {JOBS} read")
        jobs = DemoJobs(stack)
        runs = {JOBS: jobs.start(), INGEST: stack.trigger({})}
        for dag_id, run_id in runs.items():
            tell(f"run {run_id} of {dag_id} triggered through the REST API")
        states = _watch(stack, runs, jobs, console, begun)
        tell("runs ended: " + ", ".join(f"{dag_id} {state}" for dag_id, state in states.items()))
        report = _bring_home(stack, runs[INGEST], folder)
        rows = jobs.rows()
        logs = "".join(_failed_logs(stack, runs[dag_id], dag_id) for dag_id in runs if states[dag_id] != "success")
    tell("everything stopped again")
    _show(console, report, runs[INGEST], rows, logs, folder)
    return 0 if set(states.values()) == {"success"} else 1


def _watch(stack: Stack, runs: Mapping[str, str], jobs: DemoJobs, console: Console, begun: float) -> dict[str, str]:
    """Show the tasks of the runs until all have ended: drawn anew on a terminal, a line for each change elsewhere.

    :param runs: id of the run by id of the DAG
    :return: how each ended
    """
    with _display(console, begun) as show:

        def tasks() -> list[Json]:
            return [one for dag_id, run_id in runs.items() for one in stack.task_instances(run_id, dag_id=dag_id)]

        def has_ended() -> bool:
            show(tasks())
            jobs.end_the_lasting_one()
            time.sleep(_POLL_SECONDS)
            return all(stack.run_of(run_id, dag_id=dag_id)["state"] in FINISHED for dag_id, run_id in runs.items())

        stack.children.wait_until(has_ended, what="the end of the runs", timeout=_RUN_SECONDS)
        show(tasks())
    return {dag_id: str(stack.run_of(run_id, dag_id=dag_id)["state"]) for dag_id, run_id in runs.items()}


@contextmanager
def _display(console: Console, begun: float) -> Iterator[Any]:
    if console.is_terminal:
        with Live(console=console, refresh_per_second=4) as live:
            yield lambda instances: live.update(
                progress.progress_table(progress.task_states(instances), progress.durations_of(instances))
            )
        return
    shown: dict[str, str] = {}

    def show(instances: list[Json]) -> None:
        states = progress.task_states(instances)
        for line in progress.changes(shown, states):
            console.print(f"{time.monotonic() - begun:5.1f} s  {line}")
        shown.update(states)

    yield show


def _bring_home(stack: Stack, run_id: str, folder: Path) -> dict[str, Any] | None:
    """Replace the outputs of the last demo by those of this one; return the report, if the run wrote one."""
    for prefix in _KEPT:
        shutil.rmtree(folder / prefix, ignore_errors=True)
        embedded_aws.download(stack.data, f"{prefix}/", folder)
    found = stack.data.find(f"runs/{path_segment(run_id)}/report.json")
    report: dict[str, Any] | None = json.loads(found) if found else None
    return report


def _failed_logs(stack: Stack, run_id: str, dag_id: str) -> str:
    """Return the end of the log of each failed task instance."""
    failed = [one for one in stack.task_instances(run_id, dag_id=dag_id) if one["state"] == "failed"]
    return "\n".join(
        f"--- log of {name}, the end:\n" + "\n".join(stack.api.task_log(one).splitlines()[-15:])
        for one in failed
        for name in progress.task_states([one])
    )


def _show(
    console: Console, report: dict[str, Any] | None, run_id: str, rows: list[JobRecord], logs: str, folder: Path
) -> None:
    wide = Console(highlight=False, width=max(console.width, progress.TABLE_WIDTH))
    if report:
        outputs = PurePosixPath(below_repository(folder))
        wide.print(progress.report_table(report, outputs))
        console.print(f"run report: {outputs / 'runs' / path_segment(run_id) / 'report.json'}")
        for line in report_in_words(report):
            console.print(line, markup=False)
    console.print(f"\n{len(rows)} jobs of AWS Batch, as the job table has them:")
    wide.print(jobs_table(rows))
    if logs:
        console.print(logs, markup=False)
        console.print(f"all logs are below {below_repository(folder)}/logs and {below_repository(folder)}/airflow/logs")
