"""From what was read to what the page shows: who stands where, which of them are asked for, and their strips. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from vectora_airflow.ui.clients.model import (
    ClientInRun,
    ClientList,
    ClientRun,
    FailedOfRun,
    IngestRun,
    ListedClient,
    Outcome,
    RunList,
    RunState,
    Schedule,
    Standing,
    Totals,
)
from vectora_airflow.ui.clients.query import ClientsQuery, Sort
from vectora_airflow.ui.dag_runs import KnownRun, NextRun
from vectora_core.config.models import KEY_PATTERN
from vectora_core.ingest.run_summary import ClientOutcome, RunSummary

_WORST_FIRST: tuple[Standing, ...] = get_args(Standing)


@dataclass(frozen=True, kw_only=True)
class ReadClients:
    """What was read.

    :param runs: the newest first
    :param summaries: by run id; None for a run of which there is nothing to read
    :param client_ids: of the files there are; None when they could not be listed
    :param schedule: None when Airflow has not read the DAG
    :param problems: what could not be read, in words
    :param history_is_known: whether the runs' reports could be read
    """

    runs: Sequence[KnownRun]
    summaries: Mapping[str, RunSummary | None]
    client_ids: Sequence[str] | None
    schedule: NextRun | None
    problems: tuple[str, ...] = ()
    history_is_known: bool = True


@dataclass(frozen=True, kw_only=True)
class _Client:
    """A client before its strip is made: of a thousand of them a page shows fifty."""

    client_id: str
    name: str
    has_file: bool | None
    status: Standing
    run: KnownRun | None
    outcome: ClientOutcome | None


def build_clients(read: ReadClients, query: ClientsQuery, *, now: datetime) -> ClientList:
    """Return one page of the clients and what stands around it."""
    reported = list(_reported(read))
    everybody = _clients(read, reported)
    matching = sorted(_matching(everybody, query), key=lambda one: one.client_id)
    _sort(matching, query)
    shown = matching[(query.page - 1) * query.size : query.page * query.size]
    around = build_runs(read, now=now)
    ended = [run for run in around.runs if run.state not in ("queued", "running")]
    return ClientList(
        **dict(around),
        clients=[_row(client, read) for client in shown],
        matching=len(matching),
        page=query.page,
        pages=max(-(-len(matching) // query.size), 1),
        totals=_totals(everybody),
        going=[run for run in reversed(around.runs) if run.state in ("queued", "running")],
        latest=ended[-1] if ended else None,
        failed_of_run=_failed_of_run(reported, everybody),
    )


def build_runs(read: ReadClients, *, now: datetime) -> RunList:
    """Return the runs, the oldest first."""
    return RunList(
        runs=[_run(run, read.summaries.get(run.run_id)) for run in reversed(read.runs)],
        schedule=_schedule(read.schedule, now),
        problems=list(read.problems),
    )


def has_ended(run: KnownRun) -> bool:
    """Whether Airflow is done with a run, for now: until then an earlier report of it does not count."""
    return run.state not in ("queued", "running")


def may_be_run(client_id: str) -> bool:
    """Whether an id can be one: others cannot be named in a form, where a comma would make two of them."""
    return re.fullmatch(KEY_PATTERN, client_id) is not None


def _reported(read: ReadClients) -> Iterator[tuple[KnownRun, RunSummary]]:
    """Yield the runs that say what became of clients, the newest first. A dry run wrote nothing: it does not count."""
    for run in read.runs:
        summary = read.summaries.get(run.run_id)
        if summary is not None and has_ended(run) and not summary.dry_run:
            yield run, summary


def _clients(read: ReadClients, reported: Sequence[tuple[KnownRun, RunSummary]]) -> list[_Client]:
    last: dict[str, tuple[KnownRun, ClientOutcome]] = {}
    names: dict[str, str] = {}
    for run, summary in reported:
        for client_id, outcome in summary.clients.items():
            if client_id not in last:
                last[client_id] = run, outcome
            if client_id not in names and outcome.name:
                names[client_id] = outcome.name
    files = None if read.client_ids is None else frozenset(read.client_ids)
    return [
        _client(client_id, names.get(client_id, client_id), last.get(client_id), files, read)
        for client_id in sorted({*last, *(files or ())})
    ]


def _client(
    client_id: str,
    name: str,
    last: tuple[KnownRun, ClientOutcome] | None,
    files: frozenset[str] | None,
    read: ReadClients,
) -> _Client:
    run, outcome = last or (None, None)
    has_file = None if files is None else client_id in files
    status = _standing(outcome, has_file, read.history_is_known)
    return _Client(client_id=client_id, name=name, has_file=has_file, status=status, run=run, outcome=outcome)


def _standing(outcome: ClientOutcome | None, has_file: bool | None, history_is_known: bool) -> Standing:
    if has_file is False:
        return "no_file"
    if outcome is not None:
        return outcome_state(outcome)
    return "never_ran" if history_is_known else "unknown"


def outcome_state(outcome: ClientOutcome) -> Outcome:
    """Return what a client's outcome counts as: a partial one may count as failed."""
    return "failed" if outcome.failed else outcome.status


def _matching(clients: Sequence[_Client], query: ClientsQuery) -> list[_Client]:
    text = query.q.strip().casefold()
    return [
        client
        for client in clients
        if (not query.status or client.status == query.status)
        and (not text or text in client.client_id.casefold() or text in client.name.casefold())
    ]


def _sort(clients: list[_Client], query: ClientsQuery) -> None:
    """Sort clients that are sorted by id; those without an outcome stay at the end whichever way round."""
    key: Callable[[_Client], Any] = _KEYS[query.sort]
    clients.sort(key=key, reverse=query.descending)
    if query.sort not in ("status", "id"):
        clients.sort(key=lambda client: client.outcome is None)


_KEYS: Mapping[Sort, Callable[[_Client], Any]] = {
    "status": lambda client: _WORST_FIRST.index(client.status),
    "id": lambda client: client.client_id,
    "items": lambda client: client.outcome.items if client.outcome else 0,
    "items_new": lambda client: client.outcome.items_new if client.outcome else 0,
    "duration": lambda client: client.outcome.duration_seconds if client.outcome else 0,
    "last_run": lambda client: client.run.run_after.timestamp() if client.run else 0,
}


def _totals(clients: Sequence[_Client]) -> Totals:
    counted = Counter(client.status for client in clients)
    return Totals(clients=len(clients), **{status: counted[status] for status in _WORST_FIRST})


def _failed_of_run(reported: Sequence[tuple[KnownRun, RunSummary]], clients: Sequence[_Client]) -> FailedOfRun | None:
    still = {client.client_id for client in clients if client.status == "failed"}
    for run, summary in reported:
        failed = [client_id for client_id, outcome in summary.clients.items() if outcome.failed]
        if still.intersection(failed):
            left = len(still.intersection(failed))
            return FailedOfRun(run_id=run.run_id, run_after=run.run_after, failed=len(failed), still_failed=left)
    return None


def _row(client: _Client, read: ReadClients) -> ListedClient:
    return ListedClient(
        client_id=client.client_id,
        name=client.name,
        has_file=client.has_file,
        status=client.status,
        last=_last(client.run, client.outcome) if client.run and client.outcome else None,
        outcomes=[_in_run(client.client_id, run, read.summaries.get(run.run_id)) for run in reversed(read.runs)],
    )


def _last(run: KnownRun, outcome: ClientOutcome) -> ClientRun:
    return ClientRun(
        run_id=run.run_id,
        run_after=run.run_after,
        state=outcome_state(outcome),
        items=outcome.items,
        items_new=outcome.items_new,
        sources_ok=outcome.sources_ok,
        sources_failed=outcome.sources_failed,
        duration_seconds=outcome.duration_seconds,
        task_id=outcome.task_id,
        map_index=outcome.map_index,
        failure_class=outcome.failure_class,
    )


def _in_run(client_id: str, run: KnownRun, summary: RunSummary | None) -> ClientInRun:
    if not has_ended(run):
        return _GOING
    if summary is None or summary.dry_run:
        return _UNKNOWN
    outcome = summary.clients.get(client_id)
    if outcome is None:
        return _ABSENT
    return ClientInRun(state=outcome_state(outcome), items=outcome.items, items_new=outcome.items_new)


_GOING, _UNKNOWN, _ABSENT = (ClientInRun(state=state) for state in ("going", "unknown", "absent"))


def _run(run: KnownRun, summary: RunSummary | None) -> IngestRun:
    told = summary if has_ended(run) else None
    states = Counter(outcome_state(outcome) for outcome in told.clients.values()) if told else None
    return IngestRun(
        run_id=run.run_id,
        run_type=run.run_type,
        airflow_state=run.state,
        state=_run_state(run, told),
        run_after=run.run_after,
        started_at=run.start_date,
        ended_at=run.end_date,
        clients=len(told.clients) if told else None,
        succeeded=states["succeeded"] if states is not None else None,
        partial=states["partial"] if states is not None else None,
        failed=states["failed"] if states is not None else None,
        items=told.items if told else None,
        items_new=told.items_new if told else None,
        seconds=told.seconds if told else None,
        error=told.error if told else None,
    )


def _run_state(run: KnownRun, summary: RunSummary | None) -> RunState:
    if not has_ended(run):
        return "queued" if run.state == "queued" else "running"
    if summary is None:
        return "no_report"
    return "dry_run" if summary.dry_run else summary.status  # type: ignore[return-value]


def _schedule(schedule: NextRun | None, now: datetime) -> Schedule | None:
    if schedule is None:
        return None
    overdue = schedule.at is not None and schedule.at <= now
    return Schedule(next_run_at=schedule.at, is_paused=schedule.is_paused, is_overdue=overdue and not schedule.is_paused)
