"""What the page of a job reads: one row, and of an open job the state of its queue's sync. Two requests in any case."""

from __future__ import annotations

from vectora_airflow.ui.resources import Resources
from vectora_core.errors import VectoraError
from vectora_core.jobs.states import OPEN
from vectora_core.jobs.sync_health import QueueHealth, read_queue_health
from vectora_core.jobs.types import JobRecord


class NoSuchJobError(Exception):
    """The table has no such job; the message says what may be the cause."""


def read_job(given: Resources, job_id: str) -> tuple[JobRecord, QueueHealth | None]:
    """Return the row of a job, and how the last sync of its queue was; None where that tells nothing of the job.

    :raises NoSuchJobError: when the table has no such job
    :raises ParametersError: when that can be no job id
    :raises JobTableError: when DynamoDB does not answer as it should
    """
    jobs = given.jobs()
    record = jobs.get(job_id)
    if record is None:
        raise NoSuchJobError(
            f"the job table {jobs.name} has no job {job_id!r:.200}: check the id. A new job comes with its first event or "
            "the next sync (`vectora jobs sync`, or the DAG vectora_job_states); children of arrays are only counted; "
            f"rows go {given.settings.jobs_retention_days} days after the last change of their job"
        )
    if record.status not in OPEN or record.gone is not None or not record.job_queue:
        return record, None
    return record, _health(given, jobs.name, record.job_queue)


def _health(given: Resources, table: str, job_queue: str) -> QueueHealth:
    try:
        return read_queue_health(given.data, table, job_queue, given.clock())
    except VectoraError as error:  # there is no data root
        return QueueHealth(job_queue=job_queue, problem=str(error))
