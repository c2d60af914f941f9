"""How results look: tables for people, one JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Result, Row

_WIDTH = 118  # fits a page of documentation, and does not depend on the terminal


def print_tables(results: Sequence[Result], machine: Mapping[str, Any], *, rounds: Mapping[str, int]) -> None:
    """Print the machine, then a table for each benchmark."""
    console = Console(width=_WIDTH, highlight=False)
    console.print(_words_of(machine))
    for result in results:
        console.print()
        number = rounds[result.name]
        repeated = f"{number} rounds" if number > 1 else "once"
        console.print(f"[bold]{result.title}[/bold], against {result.peer}; {repeated}", soft_wrap=False)
        console.print(_table(result))
        for note in result.notes:
            console.print(f"  {note}")


def document(results: Sequence[Result], machine: Mapping[str, Any], *, rounds: Mapping[str, int]) -> str:
    """Return the results as one JSON document."""
    benchmarks = [{**result.as_json(), "rounds": rounds[result.name]} for result in results]
    return json.dumps({"machine": dict(machine), "benchmarks": benchmarks}, indent=1, ensure_ascii=False) + "\n"


def _words_of(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}, Airflow {machine['airflow']}; load before: {machine['load_before']}"
    )


def _table(result: Result) -> Table:
    table = Table(box=box.SIMPLE, header_style="bold")
    table.add_column("", no_wrap=True)
    for heading in ("median", "lowest", "highest", "peer", "times the peer"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result.rows:
        table.add_row(row.what, *_cells(row))
    return table


def _cells(row: Row) -> list[str]:
    own = [_amount(value, row.unit) for value in (row.median, min(row.values), max(row.values))]
    if row.ratio is None:
        return [*own, "", ""]
    return [*own, _amount(row.peer_median, row.unit), f"{row.ratio:.2f}"]


def _amount(value: float, unit: str) -> str:
    if not unit:
        return f"{value:,.0f}"
    return f"{value:.0f} {unit}" if unit == "MB" else f"{value:.2f} {unit}"
