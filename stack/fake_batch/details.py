"""What Batch says of a job: JobDetail (DescribeJobs and the events) and JobSummary (ListJobs). Does no I/O.

Members are those that the real service fills, not all that its model allows: ListJobs has no definition of a job
(https://github.com/aws/aws-sdk/issues/588) and, with a filter, no reason (https://github.com/aws/aws-sdk-js/issues/4587).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stack.fake_batch.jobs import STARTED, STATUSES, Attempt, Job, Json, Names

_IMAGE: Final = "public.ecr.aws/docker/library/busybox:latest"
_RESOURCES: Final = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]


def summary_of(job: Job, names: Names, *, filtered: bool = False) -> Json:
    """Return a JobSummary.

    :param filtered: whether ListJobs was asked with a filter
    """
    last = job.last if job.is_over else None
    return _without_none(
        {
            "jobArn": names.arn("job", job.job_id),
            "jobId": job.job_id,
            "jobName": job.job_name,
            "createdAt": job.created_at,
            "status": job.status,
            "statusReason": None if filtered else job.status_reason,
            "startedAt": job.started_at,
            "stoppedAt": job.stopped_at,
            "shareIdentifier": job.share_identifier,
            "container": _exit_of(last) if last and job.kind == "container" else None,
            "arrayProperties": _array_of(job),
            "nodeProperties": _node_summary_of(job),
            "isCancelled": job.is_cancelled or None,
            "isTerminated": job.is_terminated or None,
        }
    )


def detail_of(job: Job, names: Names) -> Json:
    """Return a JobDetail."""
    common = {
        "jobArn": names.arn("job", job.job_id),
        "jobName": job.job_name,
        "jobId": job.job_id,
        "jobQueue": job.job_queue,
        "status": job.status,
        "shareIdentifier": job.share_identifier,
        "attempts": [] if job.kind == "eks" else [_ATTEMPTS[job.kind](job, n) for n in range(len(job.attempts))],
        "statusReason": job.status_reason,
        "createdAt": job.created_at,
        "retryStrategy": {"attempts": job.max_attempts, "evaluateOnExit": []},
        "startedAt": job.started_at,
        "stoppedAt": job.stopped_at,
        "dependsOn": [{"jobId": job_id} for job_id in job.depends_on],
        "jobDefinition": job.job_definition,
        "parameters": dict(job.parameters),
        "arrayProperties": _array_of(job),
        "timeout": {"attemptDurationSeconds": job.timeout_seconds} if job.timeout_seconds else None,
        "tags": {"resourceArn": names.arn("job", job.job_id), **job.tags},
        "platformCapabilities": [] if job.kind == "eks" else ["EC2"],
        "isCancelled": job.is_cancelled,
        "isTerminated": job.is_terminated,
    }
    return _without_none({**common, **_PROPERTIES[job.kind](job)})


def _array_of(job: Job) -> Json | None:
    if job.is_array:
        counts = dict.fromkeys(STATUSES, 0) | dict(job.summary or {})
        return _without_none({"size": job.size, "statusSummary": counts, "statusSummaryLastUpdatedAt": job.summary_at})
    return None if job.index is None else {"index": job.index}


def _node_summary_of(job: Job) -> Json | None:
    if job.num_nodes is None:
        return None
    node = {} if job.node_index is None else {"nodeIndex": job.node_index, "isMainNode": job.node_index == 0}
    return {"numNodes": job.num_nodes, **node}


def _exit_of(attempt: Attempt | None) -> Json:
    return _without_none({"exitCode": attempt.exit_code, "reason": attempt.reason}) if attempt else {}


def _environment_of(job: Job) -> list[Json]:
    return [{"name": name, "value": value} for name, value in job.environment.items()]


def _current(job: Job) -> int | None:
    """Return the number of the attempt that the container of a job is about; None before the first one started."""
    if job.status in STARTED:
        return len(job.attempts)
    return len(job.attempts) - 1 if job.attempts else None


def _task_of(job: Job, attempt: int) -> Json:
    return {
        "containerInstanceArn": f"arn:aws:ecs:{_where(job)}:container-instance/{job.token('host', attempt)}",
        "taskArn": f"arn:aws:ecs:{_where(job)}:task/{job.token('task', attempt)}",
    }


def _where(job: Job) -> str:
    """Return ``region:account``."""
    return ":".join(job.job_queue.split(":")[3:5])


def _log_of(job: Job, attempt: int) -> str:
    definition = job.job_definition.rpartition("/")[2].partition(":")[0]
    return f"{definition}/default/{job.token('task', attempt)}"


def _own_container(job: Job) -> Json:
    return {
        "image": _IMAGE,
        "command": list(job.command),
        "environment": _environment_of(job),
        "resourceRequirements": _RESOURCES,
        "mountPoints": [],
        "ulimits": [],
        "secrets": [],
    }


def _container(job: Job) -> Json:
    now = _current(job)
    ran = {} if now is None else {**_task_of(job, now), "logStreamName": _log_of(job, now)}
    over = _exit_of(job.last) if job.is_over else {}
    container = {**_own_container(job), "volumes": [], "networkInterfaces": [], **ran, **over}
    node = (
        {} if job.node_index is None else {"nodeDetails": {"nodeIndex": job.node_index, "isMainNode": job.node_index == 0}}
    )
    return {"container": container, **node}


def _container_attempt(job: Job, number: int) -> Json:
    attempt = job.attempts[number]
    container = {
        **_task_of(job, number),
        **_exit_of(attempt),
        "logStreamName": _log_of(job, number),
        "networkInterfaces": [],
    }
    return {"container": container, **_times_of(attempt)}


def _times_of(attempt: Attempt) -> Json:
    return _without_none(
        {"startedAt": attempt.started_at, "stoppedAt": attempt.stopped_at, "statusReason": attempt.status_reason}
    )


def _ecs(job: Job) -> Json:
    now = _current(job)
    log = {} if now is None else {"logStreamName": _log_of(job, now)}
    over = _exit_of(job.last) if job.is_over else {}
    task = {} if now is None else _task_of(job, now)
    containers = [{"name": "main", "essential": True, **_own_container(job), **log, **over}]
    return {"container": {}, "ecsProperties": {"taskProperties": [{"containers": containers, "volumes": [], **task}]}}


def _ecs_attempt(job: Job, number: int) -> Json:
    attempt = job.attempts[number]
    container = {"name": "main", **_exit_of(attempt), "logStreamName": _log_of(job, number)}
    task = {**_task_of(job, number), "containers": [container]}
    return {"container": {}, "taskProperties": [task], **_times_of(attempt)}


def _eks(job: Job) -> Json:
    over = _exit_of(job.last) if job.is_over else {}
    container = {
        "name": "main",
        "image": _IMAGE,
        "command": list(job.command),
        "args": [],
        "env": _environment_of(job),
        "resources": {"limits": {"cpu": "1", "memory": "2048Mi"}},
        "volumeMounts": [],
        **over,
    }
    now = _current(job)
    pod = {} if now is None else {"podName": _pod_of(job, now), "nodeName": "ip-10-0-0-1.ec2.internal"}
    properties = {"containers": [container], "initContainers": [], "volumes": [], **pod}
    attempts = [_eks_attempt(job, number) for number in range(len(job.attempts))]
    return {"eksProperties": {"podProperties": properties}, "eksAttempts": attempts}


def _eks_attempt(job: Job, number: int) -> Json:
    attempt = job.attempts[number]
    return {
        "containers": [{"name": "main", "containerID": f"containerd://{job.token('pod', number)}", **_exit_of(attempt)}],
        "initContainers": [],
        "eksClusterArn": f"arn:aws:eks:{_where(job)}:cluster/fake",
        "podName": _pod_of(job, number),
        "podNamespace": "batch",
        "nodeName": "ip-10-0-0-1.ec2.internal",
        **_times_of(attempt),
    }


def _pod_of(job: Job, attempt: int) -> str:
    return f"aws-batch.{job.token('pod', attempt)[:20]}"


def _multinode(job: Job) -> Json:
    nodes = {"targetNodes": "0:", "container": {"image": _IMAGE, **_own_container(job), "volumes": []}}
    return {"nodeProperties": {"numNodes": job.num_nodes, "mainNode": 0, "nodeRangeProperties": [nodes]}}


def _multinode_attempt(job: Job, number: int) -> Json:
    return {"container": {"networkInterfaces": []}, **_times_of(job.attempts[number])}


_PROPERTIES: Final[dict[str, Callable[[Job], Json]]] = {
    "container": _container,
    "ecs": _ecs,
    "eks": _eks,
    "multinode": _multinode,
}
_ATTEMPTS: Final[dict[str, Callable[[Job, int], Json]]] = {
    "container": _container_attempt,
    "ecs": _ecs_attempt,
    "multinode": _multinode_attempt,
}


def _without_none(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not None}
