"""The scripted jobs of the demo: some twenty seconds in which a handful of jobs show what jobs do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from stack.fake_batch.model import QUEUES, FakeBatch

HIGH, LOW = QUEUES
LASTING: Final = "watch-694a9d5cb88940a9e5cd3bf5-1766497645333"
"""Name of the one job that runs until somebody terminates it."""
RETRIED: Final = "pre-694a9d59b88940a9e5cd3bf2-1766497641507"
"""Name of the job whose host is taken away, and that succeeds at the second attempt."""
OUT_OF_MEMORY: Final = "pre-694a9d5ab88940a9e5cd3bf3-1766497642918"
"""Name of the job that needs more memory than it has."""
ARRAY: Final = "frames-694a9d5bb88940a9e5cd3bf4-1766497644201"
"""Name of the array job, one child of which fails."""
JOBS: Final = 6
"""How many there are, children apart."""
_ENVIRONMENT: Final = {"STAGE": "demo", "DB_PASSWORD": "not-a-real-password"}
_KILLED: Final = "OutOfMemoryError: Container killed due to memory usage"


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens to one job after so many seconds."""

    at: float
    do: Callable[[], object]


def start(fake: FakeBatch) -> threading.Thread:
    """Play the jobs in real time in a thread; a second start plays another handful."""
    thread = threading.Thread(target=play, args=(fake,), name="demo-jobs", daemon=True)
    thread.start()
    return thread


def play(fake: FakeBatch, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Play the jobs.

    :param sleep: waits so many seconds; a test moves the clock instead
    """
    before = 0.0
    for step in steps(fake):
        sleep(step.at - before)
        step.do()
        before = step.at


def steps(fake: FakeBatch) -> list[Step]:
    """Return everything that happens, in its order: the jobs are submitted now."""
    parts = (_plain, _plain_low, _retried, _failed, _array, _lasting)
    return sorted((step for part in parts for step in part(fake)), key=lambda step: step.at)


def _plain(fake: FakeBatch) -> Iterator[Step]:
    job_id = _submit(fake, "pre-694a9d57b88940a9e5cd3bee-1766497635776", HIGH)
    yield from _moves(fake, job_id, RUNNABLE=0.5, STARTING=1.5, RUNNING=3, SUCCEEDED=9)


def _plain_low(fake: FakeBatch) -> Iterator[Step]:
    job_id = _submit(fake, "pack-694a9d58b88940a9e5cd3bf1-1766497640112", LOW)
    yield from _moves(fake, job_id, RUNNABLE=1, STARTING=4, RUNNING=6, SUCCEEDED=13)


def _retried(fake: FakeBatch) -> Iterator[Step]:
    job_id = _submit(fake, RETRIED, HIGH, attempts=3)
    yield from _moves(fake, job_id, RUNNABLE=0.5, STARTING=2, RUNNING=3.5)
    yield Step(at=7, do=lambda: fake.interrupt(job_id))
    yield from _moves(fake, job_id, STARTING=9, RUNNING=10.5, SUCCEEDED=16)


def _failed(fake: FakeBatch) -> Iterator[Step]:
    job_id = _submit(fake, OUT_OF_MEMORY, LOW)
    yield from _moves(fake, job_id, RUNNABLE=0.5, STARTING=2.5, RUNNING=4)
    yield Step(at=11, do=lambda: fake.fail_attempt(job_id, exit_code=137, container_reason=_KILLED))


def _array(fake: FakeBatch) -> Iterator[Step]:
    parent = _submit(fake, ARRAY, HIGH, array_size=5)
    yield Step(at=1, do=lambda: fake.move(parent, "PENDING"))
    for index in range(5):
        end = {"FAILED" if index == 3 else "SUCCEEDED": 10.0 + index}
        yield from _moves(fake, f"{parent}:{index}", RUNNABLE=2, STARTING=3 + index, RUNNING=4 + index, **end)


def _lasting(fake: FakeBatch) -> Iterator[Step]:
    job_id = _submit(fake, LASTING, LOW)
    yield from _moves(fake, job_id, RUNNABLE=1, STARTING=2, RUNNING=3)


def _submit(fake: FakeBatch, name: str, queue: str, *, attempts: int = 1, array_size: int | None = None) -> str:
    fake.create_queue(queue)
    return fake.submit(name, queue, attempts=attempts, array_size=array_size, environment=_ENVIRONMENT)


def _moves(fake: FakeBatch, job_id: str, **at: float) -> Iterator[Step]:
    for status, second in at.items():
        yield Step(at=second, do=lambda status=status: fake.move(job_id, status))  # type: ignore[misc]
