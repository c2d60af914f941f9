"""The fake of Batch: its queues, its jobs and what happens to them, under the clock it is given.

Scripts call the methods of `FakeBatch`; requests come through `stack.fake_batch.operations`. It knows no HTTP. Every method
may be called from any thread.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any, Final

from stack.fake_batch import lifecycle
from stack.fake_batch.clock import Clock, ManualClock
from stack.fake_batch.engine import Engine
from stack.fake_batch.events import EventLog, blocked_event
from stack.fake_batch.faults import Faults
from stack.fake_batch.jobs import KINDS, STARTED, Job, Json, Names
from stack.fake_batch.lifecycle import LOST_HOST, LifecycleError
from stack.fake_batch.store import Store
from stack.fake_batch.troubles import Troubles

QUEUES: Final = ("demo-high", "demo-low")
RETENTION_DAYS: Final = 7
_DEFINITION: Final = "transcode"


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A job queue."""

    name: str
    arn: str
    priority: int


class FakeBatch(Engine, Troubles):
    """Batch in one region of one account.

    ``calls`` counts requests by operation, also the refused ones; ``largest`` has the most jobs of one answer;
    ``faults.given`` the troubles that came; ``events`` what EventBridge would have sent; ``log.copies`` how often each.
    ``stops_at_once`` is whether a terminated job is FAILED at once; if not it only gets its flag, as in Batch while it
    stops. ``most_per_page``: ListJobs gives pages no longer than this, as it may.

    :param queues: names of the job queues there are at the beginning
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        region: str = "us-east-1",
        account: str = "123456789012",
        queues: Iterable[str] = QUEUES,
        retention_days: float = RETENTION_DAYS,
    ) -> None:
        self.lock = RLock()
        self.clock: Clock = clock or ManualClock()
        self.names = Names(region=region, account=account)
        self.queues: dict[str, Queue] = {}
        self.store = Store()
        self.faults = Faults()
        self.log = EventLog(self.names)
        self.calls: Counter[str] = Counter()
        self.largest: Counter[str] = Counter()
        self.most_per_page = 1000
        self._retention_ms = round(retention_days * 86_400_000)
        for name in queues:
            self.create_queue(name)

    @property
    def events(self) -> list[Json]:
        """Everything EventBridge would have sent so far, oldest first, with secrets in the environments as in life."""
        with self.lock:
            return list(self.log.since(0))

    # --- queues and jobs

    def create_queue(self, name: str) -> str:
        """Make a job queue, if there is none of that name, and return its ARN."""
        with self.lock:
            arn = self.names.arn("job-queue", name)
            self.queues.setdefault(name, Queue(name=name, arn=arn, priority=len(self.queues) + 1))
            return arn

    def delete_queue(self, name: str) -> None:
        """Forget a queue; its jobs stay describable, as in Batch."""
        with self.lock:
            del self.queues[name]

    def queue_of(self, name_or_arn: str) -> Queue | None:
        """Return a queue by its name or ARN; None when there is none here."""
        return self.queues.get(self.names.name_of("job-queue", name_or_arn) or "")

    def submit(
        self,
        job_name: str,
        job_queue: str,
        *,
        job_definition: str = _DEFINITION,
        array_size: int | None = None,
        attempts: int = 1,
        kind: str = "container",
        num_nodes: int | None = None,
        tags: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        depends_on: Sequence[str] = (),
        job_id: str | None = None,
        created_at: int | None = None,
        **fields: Any,
    ) -> str:
        """Submit a job and return its id.

        :param kind: ``container``, ``ecs`` (several containers), ``eks`` or ``multinode``
        :param created_at: milliseconds since 1970, if not now
        :param fields: further fields of `Job`: ``command``, ``share_identifier``, ``timeout_seconds``
        :raises ValueError: when there is no such queue, or the id is taken
        """
        with self.lock:
            queue = self.queue_of(job_queue)
            if queue is None or kind not in KINDS or (job_id and job_id in self.store.jobs):
                raise ValueError(f"job {job_id or job_name} cannot be submitted: queue {job_queue}, kind {kind}, or its id")
            job = Job(
                job_id=job_id or str(uuid.uuid4()),
                job_name=job_name,
                job_queue=queue.arn,
                job_definition=self._definition(job_definition),
                created_at=self.clock.now() if created_at is None else created_at,
                max_attempts=attempts,
                kind=kind,
                size=array_size,
                summary={} if array_size else None,
                num_nodes=(num_nodes or 2) if kind == "multinode" else None,
                tags=dict(tags or {}),
                parameters=dict(parameters or {}),
                environment=dict(environment or {}),
                depends_on=tuple(depends_on),
                **fields,
            )
            self.store.write(job, self.clock.now())
            return job.job_id

    def submit_many(
        self, job_names: Iterable[str], job_queue: str, *, status: str = "SUBMITTED", apart_ms: int = 0, **fields: Any
    ) -> list[str]:
        """Submit many jobs that are in a state already, without events of how they came there, and return their ids.

        :param apart_ms: milliseconds between the creation of one and the next
        :param fields: as for `submit`; ``created_at`` is that of the first
        """
        with self.lock:
            first = fields.pop("created_at", self.clock.now())
            ids = []
            for number, name in enumerate(job_names):
                job_id = self.submit(name, job_queue, created_at=first + number * apart_ms, **fields)
                self._play(job_id, status, told=False)
                ids.append(job_id)
            return ids

    def job(self, job_id: str) -> Job:
        """Return a job as it is now, whatever the answers of the API still show.

        :raises KeyError: when there is none
        """
        with self.lock:
            return self.store.jobs[job_id]

    # --- what happens to them

    def move(
        self,
        job_id: str,
        status: str,
        *,
        reason: str | None = None,
        exit_code: int | None = None,
        container_reason: str | None = None,
    ) -> None:
        """Let a job go to its next state; a parent of an array ends by itself when its last child does.

        :raises LifecycleError: when no job goes there from where it is
        """
        with self.lock:
            job = self._own(job_id)
            if job.is_array and status not in ("PENDING", "FAILED"):
                raise LifecycleError(f"array job {job_id} cannot be moved to {status}: move its children ({job_id}:0)")
            after = lifecycle.moved(
                job, status, now=self.clock.now(), reason=reason, exit_code=exit_code, container_reason=container_reason
            )
            self._save(after)

    def play(self, job_id: str, status: str, *, seconds: float = 0.0) -> None:
        """Let a job pass every state up to one, with an event each.

        :param seconds: by how much the clock is moved before each
        """
        with self.lock:
            self._play(job_id, status, told=True, seconds=seconds)

    def explain(self, job_id: str, reason: str) -> None:
        """Change the reason of an open job and nothing else, as Batch does for a blocked queue; there is no event of it."""
        with self.lock:
            self._save(replace(self._own(job_id), status_reason=reason))

    def fail_attempt(
        self, job_id: str, *, reason: str | None = None, exit_code: int | None = 1, container_reason: str | None = None
    ) -> None:
        """Let an attempt fail: the job is RUNNABLE again while attempts are left, else FAILED."""
        with self.lock:
            after = lifecycle.attempt_failed(
                self._own(job_id),
                now=self.clock.now(),
                reason=reason,
                exit_code=exit_code,
                container_reason=container_reason,
            )
            self._save(after)

    def interrupt(self, job_id: str, *, reason: str = LOST_HOST) -> None:
        """Take the (spot) host of a job away: an attempt without exit code fails."""
        self.fail_attempt(job_id, reason=reason, exit_code=None)

    def cancel(self, job_id: str, reason: str) -> None:
        """Cancel a job that has not started; one that has goes on (CancelJob)."""
        with self.lock:
            job = self.store.jobs[job_id]
            if job.is_over or job.status in STARTED:
                return
            self._stop(replace(job, is_cancelled=True), reason)

    def terminate(self, job_id: str, reason: str) -> None:
        """End a job, whatever it does (TerminateJob)."""
        with self.lock:
            job = self.store.jobs[job_id]
            if not job.is_over:
                self._stop(replace(job, is_terminated=True), reason)

    def forget(self, job_id: str) -> None:
        """Let a job vanish, as the finished ones do after a week."""
        with self.lock:
            self.store.remove(self.store.jobs[job_id].job_id, self.clock.now())

    def advance(self, seconds: float) -> None:
        """Move the clock forward; finished jobs older than the retention vanish."""
        with self.lock:
            self.clock.advance(seconds)
            self.expire()

    def expire(self) -> None:
        """Forget the jobs whose time is over."""
        self.store.expire(self.clock.now(), self._retention_ms)

    def blocked_event(self, job_id: str) -> Json:
        """Return a ``Batch Job Queue Blocked`` event, as Batch sends for the RUNNABLE job at the head of a stuck queue."""
        with self.lock:
            return blocked_event(self.store.jobs[job_id], self.names, self.clock.now())

    def _definition(self, name_or_arn: str) -> str:
        name = self.names.name_of("job-definition", name_or_arn) or name_or_arn
        return self.names.arn("job-definition", name if ":" in name else f"{name}:1")
