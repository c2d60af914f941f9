"""How a change of one job is taken in: stored, told to EventBridge, followed by its parent, its children or its nodes.

It does not know who asks for the change, and it takes no lock: `FakeBatch` does.
"""

from __future__ import annotations

from dataclasses import replace

from stack.fake_batch import lifecycle
from stack.fake_batch.clock import Clock
from stack.fake_batch.events import EventLog
from stack.fake_batch.families import children_of, nodes_of, rolled_up
from stack.fake_batch.jobs import STARTED, Job
from stack.fake_batch.lifecycle import LifecycleError
from stack.fake_batch.store import Store


class Engine:
    """The part of the fake that lets one thing follow from another."""

    clock: Clock
    store: Store
    log: EventLog
    stops_at_once = True

    def _own(self, job_id: str) -> Job:
        """Return a job that may be moved by itself.

        :raises LifecycleError: for a node, which does what its job does
        """
        job = self.store.jobs[job_id]
        if job.node_index is not None:
            raise LifecycleError(f"node {job_id} cannot be moved by itself: move {job.parent_id}")
        return job

    def _play(self, job_id: str, status: str, *, told: bool, seconds: float = 0.0) -> None:
        job = self._own(job_id)
        if job.is_array and status != "PENDING":
            if job.status == "SUBMITTED" and status != "SUBMITTED":
                self._play(job_id, "PENDING", told=told, seconds=seconds)
            for child in self.store.below(job_id):
                if not child.is_over:
                    self._play(child.job_id, status, told=told, seconds=seconds)
            return
        for step in lifecycle.way(job, status):
            if seconds:
                self.clock.advance(seconds)
            self._save(lifecycle.moved(self.store.jobs[job_id], step, now=self.clock.now()), told=told)

    def _stop(self, job: Job, reason: str) -> None:
        """Let a job end as somebody asked; an array ends with its children, a waiting job after those it waits for."""
        self._save(job)
        if job.is_array and job.status != "SUBMITTED":
            for child in self.store.below(job.job_id):
                self._stop_child(child, job, reason)
            return
        waits = job.status == "PENDING" and job.depends_on
        if (job.status in STARTED and not self.stops_at_once) or waits:
            return
        code = 137 if job.status in STARTED else None
        self._save(lifecycle.moved(job, "FAILED", now=self.clock.now(), reason=reason, exit_code=code))

    def _save(self, job: Job, *, told: bool = True) -> None:
        """Take the next state of a job in, tell of it, and let its relatives follow."""
        now, known = self.clock.now(), self.store.jobs.get(job.job_id)
        before = known.status if known else None
        changed = before != job.status
        self.store.write(job, now)
        if changed and told:
            self.log.note(job, now)
        if job.is_array and changed and job.status == "PENDING":
            for child in children_of(job, now):
                self._save(child, told=told)
        if job.index is not None and job.parent_id and changed:
            parent = self.store.jobs[job.parent_id]
            self._save(rolled_up(parent, before, job.status, now=now), told=told)
        for node in nodes_of(job):
            self._save(node, told=told)

    def _stop_child(self, child: Job, parent: Job, reason: str) -> None:
        if child.is_over or (child.status in STARTED and not parent.is_terminated):
            return
        self._stop(replace(child, is_terminated=parent.is_terminated, is_cancelled=parent.is_cancelled), reason)
