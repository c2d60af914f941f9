"""The strip of the latest runs above a client: one link a run it took part in, with the one shown marked. Geometry alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from vectora_airflow.ui import charts
from vectora_airflow.ui.charts import CellState, StripCell
from vectora_airflow.ui.client.model import ClientView, RunInStrip
from vectora_airflow.ui.links import Links

_WITHOUT_OUTCOME: Mapping[CellState, str] = {
    "absent": "not in this run",
    "going": "still going",
    "unknown": "no report: a dry run, or it was cut off",
}


@dataclass(frozen=True, kw_only=True)
class ClientStrip:
    """A strip, to be drawn.

    :param selected: the place of the run shown among the cells, or None
    """

    drawn: charts.Strip
    selected: int | None

    @property
    def marked(self) -> int | None:
        """Left edge of the cell of the run shown, in pixels, or None."""
        return None if self.selected is None else self.selected * (charts.CELL_WIDTH + charts.CELL_GAP)


def draw(view: ClientView, links: Links) -> ClientStrip:
    """Return the strip of a client's runs; only those it took part in lead somewhere."""
    selected = next((index for index, run in enumerate(view.runs) if run.selected), None)
    return ClientStrip(drawn=charts.strip([_cell(view.client_id, run, links) for run in view.runs]), selected=selected)


def _cell(client_id: str, run: RunInStrip, links: Links) -> StripCell:
    begin = f"{run.run_after.astimezone(UTC):%Y-%m-%d %H:%M} UTC: "
    if run.items is None:
        return StripCell(state=run.state, title=begin + _WITHOUT_OUTCOME.get(run.state, run.state))
    title = f"{begin}{run.state}, {run.items:,} items, {run.items_new:,} new"
    return StripCell(state=run.state, title=title, href=links.page("client", client_id=client_id, run_id=run.run_id))
