"""The shape of the job table: one key, two indexes without the events; made when missing, and checked when there.

A table of another shape is never changed. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from vectora_core.errors import JobTableError, TableShapeError
from vectora_core.jobs.attributes import FULL_EVENT, KEY, OPEN_QUEUE
from vectora_core.jobs.dynamodb import NOT_THERE, code_of, translated

STATUS_INDEX: Final = "status-timestamp"
OPEN_INDEX: Final = "open-queue"
EXPIRY: Final = "expiresAt"
KEYS: Final = {STATUS_INDEX: ("status", "timestamp"), OPEN_INDEX: (OPEN_QUEUE, KEY)}
# An index takes at most 20 attributes beside its keys (NonKeyAttributes of the API): for views, what people look for;
# for the sync, what a change of an open job shows in. Region and account are in the ARN of the queue as well.
PROJECTED: Final = {
    STATUS_INDEX: (
        *("jobName", "jobQueue", "jobDefinition", "region", "statusReason", "failureKind", "exitCode", "attempts"),
        *("maxAttempts", "createdAt", "startedAt", "stoppedAt", "arraySize", "arraySummary", "gone", EXPIRY),
        *("media_id", "assembly_id", "task_id", "workspace_uid"),
    ),
    OPEN_INDEX: (
        *("jobName", "status", "timestamp", "jobDefinition", "region", "account", "statusReason", "attempts", "maxAttempts"),
        *("createdAt", "startedAt", "isCancelled", "isTerminated", "arraySize", "arraySummary", "stateOrder", "source"),
        *("observedAt", EXPIRY, "media_id"),
    ),
}
POLLS: Final = 150
POLL_SECONDS: Final = 2.0
_BEING_MADE: Final = "ContinuousBackupsUnavailableException"
_ANOTHER = "name another table by --table or VECTORA_JOBS_TABLE"


@dataclass(frozen=True, kw_only=True)
class Creation:
    """What was done for a table to be there in the right shape.

    :param created: whether it was made now
    :param changed: what was switched on: ``time_to_live``, ``point_in_time_recovery``
    """

    created: bool
    changed: tuple[str, ...]


def create_table(client: Any, name: str) -> bool:
    """Make the table unless it is there, as `ensure_table` does, and return whether it was made."""
    return ensure_table(client, name).created


def ensure_table(client: Any, name: str, *, sleep: Callable[[float], None] = time.sleep) -> Creation:
    """Make the table unless it is there, and switch on what it lacks; doing so again changes nothing.

    :param client: a boto3 ``dynamodb`` client
    :param sleep: waits so many seconds; 5 minutes in all for a new table, and as much for its backups
    :raises TableShapeError: when there is one of another key, index, attribute type, billing mode or TTL
    :raises JobTableError: when DynamoDB does not answer as it should, or does not get it ready in time
    """
    try:
        created = _create(client, name)
        check_shape(name, _when_active(client, name, sleep))
        changed = [*_switch_on_expiry(client, name), *_switch_on_recovery(client, name, sleep)]
    except (ClientError, BotoCoreError) as error:
        raise translated(error, name) from error
    return Creation(created=created, changed=tuple(changed))


def table_definition(name: str) -> dict[str, Any]:
    """Return the arguments of CreateTable."""
    texts = {KEY, *(column for keys in KEYS.values() for column in keys)}
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": column, "AttributeType": "S"} for column in sorted(texts)],
        "KeySchema": [{"AttributeName": KEY, "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": column, "KeyType": kind} for column, kind in zip(keys, ("HASH", "RANGE"), strict=True)
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(PROJECTED[index])},
            }
            for index, keys in KEYS.items()
        ],
    }


def check_shape(name: str, table: Mapping[str, Any]) -> None:
    """Check what DescribeTable says of a table.

    :raises TableShapeError: with everything that is different, and the way out
    """
    if found := list(_differences(table)):
        raise TableShapeError(f"the table {name} is no job table: {'; '.join(found)}; {_ANOTHER}")


def _differences(table: Mapping[str, Any]) -> Iterator[str]:
    keys = _keys_of(table)
    if keys != (KEY,):
        yield f"its key is {' + '.join(keys)}, not {KEY} alone" + (
            " (the old table: move it by `vectora jobs migrate`)" if keys == (KEY, "timestamp") else ""
        )
    types = {one["AttributeName"]: one["AttributeType"] for one in table.get("AttributeDefinitions", ())}
    for column in sorted({KEY, *(column for pair in KEYS.values() for column in pair)}):
        if types.get(column, "S") != "S":
            yield f"{column} is of type {types[column]}, not S"
    mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    if mode != "PAY_PER_REQUEST":
        yield f"its billing mode is {mode}, not PAY_PER_REQUEST (`aws dynamodb update-table` can change that)"
    indexes = {one["IndexName"]: one for one in table.get("GlobalSecondaryIndexes", ())}
    for index in KEYS:
        yield from _differences_of_index(index, indexes.get(index))


def _differences_of_index(name: str, index: Mapping[str, Any] | None) -> Iterator[str]:
    if index is None:
        yield f"it has no index {name}"
        return
    keys, projection = _keys_of(index), index.get("Projection", {})
    if keys != KEYS[name]:
        yield f"its index {name} has the key {' + '.join(keys)}, not {' + '.join(KEYS[name])}"
    columns = projection.get("NonKeyAttributes", ())
    if projection.get("ProjectionType") != "INCLUDE" or FULL_EVENT in columns:
        yield f"its index {name} does not leave out {FULL_EVENT}"
    elif missing := [column for column in PROJECTED[name] if column not in columns]:
        yield f"its index {name} lacks {', '.join(missing)}"
    if index.get("IndexStatus", "ACTIVE") not in ("ACTIVE", "UPDATING"):
        yield f"its index {name} is {index['IndexStatus']}"


def _keys_of(described: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the partition key and then the sort key of a table or an index."""
    keys = sorted(described.get("KeySchema", ()), key=lambda one: str(one["KeyType"]))  # HASH, RANGE
    return tuple(one["AttributeName"] for one in keys)


def _create(client: Any, name: str) -> bool:
    try:
        client.describe_table(TableName=name)
    except ClientError as error:
        if code_of(error) != NOT_THERE:
            raise
    else:
        return False
    try:
        client.create_table(**table_definition(name))
    except ClientError as error:
        if code_of(error) != "ResourceInUseException":
            raise
        return False  # somebody else makes it at the same moment
    return True


def _when_active(client: Any, name: str, sleep: Callable[[float], None]) -> Mapping[str, Any]:
    for _ in range(POLLS):
        table: Mapping[str, Any] = client.describe_table(TableName=name)["Table"]
        if table["TableStatus"] in ("ACTIVE", "UPDATING"):
            return table
        sleep(POLL_SECONDS)
    raise JobTableError(f"the table {name} is {table['TableStatus']} for too long; look at it and try again", transient=True)


def _switch_on_expiry(client: Any, name: str) -> Iterator[str]:
    expiry = client.describe_time_to_live(TableName=name).get("TimeToLiveDescription", {})
    status, column = expiry.get("TimeToLiveStatus", "DISABLED"), expiry.get("AttributeName", EXPIRY)
    if status in ("ENABLED", "ENABLING"):
        if column != EXPIRY:
            raise TableShapeError(f"the table {name} is no job table: its rows expire by {column}, not {EXPIRY}; {_ANOTHER}")
        return
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRY})
    yield "time_to_live"


def _switch_on_recovery(client: Any, name: str, sleep: Callable[[float], None]) -> Iterator[str]:
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if recovery == "ENABLED":
        return
    for poll in range(POLLS):
        try:
            client.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
            break
        except ClientError as error:  # a table made a moment ago
            if code_of(error) != _BEING_MADE or poll == POLLS - 1:
                raise
        sleep(POLL_SECONDS)
    yield "point_in_time_recovery"
