"""What the list of clients costs: requests that do not grow with the clients, and summaries that are read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.plugins.ui.clients_given import add_files, add_run, outcome, summary
from tests.plugins.ui.conftest import NOW, GivenRuns, Pages
from vectora_airflow.ui.kept_summaries import KeptSummaries
from vectora_core.errors import StorageError
from vectora_core.ingest import run_summary, store
from vectora_core.storage import Storage


class Counted:
    """A storage that counts what it is asked for: reads by path, and listings."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.url = storage.url
        self.reads: list[str] = []
        self.listings = 0

    def get_many(self, paths: Iterable[str]) -> dict[str, bytes | StorageError]:
        asked = list(paths)
        self.reads += asked
        return self._storage.get_many(asked)

    def list_objects(self, prefix: str) -> Any:
        self.listings += 1
        return self._storage.list_objects(prefix)


class CountedRuns(GivenRuns):
    """Runs that count the queries."""

    queries = 0

    def recent(self, dag_id: str, *, limit: int = 30) -> Any:
        self.queries += 1
        return super().recent(dag_id, limit=limit)

    def next(self, dag_id: str) -> Any:
        self.queries += 1
        return super().next(dag_id)


@pytest.mark.parametrize("clients", [1, 40])
def test_a_view_takes_as_many_requests_whatever_the_number_of_clients(pages: Pages, clients: int) -> None:
    """One listing, one read a run that left a summary, two a run that left nothing, none a run still going; two queries."""
    ids = [f"c{number}" for number in range(clients)]
    add_files(pages, *ids)
    add_run(pages, "going", None, state="running")
    for place in range(28):
        add_run(pages, f"run-{place}", {client_id: outcome() for client_id in ids}, hours_ago=place + 2)
    add_run(pages, "lost", None, hours_ago=40)
    add_run(pages, "beyond", {client_id: outcome() for client_id in ids}, hours_ago=41)
    config, data = Counted(pages.resources.config), Counted(pages.resources.data)
    pages.use(config=config, data=data)
    pages.runs = CountedRuns(runs=pages.runs.runs)
    assert pages.get("clients").status_code == 200
    assert (config.listings, len(config.reads), data.listings, len(data.reads)) == (1, 0, 0, 30)
    assert pages.runs.queries == 2
    assert pages.get("api/clients", size=200).status_code == 200
    assert len(data.reads) == 32, "what did not change is not read again; what is missing is looked for"


def test_a_run_that_went_on_again_is_read_again(pages: Pages) -> None:
    """A cleared run ends at another time: what was kept of it does not count any more."""
    kept = KeptSummaries()
    data = Counted(pages.resources.data)
    run = pages.runs.add("run")
    for status in ("failed", "succeeded"):
        told = summary("run", {"acme": outcome(status)})
        pages.resources.data.put(store.summary_path("run"), run_summary.to_bytes(told))
        assert kept.read(data, [run]) == kept.read(data, [run]) == {"run": told}
        run = replace(run, end_date=NOW + timedelta(hours=1))
    assert len(data.reads) == 2


def test_what_is_kept_is_bounded_by_the_clients_in_it(pages: Pages) -> None:
    """The least recently asked for go first; nothing is lost but time."""
    kept = KeptSummaries(most_outcomes=4)
    for name in ("one", "two", "three"):
        add_run(pages, name, {"a": outcome(), "b": outcome()})
    one, two, three = pages.runs.runs
    data = Counted(pages.resources.data)
    for run in (one, two, one, three):
        kept.read(data, [run])
    data.reads.clear()
    kept.read(data, [one, three])
    assert data.reads == []
    assert kept.read(data, [two])["two"] is not None
    assert data.reads == [store.summary_path("two")]


def test_storages_are_not_mixed_up(pages: Pages, tmp_path: Any) -> None:
    """The same run id below another root is another run."""
    from vectora_core.storage import open_storage

    kept = KeptSummaries()
    add_run(pages, "run", {"a": outcome()})
    assert kept.read(pages.resources.data, pages.runs.runs)["run"] is not None
    assert kept.read(open_storage((tmp_path / "other").as_uri()), pages.runs.runs) == {"run": None}
