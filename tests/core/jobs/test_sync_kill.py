"""kill -9 of a real `vectora jobs sync`, again and again: nothing is lost, and no row goes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from stack.fake_batch.clock import RealClock
from tests.fakes.batch import running_batch
from tests.fakes.command_line import environment
from tests.fakes.jobs import make_table
from tests.fakes.syncing import QUEUE, SyncWorld
from vectora_core.jobs.sync_state import QueuePlace
from vectora_core.storage import open_storage

KILLS = 20
JOBS = 60
STEPS = 12
# Imports and the models of the services cost a second a process: they are paid once; each line on stdin forks the command.
FORK_SERVER = """
import os, sys, botocore.session, rich.progress, vectora_core.aws, vectora_core.cli.jobs_sync, vectora_core.jobs.sync
shared = botocore.session.get_session()
for service in ("batch", "dynamodb"):
    shared.create_client(service)
botocore.session.get_session = lambda: shared
from vectora_core.cli.app import run
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        os.dup2(2, 1)
        os._exit(run(line.split()))
    print(pid, flush=True)
    sys.stdin.readline()  # until then its pid is nobody else's
    print(os.waitpid(pid, 0)[1], flush=True)
"""


class Commands:
    """Starts `vectora` processes."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        assert server.stdin and server.stdout
        self._asked, self._answers, self._pid = server.stdin, server.stdout, 0

    def start(self, *arguments: str) -> None:
        """Start one."""
        self._ask(" ".join(arguments))
        self._pid = int(self._answers.readline())

    def kill(self) -> bool:
        """Kill it and return whether it was still running."""
        os.kill(self._pid, signal.SIGKILL)
        return os.WIFSIGNALED(self.end())

    def end(self) -> int:
        """Wait for its end and return how it ended, as `os.waitpid` tells it."""
        self._ask("end")
        return int(self._answers.readline())

    def _ask(self, line: str) -> None:
        self._asked.write(line + "\n")
        self._asked.flush()


@contextmanager
def commands(log: Path, **more: str) -> Iterator[Commands]:
    with log.open("w") as said:
        server = subprocess.Popen(
            [sys.executable, "-c", FORK_SERVER],
            env=environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        with server:
            yield Commands(server)


def play_on(world: SyncWorld, jobs: list[str], chance: Random) -> None:
    """Let some jobs go on, one of them be retried, and one come and finish."""
    for job_id in chance.sample(jobs, 12):
        job = world.fake.job(job_id)
        if job.status == "RUNNING" and chance.random() < 0.5:
            world.fake.interrupt(job_id)
        elif not job.is_over:
            following = {"RUNNABLE": "STARTING", "STARTING": "RUNNING", "RUNNING": chance.choice(["SUCCEEDED", "FAILED"])}
            world.fake.move(job_id, following[job.status])
    world.submit("quick", status="SUCCEEDED", created_at=world.fake.clock.now())


def orders(world: SyncWorld) -> dict[str, str]:
    """Return how far each row is."""
    rows = world.table.get_many(list(world.fake.store.jobs), consistent=True)
    return {job_id: row.state_order for job_id, row in rows.items()}


def settings_of(world: SyncWorld) -> dict[str, str]:
    return {
        "VECTORA_DATA_ROOT": world.data.url,
        "VECTORA_JOBS_TABLE": world.table.name,
        "VECTORA_JOBS_BATCH_CALLS_PER_SECOND": "100",
    }


def begin(vectora: Commands, world: SyncWorld, *more: str) -> None:
    """Start a sync and wait until it asks Batch something; before that there is nothing to lose."""
    world.fake.calls.clear()
    vectora.start("jobs", "sync", "--job-queue", QUEUE, *more)
    deadline = time.monotonic() + 60
    while not world.fake.calls:
        assert time.monotonic() < deadline, "the sync asks nothing"
        time.sleep(0.002)


def seconds_of_a_sync(vectora: Commands, world: SyncWorld) -> float:
    """Return how long a first sync takes from its first question on, into a table that nobody looks at."""
    begin(vectora, world, "--table", make_table(world.now).name)
    begun = time.monotonic()
    assert vectora.end() == 0
    return time.monotonic() - begun


@pytest.mark.slow
def test_a_sync_that_is_killed_anywhere_is_simply_done_again(new_bucket: Callable[[], str], tmp_path: Path) -> None:
    """Twenty kills, each a little later; rows only move forward, the state stays readable, the last sync makes all true."""
    data, log = tmp_path / "data", tmp_path / "commands.log"
    with running_batch(clock=RealClock()) as batch:
        world, chance = SyncWorld(batch, open_storage(data.as_uri())), Random(3)
        place = QueuePlace(table=world.table.name, job_queue=world.fake.queues[QUEUE].arn)
        jobs = world.submit(*(f"job-{number}" for number in range(JOBS)), status="RUNNABLE", attempts=3)
        killed, before = 0, orders(world)
        with commands(log, **batch.environment, **settings_of(world)) as vectora:
            whole = seconds_of_a_sync(vectora, world)
            while killed < KILLS:
                play_on(world, jobs, chance)
                begin(vectora, world)
                time.sleep(whole * (killed % STEPS) / STEPS)
                if vectora.kill():
                    killed += 1
                else:  # it was quicker than that: there was less to write
                    whole *= 0.8
                after = orders(world)
                assert all(after.get(job_id, "") >= order for job_id, order in before.items())
                state = world.data.find(place.state)
                assert state is None or json.loads(state)["version"] == 1
                before = after
            vectora.start("jobs", "sync", "--job-queue", QUEUE)
            assert vectora.end() == 0, log.read_text()
        assert datetime.now(UTC) >= world.now()
        assert orders(world).keys() == world.fake.store.jobs.keys()
        world.assert_true()
