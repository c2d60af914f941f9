"""`python -m benchmarks.plot`: puts the kept result of `scale` into docs/benchmarks.md, as tables and Mermaid charts.

https://mermaid.js.org/syntax/xyChart.html, which the pages of repositories show as pictures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

RESULT: Final = Path(__file__).parent / "results" / "scale.json"
PAGE: Final = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- drawn by python -m benchmarks.plot -->\n", "<!-- end -->\n"
_ROW = re.compile(r"(?P<stack>\w+), (?P<clients>[\d,]+) clients: (?P<what>.+)")
_CPU = "processor time a client"
_DRAWN: Final = {"wall time": "Wall time, s", _CPU: "Processor time a client, s"}

Rows = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""The rows of one stack by quantity and number of clients, both as `scale` words them."""


def by_stack(document: Mapping[str, Any]) -> dict[str, Rows]:
    """Return the rows of a result by stack, quantity and number of clients, in the order of the result."""
    (result,) = document["benchmarks"]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in result["rows"]:
        if named := _ROW.fullmatch(row["what"]):
            found.setdefault(named["stack"], {}).setdefault(named["what"], {})[named["clients"]] = row
    return dict(found)


def table(stack: str, rows: Rows) -> str:
    """Return a table with a line for each number of clients: what it took, and how many times the empty tasks that is."""
    lines = [f"| {stack} | {' | '.join(rows)} |", f"|---|{'---|' * len(rows)}"]
    for clients in rows[_CPU]:
        cells = (_cell(by_size[clients]) for by_size in rows.values())
        lines.append(f"| {clients} clients | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(row: Mapping[str, Any]) -> str:
    unit = row["unit"]
    amount = f"{row['median']:.2f} {unit}" if unit == "s" else f"{row['median']:,.0f} {unit}".rstrip()
    return f"{amount} ({row['ratio']:.2f})" if "ratio" in row else amount


def chart(stack: str, what: str, by_size: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a chart of one quantity: the first line is `vectora_ingest`, the second the empty tasks."""
    lines = [[row[side] for row in by_size.values()] for side in ("median", "peer_median")]
    drawn = "\n".join(f"  line [{', '.join(f'{value:.2f}' for value in values)}]" for values in lines)
    sizes = ", ".join(f'"{clients}"' for clients in by_size)
    return (
        f'```mermaid\nxychart-beta\n  title "{stack}: vectora_ingest and empty tasks"\n  x-axis "clients" [{sizes}]\n'
        f'  y-axis "{_DRAWN[what]}" 0 --> {max(map(max, lines)) * 1.1:.1f}\n{drawn}\n```\n'
    )


def drawn(document: Mapping[str, Any]) -> str:
    """Return the tables of a result, what a client costs at the largest size against the one before, and the charts."""
    stacks = by_stack(document)
    tables = [table(stack, rows) for stack, rows in stacks.items()]
    growth = [_growth(stack, rows[_CPU]) for stack, rows in stacks.items()]
    charts = [chart(stack, what, rows[what]) for stack, rows in stacks.items() for what in _DRAWN]
    return "\n".join([*tables, "\n".join(growth) + "\n", *charts])


def _growth(stack: str, by_size: Mapping[str, Mapping[str, Any]]) -> str:
    *_, before, last = by_size
    ours, empty = (by_size[last][side] / by_size[before][side] for side in ("median", "peer_median"))
    said = f"at {last} a client costs {ours:.2f} times the processor time that it costs at {before}"
    return f"- {stack}: {said}, an empty task {empty:.2f} times."


def drawn_into(page: str, document: Mapping[str, Any]) -> str:
    """Return a page with what is drawn of a result between its two marks.

    :raises ValueError: when the page lacks a mark
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the lines {BEGIN.strip()} and {END.strip()}")
    return before + begin + "\n" + drawn(document) + "\n" + end + after


def main() -> None:
    """Draw."""
    document = json.loads(RESULT.read_text(encoding="utf-8"))
    PAGE.write_text(drawn_into(PAGE.read_text(encoding="utf-8"), document), encoding="utf-8")


if __name__ == "__main__":
    main()
