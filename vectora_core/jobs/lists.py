"""What the lists of AWS Batch name in one queue, put together in the order in which jobs move forward."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from vectora_core.jobs.batch import BatchReader
from vectora_core.jobs.states import OPEN, TERMINAL
from vectora_core.jobs.types import JobListing


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What the lists named.

    :param open: by id, what may still change
    :param finished: ids of what is over
    :param newest: the newest creation among them, milliseconds since 1970 UTC; 0 without jobs
    """

    open: Mapping[str, JobListing]
    finished: Set[str]
    newest: int


def list_jobs(reader: BatchReader, queue_arn: str, watermark: int, *, told: Callable[[int], None]) -> Listed:
    """List what is open, state by state, then all that was created after the watermark: what came and finished meanwhile.

    Where both name a job in the same state the first stays: a list by creation does not tell the reason
    (https://github.com/aws/aws-sdk-js/issues/4587).

    :param told: is told how many jobs were named so far
    :raises BatchError: when Batch does not answer as it should
    """
    still: dict[str, JobListing] = {}
    finished: set[str] = set()
    newest, count = 0, itertools.count(1)
    for step in (*OPEN, None):
        jobs = reader.list_status(queue_arn, step) if step else reader.list_created_after(queue_arn, watermark)
        for job in jobs:
            newest = max(newest, job.created_at)
            told(next(count))
            if job.status in TERMINAL:
                finished.add(job.job_id)
                still.pop(job.job_id, None)
            elif step or job.job_id not in still or still[job.job_id].status != job.status:
                still[job.job_id] = job
    return Listed(open=still, finished=finished, newest=newest)
