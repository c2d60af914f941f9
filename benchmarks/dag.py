"""What a run of `vectora_ingest` costs against a run of the same shape that does nothing, on the same Airflow."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks import newsroom
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row
from stack.api import FINISHED
from stack.local import INGEST, Stack
from stack.options import StackOptions
from stack.places import DAGS

EMPTY = "empty_shape"
_COMPONENTS = ("api-server", "scheduler", "dag-processor")
_POLL_SECONDS = 2.0  # asking costs the API server time that is measured
_RUN_SECONDS = 900.0


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """What one run took: seconds from its start to its end, and processor seconds of all of Airflow meanwhile."""

    wall: float
    tasks_cpu: float
    api_cpu: float
    all_cpu: float


def measure(*, clients: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Run both DAGs in turn, so that whatever slows the machine down slows both.

    :raises BenchmarkError: when a run does not succeed
    """
    measured: dict[str, list[_Cost]] = {INGEST: [], EMPTY: []}
    with _airflow(clients, tell) as stack:
        for dag_id, conf in _both({"client_ids": [newsroom.client_name(0)]}, clients=1):
            _run(stack, dag_id, conf)  # what is slow once only: the first answer of the API server, byte code
        tell("dag: warmed up")
        for number in range(rounds):
            for dag_id, conf in _both({"force_refresh": True}, clients=clients):
                cost = _run(stack, dag_id, conf)
                measured[dag_id].append(cost)
                tell(f"dag: round {number + 1}, {dag_id}: {cost.wall:.1f} s, {cost.all_cpu:.1f} s of processor time")
    return _result(measured[INGEST], measured[EMPTY], clients)


def cpu_of(process: psutil.Process) -> float:
    """Return the processor seconds of a process, of its children, and of those that ended and were waited for."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.Error:
            continue  # ended meanwhile: its parent counts it from now on
        total += times.user + times.system + times.children_user + times.children_system
    return total


@contextmanager
def _airflow(clients: int, tell: Callable[[str], None]) -> Iterator[Stack]:
    with TemporaryDirectory(prefix="vectora-bench-") as name, newsroom.news_site() as site:
        folder = Path(name)
        newsroom.write_clients(folder / "configs", clients)
        newsroom.write_catalog(folder / "configs", site.url)
        dags = folder / "dags"
        dags.mkdir()
        for path in (DAGS / "vectora_ingest.py", Path(__file__).parent / "dags" / "empty_shape.py"):
            shutil.copy(path, dags)
        with Stack(_options(folder, dags)) as stack:
            for dag_id in (INGEST, EMPTY):
                stack.wait_for_dag(dag_id)
            tell("dag: Airflow runs")
            yield stack


def _options(folder: Path, dags: Path) -> StackOptions:
    """Airflow as it comes: its own intervals, not the quick ones of the tests."""
    return StackOptions(
        folder=folder / "stack",
        config_root=(folder / "configs").as_uri(),
        data_root=(folder / "data").as_uri(),
        dags=dags,
        aws=False,
        site=False,
        components=_COMPONENTS,
        quick=False,
    )


def _both(conf: Mapping[str, Any], *, clients: int) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    return (INGEST, conf), (EMPTY, {"clients": clients})


def _run(stack: Stack, dag_id: str, conf: Mapping[str, Any]) -> _Cost:
    processes = {name: psutil.Process(stack.children.process_of(name).pid) for name in _COMPONENTS}
    before = {name: cpu_of(process) for name, process in processes.items()}
    run_id = stack.trigger(conf, dag_id=dag_id)
    run = _wait(stack, run_id, dag_id)
    spent = {name: cpu_of(process) - before[name] for name, process in processes.items()}
    if run["state"] != "success":
        raise BenchmarkError(f"the run of {dag_id} ended {run['state']}: its figures would say nothing")
    wall = datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])
    return _Cost(
        wall=wall.total_seconds(),
        tasks_cpu=spent["scheduler"],
        api_cpu=spent["api-server"],
        all_cpu=sum(spent.values()),
    )


def _wait(stack: Stack, run_id: str, dag_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + _RUN_SECONDS
    while (run := stack.run_of(run_id, dag_id=dag_id))["state"] not in FINISHED:
        stack.children.check()
        if time.monotonic() > deadline:
            raise BenchmarkError(f"the run of {dag_id} did not end within {_RUN_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)
    return run


def _result(ours: list[_Cost], empty: list[_Cost], clients: int) -> Result:
    def row(what: str, of: Callable[[_Cost], float]) -> Row:
        return Row(what=what, unit="s", values=tuple(map(of, ours)), peer=tuple(map(of, empty)))

    return Result(
        name="dag",
        title=f"A run of vectora_ingest with {clients:,} clients (two feeds of {newsroom.ENTRIES} entries each)",
        measured="vectora_ingest",
        peer=f"the same shape with {clients:,} empty mapped tasks",
        rows=(
            row("wall time of the run", lambda cost: cost.wall),
            row("processor time of Airflow", lambda cost: cost.all_cpu),
            row("  of it scheduler and tasks", lambda cost: cost.tasks_cpu),
            row("  of it API server", lambda cost: cost.api_cpu),
        ),
        notes=(
            "Both run in turn on one Airflow with its own intervals, LocalExecutor, four tasks at once, SQLite.",
            f"The clients share {newsroom.FEEDS} feeds, each fetched anew; the catalog has {newsroom.SOURCES} sources.",
            "Configuration and data are local folders: an embedded S3 would take processor time from the tasks.",
        ),
    )
