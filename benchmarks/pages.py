"""What looking at the pages costs, at full size against a tenth of it: time, requests to storage and table, memory."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import httpx
import psutil

from benchmarks import newsroom, page_data
from benchmarks.aws_front import COUNTS
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row
from stack.local import INGEST, Stack
from stack.options import StackOptions
from stack.ports import LOCALHOST, free_ports

VIEWS_IN_ALL = 1_000
"""After which the memory of the API server is looked at again."""
_WARM_ROUNDS = 3
_FRONT_SECONDS = 60.0
_AIRFLOW = "Airflow's own list of the 30 runs (REST)"
_VIEWS = {
    "clients": "clients",
    "clients that failed": "clients?status=failed",
    "clients by name": "clients?q=client_0042",
    "one client of a run": f"client?client_id={page_data.SHOWN}&run_id={{run}}",
    "a run": f"run?dag_id={INGEST}&run_id={{run}}",
    "jobs": "jobs",
    "jobs that failed": "jobs?status=FAILED",
    "jobs by a text that none has": "jobs?q=nobody-has-this&period=all",
    "one job": "job?job_id=00000042-1111-4222-8333-444455556666",
}


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What one size of stack showed.

    :param first: seconds of the very first view of the process, which builds the application
    :param seconds: by view, one a round
    :param requests: by view, to storage and table together
    :param memory: MB of the API server before and after many views
    """

    first: float
    seconds: Mapping[str, list[float]]
    requests: Mapping[str, int]
    memory: list[float] = field(default_factory=list)


def measure(*, clients: int, jobs: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Look at every page at a tenth of the size, then at the whole size."""
    small = _look(clients // 10, jobs // 10, rounds, views=0, tell=tell)
    large = _look(clients, jobs, rounds, views=VIEWS_IN_ALL, tell=tell)
    return _result(clients, jobs, small, large)


def _look(clients: int, jobs: int, rounds: int, *, views: int, tell: Callable[[str], None]) -> _Seen:
    with _stack(clients, jobs) as (stack, front):
        run_id = page_data.fill_runs(stack, clients)
        if page_data.fill_jobs(front, stack.data) != jobs:
            raise BenchmarkError("the made-up table has another number of jobs: the figures would say nothing")
        tell(f"pages: {clients:,} clients x {page_data.RUNS} runs and {jobs:,} jobs are stored")
        with _visitor(stack) as visitor:
            seen = _seen(visitor, front, quote(run_id), rounds)
            tell(f"pages: {rounds} rounds of {len(_VIEWS)} views")
            server = psutil.Process(stack.children.process_of("api-server").pid)
            if views:
                seen.memory.append(_memory(server))
                for number in range(views):
                    _get(visitor, list(_VIEWS.values())[number % len(_VIEWS)].format(run=quote(run_id)))
                seen.memory.append(_memory(server))
                tell(f"pages: {views:,} views more, memory {seen.memory[0]:.0f} MB, then {seen.memory[1]:.0f} MB")
    return seen


def _seen(visitor: httpx.Client, front: str, run_id: str, rounds: int) -> _Seen:
    seconds: dict[str, list[float]] = {name: [] for name in (*_VIEWS, _AIRFLOW)}
    requests: dict[str, int] = {}
    addresses = {name: path.format(run=run_id) for name, path in _VIEWS.items()}
    first = _get(visitor, addresses["clients"])
    for address in list(addresses.values()) * _WARM_ROUNDS:
        _get(visitor, address)
    for name, address in addresses.items():
        httpx.get(front + COUNTS, trust_env=False)
        _get(visitor, address)
        requests[name] = sum(httpx.get(front + COUNTS, trust_env=False).json().values())
    for _ in range(rounds):
        for name, address in addresses.items():
            seconds[name].append(_get(visitor, address))
        seconds[_AIRFLOW].append(_get(visitor, f"../api/v2/dags/{INGEST}/dagRuns?limit={page_data.RUNS}"))
    return _Seen(first=first, seconds=seconds, requests=requests)


def _get(visitor: httpx.Client, address: str) -> float:
    begun = time.perf_counter()
    answer = visitor.get(address)
    spent = time.perf_counter() - begun
    if answer.status_code != httpx.codes.OK:
        raise BenchmarkError(f"{address} was answered with {answer.status_code}: the figures would say nothing")
    return spent


def _memory(server: psutil.Process) -> float:
    return sum(process.memory_info().rss for process in (server, *server.children(recursive=True))) / 2**20


@contextmanager
def _visitor(stack: Stack) -> Iterator[httpx.Client]:
    token = httpx.get(f"{stack.url}/auth/token", trust_env=False).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{stack.url}/vectora/", headers=headers, timeout=60, trust_env=False) as client:
        yield client


@contextmanager
def _stack(clients: int, jobs: int) -> Iterator[tuple[Stack, str]]:
    """Start an Airflow without a scheduler, whose API server has the counting front for its AWS."""
    port = free_ports().site
    front = f"http://{LOCALHOST}:{port}"
    with TemporaryDirectory(prefix="vectora-bench-") as name:
        folder = Path(name)
        newsroom.write_clients(folder / "configs", clients)
        newsroom.write_catalog(folder / "configs", "http://127.0.0.1:9")
        options = StackOptions(
            folder=folder / "stack",
            configs=folder / "configs",
            site=False,
            batch=False,
            components=("api-server", "dag-processor"),
            environment={"AWS_ENDPOINT_URL": front},
        )
        with Stack(options) as stack:
            stack.wait_for_dag()
            numbers = {"--port": port, "--upstream": stack.ports.aws, "--jobs": jobs}
            arguments = [str(part) for pair in numbers.items() for part in pair]
            stack.children.start("front", [sys.executable, "-m", "benchmarks.aws_front", *arguments])
            stack.children.wait_until(lambda: _listens(port), what="the counting front", timeout=_FRONT_SECONDS)
            yield stack, front


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOCALHOST, port)) == 0


def _result(clients: int, jobs: int, small: _Seen, large: _Seen) -> Result:
    rows = [Row(what="the very first view of the server", unit="s", values=(large.first,), peer=(small.first,))]
    rows += [
        Row(what=name, unit="s", values=tuple(large.seconds[name]), peer=tuple(small.seconds[name]))
        for name in (*_VIEWS, _AIRFLOW)
    ]
    rows += [
        Row(what=f"{name}: requests", unit="", values=(large.requests[name],), peer=(small.requests[name],))
        for name in _VIEWS
    ]
    before, after = large.memory
    rows.append(Row(what=f"memory after {VIEWS_IN_ALL:,} views", unit="MB", values=(after,), peer=(before,)))
    return Result(
        name="pages",
        title=f"the pages over {clients:,} clients x {page_data.RUNS} runs and {jobs:,} jobs",
        measured=f"{clients:,} clients, {jobs:,} jobs",
        peer=f"{clients // 10:,} clients, {jobs // 10:,} jobs; for memory: before those views",
        rows=tuple(rows),
        notes=(
            "S3 is embedded and DynamoDB made up, both behind one counting server that adds 1 to 2 ms a request.",
            "The aim: 1 s for the first page, 0.3 s for a filter, requests that do not grow with the size, flat memory.",
        ),
    )
