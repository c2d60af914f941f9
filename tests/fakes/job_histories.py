"""True lifecycles of Batch jobs, and what EventBridge and DescribeJobs would show of each.

It knows nothing of the table, of events as Vectora reads them, or of the order of states: what it says is true is what the
code under test is held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

ACCOUNT, REGION = "123456789012", "us-east-1"
MEDIA_ID = "694a9d57b88940a9e5cd3bee"
JOB_QUEUE = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/media"
JOB_DEFINITION = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/transcode:3"
BEGIN = 1_766_497_635_776  # 2025-12-23T13:47:15.776Z
MAX_ATTEMPTS = 10
KINDS = ("container", "ecs", "eks", "multinode", "array")

_NEXT: dict[str, tuple[str, ...]] = {
    "SUBMITTED": ("PENDING", "RUNNABLE", "STARTING", "RUNNING", "FAILED", "cancel", "terminate"),
    "PENDING": ("RUNNABLE", "STARTING", "FAILED", "cancel", "terminate"),
    "RUNNABLE": ("STARTING", "RUNNING", "FAILED", "cancel", "terminate", "reason"),
    "STARTING": ("RUNNING", "FAILED", "retry", "spot", "terminate"),
    "RUNNING": ("SUCCEEDED", "FAILED", "retry", "spot", "terminate"),
}
_NEXT_OF_ARRAYS: dict[str, tuple[str, ...]] = {
    "SUBMITTED": ("PENDING", "FAILED", "terminate"),
    "PENDING": ("children", "SUCCEEDED", "FAILED", "terminate"),
}
_SPOT = "Host EC2 (instance i-0123456789abcdef0) terminated."
_CHILDREN = 3


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What is true of a job from a moment on.

    :param at: milliseconds since 1970
    :param detail: the JobDetail of it
    :param told: whether EventBridge sends an event of it: none for SUBMITTED, none unless the status changed
    :param columns: what a row must say of it, by the fields of a JobRecord
    """

    at: int
    detail: Mapping[str, Any]
    told: bool
    columns: Mapping[str, Any]

    @property
    def status(self) -> str:
        """The status of the job."""
        return str(self.detail["status"])

    @property
    def is_last(self) -> bool:
        """Whether nothing can come after it."""
        return self.status in ("SUCCEEDED", "FAILED")


@dataclass(kw_only=True)
class Lifecycle:
    """A job that is being played, step by step.

    :param kind: one of KINDS
    :param steps: what happened so far and how many milliseconds after the step before
    """

    kind: str
    job_id: str = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8"
    steps: list[tuple[str, int]] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list, repr=False)
    _attempts: list[Json] = field(default_factory=list, repr=False)
    _exit_codes: list[int] = field(default_factory=list, repr=False)
    _detail: Json = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        steps, self.steps = self.steps, []
        self._at = BEGIN
        self._detail = submitted(self.kind, self.job_id)
        self._note(told=False)
        for step, after in steps:
            self.do(step, after=after)

    def possible(self) -> tuple[str, ...]:
        """Return what may happen next: a status, or something that changes no status; nothing after the end."""
        steps = (_NEXT_OF_ARRAYS if self.kind == "array" else _NEXT).get(self._status, ())
        spent = {"retry", "spot"} if len(self._attempts) >= MAX_ATTEMPTS - 1 else set()
        return tuple(step for step in steps if step not in spent and not self._has_happened(step))

    def do(self, step: str, *, after: int) -> None:
        """Let something happen.

        :param after: milliseconds since the step before
        """
        assert step in self.possible(), f"{step} cannot follow {self._status}"
        self.steps.append((step, after))
        self._at += after
        if step in ("cancel", "terminate"):
            self._detail["isCancelled" if step == "cancel" else "isTerminated"] = True
        elif step == "reason":
            self._detail["statusReason"] = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
        elif step == "children":
            self._move_a_child()
        else:
            self._move(step)
        self._note(told=step.isupper() or step in ("retry", "spot"))

    @property
    def _status(self) -> str:
        return str(self._detail["status"])

    def _has_happened(self, step: str) -> bool:
        return bool(
            (step == "cancel" and self._detail.get("isCancelled"))
            or (step == "terminate" and self._detail.get("isTerminated"))
            or (step == "reason" and "statusReason" in self._detail)
            or (step == "children" and self._detail["arrayProperties"]["statusSummary"].get("SUCCEEDED") == _CHILDREN)
        )

    def _move(self, step: str) -> None:
        ran = self._status in ("STARTING", "RUNNING")
        self._detail.pop("statusReason", None)
        if ran and step in ("SUCCEEDED", "FAILED", "retry", "spot"):
            self._end_attempt(step)
        if step in ("retry", "spot"):
            self._detail.pop("startedAt", None)
        if step == "RUNNING":
            self._detail["startedAt"] = self._at
        if step in ("SUCCEEDED", "FAILED"):
            self._detail["stoppedAt"] = self._at
            self._detail["statusReason"] = _reason(step, ran=ran)
        self._detail["status"] = "RUNNABLE" if step in ("retry", "spot") else step

    def _end_attempt(self, step: str) -> None:
        exit_code = {"SUCCEEDED": 0, "FAILED": 137, "retry": 1}.get(step)
        times = {key: self._detail[key] for key in ("startedAt",) if key in self._detail} | {"stoppedAt": self._at}
        if exit_code is not None and self.kind != "multinode":
            self._exit_codes.append(exit_code)
        self._attempts.append({**_attempt(self.kind, exit_code), **times, "statusReason": _reason(step, ran=True)})
        self._detail["eksAttempts" if self.kind == "eks" else "attempts"] = self._attempts
        if step in ("SUCCEEDED", "FAILED") and self.kind == "container":
            self._detail["container"]["exitCode"] = exit_code

    def _move_a_child(self) -> None:
        """Let one child go forward; EventBridge tells of the child, not of its parent."""
        summary: dict[str, int] = self._detail["arrayProperties"]["statusSummary"]
        status = next(status for status in ("RUNNABLE", "RUNNING", "SUCCEEDED") if summary.get(status, 0))
        follower = {"RUNNABLE": "RUNNING", "RUNNING": "SUCCEEDED"}[status]
        for name, change in ((status, -1), (follower, 1)):
            summary[name] = summary.get(name, 0) + change

    def _note(self, *, told: bool) -> None:
        detail = deepcopy(self._detail)
        self.moments.append(Moment(at=self._at, detail=detail, told=told, columns=self._columns(detail)))

    def _columns(self, detail: Json) -> Json:
        array = detail.get("arrayProperties", {})
        return {
            "job_id": self.job_id,
            "job_name": detail["jobName"],
            "status": detail["status"],
            "job_queue": JOB_QUEUE,
            "job_definition": JOB_DEFINITION,
            "region": REGION,
            "account": ACCOUNT,
            "media_id": MEDIA_ID,
            "status_reason": detail.get("statusReason"),
            "attempts": len(self._attempts),
            "max_attempts": MAX_ATTEMPTS,
            "exit_code": self._exit_codes[-1] if self._exit_codes else None,
            "created_at": BEGIN,
            "started_at": detail.get("startedAt"),
            "stopped_at": detail.get("stoppedAt"),
            "is_cancelled": detail.get("isCancelled", False),
            "is_terminated": detail.get("isTerminated", False),
            "array_size": array.get("size"),
            "array_summary": {name: n for name, n in array["statusSummary"].items() if n} if array else None,
        }


def submitted(kind: str, job_id: str) -> Json:
    """Return the JobDetail of a job that has just been submitted."""
    detail: Json = {
        "jobArn": f"arn:aws:batch:{REGION}:{ACCOUNT}:job/{job_id}",
        "jobId": job_id,
        "jobName": f"pre-{MEDIA_ID}-1766497635776",
        "jobQueue": JOB_QUEUE,
        "jobDefinition": JOB_DEFINITION,
        "status": "SUBMITTED",
        "createdAt": BEGIN,
        "retryStrategy": {"attempts": MAX_ATTEMPTS},
        "attempts": [],
        "dependsOn": [],
        "isCancelled": False,
        "isTerminated": False,
        "somethingNew": {"of": "tomorrow"},
    }
    return detail | _properties(kind)


def _properties(kind: str) -> Json:
    container = {"image": "transcode:3", "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}], "command": ["run"]}
    if kind == "eks":
        return {"eksProperties": {"podProperties": {"containers": [{"image": "transcode:3"}]}}, "eksAttempts": []}
    if kind == "ecs":
        return {"ecsProperties": {"taskProperties": [{"containers": [{"name": "main", **container}]}]}}
    if kind == "multinode":
        return {"nodeProperties": {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": []}}
    if kind == "array":
        array = {"size": _CHILDREN, "statusSummary": {"RUNNABLE": _CHILDREN, "FAILED": 0}}
        return {"arrayProperties": array, "container": container}
    return {"container": container}


def _attempt(kind: str, exit_code: int | None) -> Json:
    """Return what an attempt says of its container; a lost host left no exit code, and the nodes say nothing here."""
    code = {} if exit_code is None else {"exitCode": exit_code}
    if kind == "eks":
        return {"podName": "pod-1", "nodeName": "node-1", "containers": [{"name": "main", **code}]}
    if kind == "ecs":
        return {"taskProperties": [{"taskArn": "arn:aws:ecs:task/1", "containers": [{"name": "main", **code}]}]}
    if kind == "multinode":
        return {}
    return {"container": {"taskArn": "arn:aws:ecs:task/1", "logStreamName": "transcode/default/1", **code}}


def _reason(step: str, *, ran: bool) -> str:
    if step == "spot":
        return _SPOT
    return "Essential container in task exited" if ran else f"{step.capitalize()} before it ran"


def event_of(moment: Moment, *, skew: int = 0, region: str = REGION) -> Json:
    """Return the EventBridge event of a moment.

    :param skew: milliseconds by which the clock that wrote it was fast; events tell whole seconds
    """
    time = datetime.fromtimestamp((moment.at + skew) // 1000, UTC)
    return {
        "version": "0",
        "id": "c8f9c4b5-76e5-d76a-f980-7011e206042b",
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [moment.detail["jobArn"]],
        "detail": deepcopy(dict(moment.detail)),
    }


def part_of(event: Json, *, node: bool) -> Json:
    """Return the same event of a child of an array, or of a node of a multi-node job."""
    part = deepcopy(event)
    job_id = part["detail"]["jobId"]
    part["detail"]["jobId"] = f"{job_id}#0" if node else f"{job_id}:12"
    part["detail"]["arrayProperties"] = {"index": 12}
    if node:
        del part["detail"]["arrayProperties"]
        part["detail"]["nodeProperties"] = {"nodeIndex": 0, "isMainNode": True, "numNodes": 2}
    return part


def told(moments: Sequence[Moment]) -> list[Moment]:
    """Return the moments of which there are events."""
    return [moment for moment in moments if moment.told]
