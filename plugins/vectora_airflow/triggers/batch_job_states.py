"""The trigger behind `BatchJobStatesSensor`: one sync a poke, each in a thread of the triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from vectora_airflow import wiring
from vectora_airflow.triggers import job_watch
from vectora_airflow.triggers.job_watch import JobWatch, Progress

SYNCS_AT_ONCE = 4
"""In one triggerer; its other triggers keep the threads they share, and Batch is asked by few at a time."""


class BatchJobStatesTrigger(BaseTrigger):
    """Syncs the watched jobs again and again; fires once, with the `Progress` of the watch as JSON, when it is over.

    All arguments are JSON: they are what a triggerer that was killed starts again with.

    :param job_queue: NAME or ARN, each with @ROLE_ARN if need be
    :param job_name_prefix: only the jobs of the queue whose names begin so
    :param job_ids: the jobs to watch, instead of a queue
    :param region_name: of those, and of a queue named without its ARN; None: the region of the connection or the environment
    :param fail_on_failed_jobs: a failed one of those ends the watch
    :param poke_interval: seconds between two syncs
    :param deadline: the moment the watch ends at the latest (ISO 8601 with an offset); None for no such moment
    :param next_poke: the moment of the first sync here; None for at once
    :param progress: of the watch so far, as JSON
    """

    def __init__(
        self,
        *,
        job_queue: str | None = None,
        job_name_prefix: str | None = None,
        job_ids: Sequence[str] = (),
        region_name: str | None = None,
        fail_on_failed_jobs: bool = True,
        poke_interval: float = 60,
        deadline: str | None = None,
        next_poke: str | None = None,
        progress: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.watch = JobWatch(
            job_queue=job_queue,
            job_name_prefix=job_name_prefix,
            job_ids=tuple(job_ids),
            region_name=region_name,
            fail_on_failed_jobs=fail_on_failed_jobs,
        )
        self.poke_interval = poke_interval
        self.deadline = datetime.fromisoformat(deadline) if deadline else None
        self.next_poke = datetime.fromisoformat(next_poke) if next_poke else None
        self.so_far = Progress.from_json(progress or {})

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments that make this trigger again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "job_queue": self.watch.job_queue,
            "job_name_prefix": self.watch.job_name_prefix,
            "job_ids": list(self.watch.job_ids),
            "region_name": self.watch.region_name,
            "fail_on_failed_jobs": self.watch.fail_on_failed_jobs,
            "poke_interval": self.poke_interval,
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "next_poke": self.next_poke.isoformat() if self.next_poke else None,
            "progress": self.so_far.to_json(),
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, sync, wait … until the watch is over."""
        poke = sync_to_async(self._poke, thread_sensitive=False, executor=_threads())
        progress, pause = self.so_far, self._seconds_until(self.next_poke)
        while not progress.outcome:
            await asyncio.sleep(pause)
            progress = await poke(progress)
            pause = self._pause()
        yield TriggerEvent(progress.to_json())  # type: ignore[no-untyped-call]

    def _poke(self, so_far: Progress) -> Progress:
        return job_watch.poke(self.watch, so_far, deadline=self.deadline, look=job_watch.look, now=wiring.utc_now)

    def _pause(self) -> float:
        """Return the seconds until the next poke; the last one is at the deadline."""
        if self.deadline is None:
            return self.poke_interval
        return min(self.poke_interval, self._seconds_until(self.deadline))

    def _seconds_until(self, moment: datetime | None) -> float:
        return max(0.0, (moment - wiring.utc_now()).total_seconds()) if moment else 0.0


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=SYNCS_AT_ONCE, thread_name_prefix="vectora-sync")
