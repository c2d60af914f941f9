"""Where clients stand, in what order they come and what a strip says of each run: the rules behind the list of clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.plugins.ui.clients_given import outcome, summary
from tests.plugins.ui.conftest import NOW, GivenRuns
from vectora_airflow.ui.clients.build import ReadClients, build_clients, may_be_run
from vectora_airflow.ui.clients.model import ClientList, ListedClient
from vectora_airflow.ui.clients.query import ClientsQuery
from vectora_airflow.ui.dag_runs import NextRun
from vectora_core.ingest.run_summary import ClientOutcome

Told = Mapping[str, ClientOutcome] | None


def built(runs: Sequence[tuple[str, Told]], *, files: Sequence[str] | None = (), **more: Any) -> ClientList:
    """Return the list over runs, the newest first: each by its state in Airflow and its clients.

    :param more: ``changes`` of the summaries by place, ``schedule``, ``history_is_known``; what is left is the query
    """
    known, told = GivenRuns(), {}
    changes = more.pop("changes", {})
    for place, (state, clients) in enumerate(runs):
        run = known.add(f"run-{place}", state=state, hours_ago=place + 1)
        told[run.run_id] = None if clients is None else summary(run.run_id, clients, **changes.get(place, {}))
    read = ReadClients(
        runs=known.runs,
        summaries=told,
        client_ids=files,
        schedule=more.pop("schedule", None),
        history_is_known=more.pop("history_is_known", True),
    )
    return build_clients(read, ClientsQuery(**more), now=NOW)


def row(view: ClientList, client_id: str) -> ListedClient:
    return next(client for client in view.clients if client.client_id == client_id)


def ids(view: ClientList) -> list[str]:
    return [client.client_id for client in view.clients]


def test_a_client_stands_where_its_last_run_left_it() -> None:
    """Runs it was not in, those still going, dry ones and those without a report say nothing of it."""
    ok, bad = {"acme": outcome(items=7)}, {"acme": outcome("failed", items=0)}
    runs: list[tuple[str, Told]] = [("running", ok), ("success", None), ("success", ok), ("success", {}), ("failed", bad)]
    view = built([*runs, ("success", ok)], files=["acme"], changes={2: {"dry_run": True}})
    acme = row(view, "acme")
    assert acme.status == "failed"
    assert acme.last is not None
    assert acme.last.run_id == "run-4"
    assert [cell.state for cell in acme.outcomes] == ["succeeded", "failed", "absent", "unknown", "unknown", "going"]
    assert [cell.items for cell in acme.outcomes] == [7, 0, None, None, None, None]


def test_a_partial_client_that_counts_as_failed_is_failed() -> None:
    """As in `failed_client_ids` of the report (fail_on_partial): the two counts agree, and it runs again."""
    clients = {"acme": outcome("partial", failure_class="partial"), "globex": outcome("partial")}
    view = built([("failed", clients)], files=["acme", "globex"])
    assert (row(view, "acme").status, row(view, "globex").status) == ("failed", "partial")
    assert view.latest is not None
    assert (view.latest.succeeded, view.latest.partial, view.latest.failed) == (0, 1, 1)
    assert view.failed_of_run is not None
    assert view.failed_of_run.failed == 1


def test_the_clients_are_those_with_a_file_and_those_of_the_runs() -> None:
    """Who has a file and no run never ran; who ran and has no file any more is said, whatever its last outcome."""
    view = built([("success", {"acme": outcome(), "gone": outcome("failed")})], files=["acme", "fresh"])
    assert {one.client_id: (one.status, one.has_file) for one in view.clients} == {
        "acme": ("succeeded", True),
        "fresh": ("never_ran", True),
        "gone": ("no_file", False),
    }
    assert row(view, "fresh").last is None
    assert view.failed_of_run is None, "a client without a file cannot run again"


def test_totals_count_everybody_once_whatever_is_asked_for() -> None:
    """They add up, and are the same on every page and under every filter."""
    clients = {"a": outcome(), "b": outcome("partial"), "c": outcome("failed"), "d": outcome()}
    whole = built([("success", clients)], files=["a", "b", "c", "e"])
    assert whole.totals.model_dump() == {
        "clients": 5,
        "succeeded": 1,
        "partial": 1,
        "failed": 1,
        "never_ran": 1,
        "no_file": 1,
        "unknown": 0,
    }
    assert built([("success", clients)], files=["a", "b", "c", "e"], status="failed", size=1).totals == whole.totals


def test_what_cannot_be_listed_is_not_said_to_be_missing() -> None:
    """Without the files nobody lost theirs; without the history nobody is said never to have run."""
    view = built([("success", {"acme": outcome()})], files=None)
    assert [(one.status, one.has_file) for one in view.clients] == [("succeeded", None)]
    view = built([("success", None)], files=["acme"], history_is_known=False)
    assert [one.status for one in view.clients] == ["unknown"]


def test_a_name_is_the_latest_that_is_known() -> None:
    """A client that said nothing has none in its report: an earlier one helps; else the id stands for it."""
    runs = [{"a": outcome(name="")}, {"a": outcome(name="Acme"), "b": outcome()}, {"a": outcome(name="Old")}]
    view = built([("success", clients) for clients in runs], files=["a", "b"])
    assert {one.client_id: one.name for one in view.clients} == {"a": "Acme", "b": "b"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": " ACM "}, ["acme"]),
        ({"q": "STRASSE"}, ["globex"]),
        ({"q": "straße"}, ["globex"]),
        ({"q": "nobody"}, []),
        ({"status": "failed"}, ["globex"]),
        ({"status": "failed", "q": "acme"}, []),
        ({"q": "  "}, ["globex", "acme"]),
        ({"q": ".*"}, []),
    ],
)
def test_the_filter_looks_into_id_and_name(query: dict[str, Any], found: list[str]) -> None:
    """Whatever their case, as text and no pattern; with the status it narrows."""
    clients = {"acme": outcome(name="The Acme Company"), "globex": outcome("failed", name="Straße 7")}
    view = built([("success", clients)], files=["acme", "globex"], **query)
    assert ids(view) == found
    assert view.matching == len(found)


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({}, ["bad", "half", "new", "big", "small"]),
        ({"order": "desc"}, ["big", "small", "new", "half", "bad"]),
        ({"sort": "id"}, ["bad", "big", "half", "new", "small"]),
        ({"sort": "id", "order": "desc"}, ["small", "new", "half", "big", "bad"]),
        ({"sort": "items"}, ["big", "half", "small", "bad", "new"]),
        ({"sort": "items", "order": "asc"}, ["bad", "half", "small", "big", "new"]),
        ({"sort": "items_new"}, ["small", "big", "half", "bad", "new"]),
        ({"sort": "duration"}, ["half", "bad", "big", "small", "new"]),
        ({"sort": "last_run"}, ["bad", "half", "small", "big", "new"]),
    ],
)
def test_clients_come_in_the_order_asked_for(query: dict[str, Any], order: list[str]) -> None:
    """Worst, most, longest and newest first; equal ones by id; who never ran stands at the end of every number."""
    late = {
        "bad": outcome("failed", items=0),
        "half": outcome("partial", items=5, items_new=1, duration_seconds=9),
        "small": outcome(items=5, items_new=3),
    }
    early = {"big": outcome(items=90, items_new=2), "bad": outcome(items=99)}
    assert (
        ids(built([("success", late), ("success", early)], files=["bad", "big", "half", "new", "small"], **query)) == order
    )


def test_pages_follow_each_other_without_a_gap() -> None:
    """The number of pages is said; one beyond the end is empty and says so too."""
    clients = {f"c{number}": outcome() for number in range(5)}
    pages = [built([("success", clients)], files=list(clients), sort="id", size=2, page=page) for page in (1, 2, 3, 4)]
    assert [ids(view) for view in pages] == [["c0", "c1"], ["c2", "c3"], ["c4"], []]
    assert {(view.matching, view.pages) for view in pages} == {(5, 3)}
    assert built([], files=[]).pages == 1


def test_what_runs_again_are_the_failed_of_the_latest_run_that_still_stand_so() -> None:
    """A later run may have made up for them; then there is nothing to offer."""
    failed, ok = outcome("failed"), outcome()
    files = ["a", "b", "c"]
    view = built([("success", {"a": ok}), ("failed", {"a": failed, "b": failed, "c": ok})], files=files)
    assert view.failed_of_run is not None
    assert (view.failed_of_run.run_id, view.failed_of_run.failed, view.failed_of_run.still_failed) == ("run-1", 2, 1)
    made_up = built([("success", {"a": ok, "b": ok}), ("failed", {"a": failed, "b": failed})], files=files)
    assert made_up.failed_of_run is None


def test_a_run_is_what_its_report_says_once_it_has_ended() -> None:
    """Until then it is going: an earlier report of a run that was cleared does not count."""
    clients = {"acme": outcome("partial")}
    states: list[tuple[str, Told]] = [
        ("queued", None),
        ("running", clients),
        ("success", clients),
        ("failed", {}),
        ("failed", None),
        ("success", {}),
        ("success", clients),
    ]
    changes = {
        2: {"status": "partial"},
        3: {"status": "failed", "error": "no config"},
        5: {"status": "no_active_clients"},
        6: {"dry_run": True},
    }
    view = built(states, changes=changes)
    assert [run.state for run in reversed(view.runs)] == [
        "queued",
        "running",
        "partial",
        "failed",
        "no_report",
        "no_active_clients",
        "dry_run",
    ]
    assert [run.run_id for run in view.going] == ["run-0", "run-1"]
    assert view.latest is not None
    assert view.latest.run_id == "run-2"
    assert view.runs[-2].clients is None, "it is running"
    assert view.runs[3].error == "no config"


@pytest.mark.parametrize(
    ("hours", "is_paused", "is_overdue"), [(1, False, False), (-1, False, True), (0, False, True), (-1, True, False)]
)
def test_a_run_that_is_due_and_not_there_is_overdue(hours: int, is_paused: bool, is_overdue: bool) -> None:
    """Unless the DAG is paused: then nothing is late."""
    view = built([], schedule=NextRun(at=NOW + timedelta(hours=hours), is_paused=is_paused))
    assert view.schedule is not None
    assert (view.schedule.is_paused, view.schedule.is_overdue) == (is_paused, is_overdue)


def test_only_what_can_be_an_id_can_be_run() -> None:
    """A comma or a line break would make several clients of one in the form."""
    assert may_be_run("acme-2.eu")
    for odd in ("", "a,b", "a\nb", "acme\n", "../x", "a b", "<b>", "-x", "x" * 129):
        assert not may_be_run(odd), odd
