"""An old job table as the system before left it, with the truth beside every row; seeded, so it is the same each time."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from boto3.dynamodb.types import TypeSerializer

ZONE = ZoneInfo("Europe/Paris")
SECRET = "hunter2-in-the-environment"
QUEUE = "arn:aws:batch:eu-west-1:123456789012:job-queue/media"
BEGUN = datetime(2024, 12, 1, tzinfo=UTC)
SHORT = ("RUNNABLE", "STARTING", "RUNNING")
RANK = {"PENDING": 1, "RUNNABLE": 2, "STARTING": 3, "RUNNING": 4, "FAILED": 5, "SUCCEEDED": 6}


@dataclass(frozen=True, kw_only=True)
class OldRow:
    """One row and what it truly says.

    :param attempts: that the row knows of: none without its event
    :param milliseconds: of the state, by the row
    :param counts: whether it is a state of a job at all
    """

    item: dict[str, Any]
    job_id: str
    status: str
    attempts: int
    milliseconds: int
    counts: bool = True


def create_old_table(client: Any, *, sort_key: str = "timestamp", kind: str = "S") -> str:
    """Make an empty old table and return its name."""
    name = f"old-{uuid.uuid4().hex[:12]}"
    keys = {"jobId": ("HASH", "S"), sort_key: ("RANGE", kind)}
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, (_, kind) in keys.items()],
        KeySchema=[{"AttributeName": key, "KeyType": role} for key, (role, _) in keys.items()],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def fill(client: Any, table: str, items: Iterable[dict[str, Any]]) -> None:
    """Write plain rows, 25 a request."""
    serialize = TypeSerializer().serialize
    puts = [{"PutRequest": {"Item": {name: serialize(value) for name, value in item.items()}}} for item in items]
    batches = [puts[start : start + 25] for start in range(0, len(puts), 25)]
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda batch: client.batch_write_item(RequestItems={table: batch}), batches):
            assert not answer["UnprocessedItems"]


def jobs(short: int, long: int, *, seed: int) -> list[OldRow]:
    """Return the rows of jobs, shuffled: ``short`` ones have four, ``long`` ones were retried and have seven."""
    chance = random.Random(seed)
    rows = [row for number in range(short + long) for row in _job(chance, retried=number >= short)]
    chance.shuffle(rows)
    return rows


def rubbish(number: int) -> list[OldRow]:
    """Return rows that are nobody's state, in turn: the shared row, an unknown status, a child of an array."""
    kinds = [("unknown", "RUNNING"), ("", "EXPLODED"), (":7", "RUNNING")]
    rows = []
    for index in range(number):
        part, status = kinds[index % 3]
        job_id = part if part == "unknown" else str(uuid.UUID(int=index)) + part
        item = {"jobId": job_id, "timestamp": f"2024-12-0{1 + index % 9}T10:00:00.{index:06d}", "status": status}
        rows.append(OldRow(item=item, job_id=job_id, status=status, attempts=0, milliseconds=0, counts=False))
    return rows


def latest(rows: Sequence[OldRow]) -> dict[str, tuple[str, int, int]]:
    """Return status, attempts and milliseconds of each job's latest state: the greatest of its rows, by code of its own."""
    found: dict[str, tuple[bool, int, int, int]] = {}
    for row in rows:
        if row.counts:
            place = (RANK[row.status] > 4, row.attempts, RANK[row.status], row.milliseconds)
            found[row.job_id] = max(place, found.get(row.job_id, place))
    names = {rank: status for status, rank in RANK.items()}
    return {job_id: (names[rank], attempts, at) for job_id, (_, attempts, rank, at) in found.items()}


def event(job_id: str, status: str, attempts: int, moment: datetime) -> dict[str, Any]:
    """Return an event of EventBridge, with a secret."""
    return {
        "version": "0",
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": "123456789012",
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-west-1",
        "resources": [],
        "detail": {
            "jobId": job_id,
            "jobName": f"pre-694a9d57b88940a9e5cd3bee-{job_id[:8]}",
            "jobQueue": QUEUE,
            "jobDefinition": "arn:aws:batch:eu-west-1:123456789012:job-definition/encode:7",
            "status": status,
            "attempts": [{"container": {"exitCode": 1}, "statusReason": "failed"} for _ in range(attempts)],
            "container": {"environment": [{"name": "DB_PASSWORD", "value": SECRET}]},
        },
    }


def _job(chance: random.Random, *, retried: bool) -> Iterator[OldRow]:
    job_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    ended = chance.random() < 0.8
    states = [*SHORT, *(SHORT if retried else ())]
    states = [*states, chance.choice(["SUCCEEDED", "FAILED"])] if ended else ["PENDING", *states]
    moment = BEGUN + timedelta(seconds=chance.randrange(20 * 86_400))
    attempts = 0
    for index, status in enumerate(states):
        attempts += status in ("SUCCEEDED", "FAILED") or (status == "RUNNABLE" and "RUNNING" in states[:index])
        moment += timedelta(seconds=chance.choice([0, 0, 1, 1, 30, 300]))
        skewed = moment - timedelta(seconds=chance.choice([0, 0, 0, 2]))
        yield _row(chance, event(job_id, status, attempts, skewed), attempts, skewed, index)


def _row(chance: random.Random, whole: dict[str, Any], attempts: int, moment: datetime, index: int) -> OldRow:
    """A row as the old writer made it: its own local time, without a zone, and the event in one form or another."""
    written = moment + timedelta(microseconds=1000 * index + chance.randrange(1000))
    detail = whole["detail"]
    item = {
        "jobId": detail["jobId"],
        "timestamp": written.astimezone(ZONE).replace(tzinfo=None).isoformat(),
        **{name: detail[name] for name in ("jobName", "status", "jobQueue", "jobDefinition")},
        "region": whole["region"],
    }
    form = chance.choice(["text", "text", "text", "map", "none"])
    if form != "none":
        item["fullEvent"] = whole if form == "map" else json.dumps(whole)
    known = moment if form != "none" else written
    return OldRow(
        item=item,
        job_id=detail["jobId"],
        status=detail["status"],
        attempts=attempts if form != "none" else 0,
        milliseconds=int(known.timestamp() * 1000),
    )
