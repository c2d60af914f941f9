"""Where the tab on a task instance leads: to the client it works for, else to its run. It does no I/O."""

from __future__ import annotations

from vectora_core.ingest.run_summary import RunSummary
from vectora_core.ingest.types import INGEST_TASK

LARGEST = 2**31 - 1
"""Of a map index, in Airflow's database."""


def map_index_of(text: str) -> int | None:
    """Return a map index; None for what is none: Airflow leaves ``{MAP_INDEX}`` as it is where there is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return int(text) if int(text) <= LARGEST else None


def client_of(summary: RunSummary, task_id: str, map_index: int) -> str | None:
    """Return the client that an instance worked for; None when the report does not tell.

    Reports of an older Vectora have no map indexes: there it is the place among the clients, which are sorted as discovery
    sorts them. It knew no heavy ones.
    """
    if all(outcome.map_index is None for outcome in summary.clients.values()):
        return dict(enumerate(sorted(summary.clients))).get(map_index) if task_id == INGEST_TASK else None
    place = (task_id, map_index)
    return next((one for one, outcome in summary.clients.items() if (outcome.task_id, outcome.map_index) == place), None)
