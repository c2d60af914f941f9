"""Reads what is known of a run: at most three queries of Airflow's database and two reads of storage, whatever its size."""

from __future__ import annotations

from datetime import datetime

from vectora_airflow.ui.access import INGEST, JOBS
from vectora_airflow.ui.dag_runs import AirflowRuns
from vectora_airflow.ui.run.build import KnownOfRun, airflow_state
from vectora_airflow.ui.run.model import SyncView
from vectora_airflow.ui.run.stored_report import StoredReport, trusted
from vectora_airflow.ui.run.tasks import RunTasks
from vectora_core.errors import ParametersError, StorageError
from vectora_core.ingest import store
from vectora_core.jobs import statistics
from vectora_core.storage import Storage, path_segment

LONGEST_SEGMENT = 900
"""Characters of a run id in a path: S3 takes keys of 1,024 bytes, so a longer one has no report."""


def read_run(run_id: str, runs: AirflowRuns, tasks: RunTasks, data: Storage) -> KnownOfRun | None:
    """Return all that is known of a run of the ingest; None when neither Airflow nor storage knows it.

    :param data: where reports are
    :raises StorageError: when it does not answer
    """
    recent = runs.recent(INGEST)
    run = next((one for one in recent if one.run_id == run_id), None) or runs.find(INGEST, run_id)
    report, unreadable = _report(data, run_id)
    if run is None and report is None and unreadable is None:
        return None
    upcoming = runs.next(INGEST) if report or (run and run.state == "queued") else None
    return KnownOfRun(
        run_id=run_id,
        run=run,
        recent=recent,
        tasks=tasks.states(run_id) if run and not report and run.state != "queued" else {},
        paused=upcoming is not None and upcoming.is_paused,
        report=report,
        unreadable=unreadable,
    )


def _report(data: Storage, run_id: str) -> tuple[StoredReport | None, str | None]:
    """Return the report, or why the one that is there cannot be read."""
    if len(path_segment(run_id)) > LONGEST_SEGMENT:
        return None, None
    try:
        return trusted(store.load_report(data, run_id)), None
    except (ParametersError, ValueError) as error:
        there = isinstance(error, ValueError) or data.find(store.report_path(run_id)) is not None
        return None, str(error) if there else None


def read_sync(run_id: str, runs: AirflowRuns, data: Storage, table: str, now: datetime) -> SyncView:
    """Return what the last sync of the job table left, beside a run of the watch: one query and one object.

    :param run_id: of `vectora_job_states`; empty for none
    :param now: aware
    """
    problem, found = None, None
    try:
        found = statistics.read_statistics(data, table)
    except StorageError as error:
        problem = str(error)
    said = statistics.summary(found) if found else {}
    counted_at = datetime.fromisoformat(found.counted_at) if found else None
    return SyncView(
        dag_id=JOBS,
        run_id=run_id,
        airflow=airflow_state(runs.find(JOBS, run_id)) if run_id else None,
        table=table,
        counted_at=counted_at,
        age_seconds=max(0.0, (now - counted_at).total_seconds()) if counted_at else None,
        jobs={name: said[name] for name in ("total", "open", "running", "succeeded", "failed", "gone") if name in said},
        problem=problem,
    )
