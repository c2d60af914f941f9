"""What the demo shows."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from rich.console import Console

from stack import progress

DISCOVER = {"task_id": "discover_clients", "map_index": -1, "rendered_map_index": None, "state": "success", "duration": 1.25}
ACME = {"task_id": "ingest_client", "map_index": 0, "rendered_map_index": "acme", "state": "running", "duration": None}
UNNAMED = {"task_id": "ingest_client", "map_index": 1, "rendered_map_index": None, "state": "queued", "duration": None}
REPORT: dict[str, Any] = {
    "client_results": {
        "acme": {
            "status": "succeeded",
            "sources_ok": 3,
            "sources_failed": 0,
            "items": 12,
            "items_new": 2,
            "duration_seconds": 4.71,
            "output": "ingested/acme/2026/04/20/items.json",
            "error": None,
        },
        "beta": {
            "status": "failed",
            "sources_ok": 0,
            "sources_failed": 1,
            "items": 0,
            "items_new": 0,
            "duration_seconds": 0.2,
            "output": None,
            "error": {"failure_class": "config", "message": "clients/beta.yaml:3: no such [bouquet]"},
        },
    }
}


def test_a_mapped_instance_goes_by_its_client() -> None:
    """One that waits has no name yet; one that failed before it got one has its number."""
    failed = {**UNNAMED, "state": "failed"}
    numbered = {**UNNAMED, "rendered_map_index": "1", "state": "running"}
    assert progress.task_states([numbered]) == {}
    assert progress.task_states([DISCOVER, ACME, UNNAMED]) == {
        "discover_clients": "success",
        "ingest_client acme": "running",
    }
    assert progress.task_states([failed]) == {"ingest_client 1": "failed"}


def test_instances_stand_in_the_order_in_which_they_started() -> None:
    """Those that did not come last."""
    late = {**DISCOVER, "task_id": "late", "start_date": "2026-04-20T10:00:00Z"}
    early = {**DISCOVER, "task_id": "early", "start_date": "2026-04-20T09:00:00Z"}
    assert list(progress.task_states([DISCOVER, late, early])) == ["early", "late", "discover_clients"]


def test_a_line_for_each_beginning_and_end() -> None:
    """Queues are no news."""
    before = {"a": "queued", "b": "running", "c": "success"}
    assert progress.changes(before, {"a": "running", "b": "success", "c": "success", "d": "queued"}) == [
        "a: running",
        "b: success",
    ]


def test_the_progress_table_names_tasks_states_and_seconds() -> None:
    """As far as there are any."""
    instances = [DISCOVER, ACME]
    shown = drawn(progress.progress_table(progress.task_states(instances), progress.durations_of(instances)))
    assert "discover_clients success 1.2" in shown or "discover_clients success 1.3" in shown
    assert "ingest_client acme running" in shown


def test_the_report_table_has_a_line_for_each_client() -> None:
    """Client, status, sources ok/failed, items, new items, seconds, and the path of its output as one word."""
    shown = drawn(progress.report_table(REPORT, PurePosixPath(".vectora/demo")))
    assert "acme succeeded 3/0 12 2 4.7 .vectora/demo/ingested/acme/2026/04/20/items.json" in shown
    assert "beta failed 0/1 0 0 0.2 -" in shown


def drawn(table: Any) -> str:
    console = Console(record=True, width=progress.TABLE_WIDTH, file=None, quiet=False)
    with console.capture() as capture:
        console.print(table)
    return " ".join(capture.get().split())
