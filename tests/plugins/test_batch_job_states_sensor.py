"""The sensor: its arguments, its three ways of waiting, and how each watch ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from airflow.sdk import DAG
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from vectora_airflow.sensors.batch_job_states import BatchJobStatesSensor, job_ids
from vectora_airflow.triggers import job_watch
from vectora_airflow.triggers.job_watch import JobWatch, Progress, Seen
from vectora_core.errors import BatchError, JobQueueError, JobTableError, StorageError, VectoraError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
THROTTLED = BatchError("throttled", transient=True)


class Store(dict[str, Any]):
    """What `task_state_store` is to a task."""

    set = dict.__setitem__


class Instance:
    """A task instance over its tries and reschedules; each execution is a new process with a sensor of its own."""

    def __init__(self, **arguments: Any) -> None:
        self.arguments = {"task_id": "watch", "poke_interval": 60, **arguments}
        self.context: Any = {"ti": SimpleNamespace(id="try-1", get_first_reschedule_date=lambda context: None)}
        self.context["task_state_store"] = Store()

    def sensor(self) -> BatchJobStatesSensor:
        return BatchJobStatesSensor(**self.arguments)

    def execute(self) -> Any:
        return self.sensor().execute(self.context)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[JobWatch]]:
    def say(*answers: Seen | Exception) -> list[JobWatch]:
        left, asked = iter(answers), []

        def look(watch: JobWatch) -> Seen:
            asked.append(watch)
            answer = next(left)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(job_watch, "look", look)
        return asked

    return say


def trigger_of(instance: Instance) -> dict[str, Any]:
    """Return the keywords of the trigger an instance defers with."""
    with pytest.raises(TaskDeferred) as deferred:
        instance.execute()
    assert deferred.value.method_name == "execute_complete"
    keywords: dict[str, Any] = deferred.value.trigger.serialize()[1]
    return keywords


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "give either job_queue or wait_for_job_ids"),
        ({"job_queue": "encode", "wait_for_job_ids": ["a"]}, "give either job_queue or wait_for_job_ids"),
        ({"wait_for_job_ids": ["a"], "job_name_prefix": "pre-"}, "job_name_prefix narrows a job_queue"),
        ({"job_queue": "encode", "deadline": timedelta(minutes=13), "timeout": 600}, "must be longer than the deadline"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused_when_the_dag_is_read(arguments: dict[str, Any], said: str) -> None:
    """Not after a quarter of an hour of waiting."""
    with pytest.raises(ValueError, match=said):
        Instance(**arguments).sensor()


def test_airflows_own_timeout_never_comes_before_the_deadline() -> None:
    """It fails the task; the deadline does not."""
    ten_days = Instance(job_queue="encode", deadline=timedelta(days=10)).sensor()
    assert ten_days.timeout > timedelta(days=10).total_seconds()
    assert Instance(job_queue="encode", deadline=60, timeout=90).sensor().timeout == 90


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a1", ("a1",)),
        (" a1, b2:7 ,a1", ("a1", "b2:7")),
        (["a1", "b2#0"], ("a1", "b2#0")),
        (range(0), None),
        ("", None),
        ("None", None),
        ("['a1']", None),
        ([None], None),
        ([["a1"]], None),
    ],
)
def test_job_ids_come_as_a_list_or_as_text(given: Any, expected: Sequence[str] | None) -> None:
    """Whatever an XCom or a template yields; nothing at all is a mistake, not a watch that is done at once."""
    if expected is None:
        with pytest.raises(AirflowFailException, match="wait_for_job_ids"):
            job_ids(given)
    else:
        assert job_ids(given) == expected


def test_arguments_are_templates() -> None:
    """A queue by params, ids by XCom."""
    with DAG("any"):
        sensor = Instance(job_queue="{{ q }}-{{ n }}", job_name_prefix="{{ q }}", region_name="{{ r }}").sensor()
    sensor.render_template_fields({"q": "encode", "n": 2, "r": "eu-west-1"})
    assert (sensor.job_queue, sensor.job_name_prefix, sensor.region_name) == ("encode-2", "encode", "eu-west-1")


def test_a_template_that_comes_out_empty_is_no_queue() -> None:
    """A watch over nothing would be done at once."""
    with pytest.raises(AirflowFailException, match="job_queue came out empty"):
        Instance(job_queue=" ", deferrable=True).execute()


@time_machine.travel(NOW, tick=False)
def test_deferred_it_hands_all_it_knows_to_the_trigger(script: Callable[..., list[JobWatch]]) -> None:
    """Deadline and next poke are moments; what the first sync found goes along."""
    script(Seen(open=7, report="r"), THROTTLED)
    deadline = timedelta(minutes=13)
    instance = Instance(job_queue="encode", job_name_prefix="pre-", deadline=deadline, poke_interval=30, deferrable=True)
    assert trigger_of(instance) == {
        "job_queue": "encode",
        "job_name_prefix": "pre-",
        "job_ids": [],
        "region_name": None,
        "fail_on_failed_jobs": True,
        "poke_interval": 30,
        "deadline": "2026-03-01T12:13:00+00:00",
        "next_poke": "2026-03-01T12:00:30+00:00",
        "progress": Progress(pokes=1, open=7, report="r").to_json(),
    }
    by_ids = Instance(wait_for_job_ids="a,b", region_name="eu-west-1", fail_on_failed_jobs=False, deferrable=True)
    assert trigger_of(by_ids) == {
        "job_queue": None,
        "job_name_prefix": None,
        "job_ids": ["a", "b"],
        "region_name": "eu-west-1",
        "fail_on_failed_jobs": False,
        "poke_interval": 60,
        "deadline": None,
        "next_poke": "2026-03-01T12:01:00+00:00",
        "progress": Progress(pokes=1, errors=1, error=said(THROTTLED)).to_json(),
    }


def test_deferrable_it_does_not_defer_for_what_is_over_already(script: Callable[..., list[JobWatch]]) -> None:
    """No job open, or no such queue: the first sync, in the worker, says so."""
    script(Seen(open=0), JobQueueError("there is no job queue"), JobQueueError("there is no job queue"))
    assert Instance(job_queue="encode", deferrable=True).execute()["outcome"] == "done"
    with pytest.raises(AirflowFailException, match="there is no job queue"):
        Instance(job_queue="encode", deferrable=True).execute()
    with pytest.raises(AirflowSkipException):
        Instance(job_queue="encode", deferrable=True, soft_fail=True).execute()


@time_machine.travel(NOW, tick=False)
def test_the_next_poke_is_not_after_the_deadline(script: Callable[..., list[JobWatch]]) -> None:
    """However long the interval is."""
    script(Seen(open=1))
    instance = Instance(job_queue="encode", deadline=20, poke_interval=60, deferrable=True)
    assert trigger_of(instance)["next_poke"] == "2026-03-01T12:00:20+00:00"


def test_rescheduled_it_keeps_deadline_and_errors_over_the_processes(script: Callable[..., list[JobWatch]]) -> None:
    """Each poke is a process; what a try knows lives in its task state. The deadline is the first one's."""
    script(*[THROTTLED] * 4, Seen(open=2), THROTTLED, Seen(open=1))
    instance = Instance(job_queue="encode", mode="reschedule", deadline=timedelta(minutes=6))
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(6):
            with pytest.raises(AirflowRescheduleException):
                instance.execute()
            clock.shift(60)
        result = instance.execute()
    assert (result["outcome"], result["open"], result["pokes"]) == ("timed_out", 1, 7)


def test_rescheduled_a_new_try_begins_anew(script: Callable[..., list[JobWatch]]) -> None:
    """A retry, or a clear, has another id: neither its deadline nor its errors are those of the one before."""
    script(THROTTLED, *[THROTTLED] * 4)
    instance = Instance(job_queue="encode", mode="reschedule", deadline=60)
    with time_machine.travel(NOW, tick=False) as clock:
        with pytest.raises(AirflowRescheduleException):
            instance.execute()
        instance.context["ti"].id = "try-2"
        clock.shift(3600)
        for _ in range(4):
            with pytest.raises(AirflowRescheduleException):
                instance.execute()


def test_in_a_worker_it_pokes_until_no_job_is_open(script: Callable[..., list[JobWatch]]) -> None:
    """And says what became of it."""
    asked = script(Seen(open=1), Seen(open=0, report="jobs/T/queues/q/syncs/x.json"))
    assert Instance(job_queue="encode", poke_interval=0).execute() == {
        "job_queue": "encode",
        "job_ids": [],
        "outcome": "done",
        "done": True,
        "timed_out": False,
        "open": 0,
        "failed": {},
        "pokes": 2,
        "report": "jobs/T/queues/q/syncs/x.json",
    }
    assert asked == [JobWatch(job_queue="encode")] * 2


def complete(progress: Progress, **arguments: Any) -> Any:
    """Resume from the trigger as Airflow does."""
    instance = Instance(job_queue="encode", deadline=780, **arguments)
    event = {"event": progress.to_json()}
    return instance.sensor().resume_execution("execute_complete", event, instance.context)


def test_at_the_deadline_it_succeeds_and_says_how_many_are_open() -> None:
    """Red only for those who ask for it: no retry then, and a skip where failures are skips."""
    late = Progress(pokes=13, open=4, outcome="timed_out")
    result = complete(late)
    assert (result["done"], result["timed_out"], result["open"]) == (False, True, 4)
    with pytest.raises(AirflowSensorTimeout, match="4 jobs are still open at the deadline, 0:13:00 after the start"):
        complete(late, fail_on_timeout=True)
    with pytest.raises(AirflowSkipException):
        complete(late, fail_on_timeout=True, soft_fail=True)


def test_failed_jobs_are_named_with_their_reasons() -> None:
    """Without retries: a failed job does not run again because somebody looks again."""
    failed = {"a": "Essential container in task exited", "b": "gone from Batch since 2026-03-01"}
    with pytest.raises(AirflowFailException, match=r"2 jobs failed: a: Essential .* exited; b: gone from Batch"):
        complete(Progress(pokes=1, open=1, failed=failed, outcome="jobs_failed"))


def test_a_permanent_error_fails_without_retries() -> None:
    """Whatever the retries of the task are."""
    wrong = Progress(pokes=1, outcome="error", error=said(JobQueueError("there is no job queue 'encoed' in eu-west-1")))
    with pytest.raises(AirflowFailException, match="there is no job queue 'encoed'"):
        complete(wrong)


@pytest.mark.parametrize("error", [THROTTLED, JobTableError("throttled", transient=True), StorageError("no answer")])
def test_a_transient_error_reaches_the_retry_policy_as_what_it_was(error: VectoraError) -> None:
    """The triggerer sends text; the worker makes the error of it again."""
    with pytest.raises(type(error), match=str(error)) as raised:
        complete(Progress(pokes=5, errors=5, outcome="error", error=said(error)))
    assert raised.value.transient


def said(error: VectoraError) -> dict[str, Any]:
    return {"failure_class": error.failure_class, "message": str(error), "transient": error.transient}
