"""Why the clients of a run failed, grouped by cause, each cause with its remedy. It does no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vectora_core.errors import SourcesFailedError, VectoraError
from vectora_core.ingest import stored_json
from vectora_core.ingest.failure_classes import failure_of
from vectora_core.ingest.types import INGEST_TASK


@dataclass(frozen=True, kw_only=True)
class AffectedClient:
    """A client a cause has hit.

    :param status: what happened to the client as a whole: ``partial`` or ``failed``
    :param failed: whether it counts as failed; a partial client need not
    :param task_id: of its task instance in Airflow, or None
    :param map_index: of that instance, or None
    :param sources: what each of its sources said that failed for this cause, by source key
    :param message: what the error of the client as a whole says; empty when it has none
    """

    client_id: str
    name: str
    status: str
    failed: bool
    task_id: str | None
    map_index: int | None
    sources: Mapping[str, str]
    message: str


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A failure class with all the clients of a run it hit, by id.

    :param transient: whether a later try may help one of them
    """

    failure_class: str
    means: str
    remedy: str
    transient: bool
    clients: tuple[AffectedClient, ...]


def group_by_cause(report: Mapping[str, Any]) -> tuple[Cause, ...]:
    """Group the clients of a run that failed, or are partial, by what went wrong.

    A client whose sources failed stands under the class of each of them, any other under the class of its error; each
    stands under one at least.

    :param report: as `store.load_report` gives it
    :return: the cause that made most clients fail first, then by number of clients and by class
    :raises ValueError: when the report has values of a wrong type
    """
    causes: dict[str, list[AffectedClient]] = {}
    transient: set[str] = set()
    results = stored_json.mapping(report.get("client_results"), "client_results")
    for client_id, result in sorted(results.items()):
        for failure_class, may_pass, client in _hits(client_id, stored_json.mapping(result, client_id)):
            causes.setdefault(failure_class, []).append(client)
            if may_pass:
                transient.add(failure_class)
    found = [_cause(name, name in transient, clients) for name, clients in causes.items()]
    return tuple(sorted(found, key=lambda cause: (-_failed(cause), -len(cause.clients), cause.failure_class)))


def _failed(cause: Cause) -> int:
    return sum(client.failed for client in cause.clients)


def _cause(failure_class: str, transient: bool, clients: list[AffectedClient]) -> Cause:
    failure = failure_of(failure_class)
    return Cause(
        failure_class=failure_class,
        means=failure.means,
        remedy=failure.remedy,
        transient=transient,
        clients=tuple(clients),
    )


def _hits(client_id: str, result: Mapping[str, Any]) -> Iterator[tuple[str, bool, AffectedClient]]:
    """Yield every class that hit a client, and whether it may pass."""
    status = stored_json.text(result.get("status"), "status")
    error = stored_json.mapping(result.get("error") or {}, "error")
    if status == "succeeded" and not error:
        return
    own = stored_json.text(error.get("failure_class", SourcesFailedError.failure_class), "failure_class")
    sources = _by_class(result) if own == SourcesFailedError.failure_class else {}
    for failure_class, said in (sources or {own: {}}).items():
        map_index = result.get("map_index")
        client = AffectedClient(
            client_id=client_id,
            name=stored_json.text(result.get("name"), "name"),
            status=status,
            failed=bool(error) or status == "failed",
            task_id=None if map_index is None else stored_json.text(result.get("task_id") or INGEST_TASK, "task_id"),
            map_index=None if map_index is None else stored_json.count(map_index, "map_index"),
            sources=said,
            message=stored_json.text(error.get("message", ""), "message"),
        )
        may_pass = failure_of(failure_class).transient if said else error.get("transient") is True
        yield failure_class, may_pass, client


def _by_class(result: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the errors of the failed sources, by class and source key."""
    found: dict[str, dict[str, str]] = {}
    for key, source in sorted(stored_json.mapping(result.get("sources"), "sources").items()):
        if "failure_class" in stored_json.mapping(source, key):
            failure_class = stored_json.text(source["failure_class"] or VectoraError.failure_class, "failure_class")
            found.setdefault(failure_class, {})[key] = stored_json.text(source.get("error") or "", "error")
    return found
