"""The six operations that the fake serves: a valid request in, an answer out. It knows no HTTP and checks no shapes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from stack.fake_batch.details import detail_of, summary_of
from stack.fake_batch.faults import client_error
from stack.fake_batch.jobs import Job, Json
from stack.fake_batch.listing import limit_of, page_of, query_of, where_of
from stack.fake_batch.model import FakeBatch, Queue

MOST_DESCRIBED: Final = 100
_NAME: Final = re.compile(r"[A-Za-z0-9][\w-]{0,127}", re.ASCII)
_SIZES: Final = range(2, 10_001)
_ATTEMPTS: Final = range(1, 11)


def answer(fake: FakeBatch, operation: str, request: Json) -> Json:
    """Serve one request.

    :raises ApiError: when Batch would refuse it
    """
    with fake.lock:
        fake.expire()
        if operation in fake.store.views:
            fake.store.views[operation].serve(fake.clock.now())
        return _OPERATIONS[operation](fake, request)


def _list_jobs(fake: FakeBatch, request: Json) -> Json:
    query = query_of(request, _scope_of(fake, *where_of(request)))
    limit = limit_of(request, cap=fake.most_per_page)
    page, following = page_of(fake.store.views["ListJobs"], query, limit, request.get("nextToken"))
    _note_size(fake, "ListJobs", len(page))
    filtered = query.filter_name is not None
    jobs = [summary_of(job, fake.names, filtered=filtered) for job in page]
    return {"jobSummaryList": jobs, **({"nextToken": following} if following else {})}


def _scope_of(fake: FakeBatch, where: str, value: str) -> str:
    if where != "jobQueue":
        return fake.names.name_of("job", value) or value
    queue = fake.queue_of(value)
    if queue is None:
        raise client_error(f"Job queue {value} does not exist")
    return queue.arn


def _describe_jobs(fake: FakeBatch, request: Json) -> Json:
    asked = request["jobs"]
    if not asked:
        raise client_error("jobs must not be empty.")
    if len(asked) > MOST_DESCRIBED:
        raise client_error(f"Maximum number of jobs supported is  {MOST_DESCRIBED} .")
    known = fake.store.views["DescribeJobs"].jobs
    ids = {fake.names.name_of("job", one) for one in asked}
    # in an order that nobody asked for, as the order of the answer is not promised
    jobs = [known[one] for one in sorted(one for one in ids if one) if one in known][::-1]
    _note_size(fake, "DescribeJobs", len(jobs))
    return {"jobs": [detail_of(job, fake.names) for job in jobs]}


def _describe_job_queues(fake: FakeBatch, request: Json) -> Json:
    asked = request.get("jobQueues")
    queues = [fake.queue_of(one) for one in asked] if asked else list(fake.queues.values())
    position, limit = _position(request.get("nextToken", "0")), request.get("maxResults", 100)
    if not 1 <= limit <= 100:
        raise client_error("maxResults must be between 1 and 100.")
    found = list({queue.arn: queue for queue in queues if queue}.values())
    more = {"nextToken": str(position + limit)} if len(found) > position + limit else {}
    return {"jobQueues": [_queue_detail(queue) for queue in found[position : position + limit]], **more}


def _position(token: str) -> int:
    if not (token.isascii() and token.isdigit() and len(token) < 9):
        raise client_error("Invalid nextToken")
    return int(token)


def _queue_detail(queue: Queue) -> Json:
    environment = queue.arn.replace(f":job-queue/{queue.name}", ":compute-environment/fake")
    return {
        "jobQueueName": queue.name,
        "jobQueueArn": queue.arn,
        "state": "ENABLED",
        "status": "VALID",
        "statusReason": "JobQueue Healthy",
        "priority": queue.priority,
        "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": environment}],
        "serviceEnvironmentOrder": [],
        "jobQueueType": "ECS",
        "tags": {},
        "jobStateTimeLimitActions": [],
    }


def _submit_job(fake: FakeBatch, request: Json) -> Json:
    if not _NAME.fullmatch(request["jobName"]):
        raise client_error("Job name should match valid pattern")
    if fake.queue_of(request["jobQueue"]) is None:
        raise client_error(f"JobQueue {request['jobQueue']} not found.")
    attempts = request.get("retryStrategy", {}).get("attempts", 1)
    size = request.get("arrayProperties", {}).get("size")
    if attempts not in _ATTEMPTS or (size is not None and size not in _SIZES):
        raise client_error(f"attempts must be 1 to {_ATTEMPTS[-1]}, the size of an array {_SIZES[0]} to {_SIZES[-1]}.")
    job_id = fake.submit(
        request["jobName"],
        request["jobQueue"],
        job_definition=request["jobDefinition"],
        attempts=attempts,
        array_size=size,
        tags=request.get("tags"),
        parameters=request.get("parameters"),
        depends_on=[one["jobId"] for one in request.get("dependsOn", []) if "jobId" in one],
        share_identifier=request.get("shareIdentifier"),
        timeout_seconds=request.get("timeout", {}).get("attemptDurationSeconds"),
        **_overrides(request),
    )
    return {"jobArn": fake.names.arn("job", job_id), "jobName": request["jobName"], "jobId": job_id}


def _overrides(request: Json) -> dict[str, Any]:
    """Return what runs the job: the overrides tell the kind, as the definitions are not the fake's."""
    if "eksPropertiesOverride" in request:
        return {"kind": "eks", **_of_container(_first(request, "eksPropertiesOverride", "podProperties", "containers"))}
    if "ecsPropertiesOverride" in request:
        return {"kind": "ecs", **_of_container(_first(request, "ecsPropertiesOverride", "taskProperties", 0, "containers"))}
    if "nodeOverrides" in request:
        return {"kind": "multinode", "num_nodes": request["nodeOverrides"].get("numNodes", 2)}
    return _of_container(request.get("containerOverrides", {}))


def _first(request: Json, *path: str | int) -> Json:
    found: Any = request
    try:
        for step in (*path, 0):
            found = found[step]
    except (KeyError, IndexError):
        return {}
    return dict(found)


def _of_container(container: Json) -> dict[str, Any]:
    variables = container.get("environment") or container.get("env") or []
    environment = {one.get("name", ""): one.get("value", "") for one in variables}
    command = container.get("command")
    return {"environment": environment, **({"command": tuple(command)} if command else {})}


def _cancel_job(fake: FakeBatch, request: Json) -> Json:
    fake.cancel(_known(fake, request["jobId"]), request["reason"])
    return {}


def _terminate_job(fake: FakeBatch, request: Json) -> Json:
    fake.terminate(_known(fake, request["jobId"]), request["reason"])
    return {}


def _known(fake: FakeBatch, job_id: str) -> str:
    job: Job | None = fake.store.jobs.get(job_id)
    if job is None:
        raise client_error(f"Job {job_id} does not exist")
    return job.job_id


def _note_size(fake: FakeBatch, operation: str, size: int) -> None:
    fake.largest[operation] = max(fake.largest[operation], size)


_OPERATIONS: Final[dict[str, Callable[[FakeBatch, Json], Json]]] = {
    "ListJobs": _list_jobs,
    "DescribeJobs": _describe_jobs,
    "DescribeJobQueues": _describe_job_queues,
    "SubmitJob": _submit_job,
    "TerminateJob": _terminate_job,
    "CancelJob": _cancel_job,
}
