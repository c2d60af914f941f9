"""Reads what the page of a client needs: at most fifty objects, however many clients and runs there are.

It decides only which run is shown. What is wrong with a client's file is found here too, and never stops the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vectora_airflow.ui.access import INGEST
from vectora_airflow.ui.dag_runs import KnownRun, NextRun
from vectora_airflow.ui.kept_summaries import SUMMARIES
from vectora_core.config.catalog_files import load_catalog
from vectora_core.config.client_files import client_path, load_client, no_such_client
from vectora_core.config.models import KEY_PATTERN
from vectora_core.config.placement import Place, heavy_place
from vectora_core.config.resolved import ResolvedClient
from vectora_core.errors import ConfigError, ParametersError, Problem, SettingsError, StorageError
from vectora_core.ingest import store
from vectora_core.ingest.client_run import ClientRun, read_client_run
from vectora_core.ingest.run_summary import RunSummary
from vectora_core.settings import Settings
from vectora_core.storage import Storage, path_segment

_LONGEST_NAME = 255  # of a folder, in bytes: what is longer has left nothing


class Runs(Protocol):
    """What is asked of Airflow's database."""

    def recent(self, dag_id: str, *, limit: int = 30) -> tuple[KnownRun, ...]:
        """Return the latest runs, the newest first."""
        ...

    def find(self, dag_id: str, run_id: str) -> KnownRun | None:
        """Return one run."""
        ...

    def next(self, dag_id: str) -> NextRun | None:
        """Return when the DAG runs next."""
        ...


class Places(Protocol):
    """Where configuration and outputs are, and the settings."""

    @property
    def settings(self) -> Settings:
        """Those of the API server."""
        ...

    @property
    def config(self) -> Storage:
        """The configuration."""
        ...

    @property
    def data(self) -> Storage:
        """Outputs and reports."""
        ...


class NobodyKnowsError(LookupError):
    """No such client in the configuration or in any run looked at, or no such run in Airflow or storage."""


@dataclass(frozen=True, kw_only=True)
class FoundConfig:
    """What the configuration says about a client.

    :param exists: whether it has a file; None when nobody can say
    :param heavy: queue and pool of the heavy clients
    :param resolved: None when it does not resolve
    :param unreadable: why nothing could be read, or None
    """

    exists: bool | None
    heavy: Place
    resolved: ResolvedClient | None = None
    problems: tuple[Problem, ...] = ()
    unreadable: str | None = None


@dataclass(frozen=True, kw_only=True)
class FoundRun:
    """The run that is shown.

    :param known: None when Airflow has no such run (any more): those of the CLI and the Lambda
    :param report: None when there is none that can be read; ``report_missing`` then says why
    """

    run_id: str
    known: KnownRun | None
    report: Mapping[str, Any] | None
    report_missing: str | None
    of_client: ClientRun | None


@dataclass(frozen=True, kw_only=True)
class History:
    """The latest runs, the newest first, and what became of those that wrote something, by run id.

    :param unreadable: why nothing is known of them, or None
    """

    runs: tuple[KnownRun, ...]
    summaries: Mapping[str, RunSummary]
    unreadable: str | None = None

    def latest_with(self, client_id: str) -> str | None:
        """Return the newest run in which a client took part."""
        return next((run.run_id for run in self.runs if self.has(run.run_id, client_id)), None)

    def has(self, run_id: str, client_id: str) -> bool:
        """Tell whether a client took part in a run."""
        summary = self.summaries.get(run_id)
        return summary is not None and client_id in summary.clients


@dataclass(frozen=True, kw_only=True)
class FoundClient:
    """All that was read."""

    client_id: str
    history: History
    run: FoundRun | None
    config: FoundConfig
    is_paused: bool


def read_client(places: Places, runs: Runs, client_id: str, run_id: str | None) -> FoundClient:
    """Read one client in one run, and its configuration.

    :param run_id: None: the newest of the latest runs in which the client took part
    :raises NobodyKnowsError: when nobody knows the client (and which may be meant), or the run that was asked for
    :raises StorageError: when the outputs are out of reach
    """
    past, run = _read_runs(places, runs, client_id, run_id)
    config = _read_config(places, client_id)
    if config.exists is False and not _took_part(client_id, past, run):
        raise NobodyKnowsError(str(config.problems[0]))
    upcoming = runs.next(INGEST)
    return FoundClient(
        client_id=client_id, history=past, run=run, config=config, is_paused=bool(upcoming and upcoming.is_paused)
    )


def read_run_of_client(places: Places, runs: Runs, client_id: str, run_id: str | None) -> FoundRun | None:
    """Read one client in one run, without its configuration; None when it took part in none of the latest runs.

    :raises NobodyKnowsError: as `read_client`
    :raises StorageError: when the outputs are out of reach
    """
    past, run = _read_runs(places, runs, client_id, run_id)
    if not _took_part(client_id, past, run) and not _has_file(places.config, client_id):
        raise NobodyKnowsError(str(no_such_client(places.config, client_id)))
    return run


def _read_runs(places: Places, runs: Runs, client_id: str, run_id: str | None) -> tuple[History, FoundRun | None]:
    past = _read_history(places.data, runs.recent(INGEST), needed=run_id is None)
    chosen = run_id or past.latest_with(client_id)
    return past, _read_run(places.data, runs, client_id, chosen) if chosen else None


def is_going(run: KnownRun) -> bool:
    """Whether Airflow is not done with a run: an earlier report of it does not count until it is."""
    return run.state in ("queued", "running")


def _took_part(client_id: str, past: History, run: FoundRun | None) -> bool:
    in_this_one = run is not None and run.of_client is not None and run.of_client.result is not None
    return in_this_one or past.latest_with(client_id) is not None


def _has_file(config: Storage, client_id: str) -> bool:
    return bool(re.fullmatch(KEY_PATTERN, client_id)) and config.find(client_path(client_id)) is not None


def _read_history(data: Storage, latest: Sequence[KnownRun], *, needed: bool) -> History:
    try:
        found = SUMMARIES.read(data, [run for run in latest if not is_going(run)])
    except StorageError as error:
        if needed:
            raise
        return History(runs=tuple(latest), summaries={}, unreadable=str(error))
    wrote = {run_id: summary for run_id, summary in found.items() if summary and not summary.dry_run}
    return History(runs=tuple(latest), summaries=wrote)


def _read_run(data: Storage, runs: Runs, client_id: str, run_id: str) -> FoundRun:
    known = runs.find(INGEST, run_id)
    if known is None and len(path_segment(run_id)) > _LONGEST_NAME:
        raise NobodyKnowsError(_nobody_knows(run_id))
    try:
        report = store.load_report(data, run_id)
        if report.get("run_id") != run_id:
            raise ParametersError(f"the report of run {run_id!r} is of another run; look at its log instead")
    except ParametersError as error:
        if known is None:
            raise NobodyKnowsError(_nobody_knows(run_id)) from error
        return FoundRun(run_id=run_id, known=known, report=None, report_missing=str(error), of_client=None)
    of_client = read_client_run(data, report, client_id)
    return FoundRun(run_id=run_id, known=known, report=report, report_missing=None, of_client=of_client)


def _nobody_knows(run_id: str) -> str:
    shown = run_id if len(run_id) <= 100 else f"{run_id[:100]}…"
    return f"Airflow knows no run {shown!r}, and there is no report of it that can be read; leave run_id out for the latest"


def _read_config(places: Places, client_id: str) -> FoundConfig:
    heavy = heavy_place(places.settings)
    try:
        storage = places.config
        if not _has_file(storage, client_id):
            return FoundConfig(exists=False, heavy=heavy, problems=(no_such_client(storage, client_id),))
        return _resolved(storage, client_id, heavy)
    except (StorageError, SettingsError) as error:
        return FoundConfig(exists=None, heavy=heavy, unreadable=str(error))


def _resolved(storage: Storage, client_id: str, heavy: Place) -> FoundConfig:
    try:
        found = load_client(storage, client_id, catalog=load_catalog(storage), heavy=heavy)
    except ConfigError as error:
        return FoundConfig(exists=True, heavy=heavy, problems=error.problems)
    return FoundConfig(exists=True, heavy=heavy, resolved=found)
