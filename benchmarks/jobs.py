"""What one sync of ten thousand open jobs costs against the naive way: list all, describe all, put all."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import httpx

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row
from stack import embedded_aws
from stack.airflow import inherited_environment
from stack.ports import LOCALHOST, free_ports
from stack.processes import Children
from vectora_core.aws import ONCE, PATIENT
from vectora_core.jobs.attributes import to_attributes
from vectora_core.jobs.events import record_of_description
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.job_queues import WatchedQueue
from vectora_core.jobs.schema import create_table
from vectora_core.jobs.states import OPEN
from vectora_core.jobs.sync import SyncResources, sync_queue
from vectora_core.jobs.sync_report import SyncReport
from vectora_core.jobs.table import JobStateTable
from vectora_core.storage import open_storage

JOBS = 10_000
LIMITS = {"PutItem": 102, "ListJobs": 15, "DescribeJobs": 12}
"""Requests of one sync over `JOBS` open jobs of which one percent changed (the issue's figures)."""
QUEUE = "bench"
_SHARES = {"SUBMITTED": 5, "PENDING": 5, "RUNNABLE": 60, "STARTING": 5, "RUNNING": 25}
_EIGHT_DAYS = 8 * 86_400_000
_WRITERS = 8  # as many as a sync has
_UNPACED = 1e6  # calls a second: what is measured is the work, not the waiting that spares the submitters
_START_SECONDS = 120.0
_SHOWN = ("PutItem", "ListJobs", "DescribeJobs")


@dataclass(frozen=True, kw_only=True)
class _Spent:
    """What one pass took: seconds of the clock and of the processor, and requests by API name."""

    wall: float
    cpu: float
    calls: Mapping[str, int]


class _Place:
    """The fake of Batch and the embedded DynamoDB, each in a process of its own."""

    def __init__(self, *, batch_url: str, aws_url: str, folder: Path) -> None:
        self._fake = httpx.Client(base_url=f"{batch_url}/_fake/", trust_env=False, timeout=_START_SECONDS)
        self.batch = _client("batch", batch_url, ONCE)
        self.dynamodb = _client("dynamodb", aws_url, PATIENT)
        self.data = open_storage((folder / "data").as_uri())

    def fake(self, method: str, **arguments: Any) -> Any:
        """Let the fake do something."""
        return self._fake.post(method, json=arguments).raise_for_status().json()["result"]

    def table(self, name: str) -> JobStateTable:
        """Make a table."""
        create_table(self.dynamodb, name)
        return JobStateTable(self.dynamodb, name, clock=_now)

    def resources(self, table: JobStateTable) -> SyncResources:
        """Return what a sync works with."""
        return SyncResources(
            batch=lambda place: self.batch,
            table=table,
            data=self.data,
            rules=DEFAULT_RULES,
            clock=_now,
            calls_per_second=_UNPACED,
        )


def measure(*, jobs: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Sync for the first time, then again and again with one percent of the jobs changed, in turn with the naive way."""
    with _places() as place:
        waiting = _submit(place, jobs)
        tell(f"jobs: {jobs:,} open jobs in the fake, created eight days ago")
        table, naive_table = place.table("bench-sync"), place.table("bench-naive")
        first, report = _synced(place, table)
        _require_all(report, table, jobs)
        tell(f"jobs: first sync {first.wall:.1f} s, {report.written:,} rows")
        syncs, naives = list[_Spent](), list[_Spent]()
        for number in range(rounds):
            changed = waiting[number * jobs // 100 : (number + 1) * jobs // 100]
            for job_id in changed:
                place.fake("move", job_id=job_id, status="STARTING")
            spent, report = _synced(place, table)
            _require_changed(report, changed, jobs)
            syncs.append(spent)
            naives.append(_naive(place, naive_table, jobs))
            tell(f"jobs: round {number + 1} of {rounds}: {spent.wall:.1f} s, naive {naives[-1].wall:.1f} s")
    return _result(jobs, first, syncs, naives)


def _submit(place: _Place, jobs: int) -> list[str]:
    """Fill the queue and return the ids of those that wait for a host."""
    ids: dict[str, list[str]] = {}
    created_at = int(_now().timestamp() * 1000) - _EIGHT_DAYS
    place.fake("create_queue", name=QUEUE)
    for status, share in _SHARES.items():
        names = [f"pre-694a9d57b88940a9e5cd3bee-{status.lower()}-{number}" for number in range(jobs * share // 100)]
        ids[status] = place.fake("submit_many", job_names=names, job_queue=QUEUE, status=status, created_at=created_at)
    return ids["RUNNABLE"]


def _synced(place: _Place, table: JobStateTable) -> tuple[_Spent, SyncReport]:
    queue = WatchedQueue(name_or_arn=QUEUE, region=embedded_aws.REGION)
    with _measured() as spent:
        report = sync_queue(queue, place.resources(table))
    return _Spent(**spent, calls=report.calls), report


def _naive(place: _Place, table: JobStateTable, jobs: int) -> _Spent:
    """List all, describe all, put all: no state is kept, nothing is compared, and every row is written."""
    calls = Counter[str]()
    with _measured() as spent, ThreadPoolExecutor(_WRITERS) as pool:
        ids = list(_list_all(place, calls))
        for start in range(0, len(ids), 100):
            details = place.batch.describe_jobs(jobs=ids[start : start + 100])["jobs"]
            calls["DescribeJobs"] += 1
            rows = [to_attributes(_record(detail)) for detail in details]
            list(pool.map(lambda row: place.dynamodb.put_item(TableName=table.name, Item=row), rows))
            calls["PutItem"] += len(rows)
    if len(set(ids)) != jobs:
        raise BenchmarkError(f"the naive way saw {len(set(ids)):,} of {jobs:,} jobs: its figures would say nothing")
    return _Spent(**spent, calls=calls)


def _list_all(place: _Place, calls: Counter[str]) -> Iterator[str]:
    for status in OPEN:
        token: dict[str, str] = {}
        while True:
            page = place.batch.list_jobs(jobQueue=QUEUE, jobStatus=status, maxResults=1000, **token)
            calls["ListJobs"] += 1
            yield from (job["jobId"] for job in page["jobSummaryList"])
            if not page.get("nextToken"):
                break
            token = {"nextToken": page["nextToken"]}


def _record(detail: Mapping[str, Any]) -> Any:
    return record_of_description(
        detail, asked_at=_now(), region=embedded_aws.REGION, account="123456789012", rules=DEFAULT_RULES, retention_days=90
    )


def _require_all(report: SyncReport, table: JobStateTable, jobs: int) -> None:
    rows = sum(1 for _ in table.open_jobs(report.job_queue))
    if not rows == report.written == report.open == jobs:
        raise BenchmarkError(f"the first sync wrote {report.written:,} rows and {rows:,} are there, of {jobs:,} jobs")


def _require_changed(report: SyncReport, changed: Sequence[str], jobs: int) -> None:
    """Make sure that the sync found what changed, and for the whole number of jobs that it kept the limits.

    :raises BenchmarkError: when it did not
    """
    if report.written != len(changed) or report.open != jobs:
        raise BenchmarkError(f"the sync wrote {report.written} rows of {len(changed)} changed jobs; {report.open} are open")
    exceeded = [f"{report.calls[name]} {name} of {most}" for name, most in LIMITS.items() if report.calls[name] > most]
    if jobs == JOBS and exceeded:
        raise BenchmarkError(f"the sync needed more than it may: {', '.join(exceeded)}")


def _result(jobs: int, first: _Spent, syncs: Sequence[_Spent], naives: Sequence[_Spent]) -> Result:
    counted = [Row(what=f"sync: {name}", unit="", values=_calls(syncs, name), peer=_calls(naives, name)) for name in _SHOWN]
    pages = Row(what="sync: pages of DynamoDB queries", unit="", values=_calls(syncs, "Query"))
    rows = (
        Row(what="sync: time", unit="s", values=_walls(syncs), peer=_walls(naives)),
        Row(what="sync: processor time", unit="s", values=_cpus(syncs), peer=_cpus(naives)),
        *counted,
        pages,
        Row(what="first sync: time", unit="s", values=(first.wall,)),
        *(Row(what=f"first sync: {name}", unit="", values=_calls([first], name)) for name in _SHOWN),
    )
    most = ", ".join(f"{number} {name}" for name, number in LIMITS.items())
    requests = [sum(_calls([one], name)[0] for name in ("ListJobs", "DescribeJobs")) for one in (syncs[0], naives[0])]
    return Result(
        name="jobs",
        title=f"A sync of {jobs:,} open Batch jobs, one percent changed, none new",
        measured="the sync",
        peer=f"list all, describe all and put all, with {_WRITERS} writers too",
        rows=rows,
        notes=(
            f"At most {most} in a sync of {JOBS:,} jobs: more is an error of the benchmark.",
            f"The first sync wrote a row of each of the {jobs:,} jobs, which were created eight days before.",
            "Neither side waits for its turn here. With VECTORA_JOBS_BATCH_CALLS_PER_SECOND at its default of 5 the",
            f"{requests[0]:.0f} calls of a sync take {requests[0] / 5:.0f} s at least, those of the naive way "
            f"{requests[1] / 5:.0f} s.",
        ),
    )


def _walls(spent: Sequence[_Spent]) -> tuple[float, ...]:
    return tuple(one.wall for one in spent)


def _cpus(spent: Sequence[_Spent]) -> tuple[float, ...]:
    return tuple(one.cpu for one in spent)


def _calls(spent: Sequence[_Spent], name: str) -> tuple[float, ...]:
    return tuple(float(one.calls.get(name, 0)) for one in spent)


@contextmanager
def _measured() -> Iterator[dict[str, float]]:
    spent: dict[str, float] = {}
    wall, cpu = time.perf_counter(), time.process_time()
    yield spent
    spent |= {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


@contextmanager
def _places() -> Iterator[_Place]:
    with ExitStack() as undo:
        folder = Path(undo.enter_context(TemporaryDirectory(prefix="vectora-bench-")))
        ports = free_ports()
        environment = {**inherited_environment(), "HOME": str(folder)}
        children = undo.enter_context(Children(environment=environment, logs=folder / "logs"))
        extra = embedded_aws.aws_server_environment(ports.aws, folder, keep=False)
        children.start("aws", embedded_aws.aws_command(), extra=extra)
        children.start("batch", [sys.executable, "-m", "stack", "batch", "--port", str(ports.site)])
        batch_url = f"http://{LOCALHOST}:{ports.site}"
        children.wait_until(lambda: embedded_aws.is_ready(ports.aws), what="the embedded AWS", timeout=_START_SECONDS)
        children.wait_until(lambda: _answers(batch_url), what="the fake of Batch", timeout=_START_SECONDS)
        yield _Place(batch_url=batch_url, aws_url=embedded_aws.endpoint(ports.aws), folder=folder)


def _answers(url: str) -> bool:
    try:
        return httpx.post(f"{url}/_fake/state", json={}, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _client(service: str, url: str, config: Any) -> Any:
    keys = {name.lower(): value for name, value in embedded_aws.CREDENTIALS.items()}
    return boto3.client(service, endpoint_url=url, region_name=embedded_aws.REGION, config=config, **keys)


def _now() -> datetime:
    return datetime.now(UTC)
