"""Runs and files for the tests of the page of all clients, written by the core's own functions; the page as they read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup, Tag

from tests.plugins.ui.conftest import NOW, Pages
from tests.plugins.ui.inert import assert_inert
from vectora_airflow.ui.dag_runs import NextRun
from vectora_core.ingest import run_summary, store
from vectora_core.ingest.run_summary import ClientOutcome, RunSummary
from vectora_core.ingest.types import ClientStatus


def outcome(status: ClientStatus = "succeeded", items: int = 10, **changes: Any) -> ClientOutcome:
    """What became of a client: new are as many items as not said otherwise."""
    found = ClientOutcome(
        status=status,
        items=items,
        items_new=min(items, 4),
        sources_ok=3,
        sources_failed=0 if status == "succeeded" else 1,
        duration_seconds=1.5,
        map_index=0,
        failure_class="sources" if status == "failed" else None,
        name="",
        task_id="ingest_client",
    )
    return found._replace(**changes)


def summary(run_id: str, clients: Mapping[str, ClientOutcome], **changes: Any) -> RunSummary:
    """The short form of a run's report."""
    found = {
        "run_id": run_id,
        "status": "succeeded",
        "dry_run": False,
        "error": None,
        "items": sum(one.items for one in clients.values()),
        "items_new": sum(one.items_new for one in clients.values()),
        "seconds": 65.0,
        "clients": dict(sorted(clients.items())),
    }
    return RunSummary(**(found | changes))


def add_files(pages: Pages, *client_ids: str) -> None:
    """Write a file of each client; what stands in it is not read."""
    for client_id in client_ids:
        pages.resources.config.put(f"clients/{client_id}.yaml", b"")


def add_run(
    pages: Pages,
    run_id: str,
    clients: Mapping[str, ClientOutcome] | None,
    *,
    state: str = "success",
    hours_ago: float = 1,
    **changes: Any,
) -> None:
    """Add a run; call it for the newest first.

    :param clients: None for a run without a report
    """
    pages.runs.add(run_id, state=state, hours_ago=hours_ago)
    if clients is not None:
        pages.resources.data.put(store.summary_path(run_id), run_summary.to_bytes(summary(run_id, clients, **changes)))


def add_three(pages: Pages) -> None:
    """Add three clients and two runs; one of the clients failed in the latest."""
    pages.runs.upcoming = NextRun(at=NOW + timedelta(hours=12), is_paused=False)
    add_files(pages, "acme", "globex", "fresh")
    last = {"acme": outcome(items=1200, name="Acme Company", map_index=0), "globex": outcome("failed", items=0, map_index=1)}
    add_run(pages, "late", last, state="failed", status="partial")
    add_run(pages, "early", {"acme": outcome(items=6, name="Acme"), "globex": outcome("partial", items=3)}, hours_ago=25)


def soup_of(pages: Pages, **query: Any) -> BeautifulSoup:
    """Return the page, found inert."""
    answer = pages.get("clients", **query)
    assert answer.status_code == 200, answer.text
    return assert_inert(answer.text)


def text_of(tag: Tag | None) -> str:
    """Return what people read, blanks folded."""
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def figures(soup: BeautifulSoup) -> dict[str, str]:
    """Return the numbers on top by their names."""
    return {text_of(one.dt): text_of(one.dd) for one in soup.select(".figure")}


def row_of(soup: BeautifulSoup, client_id: str) -> Tag:
    """Return the row of a client."""
    found = soup.find(id=f"client-{client_id}")
    assert isinstance(found, Tag)
    return found


def cell(row: Tag, label: str) -> Tag:
    """Return a cell of a row by the name of its column."""
    found = row.find("td", attrs={"data-label": label})
    assert isinstance(found, Tag)
    return found
