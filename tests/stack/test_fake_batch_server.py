"""The fake as a server: many clients at once, a control API for other processes, a scripted demo, a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from stack.airflow import load_secrets
from stack.fake_batch.clock import RealClock
from stack.fake_batch.control import METHODS
from stack.fake_batch.model import FakeBatch
from stack.fake_batch.script import play
from stack.options import StackOptions, batch_url, stack_environment
from stack.places import REPOSITORY
from stack.ports import free_ports
from tests.fakes.batch import RunningBatch, fake_batch, running_batch

__all__ = ["fake_batch"]
QUEUE = "demo-high"


@pytest.fixture
def batch(fake_batch: RunningBatch) -> RunningBatch:
    return fake_batch


def control(url: str, method: str, **arguments: Any) -> httpx.Response:
    return httpx.post(f"{url}/_fake/{method}", json=arguments, trust_env=False)


def test_every_method_of_the_control_api_is_one_of_the_fake() -> None:
    """By the same name."""
    assert all(callable(getattr(FakeBatch, name)) for name in METHODS)


def test_another_process_scripts_the_fake(batch: RunningBatch) -> None:
    """Submits, moves, throttles, moves the clock, looks at what was asked."""
    job_id = control(batch.url, "submit", job_name="pre-1", job_queue=QUEUE, attempts=2).json()["result"]
    control(batch.url, "play", job_id=job_id, status="RUNNING").raise_for_status()
    control(batch.url, "advance", seconds=60).raise_for_status()
    control(batch.url, "interrupt", job_id=job_id).raise_for_status()
    job = batch.fake.job(job_id)
    assert (job.status, job.attempts[0].stopped_at - job.created_at) == ("RUNNABLE", 60_000)
    batch.client().list_jobs(jobQueue=QUEUE)
    state = httpx.get(f"{batch.url}/_fake/state", trust_env=False).json()["result"]
    assert state["calls"] == {"ListJobs": 1} and state["jobs"] == 1 and state["now"] == batch.fake.clock.now()
    told = control(batch.url, "events", after=3).json()["result"]
    assert [event["detail"]["status"] for event in told["events"]] == ["RUNNABLE"] and told["after"] == 4


@pytest.mark.parametrize(
    ("method", "arguments", "status"),
    [
        ("nothing", {}, 404),
        ("store", {}, 404),
        ("move", {"job_id": "nobody", "status": "RUNNING"}, 404),
        ("submit", {"job_name": "x"}, 400),
        ("submit", {"job_name": "x", "job_queue": "missing"}, 400),
        ("advance", {"seconds": -1}, 400),
    ],
)
def test_what_the_script_gets_wrong_is_said(
    batch: RunningBatch, method: str, arguments: dict[str, Any], status: int
) -> None:
    """The server goes on."""
    answer = control(batch.url, method, **arguments)
    assert answer.status_code == status and answer.json()["message"].startswith(method)
    assert control(batch.url, "state").is_success


def test_many_clients_and_a_script_at_once(batch: RunningBatch) -> None:
    """Nothing is counted twice, lost, or seen half-way while jobs move."""
    ids = batch.fake.submit_many((f"job-{n}" for n in range(200)), QUEUE, status="RUNNABLE")
    client = batch.client()

    def listed(_: int) -> int:
        return sum(
            len(client.list_jobs(jobQueue=QUEUE, jobStatus=status)["jobSummaryList"]) for status in ("RUNNABLE", "STARTING")
        )

    with ThreadPoolExecutor(8) as pool:
        moving = [pool.submit(batch.fake.move, job_id, "STARTING") for job_id in ids]
        counts = list(pool.map(listed, range(20)))
        for one in moving:
            one.result()
    assert all(count >= 200 for count in counts)  # those that move forward between the two calls are seen twice
    assert listed(0) == 200
    assert batch.fake.calls["ListJobs"] == 42


def test_the_demo_shows_what_jobs_do() -> None:
    """Two plain ones, one interrupted and repeated, one out of memory, an array with a failure, one that goes on."""
    fake = FakeBatch()
    play(fake, sleep=fake.advance)
    jobs = [job for job in fake.store.jobs.values() if not job.parent_id]
    assert Counter(job.status for job in jobs) == {"SUCCEEDED": 3, "FAILED": 2, "RUNNING": 1}
    by_name = {job.job_name: job for job in jobs}
    assert by_name["pre-694a9d57b88940a9e5cd3bee-1766497635776"].status == "SUCCEEDED"
    assert {job.job_queue.rpartition("/")[2] for job in jobs} == {"demo-high", "demo-low"}
    assert all("DB_PASSWORD" in job.environment for job in jobs)
    retried = next(job for job in jobs if job.max_attempts == 3)
    assert [attempt.exit_code for attempt in retried.attempts] == [None, 0]
    killed = next(job for job in jobs if job.status == "FAILED" and not job.is_array)
    assert killed.last and (killed.last.exit_code, str(killed.last.reason).split(":")[0]) == (137, "OutOfMemoryError")
    array = next(job for job in jobs if job.is_array)
    assert {status: array.summary[status] for status in ("SUCCEEDED", "FAILED")} == {"SUCCEEDED": 4, "FAILED": 1}
    assert 15_000 <= fake.clock.now() - min(job.created_at for job in jobs) <= 20_000


def test_two_accounts_and_regions_are_two_fakes() -> None:
    """A queue of one is unknown to the other, whatever its name."""
    with running_batch(region="eu-west-1", account="210987654321", queues=["media"]) as there, running_batch() as here:
        arn = there.fake.create_queue("media")
        assert arn == "arn:aws:batch:eu-west-1:210987654321:job-queue/media"
        assert there.client().describe_job_queues(jobQueues=[arn])["jobQueues"][0]["jobQueueName"] == "media"
        assert here.client().describe_job_queues(jobQueues=[arn])["jobQueues"] == []


def test_the_real_clock_can_be_moved_forward_only() -> None:
    """By what it is told."""
    clock = RealClock()
    before = clock.now()
    clock.advance(3600)
    assert clock.now() - before >= 3_600_000
    assert abs(clock.now() - 3_600_000 - time.time() * 1000) < 60_000


@pytest.mark.parametrize(("given", "has_it"), [({}, True), ({"batch": False}, False), ({"aws": False}, False)])
def test_airflow_is_led_to_the_fake_and_never_with_a_real_account(
    tmp_path: Path, given: dict[str, bool], has_it: bool
) -> None:
    """Without the embedded AWS there is no fake of Batch either."""
    ports = free_ports()
    environment = stack_environment(StackOptions(folder=tmp_path, **given), ports, load_secrets(tmp_path))
    assert environment.get("AWS_ENDPOINT_URL_BATCH") == (batch_url(ports) if has_it else None)


@pytest.mark.slow
def test_the_command_serves_the_fake_and_plays_the_demo() -> None:
    """It prints where; jobs are there at once."""
    command = [sys.executable, "-m", "stack", "batch", "--port", "0", "--demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env={**os.environ}) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().split()[5]
            state = httpx.get(f"{url}/_fake/state", trust_env=False, timeout=10).json()["result"]
            assert set(state["queues"]) == {"demo-high", "demo-low"}
            client = boto3.client(
                "batch", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
            )
            filters = [{"name": "AFTER_CREATED_AT", "values": ["0"]}]
            assert client.list_jobs(jobQueue="demo-low", filters=filters)["jobSummaryList"]
            assert json.dumps(state["calls"]) == "{}"
        finally:
            server.terminate()
