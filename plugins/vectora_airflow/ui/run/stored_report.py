"""A run report as storage has it, cut to what can be trusted: whatever version wrote it. It does no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vectora_airflow.ui.run.model import Figures
from vectora_core.ingest import causes, report, run_summary, stored_json
from vectora_core.ingest.run_summary import ClientOutcome
from vectora_core.ingest.window import RunPlan


@dataclass(frozen=True, kw_only=True)
class StoredReport:
    """A report, with every value of the type it must have.

    :param outcomes: of the clients that can be read, by id, sorted
    :param unreadable: ids of the other clients
    :param causes: of all that can be read
    :param critical_client_ids: those whose failure always fails the run
    """

    figures: Figures
    plan: RunPlan | None
    error: str | None
    failed_client_ids: tuple[str, ...]
    critical_client_ids: tuple[str, ...]
    outcomes: Mapping[str, ClientOutcome]
    unreadable: tuple[str, ...]
    causes: tuple[causes.Cause, ...]

    @property
    def tolerated_failure_percentage(self) -> float:
        """The share of clients that may fail before the run counts as failed."""
        return self.plan.parameters.tolerated_failure_percentage if self.plan else 0.0

    @property
    def verdict(self) -> str | None:
        """Why the run counts as failed, by the same rule that sets its colour in Airflow; None when it does not."""
        processed = self.figures.clients_processed
        said = {
            "error": self.error,
            "clients_processed": len(self.outcomes) + len(self.unreadable) if processed is None else processed,
            "failed_client_ids": list(self.failed_client_ids),
            "critical_client_ids": list(self.critical_client_ids),
        }
        return report.verdict(said, tolerated_failure_percentage=self.tolerated_failure_percentage)


def trusted(document: Mapping[str, Any]) -> StoredReport:
    """Return what of a report can be used; a client that cannot be read does not hide the others.

    :param document: as `vectora_core.ingest.store.load_report` gives it
    :raises ValueError: when there is nothing of a report in it
    """
    results = stored_json.mapping(document.get("client_results"), "client_results")
    outcomes = {
        client_id: outcome for client_id, result in sorted(results.items()) if (outcome := _outcome(client_id, result))
    }
    error = document.get("error")
    critical = document.get("critical_client_ids")
    return StoredReport(
        figures=_figures(document),
        plan=RunPlan.from_json(document["plan"]) if document["plan"] is not None else None,
        error=None if error is None else stored_json.text(error, "error"),
        failed_client_ids=tuple(document["failed_client_ids"]),
        critical_client_ids=tuple(one for one in critical if isinstance(one, str)) if isinstance(critical, list) else (),
        outcomes=outcomes,
        unreadable=tuple(sorted(set(results) - set(outcomes))),
        causes=causes.group_by_cause({"client_results": {client_id: results[client_id] for client_id in outcomes}}),
    )


def _outcome(client_id: str, result: Any) -> ClientOutcome | None:
    """Return what became of a client; None when a part of it that the page shows cannot be read."""
    try:
        outcome = run_summary.outcome_of(result)
        if outcome.status != "succeeded" or outcome.failed:
            causes.group_by_cause({"client_results": {client_id: result}})
    except ValueError:
        return None
    return outcome


def _figures(document: Mapping[str, Any]) -> Figures:
    status = document.get("status")
    return Figures(
        status=status if isinstance(status, str) and status in run_summary.RUN_STATUSES else None,
        **{name: _or_none(stored_json.count, document.get(name)) for name in _CLIENTS},
        items=_or_none(stored_json.count, document.get("total_items_ingested")),
        items_new=_or_none(stored_json.count, document.get("total_items_new")),
        seconds=_or_none(stored_json.seconds, document.get("execution_time_seconds")),
    )


_CLIENTS = tuple(name for name in Figures.model_fields if name.startswith("clients_"))


def _or_none(read: Callable[[object, str], Any], value: object) -> Any:
    try:
        return read(value, "")
    except ValueError:
        return None
