"""A sensor that keeps the job table in step with AWS Batch while it waits for jobs: every poke is one sync."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout

from vectora_airflow import wiring
from vectora_airflow.triggers import job_watch
from vectora_airflow.triggers.batch_job_states import BatchJobStatesTrigger
from vectora_airflow.triggers.job_watch import JobWatch, Outcome, Progress
from vectora_core.errors import BatchError, JobsFailedError, JobTableError, StorageError, VectoraError

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

_JOB_ID = re.compile(r"[\w-]+(:\d+)?(#\d+)?")  # uuid, uuid:child of an array, uuid#node
_NOTHING = "None"  # what a template makes of an XCom that is not there
_STATE = "job_watch"


class BatchJobStatesSensor(BaseSensorOperator):
    """Wait until no watched AWS Batch job is open; each poke brings the job table up to date.

    Watches either a queue or the jobs of given ids. Transient errors of a sync are logged and tried again at the next
    poke, five in a row fail the task; permanent ones (a queue that does not exist) fail it at once, without retries.

    Returns ``{job_queue, job_ids, outcome, done, timed_out, open, failed, pokes, report}``: ``outcome`` is ``done`` or
    ``timed_out``, ``open`` how many watched jobs may still change, ``failed`` the reason by id of the jobs that were
    watched by id and FAILED, ``report`` the path of the last sync's report below the data root.

    :param job_queue: NAME or ARN of a queue, each with ``@ROLE_ARN`` where a role of another account looks at it
        (templated). Airflow's own argument ``queue`` says where the task runs
    :param job_name_prefix: watch only the jobs of the queue whose names begin so; all of it is synced (templated)
    :param wait_for_job_ids: ids instead of a queue: a list, one id, or ids separated by commas, as in
        ``wait_for_job_ids=submit.output`` after a ``BatchOperator(wait_for_completion=False)`` (templated)
    :param region_name: of those jobs, and of a queue named without its ARN; None: that of VECTORA_AWS_CONN_ID or the
        environment (templated)
    :param fail_on_failed_jobs: fail as soon as a job of ``wait_for_job_ids`` has FAILED, or is gone from Batch
    :param deadline: stop waiting after this time (``timedelta`` or seconds), counted from the start of the try and kept
        over reschedules, deferrals and restarts of the triggerer
    :param fail_on_timeout: at the deadline fail, instead of succeeding and saying how many jobs are still open
    :param deferrable: wait in the triggerer instead of in a worker; ``mode="reschedule"`` is the other way to free it
    """

    template_fields: Sequence[str] = ("job_queue", "job_name_prefix", "wait_for_job_ids", "region_name")
    ui_color = "#66c3ff"  # of the sensors of Batch in the amazon provider

    def __init__(
        self,
        *,
        job_queue: str | None = None,
        job_name_prefix: str | None = None,
        wait_for_job_ids: str | Sequence[str] | None = None,
        region_name: str | None = None,
        fail_on_failed_jobs: bool = True,
        deadline: timedelta | float | None = None,
        fail_on_timeout: bool = False,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        self.deadline = timedelta(seconds=deadline) if isinstance(deadline, (int, float)) else deadline
        if self.deadline and kwargs.get("timeout") is None:
            kwargs["timeout"] = self.deadline + timedelta(seconds=conf.getfloat("sensors", "default_timeout"))
        super().__init__(**kwargs)
        self.job_queue = job_queue
        self.job_name_prefix = job_name_prefix
        self.wait_for_job_ids = wait_for_job_ids
        self.region_name = region_name
        self.fail_on_failed_jobs = fail_on_failed_jobs
        self.fail_on_timeout = fail_on_timeout
        self.deferrable = deferrable
        self._progress = Progress()
        self._ends_at: datetime | None = None
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        if (self.job_queue is None) == (self.wait_for_job_ids is None):
            raise ValueError(f"{self.task_id}: give either job_queue or wait_for_job_ids")
        if self.job_name_prefix is not None and self.job_queue is None:
            raise ValueError(
                f"{self.task_id}: job_name_prefix narrows a job_queue; wait_for_job_ids says which jobs already"
            )
        if self.deadline and self.timeout <= self.deadline.total_seconds():
            raise ValueError(
                f"{self.task_id}: timeout fails the task, so it must be longer than the deadline; raise it or leave it out"
            )

    def execute(self, context: Context) -> Any:
        """Wait here, by reschedules, or in the triggerer; see `BaseSensorOperator`.

        The first sync is made here in any case: a watch with nothing to wait for, or that cannot work, is over at once.
        (Airflow 3.3.2 fails a task that is resumed before its executor has told the end of the process that deferred it.)
        """
        self._progress = Progress()
        self._ends_at = wiring.utc_now() + self.deadline if self.deadline else None
        if not self.deferrable:
            return super().execute(context)
        if self._sync().outcome:
            return self.resume_execution("execute_complete", {"event": self._progress.to_json()}, context)
        return self.defer(trigger=self._trigger(), method_name="execute_complete", timeout=timedelta(seconds=self.timeout))

    def _trigger(self) -> BatchJobStatesTrigger:
        """Return what goes on from here; moments instead of durations, since a triggerer may start it more than once."""
        next_poke = wiring.utc_now() + timedelta(seconds=self.poke_interval)
        return BatchJobStatesTrigger(
            **asdict(self._watch()),
            poke_interval=self.poke_interval,
            deadline=self._ends_at.isoformat() if self._ends_at else None,
            next_poke=min(next_poke, self._ends_at or next_poke).isoformat(),
            progress=self._progress.to_json(),
        )

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Turn the end of the trigger into the end of the task."""
        return self._result(Progress.from_json(event))

    def poke(self, context: Context) -> PokeReturnValue:
        """Sync once."""
        if self.reschedule:
            self._remember(context)
        if self._sync().outcome:
            return PokeReturnValue(is_done=True, xcom_value=self._result(self._progress))
        if self.reschedule:
            context["task_state_store"].set(_STATE, self._state(context))
        return PokeReturnValue(is_done=False)

    def _sync(self) -> Progress:
        self._progress = job_watch.poke(
            self._watch(), self._progress, deadline=self._ends_at, look=job_watch.look, now=wiring.utc_now
        )
        return self._progress

    def _remember(self, context: Context) -> None:
        """Take up what the process before this one left: the deadline of this try, and its errors in a row."""
        left: Any = context["task_state_store"].get(_STATE)
        if left and left["try"] == str(context["ti"].id):
            self._ends_at = datetime.fromisoformat(left["ends_at"]) if left["ends_at"] else None
            self._progress = Progress.from_json(left["progress"])

    def _state(self, context: Context) -> dict[str, Any]:
        """Return what the next process of this try needs; a retry or a clear gets another id, and begins anew."""
        ends_at = self._ends_at.isoformat() if self._ends_at else None
        return {"try": str(context["ti"].id), "ends_at": ends_at, "progress": self._progress.to_json()}

    def _watch(self) -> JobWatch:
        """Read the rendered arguments.

        :raises AirflowFailException: when they came out empty or are no ids
        """
        if self.wait_for_job_ids is not None:
            return JobWatch(
                job_ids=job_ids(self.wait_for_job_ids),
                region_name=self.region_name or None,
                fail_on_failed_jobs=self.fail_on_failed_jobs,
            )
        if not (self.job_queue or "").strip():
            raise AirflowFailException("job_queue came out empty; give the name or ARN of a queue")
        return JobWatch(
            job_queue=self.job_queue, job_name_prefix=self.job_name_prefix or None, region_name=self.region_name or None
        )

    def _result(self, progress: Progress) -> dict[str, Any]:
        if progress.outcome == Outcome.ERROR:
            self._raise(progress.error or {})
        if progress.outcome == Outcome.JOBS_FAILED:
            error = JobsFailedError("; ".join(f"{job_id}: {reason}" for job_id, reason in progress.failed.items()))
            raise AirflowFailException(f"{len(progress.failed)} jobs failed: {error}") from error
        timed_out = progress.outcome == Outcome.TIMED_OUT
        if timed_out:
            message = f"{progress.open} jobs are still open at the deadline, {self.deadline} after the start"
            if self.fail_on_timeout:
                raise AirflowSensorTimeout(message)
            self.log.warning("%s", message)
        return {
            "job_queue": self.job_queue,
            "job_ids": list(self._watch().job_ids),
            "outcome": str(progress.outcome),
            "done": not timed_out,
            "timed_out": timed_out,
            "open": progress.open,
            "failed": dict(progress.failed),
            "pokes": progress.pokes,
            "report": progress.report,
        }

    def _raise(self, said: Mapping[str, Any]) -> NoReturn:
        """Fail: for good where trying again would not help, else as the retries of the task say."""
        if not said["transient"]:
            raise AirflowFailException(said["message"])
        raise transient_error(said["failure_class"], said["message"])


def job_ids(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return job ids, each once, from a list, a lazy sequence of mapped XComs, or text with commas.

    :raises AirflowFailException: when there are none, or one cannot be an id
    """
    found = [one.strip() if isinstance(one, str) else one for one in (given.split(",") if isinstance(given, str) else given)]
    for one in found:
        if not isinstance(one, str) or not _JOB_ID.fullmatch(one) or one == _NOTHING:
            raise AirflowFailException(
                f"wait_for_job_ids: {one!r} is no id of a Batch job; pass the XCom itself (submit.output), a list, or "
                "ids separated by commas"
            )
    if not found:
        raise AirflowFailException("wait_for_job_ids came out empty; was anything submitted?")
    return tuple(dict.fromkeys(found))


def transient_error(failure_class: str, message: str) -> VectoraError:
    """Return the error that the triggerer met, so that a retry policy sees what it would have seen in a worker."""
    if failure_class == StorageError.failure_class:
        return StorageError(message)
    kind = JobTableError if failure_class == JobTableError.failure_class else BatchError
    return kind(message, transient=True)
