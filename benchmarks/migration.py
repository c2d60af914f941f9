"""What moving the old job table costs, killed and resumed while events arrive, against a dict of everything in memory.

`measure(rows=…, tell=…)` is for `python -m benchmarks migration`; both sides are processes of their own.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import boto3

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row
from stack import embedded_aws
from stack.airflow import inherited_environment
from stack.ports import free_ports
from stack.processes import Children
from vectora_core.aws import PATIENT
from vectora_core.jobs.events import parse_event
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.schema import create_table
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord

ROWS = 200_000
STATES = ("PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED")
OLD, NEW, NAIVE = "bench-old", "bench-new", "bench-naive"
_BEGUN = datetime(2024, 12, 1, tzinfo=UTC)
_QUEUE = "arn:aws:batch:us-east-1:123456789012:job-queue/bench"
_KILLED_AT = 0.4
_WRITERS = 4
_EVENTS_PER_SECOND = 20
_START_SECONDS = 120.0
_MOST_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class _Place:
    """The embedded DynamoDB, and what processes need to reach it."""

    dynamodb: Any
    environment: Mapping[str, str]
    folder: Path


def measure(*, rows: int = ROWS, tell: Callable[[str], None]) -> Result:
    """Move an old table of five rows a job: kill the process once, resume it, verify, and do it the naive way."""
    jobs = rows // len(STATES)
    with _place() as place:
        _fill(place, jobs)
        tell(f"migration: {jobs * len(STATES):,} old rows of {jobs:,} jobs, in no order")
        with _arriving(place, jobs) as ended:
            before = _killed(place, rows)
            tell(f"migration: killed after {before:.1f} s")
            report = _resumed(place)
        _require_latest(place, NEW, jobs, ended)
        _require_verified(report)
        tell(f"migration: {report['cost']['seconds']:.1f} s more, verified in {_verifying(report):.1f} s")
        naive = _naive_process(place)
        _require_latest(place, NAIVE, jobs, set())
        tell(f"migration: naive {naive['seconds']:.1f} s")
        return _result(rows, before, report, naive, len(ended))


def _fill(place: _Place, jobs: int) -> None:
    """Make the tables, and write the old rows in no order, 25 a request."""
    place.dynamodb.create_table(
        TableName=OLD,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("jobId", "timestamp")],
        KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}, {"AttributeName": "timestamp", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for name in (NEW, NAIVE):
        create_table(place.dynamodb, name)
    places = [divmod(number, len(STATES)) for number in range(jobs * len(STATES))]
    random.Random(1).shuffle(places)
    puts = ({"PutRequest": {"Item": _old_row(job, state)}} for job, state in places)
    with ThreadPoolExecutor(_WRITERS) as pool:
        while batches := [batch for _ in range(64) if (batch := list(islice(puts, 25)))]:
            list(pool.map(lambda batch: place.dynamodb.batch_write_item(RequestItems={OLD: batch}), batches))


def _job_id(job: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(job)))


def _event(job_id: str, status: str, moment: datetime, attempts: int) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, job_id + status)),
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": "123456789012",
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "jobId": job_id,
            "jobName": f"pre-694a9d57b88940a9e5cd3bee-{job_id}",
            "jobQueue": _QUEUE,
            "jobDefinition": "arn:aws:batch:us-east-1:123456789012:job-definition/encode:7",
            "status": status,
            "attempts": [{"container": {"exitCode": 0}}] * attempts,
            "createdAt": 1_733_011_200_000,
            "container": {"image": "encode", "environment": [{"name": "DB_PASSWORD", "value": "secret"}]},
        },
    }


def _old_row(job: int, state: int) -> dict[str, Any]:
    moment, status, job_id = _BEGUN + timedelta(seconds=job + 30 * state), STATES[state], _job_id(job)
    event = _event(job_id, status, moment, int(status == "SUCCEEDED"))
    columns = {"jobId": job_id, "timestamp": moment.isoformat(), "status": status, "fullEvent": json.dumps(event)}
    return {name: {"S": value} for name, value in columns.items()}


@contextmanager
def _arriving(place: _Place, jobs: int) -> Iterator[set[str]]:
    """Let events arrive meanwhile, of jobs that ended once more since; gives their ids."""
    stop, ended = Event(), set[str]()
    table = JobStateTable(place.dynamodb, NEW, clock=_now)

    def write() -> None:
        for job in random.Random(2).sample(range(jobs), jobs // 10):
            if stop.wait(1 / _EVENTS_PER_SECOND):
                return
            event = _event(_job_id(job), "SUCCEEDED", _BEGUN + timedelta(days=30), 2)
            record = parse_event(event, rules=DEFAULT_RULES, observed_at=_now(), retention_days=90)
            if isinstance(record, JobRecord):
                table.put(record)
                ended.add(record.job_id)

    thread = Thread(target=write)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join()


def _process(place: _Place) -> subprocess.Popen[str]:
    options = ["--from", OLD, "--to", NEW, "--no-dry-run", "--json", "--data-root", str(place.folder / "data")]
    return subprocess.Popen(
        [sys.executable, "-m", "vectora_core", "jobs", "migrate", *options],
        env=place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _killed(place: _Place, rows: int) -> float:
    """Kill a migration when its checkpoints have two fifths of the rows behind them; gives the seconds until then."""
    begun, process = time.perf_counter(), _process(place)
    plan = place.folder / "data" / "jobs" / NEW / "migrations" / OLD
    while _rows_done(plan) < rows * _KILLED_AT:
        if process.poll() is not None:
            raise BenchmarkError(f"the migration ended by itself, with {process.returncode}: it cannot be killed")
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return time.perf_counter() - begun


def _rows_done(plan: Path) -> int:
    found = (json.loads(path.read_bytes()) for path in plan.glob("segment-*.json"))
    return sum(one["counts"].get("rows", 0) for one in found)


def _resumed(place: _Place) -> dict[str, Any]:
    out, _ = _process(place).communicate(timeout=_MOST_SECONDS)
    report: dict[str, Any] = json.loads(out)
    if not report.get("resumed"):
        raise BenchmarkError(f"the migration was not resumed: {report.get('error', 'it began anew')}")
    return report


def _naive_process(place: _Place) -> dict[str, Any]:
    arguments = [sys.executable, "-m", "benchmarks.naive_migration", OLD, NAIVE]
    done = subprocess.run(
        arguments, env=place.environment, capture_output=True, text=True, timeout=_MOST_SECONDS, check=False
    )
    if done.returncode:
        raise BenchmarkError(f"the naive migration failed: {done.stderr[-300:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _require_latest(place: _Place, name: str, jobs: int, ended: set[str]) -> None:
    """Make sure that every job has its last state, and that of its event where one came.

    :raises BenchmarkError: when not
    """
    rows = JobStateTable(place.dynamodb, name, clock=_now).get_many(map(_job_id, range(jobs)))
    wrong = sum(1 for row in rows.values() if (row.status, row.attempts) != ("SUCCEEDED", 1 + (row.job_id in ended)))
    if wrong or len(rows) != jobs:
        raise BenchmarkError(f"{name} has {len(rows):,} of {jobs:,} jobs and {wrong} wrong states: the figures say nothing")


def _require_verified(report: Mapping[str, Any]) -> None:
    found = report["verification"]
    if found["missing"] or found["mismatches"] or not found["sampled"]:
        raise BenchmarkError(f"the verification found {found['missing']} missing and {found['mismatches']} different jobs")


def _verifying(report: Mapping[str, Any]) -> float:
    return float(report["verification"]["cost"]["seconds"])


def _result(rows: int, before: float, report: Mapping[str, Any], naive: Mapping[str, Any], events: int) -> Result:
    cost = report["cost"]
    seconds, memory = before + cost["seconds"], report["verification"]["cost"]["peak_memory_mb"]
    per_second = (rows / seconds,), (rows / naive["seconds"],)
    return Result(
        name="migration",
        title=f"Moving {rows:,} old rows of {rows // len(STATES):,} jobs, killed once and resumed",
        measured="vectora jobs migrate",
        peer=f"scan everything into a dict, then put all with {_WRITERS} writers",
        rows=(
            Row(what="time without verification", unit="s", values=(seconds,), peer=(naive["seconds"],)),
            Row(what="old rows", unit="/s", values=per_second[0], peer=per_second[1]),
            Row(what="peak memory", unit="MB", values=(memory,), peer=(naive["peak_memory_mb"],)),
            Row(what="verification: time", unit="s", values=(_verifying(report),)),
        ),
        notes=(
            f"Killed with -9 after {before:.1f} s; the next process went on. {events:,} events arrived meanwhile: "
            f"{report['late']:,} old states were refused as late.",
            f"Verified: {report['verification']['jobs']:,} jobs looked up, {report['verification']['sampled']:,} computed "
            "again, none missing, none different; and every row compared with what was filled in.",
            "The naive way overwrites what events wrote, begins anew when it is killed, and verifies nothing.",
        ),
    )


@contextmanager
def _place() -> Iterator[_Place]:
    with ExitStack() as undo:
        folder, port = Path(undo.enter_context(TemporaryDirectory(prefix="vectora-bench-"))), free_ports().aws
        environment = {**inherited_environment(), "HOME": str(folder)}
        children = undo.enter_context(Children(environment=environment, logs=folder / "logs"))
        children.start(
            "aws", embedded_aws.aws_command(), extra=embedded_aws.aws_server_environment(port, folder, keep=False)
        )
        children.wait_until(lambda: embedded_aws.is_ready(port), what="the embedded AWS", timeout=_START_SECONDS)
        keys = {name.lower(): value for name, value in embedded_aws.CREDENTIALS.items()}
        client = boto3.client(
            "dynamodb", endpoint_url=embedded_aws.endpoint(port), region_name=embedded_aws.REGION, config=PATIENT, **keys
        )
        reach = {**environment, **embedded_aws.aws_client_environment(port)}
        yield _Place(dynamodb=client, environment=reach, folder=folder)


def _now() -> datetime:
    return datetime.now(UTC)
