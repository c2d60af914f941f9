"""What a run costs as the clients become more, on LocalExecutor and on the Celery stack: `make bench-scale`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks import newsroom, scale_stacks
from benchmarks.dag import cpu_of
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row
from benchmarks.scale_stacks import AT_ONCE, EMPTY, Airflow
from stack.api import FINISHED
from stack.local import INGEST
from tests.fakes.news_site import NewsSite

FEEDS = 60
SIZES = (10, 100, 1_000)
STACKS = (scale_stacks.local, scale_stacks.celery)
_RUN_SECONDS = 3 * 3600.0
_SAMPLE_SECONDS = 2.0
_TASK = "airflow worker --"  # how Airflow titles the process of a task instance


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """What one run took.

    :param wall: seconds from its start to its end
    :param cpu: processor seconds of all of Airflow meanwhile, its database and its broker
    :param memory: MB of the largest task process
    :param lag: median seconds from queued to started, of the mapped instances
    :param requests: to the sources
    """

    wall: float
    cpu: float
    memory: float
    lag: float
    requests: int


def measure(*, clients: int, tell: Callable[[str], None]) -> Result:
    """Run both DAGs in turn at every size up to so many clients, on one stack after the other.

    :raises BenchmarkError: when a run does not succeed
    """
    sizes = [size for size in SIZES if size <= clients]
    rows: list[Row] = []
    for stack in STACKS:
        with TemporaryDirectory(prefix="vectora-bench-") as name, newsroom.news_site(FEEDS) as site:
            folder = Path(name)
            newsroom.write_clients(folder / "configs", max(sizes), feeds=FEEDS)
            newsroom.write_catalog(folder / "configs", site.url, feeds=FEEDS)
            with stack(folder) as airflow:
                tell(f"scale: {airflow.name} runs")
                _both(airflow, site, 1)  # what is slow once only
                costs = {}
                for size in sizes:
                    costs[size] = _both(airflow, site, size)
                    tell(f"scale: {airflow.name}, {size:,} clients: {costs[size][0]}, empty {costs[size][1]}")
                rows += _rows(airflow.name, costs)
    return Result(
        name="scale",
        title=f"runs of {', '.join(f'{size:,}' for size in sizes)} clients that share {FEEDS} sources",
        measured="vectora_ingest",
        peer="the same shape with as many empty mapped tasks, in turn on the same stack",
        rows=tuple(rows),
        notes=(
            f"{AT_ONCE} tasks at once on either stack; every feed is fetched anew in every run; storage is a folder.",
            "The aim: at most 1.3 times the empty tasks, and per client at 1,000 at most 1.2 times what it is at 100.",
        ),
    )


def _both(airflow: Airflow, site: NewsSite, size: int) -> tuple[_Cost, _Cost]:
    chosen = {"client_ids": [newsroom.client_name(number) for number in range(size)], "force_refresh": True}
    return _run(airflow, site, INGEST, chosen), _run(airflow, site, EMPTY, {"clients": size})


def _run(airflow: Airflow, site: NewsSite, dag_id: str, conf: dict[str, Any]) -> _Cost:
    site.asked.clear()
    before = _cpu(airflow)
    with _largest_task() as largest:
        run_id = airflow.api.trigger(dag_id, conf)
        airflow.wait_until(lambda: _has_ended(airflow, dag_id, run_id), what=f"the end of {run_id}", timeout=_RUN_SECONDS)
    spent = _cpu(airflow) - before
    run = airflow.api.dag_run(dag_id, run_id)
    if run["state"] != "success":
        raise BenchmarkError(f"the run of {dag_id} ended {run['state']}: its figures would say nothing")
    instances = [one for one in airflow.api.task_instances(dag_id, run_id) if one["map_index"] >= 0]
    return _Cost(
        wall=_seconds(run["start_date"], run["end_date"]),
        cpu=spent,
        memory=largest[0],
        lag=median(_seconds(one["queued_when"], one["start_date"]) for one in instances),
        requests=site.asked.total(),
    )


def _has_ended(airflow: Airflow, dag_id: str, run_id: str) -> bool:
    time.sleep(_SAMPLE_SECONDS)  # asking costs the API server time that is measured
    return airflow.api.dag_run(dag_id, run_id)["state"] in FINISHED


def _cpu(airflow: Airflow) -> float:
    return sum(map(cpu_of, airflow.processes()))


@contextmanager
def _largest_task() -> Iterator[list[float]]:
    """Look at the task processes every other second; the list holds the MB of the largest one."""
    largest, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(_SAMPLE_SECONDS):
            for process in psutil.process_iter(["cmdline", "memory_info"]):
                if process.info["memory_info"] and _TASK in " ".join(process.info["cmdline"] or ()):
                    largest[0] = max(largest[0], process.info["memory_info"].rss / 2**20)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield largest
    finally:
        over.set()
        thread.join()


def _rows(name: str, costs: dict[int, tuple[_Cost, _Cost]]) -> list[Row]:
    def row(what: str, unit: str, of: Callable[[_Cost, int], float]) -> list[Row]:
        return [
            Row(what=f"{name}, {size:,} clients: {what}", unit=unit, values=(of(ours, size),), peer=(of(empty, size),))
            for size, (ours, empty) in costs.items()
        ]

    found = row("wall time", "s", lambda cost, size: cost.wall)
    found += row("processor time a client", "s", lambda cost, size: cost.cpu / size)
    found += row("largest task", "MB", lambda cost, size: cost.memory)
    found += row("queued to started", "s", lambda cost, size: cost.lag)
    requests = {size: ours.requests for size, (ours, _) in costs.items()}
    return found + [
        Row(what=f"{name}, {size:,} clients: requests to the sources", unit="", values=(requests[size],)) for size in costs
    ]


def _seconds(begun: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()
