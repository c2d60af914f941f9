"""What a run costs as the clients become more, on LocalExecutor and on the Celery stack: `make bench-scale`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
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
ROUNDS = {10: 3, 100: 3, 1_000: 1}
"""How often each number of clients is run, in turn with its peer: what is short is moved more by whatever else happens."""
SIZES = tuple(ROUNDS)
STACKS = (scale_stacks.local, scale_stacks.celery)
_RUN_SECONDS = 3 * 3600.0
_SAMPLE_SECONDS = 2.0
_WORK = {f"client_{number:04d}": {"status": "succeeded", "items": [number, number / 7, None]} for number in range(100)}
_TASK = "airflow worker --"  # how Airflow titles the process of a task instance


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """What one run took.

    :param wall: seconds from its start to its end
    :param cpu: processor seconds of all of Airflow meanwhile, its database and its broker
    :param memory: MB of the largest task process
    :param lag: median seconds from queued to started, of the mapped instances
    :param requests: to the sources
    :param pace: median processor seconds that a fixed piece of work took meanwhile
    """

    wall: float
    cpu: float
    memory: float
    lag: float
    requests: int
    pace: float


Costs = dict[int, list[tuple[_Cost, _Cost]]]
"""By number of clients: of each round ours and the peer's."""


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
                costs: Costs = {size: [] for size in sizes}
                for size in (one for one in sizes for _ in range(ROUNDS[one])):
                    costs[size].append(_both(airflow, site, size))
                    tell(f"scale: {airflow.name}, {size:,} clients: {costs[size][-1][0]}, empty {costs[size][-1][1]}")
                rows += _rows(airflow.name, costs)
    return Result(
        name="scale",
        title=f"runs of {', '.join(f'{size:,}' for size in sizes)} clients that share {FEEDS} sources",
        measured="vectora_ingest",
        peer="the same shape with as many empty mapped tasks, in turn on the same stack",
        rows=tuple(rows),
        notes=(
            f"{AT_ONCE} tasks at once on either stack; every feed is fetched anew in every run; storage is a folder.",
            "Pace: what a fixed piece of work took meanwhile; a machine that others share is slower at times.",
            "Processor times are divided by it, and multiplied by its median over all runs of the stack.",
            "The aim: at most 1.3 times the empty tasks, and per client at 1,000 at most 1.2 times what it is at 100.",
        ),
    )


def _both(airflow: Airflow, site: NewsSite, size: int) -> tuple[_Cost, _Cost]:
    chosen = {"client_ids": [newsroom.client_name(number) for number in range(size)], "force_refresh": True}
    return _run(airflow, site, INGEST, chosen), _run(airflow, site, EMPTY, {"clients": size})


def _run(airflow: Airflow, site: NewsSite, dag_id: str, conf: dict[str, Any]) -> _Cost:
    site.asked.clear()
    before = _cpu(airflow)
    with _Onlooker() as seen:
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
        memory=seen.largest,
        lag=median(_seconds(one["queued_when"], one["start_date"]) for one in instances),
        requests=site.asked.total(),
        pace=median(seen.paces),
    )


def _has_ended(airflow: Airflow, dag_id: str, run_id: str) -> bool:
    time.sleep(_SAMPLE_SECONDS)  # asking costs the API server time that is measured
    return airflow.api.dag_run(dag_id, run_id)["state"] in FINISHED


def _cpu(airflow: Airflow) -> float:
    return sum(map(cpu_of, airflow.processes()))


class _Onlooker:
    """Looks at the task processes every other second, and at how fast the machine is then.

    ``largest`` holds the MB of the largest task, ``paces`` the processor seconds of the fixed piece of work.
    """

    def __init__(self) -> None:
        self.largest = 0.0
        self.paces = [_pace()]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self.paces.append(_pace())
            for process in psutil.process_iter(["cmdline", "memory_info"]):
                if process.info["memory_info"] and _TASK in " ".join(process.info["cmdline"] or ()):
                    self.largest = max(self.largest, process.info["memory_info"].rss / 2**20)

    def __enter__(self) -> _Onlooker:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._over.set()
        self._thread.join()


def _pace() -> float:
    """Return the processor seconds of a fixed piece of work, of the kind that tasks do: about 0.01."""
    before = time.thread_time()
    for _ in range(20):
        json.loads(json.dumps(_WORK))
    return time.thread_time() - before


def _rows(name: str, costs: Costs) -> list[Row]:
    usual = median(cost.pace for rounds in costs.values() for both in rounds for cost in both)

    def row(what: str, unit: str, of: Callable[[_Cost, int], float]) -> list[Row]:
        return [
            Row(
                what=f"{name}, {size:,} clients: {what}",
                unit=unit,
                values=_seen(of(ours, size) for ours, _ in rounds),
                peer=_seen(of(empty, size) for _, empty in rounds),
            )
            for size, rounds in costs.items()
        ]

    found = row("wall time", "s", lambda cost, size: cost.wall)
    found += row("processor time a client", "s", lambda cost, size: cost.cpu / cost.pace * usual / size)
    found += row("pace", "ms", lambda cost, size: cost.pace * 1_000)
    found += row("largest task", "MB", lambda cost, size: cost.memory)
    found += row("queued to started", "s", lambda cost, size: cost.lag)
    requests = {size: tuple(ours.requests for ours, _ in rounds) for size, rounds in costs.items()}
    return found + [
        Row(what=f"{name}, {size:,} clients: requests to the sources", unit="", values=requests[size]) for size in costs
    ]


def _seen(values: Iterable[float]) -> tuple[float, ...]:
    """Leave out the rounds in which no task was seen: ten empty ones may all end between two looks."""
    return tuple(value for value in values if value)


def _seconds(begun: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()
