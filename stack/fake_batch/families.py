"""Jobs that consist of jobs: array parents and their children, multi-node jobs and their nodes. Does no I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stack.fake_batch.jobs import STARTED, TERMINAL, Job

_CHILD_FAILED: Final = "Array Child Job failed"


def children_of(parent: Job, now: int) -> list[Job]:
    """Return the children of an array as they are spawned: PENDING, when their parent came to be PENDING."""
    return [
        replace(
            parent,
            job_id=f"{parent.job_id}:{index}",
            parent_id=parent.job_id,
            index=index,
            created_at=now,
            size=None,
            summary=None,
            depends_on=(),
        )
        for index in range(parent.size or 0)
    ]


def nodes_of(parent: Job) -> list[Job]:
    """Return the nodes of a multi-node job, which do what it does from its start on."""
    if parent.kind != "multinode" or not (parent.attempts or parent.status in STARTED):
        return []
    return [
        replace(parent, job_id=f"{parent.job_id}#{index}", parent_id=parent.job_id, node_index=index, kind="container")
        for index in range(parent.num_nodes or 0)
    ]


def rolled_up(parent: Job, before: str | None, after: str, *, now: int) -> Job:
    """Return an array parent after a child went from one state to another; it ends with the last of them.

    It stays PENDING while they run, whatever they do.
    """
    counts: dict[str, int] = dict(parent.summary or {})
    for status, change in ((before, -1), (after, 1)):
        if status:
            counts[status] = counts.get(status, 0) + change
    counted = replace(parent, summary=counts, summary_at=now)
    if parent.is_over or sum(counts.get(status, 0) for status in TERMINAL) < (parent.size or 0):
        return counted
    if counts.get("FAILED", 0):
        return replace(counted, status="FAILED", status_reason=_CHILD_FAILED, stopped_at=now)
    return replace(counted, status="SUCCEEDED", stopped_at=now)
