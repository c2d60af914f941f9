"""What is drawn beside the numbers of a client: its strip of runs and the sparkline of its items. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from vectora_airflow.ui import charts
from vectora_airflow.ui.clients.model import ClientInRun, ClientList, IngestRun, RunState

_WHY_UNKNOWN: Mapping[RunState, str] = {
    "dry_run": "a dry run, which wrote nothing",
    "queued": "queued",
    "running": "still going",
}


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The drawings of one client; no sparkline without a number."""

    strip: charts.Strip
    sparkline: charts.Sparkline | None


def draw(view: ClientList) -> dict[str, Drawing]:
    """Return the drawings of the clients of a page, by client id."""
    begins = [f"{run.run_after.astimezone(UTC):%Y-%m-%d %H:%M} UTC: " for run in view.runs]
    elsewhere = [_without_outcome(run) for run in view.runs]
    return {client.client_id: _drawing(client.outcomes, begins, elsewhere) for client in view.clients}


def _drawing(outcomes: Sequence[ClientInRun], begins: Sequence[str], elsewhere: Sequence[str]) -> Drawing:
    cells = [
        charts.StripCell(state=one.state, title=begin + (without if one.items is None else _said(one)))
        for one, begin, without in zip(outcomes, begins, elsewhere, strict=True)
    ]
    return Drawing(strip=charts.strip(cells), sparkline=charts.sparkline([one.items for one in outcomes]))


def _said(outcome: ClientInRun) -> str:
    return f"{outcome.state}, {outcome.items:,} items, {outcome.items_new:,} new"


def _without_outcome(run: IngestRun) -> str:
    """Return why a client has no outcome in a run."""
    if run.error:
        return "nothing could run"
    if run.state == "no_report":
        return f"no report; Airflow says {run.airflow_state}"
    return _WHY_UNKNOWN.get(run.state, "not in this run")
