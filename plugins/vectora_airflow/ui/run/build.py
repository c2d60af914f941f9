"""From what Airflow and storage know of a run to what its page shows. It does no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vectora_airflow.ui.access import INGEST
from vectora_airflow.ui.dag_runs import KnownRun
from vectora_airflow.ui.run import causes, conclusions
from vectora_airflow.ui.run.model import AirflowState, ClientFilter, Conclusion, Parameter, Phase, Plan, RunView, TaskCount
from vectora_airflow.ui.run.stored_report import StoredReport
from vectora_airflow.ui.run.table import build_table
from vectora_airflow.ui.run.tasks import States
from vectora_core.ingest.window import RunPlan

MOST_UNREADABLE = 20
_ORDER = ("discover_clients", "ingest_client", "heavy_clients", "ingest_heavy_client", "report_run", "check_failures")


@dataclass(frozen=True, kw_only=True)
class KnownOfRun:
    """All that was read of a run.

    :param run: None when Airflow does not know it
    :param recent: the latest runs, newest first
    :param tasks: empty when nobody asked for them: there is a report
    :param paused: whether the DAG is
    :param report: None when there is none that can be read
    :param unreadable: why the report there is cannot be read, or None
    """

    run_id: str
    run: KnownRun | None
    recent: Sequence[KnownRun]
    tasks: States
    paused: bool
    report: StoredReport | None
    unreadable: str | None


def build_view(known: KnownOfRun, asked: ClientFilter, page: int) -> RunView:
    """Return the page of a run.

    :param asked: how the table of clients is asked for
    :param page: of that table, from 1
    """
    report, going = known.report, known.run is not None and known.run.state in conclusions.GOING
    older, newer = _neighbours(known.run_id, known.recent)
    failed = causes.shown(report.causes, failed=True) if report else []
    partial = causes.shown(report.causes, failed=False) if report else []
    phase = _phase(known)
    return RunView(
        dag_id=INGEST,
        run_id=known.run_id,
        phase=phase,
        going=going,
        airflow=airflow_state(known.run),
        older_run_id=older,
        newer_run_id=newer,
        conclusions=_conclusions(phase, known),
        tasks=_task_counts(known.tasks),
        figures=report.figures if report else None,
        plan=_plan(report.plan) if report and report.plan else None,
        error=causes.cut(report.error, conclusions.LONGEST_VERDICT) if report and report.error else None,
        verdict=causes.cut(report.verdict, conclusions.LONGEST_VERDICT) if report and report.verdict else None,
        failed_causes=failed[: causes.MOST_CAUSES],
        partial_causes=partial[: causes.MOST_CAUSES],
        causes_left_out=sum(max(0, len(found) - causes.MOST_CAUSES) for found in (failed, partial)),
        unreadable_clients=list(report.unreadable[:MOST_UNREADABLE]) if report else [],
        rerun=len(report.failed_client_ids) if report and report.plan and not going else 0,
        clients=build_table(report.outcomes, report.causes, asked, page) if report else None,
    )


def airflow_state(run: KnownRun | None) -> AirflowState | None:
    """Return the part of a run that Airflow knows."""
    if run is None:
        return None
    return AirflowState(
        state=run.state, run_type=run.run_type, run_after=run.run_after, start_date=run.start_date, end_date=run.end_date
    )


def _phase(known: KnownOfRun) -> Phase:
    if known.report:
        return "reported"
    if known.unreadable:
        return "unreadable"
    state = known.run.state if known.run else ""
    return "queued" if state == "queued" else "running" if state == "running" else "no_report"


def _conclusions(phase: Phase, known: KnownOfRun) -> list[Conclusion]:
    if known.report:
        return conclusions.of_report(known.report, known.run)
    if known.unreadable or known.run is None:
        return conclusions.of_unreadable(known.unreadable or "there is none")
    if phase == "queued":
        return conclusions.of_queued(sum(run.state == "running" for run in known.recent), paused=known.paused)
    return conclusions.of_running(known.tasks) if phase == "running" else conclusions.of_missing(known.run, known.tasks)


def _neighbours(run_id: str, recent: Sequence[KnownRun]) -> tuple[str | None, str | None]:
    ids = [run.run_id for run in recent]
    if run_id not in ids:
        return None, None
    place = ids.index(run_id)
    return (ids[place + 1] if place + 1 < len(ids) else None), (ids[place - 1] if place else None)


def _task_counts(tasks: States) -> list[TaskCount]:
    return [
        TaskCount(task_id=task_id, state=state, count=number)
        for task_id, states in sorted(
            tasks.items(), key=lambda task: (_ORDER.index(task[0]) if task[0] in _ORDER else 9, task[0])
        )
        for state, number in sorted(states.items())
    ]


def _plan(plan: RunPlan) -> Plan:
    return Plan(
        interval_start=plan.interval.start,
        interval_end=plan.interval.end,
        window_end=plan.window_end,
        refresh=plan.refresh,
        parameters=[Parameter(name=name, value=value) for name, value in plan.parameters.as_json().items()],
        dry_run=plan.parameters.dry_run,
        tolerated_failure_percentage=plan.parameters.tolerated_failure_percentage,
    )
