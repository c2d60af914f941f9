"""Events as people paste them into the Lambda console, and as SQS hands them to a Lambda."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the Lambda runtime hands over, as far as it is looked at.

    :param left: the milliseconds it says are left, one answer after the other
    """

    left: list[int]

    def get_remaining_time_in_millis(self) -> int:
        """Return the next of them; the last one for ever."""
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def hand_made(status: str, *, job_id: str = "test-job-001", **detail: Any) -> Json:
    """Return an event without anything that can be left out: no attempts, no container."""
    return {
        "version": "0",
        "id": "12345678-1234-1234-1234-123456789012",
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": "123456789012",
        "time": "2024-12-24T10:00:00Z",
        "region": "eu-west-1",
        "resources": [f"arn:aws:batch:eu-west-1:123456789012:job/{job_id}"],
        "detail": {
            "jobId": job_id,
            "jobName": "pre-694a9d57b88940a9e5cd3bee-1766497635776",
            "jobQueue": "arn:aws:batch:eu-west-1:123456789012:job-queue/pre",
            "jobDefinition": "arn:aws:batch:eu-west-1:123456789012:job-definition/pre:1",
            "status": status,
            **detail,
        },
    }


def queue_blocked() -> Json:
    """Return an event of another detail type, which names a job's state all the same."""
    return {**hand_made("RUNNABLE"), "detail-type": "Batch Job Queue Blocked"}


def batch(**bodies: Any) -> Json:
    """Return SQS messages, by their ids; a body that is no text becomes its JSON."""
    return {"Records": [message(key, body) for key, body in bodies.items()]}


def message(message_id: str, body: Any) -> Json:
    """Return one record as SQS hands it over (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)."""
    return {
        "messageId": message_id,
        "receiptHandle": "AQEB",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:batch-job-states",
        "awsRegion": "eu-west-1",
    }


def by_sns(event: Json) -> Json:
    """Return an event in the envelope of SNS (without raw message delivery)."""
    return {"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:::jobs", "Message": json.dumps(event)}
