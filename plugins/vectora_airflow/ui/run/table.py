"""The clients of a run as a table: filtered, sorted, 100 a page. It does no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from vectora_airflow.ui.run.causes import LONGEST_NAME, cut
from vectora_airflow.ui.run.model import ClientFilter, ClientRow, ClientTable, SortKey
from vectora_core.ingest.causes import Cause
from vectora_core.ingest.run_summary import ClientOutcome

PAGE_SIZE: Final = 100
LONGEST_CAUSE: Final = 200
"""Failure classes that are longer cannot be filtered by: none of ours is."""

_Client = tuple[str, ClientOutcome]
_STATES: Final[Mapping[str, Callable[[ClientOutcome], bool]]] = {
    "succeeded": lambda one: one.status == "succeeded" and not one.failed,
    "partial": lambda one: one.status == "partial",
    "failed": lambda one: one.failed,
}
_SEVERITY: Final = {"failed": 0, "partial": 1, "succeeded": 2}
_KEYS: Final[Mapping[SortKey, Callable[[_Client], Any]]] = {
    "client": lambda client: client[0],
    "status": lambda client: (not client[1].failed, _SEVERITY[client[1].status]),
    "items": lambda client: client[1].items,
    "new": lambda client: client[1].items_new,
    "sources": lambda client: client[1].sources_failed,
    "duration": lambda client: client[1].duration_seconds,
}


def build_table(
    outcomes: Mapping[str, ClientOutcome], causes: Iterable[Cause], asked: ClientFilter, page: int
) -> ClientTable:
    """Return one page of the clients that match.

    :param outcomes: by client id, sorted
    :param page: from 1; beyond the last, the last
    """
    by_cause = {cause.failure_class: {client.client_id for client in cause.clients} for cause in causes}
    matching = [client for client in outcomes.items() if _matches(client, asked, by_cause)]
    matching.sort(key=_KEYS[asked.sort], reverse=asked.descending)
    pages = max(1, -(-len(matching) // PAGE_SIZE))
    page = min(max(1, page), pages)
    return ClientTable(
        filter=asked,
        counts={state: sum(map(is_in, outcomes.values())) for state, is_in in _STATES.items()} | {"all": len(outcomes)},
        causes=sorted(name for name in by_cause if len(name) <= LONGEST_CAUSE),
        total=len(matching),
        page=page,
        pages=pages,
        rows=[_row(*client) for client in matching[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]],
    )


def _matches(client: _Client, asked: ClientFilter, by_cause: Mapping[str, set[str]]) -> bool:
    client_id, outcome = client
    if asked.status and not _STATES[asked.status](outcome):
        return False
    if asked.cause and client_id not in by_cause.get(asked.cause, ()):
        return False
    wanted = asked.q.casefold()
    return wanted in client_id.casefold() or wanted in outcome.name.casefold()


def _row(client_id: str, outcome: ClientOutcome) -> ClientRow:
    return ClientRow(
        client_id=client_id, **outcome._asdict() | {"name": cut(outcome.name, LONGEST_NAME)}, failed=outcome.failed
    )
