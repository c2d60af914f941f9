"""Reads what the list of clients is made of: one listing, at most two reads a run, two queries; however many clients."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from vectora_airflow.ui.access import INGEST
from vectora_airflow.ui.clients.build import ReadClients, has_ended
from vectora_airflow.ui.dag_runs import AirflowRuns, KnownRun
from vectora_airflow.ui.kept_summaries import SUMMARIES
from vectora_airflow.ui.resources import Resources
from vectora_core.config.discovery import list_client_ids
from vectora_core.errors import VectoraError
from vectora_core.ingest.run_summary import RunSummary

log = logging.getLogger(__name__)


def read_clients(resources: Resources, airflow: AirflowRuns) -> ReadClients:
    """Read the files there are and what became of the latest runs; one of the two may be out of reach.

    :raises VectoraError: when both are
    """
    known = airflow.recent(INGEST)
    summaries, no_history = _history(resources, known)
    client_ids, no_files = _files(resources)
    if no_history and no_files:
        raise no_history
    problems = []
    if no_files:
        problems.append(f"The client files cannot be listed; below are the clients of the latest runs. {no_files}")
    if no_history:
        problems.append(f"What became of the runs cannot be read; below are the clients that have a file. {no_history}")
    return ReadClients(
        runs=known,
        summaries=summaries,
        client_ids=client_ids,
        schedule=airflow.next(INGEST),
        problems=tuple(problems),
        history_is_known=no_history is None,
    )


def read_runs(resources: Resources, airflow: AirflowRuns) -> ReadClients:
    """Read what became of the latest runs, without the clients.

    :raises VectoraError: when their reports are out of reach
    """
    known = airflow.recent(INGEST)
    summaries, wrong = _history(resources, known)
    if wrong:
        raise wrong
    return ReadClients(runs=known, summaries=summaries, client_ids=None, schedule=airflow.next(INGEST))


def _history(resources: Resources, runs: Sequence[KnownRun]) -> tuple[Mapping[str, RunSummary | None], VectoraError | None]:
    try:
        return SUMMARIES.read(resources.data, [run for run in runs if has_ended(run)]), None
    except VectoraError as error:
        log.warning("the history of the clients: %s", error)
        return {}, error


def _files(resources: Resources) -> tuple[Sequence[str] | None, VectoraError | None]:
    try:
        return list_client_ids(resources.config), None
    except VectoraError as error:
        log.warning("the files of the clients: %s", error)
        return None, error
