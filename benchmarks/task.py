"""What one ingest task imports and how much memory it takes, with and without an item that needs a detail page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import newsroom
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row, median
from benchmarks.one_ingest import MARK
from stack.airflow import inherited_environment
from stack.places import PLUGINS, REPOSITORY

_MEGABYTE = 2**20
_TASK_SECONDS = 120.0
_SHOWN_PACKAGES = 8
_IMPORT = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*([\w.]+)", re.ASCII)  # the header line has no number
_KINDS = {"feed": "a feed", "detail": "a feed, and a detail page for one item"}


@dataclass(frozen=True, kw_only=True)
class _Task:
    """One task process: seconds of imports and of the clock and the processor from its begin to its end, peak bytes."""

    imports: float
    wall: float
    cpu: float
    peak: float
    packages: Mapping[str, float]


def measure(*, rounds: int, tell: Callable[[str], None]) -> Result:
    """Run the task in processes of its own, in turn with one that ends where the task would begin."""
    seen: dict[str, list[_Task]] = {kind: [] for kind in ("nothing", *_KINDS)}
    with ExitStack() as undo:
        folder = Path(undo.enter_context(TemporaryDirectory(prefix="vectora-bench-")))
        site = undo.enter_context(newsroom.news_site())
        for kind, enrichment in (("feed", "basic"), ("detail", "full_article")):
            newsroom.write_clients(folder / kind, 1, bouquet=newsroom.ONE_FEED)
            newsroom.write_catalog(folder / kind, site.url, enrichment=enrichment)
        for number in range(rounds + 1):
            for kind, tasks in seen.items():
                task = _run(folder, kind, number)
                if number:  # the first one writes byte code
                    tasks.append(task)
            tell(f"task: round {number} of {rounds}" if number else "task: warmed up")
    return _result(seen)


def imports_of(lines: str) -> dict[str, float]:
    """Return the seconds each package took to import, from what ``-X importtime`` wrote after the mark."""
    spent: Counter[str] = Counter()
    for microseconds, module in _IMPORT.findall(lines.partition(MARK)[2]):
        spent[module.partition(".")[0]] += int(microseconds)
    return {package: total / 1e6 for package, total in spent.most_common()}


def _run(folder: Path, kind: str, number: int) -> _Task:
    client = [] if kind == "nothing" else [newsroom.client_name(0)]
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "benchmarks.one_ingest", *client],
        env=_environment(folder, kind, number),
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TASK_SECONDS,
    )
    if done.returncode:
        raise BenchmarkError(f"the task process ({kind}) ended {done.returncode}:\n{_without_imports(done.stderr)}")
    said = json.loads(done.stdout.splitlines()[-1])
    if client and (said["status"], said["items"]) != ("succeeded", newsroom.ENTRIES):
        raise BenchmarkError(f"the task process ({kind}) gave {said}: its figures would say nothing")
    packages = imports_of(done.stderr)
    return _Task(
        imports=sum(packages.values()), wall=said["wall"], cpu=said["cpu"], peak=said["peak"] / _MEGABYTE, packages=packages
    )


def _environment(folder: Path, kind: str, number: int) -> dict[str, str]:
    return {
        **inherited_environment(),
        "AIRFLOW_HOME": str(folder / "airflow"),
        "PYTHONPATH": os.pathsep.join((str(REPOSITORY), str(PLUGINS))),
        "VECTORA_CONFIG_ROOT": (folder / kind).as_uri(),
        "VECTORA_DATA_ROOT": (folder / "data" / f"{kind}-{number}").as_uri(),
        "VECTORA_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        "VECTORA_MAX_DETAIL_PAGES": "1",
    }


def _without_imports(text: str) -> str:
    return "\n".join([line for line in text.splitlines() if not line.startswith("import time:")][-15:])


def _result(seen: Mapping[str, list[_Task]]) -> Result:
    rows = []
    for kind, words in _KINDS.items():
        tasks, nothing = seen[kind], seen["nothing"]
        rows += [
            Row(what=f"{words}: imports", unit="s", values=tuple(one.imports for one in tasks)),
            Row(what=f"{words}: whole task", unit="s", values=tuple(one.wall for one in tasks)),
            Row(what=f"{words}: processor time", unit="s", values=tuple(one.cpu for one in tasks)),
            Row(
                what=f"{words}: peak memory",
                unit="MB",
                values=tuple(one.peak for one in tasks),
                peer=tuple(one.peak for one in nothing),
            ),
        ]
    return Result(
        name="task",
        title=f"One ingest task in a fresh process: one feed of {newsroom.ENTRIES} entries",
        measured="the ingest task",
        peer="a task process before its task begins",
        rows=tuple(rows),
        notes=(
            *(f"Imports for {words}: {_slowest(seen[kind])}." for kind, words in _KINDS.items()),
            "Imports are those that Airflow's task process has not made itself. Under a LocalExecutor the scheduler makes",
            "those for a feed once, before it forks: what is left of them in a run is in the table above.",
        ),
    )


def _slowest(tasks: list[_Task]) -> str:
    """Name the packages that took longest to import, by the median of the rounds."""
    packages = {name for task in tasks for name in task.packages}
    medians = {name: median([task.packages.get(name, 0.0) for task in tasks]) for name in packages}
    longest = sorted(medians, key=lambda name: -medians[name])[:_SHOWN_PACKAGES]
    return ", ".join(f"{name} {medians[name] * 1000:.0f} ms" for name in longest)
