"""What the demo shows: the tasks of a run while they run, and the table of its report. It decides and asks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from rich import box
from rich.table import Table

from stack.api import Json

_COLOURS = {
    "success": "green",
    "succeeded": "green",
    "SUCCEEDED": "green",
    "running": "cyan",
    "RUNNING": "cyan",
    "partial": "yellow",
    "up_for_retry": "yellow",
    "failed": "red",
    "FAILED": "red",
    "upstream_failed": "red",
}
_WAITING = "waiting"
_ENDED = frozenset({"success", "failed", "upstream_failed", "skipped", "removed"})
_QUIET = frozenset({_WAITING, "scheduled", "queued"})
TABLE_WIDTH = 400  # more than any table needs: a narrow terminal wraps the lines, and a path stays one word


def task_states(instances: Iterable[Json]) -> dict[str, str]:
    """Return what each task instance is doing, by a name for people: the task, with the client for mapped ones.

    They stand in the order in which they started. Airflow names a mapped instance once it runs; before, it is one of those
    that wait.
    """
    ordered = sorted(instances, key=lambda instance: instance.get("start_date") or "not yet")
    named = [(_name(instance), instance["state"] or _WAITING) for instance in ordered]
    return {name: state for name, state in named if name}


def _name(instance: Json) -> str | None:
    number = str(instance["map_index"])
    client = instance.get("rendered_map_index") or (number if instance["map_index"] >= 0 else None)
    if client == number and instance["state"] not in _ENDED:
        return None
    return f"{instance['task_id']} {client}" if client else str(instance["task_id"])


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return one line for each task instance that began, ended or tries again."""
    return [f"{name}: {state}" for name, state in now.items() if state != before.get(name) and state not in _QUIET]


def progress_table(states: Mapping[str, str], durations: Mapping[str, float]) -> Table:
    """Draw the task instances with their states and seconds."""
    table = Table(box=box.SIMPLE, show_header=True, header_style="bold")
    table.add_column("task", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("seconds", justify="right")
    for name, state in states.items():
        seconds = durations.get(name)
        table.add_row(name, coloured(state), f"{seconds:.1f}" if seconds is not None else "")
    return table


def durations_of(instances: Iterable[Json]) -> dict[str, float]:
    """Return the seconds that finished task instances took, by the names of ``task_states``."""
    return {
        name: float(instance["duration"])
        for instance in instances
        if instance.get("duration")
        for name in task_states([instance])
    }


def report_table(report: Mapping[str, Any], outputs: PurePosixPath) -> Table:
    """Draw the report of a run, one line a client.

    :param outputs: the folder that the outputs were copied to
    """
    table = Table(box=box.SIMPLE, show_header=True, header_style="bold")
    for column in ("client", "status"):
        table.add_column(column, no_wrap=True)
    for column in ("sources ok/failed", "items", "new", "seconds"):
        table.add_column(column, justify="right")
    table.add_column("output", overflow="fold")
    for client_id, result in report["client_results"].items():
        table.add_row(client_id, *_result_cells(result, outputs))
    return table


def _result_cells(result: Mapping[str, Any], outputs: PurePosixPath) -> list[str]:
    output = result.get("output")
    return [
        coloured(str(result["status"])),
        f"{result['sources_ok']}/{result['sources_failed']}",
        str(result["items"]),
        str(result["items_new"]),
        f"{result['duration_seconds']:.1f}",
        str(outputs / output) if output else "-",
    ]


def coloured(state: str) -> str:
    """Return a state in the markup of its colour."""
    colour = _COLOURS.get(state)
    return f"[{colour}]{state}[/{colour}]" if colour else state
