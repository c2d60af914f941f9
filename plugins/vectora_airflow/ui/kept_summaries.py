"""Summaries of ended runs, kept by this process: thirty of a thousand clients take a quarter of a second to read.

An ended run's summary changes only when the run goes on again, and then it ends at another time, which is part of the key.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from vectora_airflow.ui.dag_runs import KnownRun
from vectora_core.ingest.history import read_summaries
from vectora_core.ingest.run_summary import RunSummary
from vectora_core.storage import Storage

MOST_OUTCOMES = 100_000

_Key = tuple[str, str, datetime]


@dataclass
class KeptSummaries:
    """Reads summaries, each once while it is asked for.

    :param most_outcomes: how many outcomes of clients are kept at most, some 300 bytes each; the least recently asked for go
    """

    most_outcomes: int = MOST_OUTCOMES
    _kept: OrderedDict[_Key, RunSummary] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def read(self, storage: Storage, runs: Sequence[KnownRun]) -> dict[str, RunSummary | None]:
        """Return the summaries of ended runs, by run id; None as `read_summaries` has it, and that is not kept.

        :raises StorageError: as `read_summaries`, for what is not kept
        """
        keys = {run.run_id: (storage.url, run.run_id, run.end_date) for run in runs if run.end_date is not None}
        with self._lock:
            found = {run_id: self._kept[key] for run_id, key in keys.items() if key in self._kept}
        fresh = read_summaries(storage, [run.run_id for run in runs if run.run_id not in found])
        told: dict[str, RunSummary | None] = {**found, **fresh}
        self._keep({keys[run_id]: summary for run_id, summary in told.items() if summary is not None and run_id in keys})
        return told

    def _keep(self, summaries: dict[_Key, RunSummary]) -> None:
        with self._lock:
            for key, summary in summaries.items():
                self._kept[key] = summary
                self._kept.move_to_end(key)
            while self._kept and sum(len(one.clients) for one in self._kept.values()) > self.most_outcomes:
                self._kept.popitem(last=False)


SUMMARIES = KeptSummaries()
"""Those of this process, for every page."""
