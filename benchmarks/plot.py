"""`python -m benchmarks.plot`: draws the kept result of `scale` as Mermaid charts, and puts them into docs/benchmarks.md.

https://mermaid.js.org/syntax/xyChart.html, which the pages of repositories show as pictures.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

RESULT: Final = Path(__file__).parent / "results" / "scale.json"
PAGE: Final = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- drawn by python -m benchmarks.plot -->\n", "<!-- end -->\n"
_ROW = re.compile(r"(?P<stack>\w+), (?P<clients>[\d,]+) clients: (?P<what>.+)")
_DRAWN: Final = {"wall time": "Wall time, s", "processor time a client": "Processor time a client, s"}


def charts(document: Mapping[str, Any]) -> str:
    """Return a chart for each quantity and stack: the first line is `vectora_ingest`, the second the empty tasks."""
    (result,) = document["benchmarks"]
    drawn: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in result["rows"]:
        found = _ROW.fullmatch(row["what"])
        if found and found["what"] in _DRAWN:
            drawn[found["stack"], found["what"]].append({"clients": found["clients"], **row})
    return "\n".join(_chart(stack, what, rows) for (stack, what), rows in drawn.items())


def _chart(stack: str, what: str, rows: list[dict[str, Any]]) -> str:
    lines = {"ours": [row["median"] for row in rows], "empty": [row["peer_median"] for row in rows]}
    sizes = ", ".join(f'"{row["clients"]}"' for row in rows)
    drawn = "\n".join(f"  line [{', '.join(f'{value:.2f}' for value in values)}]" for values in lines.values())
    top = max(value for values in lines.values() for value in values) * 1.1
    return (
        f'```mermaid\nxychart-beta\n  title "{stack}: vectora_ingest and empty tasks"\n  x-axis "clients" [{sizes}]\n'
        f'  y-axis "{_DRAWN[what]}" 0 --> {top:.1f}\n{drawn}\n```\n'
    )


def drawn_into(page: str, document: Mapping[str, Any]) -> str:
    """Return a page with the charts of a result between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + charts(document) + "\n" + END + rest.partition(END)[2]


def main() -> None:
    """Draw."""
    document = json.loads(RESULT.read_text(encoding="utf-8"))
    PAGE.write_text(drawn_into(PAGE.read_text(encoding="utf-8"), document), encoding="utf-8")


if __name__ == "__main__":
    main()
