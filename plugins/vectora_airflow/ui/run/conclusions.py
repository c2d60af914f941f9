"""What to make of a run, in words, with the way out: why it is red, why there is no report, what it waits for. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from vectora_airflow.ingest import DISCOVER
from vectora_airflow.ui.dag_runs import KnownRun
from vectora_airflow.ui.run.causes import cut
from vectora_airflow.ui.run.model import Conclusion
from vectora_airflow.ui.run.stored_report import StoredReport
from vectora_airflow.ui.run.tasks import NO_STATE, States
from vectora_core.ingest.types import TASKS

REPORT = "report_run"
GOING = frozenset({"queued", "running"})
LONGEST_VERDICT = 1_000
_ENDED = frozenset({"success", "failed", "upstream_failed", "skipped", "removed"})


def of_report(report: StoredReport, run: KnownRun | None) -> list[Conclusion]:
    """Return what a report says of its run, and where Airflow says something else.

    :param run: None for a run of the command line or the Lambda
    """
    return [*_about_airflow(run), *_about_colour(report, run), *_about_unreadable(report)]


def of_queued(running: int, *, paused: bool) -> list[Conclusion]:
    """Return why a run waits.

    :param running: how many runs of the DAG are going
    """
    if paused:
        return [_neutral("This run is queued, and its DAG is paused.", "Unpause vectora_ingest in Airflow: then it begins.")]
    others = "1 run is" if running == 1 else f"{running} runs are"
    text = f"This run is queued; {others} going on at the moment."
    if not running:
        return [_neutral(text, "It begins within seconds. If it does not, look at the health of Airflow's scheduler.")]
    return [_neutral(text, "It begins when there is room: VECTORA_INGEST_RUNS_AT_ONCE says how many may run at once.")]


def of_running(tasks: States) -> list[Conclusion]:
    """Return how far a run is that has no report yet."""
    clients = [one for task_id in TASKS for one in tasks.get(task_id, {}).items()]
    total = sum(number for _, number in clients)
    through = sum(number for state, number in clients if state in _ENDED)
    if sum(tasks.get(DISCOVER, {}).values()) and not tasks[DISCOVER].get("success"):
        text = "This run is finding its clients."
    elif not total:
        text = "This run has begun."
    else:
        text = f"This run is going on: {through} of {total} clients are through."
    return [_neutral(text, "Causes and numbers stand here as soon as its task report_run has written the report.")]


def of_missing(run: KnownRun, tasks: States) -> list[Conclusion]:
    """Return why a run that has ended left no report."""
    states = set(tasks.get(REPORT, {})) - {NO_STATE}
    said = f"Airflow ended this run as {run.state}, and it left no report"
    if "success" in states:
        text = f"{said}, though report_run succeeded: runs with dry_run write none. Or it was deleted since then."
        return [_neutral(text, "The logs of its tasks say what it did. To have a report, start it again without dry_run.")]
    if "failed" in states:
        text = f"{said}: its task report_run failed."
        return [_failed(text, "Its log in Airflow says why. Clear report_run, and the report is written after all.")]
    if not tasks:
        text = f"{said}. Airflow has no tasks of it any more either."
        return [_neutral(text, "Nothing of it can be shown; look at a newer run.")]
    text = f"{said}: report_run never came to its end. The run was cut off: ended by hand, or its processes were killed."
    return [_failed(text, "Look at its tasks in Airflow. Clear the run, and it does what is missing and reports.")]


def of_unreadable(reason: str) -> list[Conclusion]:
    """Return what to do about a report that cannot be read."""
    text = f"The report of this run cannot be read: {cut(reason, LONGEST_VERDICT)}"
    return [_failed(text, "Clear the task report_run in Airflow: it writes the report anew.")]


def _about_airflow(run: KnownRun | None) -> Iterator[Conclusion]:
    if run is None:
        text = "Airflow does not know this run: it is one of the command line or the Lambda, or was deleted from Airflow."
        yield _neutral(text, "There are no tasks and no logs of it in Airflow; what it stored is here.")
    elif run.state in GOING:
        text = "This run is going on again: what stands here is what its report said before."
        yield _neutral(text, "The report is written anew when the tasks that were cleared are through.")


def _about_colour(report: StoredReport, run: KnownRun | None) -> Iterator[Conclusion]:
    state = run.state if run else None
    verdict = report.verdict
    if verdict:
        red = "Airflow shows it green nevertheless, as somebody marked it so" if state == "success" else None
        text = f"This run counts as failed: {cut(verdict, LONGEST_VERDICT)}"
        yield _failed(f"{text}. {red}." if red else text, "")
    elif state == "failed":
        text = "The report knows no reason for which this run should have failed, but Airflow says it did."
        yield _failed(text, "Look at its tasks in Airflow: one failed outside of what the report tells.")
    elif report.failed_client_ids:
        failed = f"{len(report.failed_client_ids)} of {report.figures.clients_processed} clients failed"
        text = f"{failed}; {report.tolerated_failure_percentage:g} % are tolerated, so the run counts as succeeded."
        yield Conclusion(kind="partial", text=text, way_out="")


def _about_unreadable(report: StoredReport) -> Iterator[Conclusion]:
    if report.unreadable:
        text = f"What the report says of {len(report.unreadable)} clients cannot be read; they are missing below."
        yield _failed(text, "Clear the task report_run in Airflow: it writes the report anew.")


def _neutral(text: str, way_out: str) -> Conclusion:
    return Conclusion(kind="neutral", text=text, way_out=way_out)


def _failed(text: str, way_out: str) -> Conclusion:
    return Conclusion(kind="failed", text=text, way_out=way_out)
