"""The children of an array, asked of AWS Batch on demand: they have no rows."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vectora_core.jobs.types import JobRecord
    from vectora_core.settings import Settings


def children_of(parent: JobRecord, settings: Settings, role_arn: str | None) -> list[dict[str, Any]]:
    """Return the children of an array by their index, as Batch lists them now; none for a job that is no array.

    :param role_arn: is assumed first, where the job is in another account
    :raises BatchError: when Batch does not answer as it should
    """
    from vectora_core.cli.job_table import batch_client
    from vectora_core.jobs.batch import BatchReader
    from vectora_core.jobs.job_queues import Place

    reader = BatchReader(
        batch_client(Place(region=parent.region, role_arn=role_arn)),
        calls_per_second=settings.jobs_batch_calls_per_second,
        sleep=time.sleep,
        monotonic=time.monotonic,
        uniform=random.uniform,
    )
    return [
        {
            "jobId": child.job_id,
            "jobName": child.job_name,
            "status": child.status,
            "statusReason": child.status_reason,
            "createdAt": child.created_at,
            "startedAt": child.started_at,
        }
        for child in reader.children_of(parent.job_id)
    ]
