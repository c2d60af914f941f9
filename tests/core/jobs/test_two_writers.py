"""Several writers at one row, with real threads: the conditional write alone decides, and what is throttled is not lost."""

from __future__ import annotations

import os
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any

import boto3
import httpx
import pytest

from stack.ports import LOCALHOST, free_ports
from stack.processes import Children
from tests.fakes.job_arrivals import History, described, some_histories
from tests.fakes.job_table_in_memory import state_columns
from tests.fakes.jobs import NOW, NewTable, create_lasting_table
from vectora_core.aws import PATIENT
from vectora_core.errors import JobTableError
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord, Verdict

ROUNDS = 60
THROTTLED_ROUNDS = 20  # each repetition waits about a second
_START_SECONDS = 60.0
_DELIVERIES = 5


def halves(history: History, writers: int, random: Random) -> list[list[JobRecord]]:
    """Deal what arrives out to the writers, shuffled; each record goes to one of them, and half of the records to two."""
    hands: list[list[JobRecord]] = [[] for _ in range(writers)]
    for number, record in enumerate(random.sample(records := history.records(), len(records))):
        for hand in random.sample(hands, 1 + number % 2):
            hand.append(record)
    return hands


def race(tables: Sequence[JobStateTable], histories: Sequence[History]) -> Counter[Verdict]:
    """Let the writers put their hands of each history at the same moment, one history after the other."""
    random, verdicts = Random(11), Counter[Verdict]()
    with ThreadPoolExecutor(max(4, len(tables))) as pool:
        for history in histories:
            hands = halves(history, 2 + len(history.life.steps) % 3, random)
            barrier = Barrier(len(hands))

            def write(table: JobStateTable, hand: list[JobRecord], barrier: Barrier = barrier) -> list[Verdict]:
                barrier.wait(timeout=60)
                return [deliver(table, record) for record in hand]

            writing = [pool.submit(write, tables[place % len(tables)], hand) for place, hand in enumerate(hands)]
            verdicts.update(verdict for one in writing for verdict in one.result(timeout=120))
    return verdicts


def deliver(table: JobStateTable, record: JobRecord) -> Verdict:
    """Put a record as its holder does: again, when that may help (SQS delivers an event again, a sync has its next)."""
    for left in reversed(range(_DELIVERIES)):
        try:
            return table.put(record).verdict
        except JobTableError as error:
            if not (error.transient and left):
                raise
    raise AssertionError


def check(table: JobStateTable, histories: Sequence[History]) -> None:
    """Hold every row against the truth."""
    for history in histories:
        row = table.get(history.life.job_id)
        assert row is not None
        assert state_columns(row) == state_columns(described(history.truth, history.truth.at)), history


def test_writers_that_race_on_a_job_end_the_same_way(new_table: NewTable) -> None:
    """Two to four threads, each with a shuffled part of the same job's states: the row is always the true last state."""
    table, histories = new_table(), some_histories(ROUNDS)
    verdicts = race([table], histories)
    check(table, histories)
    print(f"{ROUNDS} races: {dict(verdicts)}")
    assert all(verdicts[verdict] > ROUNDS // 4 for verdict in Verdict), "the writers hardly met"


@pytest.fixture
def throttling(_aws_port: int, tmp_path: Path) -> Iterator[str]:
    """The URL of a proxy before the embedded DynamoDB: it throttles writes, resets some, and loses the answers of others."""
    port = free_ports().site
    url = f"http://{LOCALHOST}:{port}"
    command = [sys.executable, "-m", "microburst", "--host", LOCALHOST, "--port", str(port)]
    with Children(
        environment={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, logs=tmp_path / "logs", grace_seconds=0.5
    ) as children:
        children.start("proxy", [*command, "--upstream", f"http://{LOCALHOST}:{_aws_port}"])
        children.wait_until(lambda: answers(url), what="an answer of the proxy", timeout=_START_SECONDS)
        httpx.post(f"{url}/_microburst/rules", json=FAULTS, trust_env=False).raise_for_status()
        yield url


_PUTS: dict[str, Any] = {"service": "dynamodb", "operation": "PutItem"}
FAULTS = [  # the first that matches and has times left is what happens
    {**_PUTS, "times": 3, "reset": True},
    {**_PUTS, "times": 3, "response": {"abort_frac": 0.3}},
    {**_PUTS, "probability": 0.25, "error": {"code": "ProvisionedThroughputExceededException"}},
]


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_microburst/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_what_is_throttled_is_not_lost(throttling: str, new_bucket: Callable[[], str]) -> None:
    """Throttled writes, connections that are reset, answers lost after the write: all is repeated, and all rows are true."""
    direct, name = boto3.client("dynamodb"), f"jobs-{uuid.uuid4().hex[:12]}"
    create_lasting_table(direct, name)
    disturbed = boto3.client("dynamodb", endpoint_url=throttling, config=PATIENT)
    tables, histories = (
        [JobStateTable(disturbed, name, clock=lambda: NOW) for _ in range(2)],
        some_histories(THROTTLED_ROUNDS),
    )
    with ThreadPoolExecutor(8) as pool:  # what waits to repeat a write holds up no other race
        list(pool.map(lambda history: race(tables, [history]), histories))
    fired = Counter(one["action"] for one in httpx.get(f"{throttling}/_microburst/fired", trust_env=False).json())
    print(dict(fired), f"{sum(table.calls['PutItem'] for table in tables)} puts")
    check(JobStateTable(direct, name, clock=lambda: NOW), histories)
    assert (fired["reset"], fired["response:abort"]) == (3, 3)
    assert fired["error:ProvisionedThroughputExceededException"] > 5
