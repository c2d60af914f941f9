"""The trigger of the job watch: its keywords, its pokes, its one event."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.module_loading import import_string

from vectora_airflow.triggers import job_watch
from vectora_airflow.triggers.batch_job_states import BatchJobStatesTrigger
from vectora_airflow.triggers.job_watch import MOST_ERRORS, JobWatch, Outcome, Progress, Seen
from vectora_core.errors import BatchError, JobQueueError, StorageError, VectoraError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WATCH = JobWatch(job_queue="encode")
KEYWORDS: list[dict[str, Any]] = [
    {"job_queue": "encode"},
    {"job_queue": "arn:aws:batch:eu-west-1:123456789012:job-queue/encode@arn:aws:iam::123456789012:role/watch"},
    {"job_queue": "encode", "job_name_prefix": "pre-", "poke_interval": 0.5, "deadline": "2026-03-01T12:13:00+00:00"},
    {"job_queue": "encode", "next_poke": "2026-03-01T12:01:00+00:00", "progress": Progress(pokes=1, open=3).to_json()},
    {"job_ids": ["a", "b:1"], "region_name": "eu-west-1", "fail_on_failed_jobs": False},
]

Answers = list[Seen | Exception]


def looking(*answers: Seen | Exception) -> Callable[[JobWatch], Seen]:
    """Answer one poke after the other."""
    left: Iterator[Seen | Exception] = iter(answers)

    def look(watch: JobWatch) -> Seen:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return look


def fire(trigger: BatchJobStatesTrigger) -> Progress:
    """Run a trigger to its end and return what its one event says."""

    async def events() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    (payload,) = asyncio.run(events())
    assert json.loads(json.dumps(payload)) == payload
    return Progress.from_json(payload)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def say(*answers: Seen | Exception) -> None:
        monkeypatch.setattr(job_watch, "look", looking(*answers))

    return say


@pytest.mark.parametrize("keywords", KEYWORDS)
def test_the_keywords_survive_the_wire(keywords: dict[str, Any]) -> None:
    """JSON only, and a trigger made of them is the same one: that is what a triggerer starts again with after a kill."""
    path, sent = BatchJobStatesTrigger(**keywords).serialize()
    received = json.loads(json.dumps(sent))
    assert received == sent and keywords.items() <= sent.items()
    again = import_string(path)(**received)
    assert isinstance(again, BatchJobStatesTrigger)
    assert again.serialize() == (path, sent)


def test_it_syncs_until_no_job_is_open(script: Callable[..., None]) -> None:
    """One event, when the last poke saw none."""
    script(Seen(open=2, report="a"), Seen(open=1, report="b"), Seen(open=0, report="c"))
    ended = fire(BatchJobStatesTrigger(job_queue="encode", poke_interval=0))
    assert ended == Progress(pokes=3, open=0, report="c", outcome="done")


def test_the_deadline_is_the_moment_in_the_keywords(script: Callable[..., None]) -> None:
    """It does not begin anew with the trigger: one that starts after it pokes once and ends."""
    script(Seen(open=2), Seen(open=2))
    ended = fire(BatchJobStatesTrigger(job_queue="encode", poke_interval=3600, deadline="2026-03-01T12:00:00+00:00"))
    assert (ended.outcome, ended.open, ended.pokes) == (Outcome.TIMED_OUT, 2, 1)


def test_it_goes_on_where_the_worker_stopped(script: Callable[..., None]) -> None:
    """Not before the moment it was told; one that is over, after a restart, is now. Pokes and errors go on counting."""
    throttled = BatchError("throttled", transient=True)
    script(*[throttled] * MOST_ERRORS)
    begun = Progress(pokes=1, errors=1).to_json()
    trigger = BatchJobStatesTrigger(job_queue="encode", poke_interval=0, next_poke=NOW.isoformat(), progress=begun)
    ended = fire(trigger)
    assert (ended.pokes, ended.errors, ended.outcome) == (MOST_ERRORS, MOST_ERRORS, Outcome.ERROR)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(anext(BatchJobStatesTrigger(job_queue="encode", next_poke=later).run()), 0.01))


def test_the_last_poke_is_at_the_deadline(script: Callable[..., None]) -> None:
    """However long the interval is, nobody waits for it beyond the deadline."""
    script(Seen(open=1), Seen(open=1), Seen(open=1))
    soon = datetime.now(UTC) + timedelta(seconds=0.2)
    ended = fire(BatchJobStatesTrigger(job_queue="encode", poke_interval=3600, deadline=soon.isoformat()))
    assert ended.outcome == Outcome.TIMED_OUT


def test_a_sync_does_not_hold_up_the_other_triggers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs in a thread of its own; the loop goes on meanwhile."""
    go_on = threading.Event()

    def look(watch: JobWatch) -> Seen:
        assert go_on.wait(30)
        return Seen(open=0)

    async def both() -> list[Any]:
        asyncio.get_running_loop().call_later(0.01, go_on.set)
        return [event async for event in BatchJobStatesTrigger(job_queue="encode").run()]

    monkeypatch.setattr(job_watch, "look", look)
    assert len(asyncio.run(both())) == 1


def test_what_nobody_foresaw_ends_the_trigger(script: Callable[..., None]) -> None:
    """Airflow then fails or retries the task, with the traceback in its log."""
    script(ZeroDivisionError("?"))
    with pytest.raises(ZeroDivisionError):
        fire(BatchJobStatesTrigger(job_queue="encode"))


def pokes(*answers: Seen | Exception, watch: JobWatch = WATCH, late_after: int | None = None) -> list[Progress]:
    """Poke once for each answer; after so many of them the deadline is over."""
    found, progress, look = [], Progress(), looking(*answers)
    for count in range(len(answers)):
        now = NOW if late_after is None or count < late_after else NOW + timedelta(hours=1)
        progress = job_watch.poke(watch, progress, deadline=NOW + timedelta(minutes=13), look=look, now=lambda now=now: now)
        found.append(progress)
    return found


@pytest.mark.parametrize(
    "error",
    [BatchError("throttled", transient=True), StorageError("no answer")],
)
def test_transient_errors_are_counted_and_tried_again(error: VectoraError) -> None:
    """Five in a row are too many; a sync that works begins the count anew."""
    recovered = pokes(*[error] * (MOST_ERRORS - 1), Seen(open=3), error)
    assert [one.outcome for one in recovered] == [None] * 6
    assert [one.errors for one in recovered] == [1, 2, 3, 4, 0, 1]
    assert recovered[-1].open == 3
    (*_, last) = pokes(*[error] * MOST_ERRORS)
    assert last.outcome == Outcome.ERROR
    assert last.error == {"failure_class": error.failure_class, "message": str(error), "transient": True}


def test_permanent_errors_end_the_watch_at_once() -> None:
    """A queue that does not exist will not exist at the next poke."""
    (ended,) = pokes(JobQueueError("there is no job queue 'encoed'"))
    assert ended.outcome == Outcome.ERROR


def test_a_deadline_without_a_single_sync_is_no_success() -> None:
    """Nobody knows how many jobs are open; with an earlier sync, its number stands."""
    throttled = BatchError("throttled", transient=True)
    assert pokes(throttled, throttled, late_after=1)[-1].outcome == Outcome.ERROR
    known = pokes(Seen(open=4), throttled, late_after=1)[-1]
    assert (known.outcome, known.open) == (Outcome.TIMED_OUT, 4)


def test_a_failed_job_ends_a_watch_of_ids_at_once_if_that_was_asked_for() -> None:
    """Others may still be open. Without it the failed one is named in the result."""
    seen = Seen(open=1, failed={"a": "Essential container in task exited"})
    (ended,) = pokes(seen, watch=JobWatch(job_ids=("a", "b")))
    assert (ended.outcome, dict(ended.failed)) == (Outcome.JOBS_FAILED, dict(seen.failed))
    lenient = JobWatch(job_ids=("a", "b"), fail_on_failed_jobs=False)
    (going_on, done) = pokes(seen, Seen(open=0, failed=seen.failed), watch=lenient)
    assert (going_on.outcome, done.outcome) == (None, Outcome.DONE)
