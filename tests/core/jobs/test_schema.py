"""The shape of the job table: made once, completed where it can be, refused where it is another."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.validate import ParamValidator

from tests.fakes.jobs import NewTable
from vectora_core.errors import JobTableError, TableShapeError
from vectora_core.jobs.attributes import COLUMNS, FULL_EVENT, OPEN_QUEUE
from vectora_core.jobs.schema import PROJECTED, Creation, check_shape, create_table, ensure_table, table_definition

NAME = "jobs"


def test_a_table_is_made_once(new_bucket: Callable[[], str]) -> None:
    """With its TTL and its point-in-time recovery; the second time nothing is left to do."""
    client, name = boto3.client("dynamodb"), new_bucket()
    assert ensure_table(client, name) == Creation(created=True, changed=("time_to_live", "point_in_time_recovery"))
    assert ensure_table(client, name) == Creation(created=False, changed=())
    assert not create_table(client, name)
    expiry = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    table = client.describe_table(TableName=name)["Table"]
    assert table["KeySchema"] == [{"AttributeName": "jobId", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_what_an_existing_table_lacks_is_switched_on(new_bucket: Callable[[], str]) -> None:
    """TTL and recovery can be: one made by hand, or of which somebody took them away."""
    client, name = boto3.client("dynamodb"), new_bucket()
    client.create_table(**table_definition(name))
    assert ensure_table(client, name) == Creation(created=False, changed=("time_to_live", "point_in_time_recovery"))


def test_the_old_table_is_refused_with_the_way_out(new_bucket: Callable[[], str]) -> None:
    """Its key is the job and the time; it stays as it is."""
    client, name = boto3.client("dynamodb"), new_bucket()
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}, {"AttributeName": "timestamp", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("jobId", "timestamp")],
        BillingMode="PAY_PER_REQUEST",
    )
    before = client.describe_table(TableName=name)["Table"]
    with pytest.raises(TableShapeError, match=r"its key is jobId \+ timestamp, not jobId alone.*vectora jobs migrate"):
        ensure_table(client, name)
    assert client.describe_table(TableName=name)["Table"] == before
    assert client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_rows_that_expire_by_another_column_are_refused(new_bucket: Callable[[], str]) -> None:
    """DynamoDB can expire by one only."""
    client, name = boto3.client("dynamodb"), new_bucket()
    client.create_table(**table_definition(name))
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    with pytest.raises(TableShapeError, match="its rows expire by ttl, not expiresAt"):
        ensure_table(client, name)


def described(**changed: Any) -> dict[str, Any]:
    """What DescribeTable says of a table of the right shape, but for what is changed."""
    definition = table_definition(NAME)
    return copy.deepcopy({**definition, "BillingModeSummary": {"BillingMode": definition["BillingMode"]}, **changed})


def with_index(number: int, **changed: Any) -> dict[str, Any]:
    table = described()
    table["GlobalSecondaryIndexes"][number] |= changed
    return table


OTHERS = {
    "another key": (described(KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}]), "its key is id, not jobId alone"),
    "a number": (
        described(AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "N"}]),
        "jobId is of type N, not S",
    ),
    "provisioned": (described(BillingModeSummary={}), "its billing mode is PROVISIONED"),
    "no index": (described(GlobalSecondaryIndexes=[]), "it has no index status-timestamp; it has no index open-queue"),
    "index of another key": (
        with_index(0, KeySchema=[{"AttributeName": "status", "KeyType": "HASH"}]),
        "its index status-timestamp has the key status, not status + timestamp",
    ),
    "index of everything": (with_index(1, Projection={"ProjectionType": "ALL"}), "open-queue does not leave out fullEvent"),
    "index with events": (
        with_index(1, Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": [*PROJECTED["open-queue"], FULL_EVENT]}),
        "open-queue does not leave out fullEvent",
    ),
    "index without columns": (
        with_index(1, Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": PROJECTED["open-queue"][1:]}),
        "its index open-queue lacks jobName",
    ),
    "index going": (with_index(0, IndexStatus="DELETING"), "its index status-timestamp is DELETING"),
}


@pytest.mark.parametrize(("table", "reason"), OTHERS.values(), ids=OTHERS)
def test_another_shape_is_refused_with_the_reason(table: dict[str, Any], reason: str) -> None:
    """All reasons at once, and what to do."""
    with pytest.raises(TableShapeError) as found:
        check_shape(NAME, table)
    assert reason in str(found.value)
    assert "name another table by --table or VECTORA_JOBS_TABLE" in str(found.value)


def test_what_somebody_added_does_no_harm() -> None:
    """An index of one's own, the columns of an index in another order."""
    table = described(KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}])
    table["GlobalSecondaryIndexes"].append({"IndexName": "mine", "KeySchema": []})
    table["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"].reverse()
    check_shape(NAME, table)


def test_the_definition_keeps_to_the_api() -> None:
    """The embedded DynamoDB does not mind more than 20 projected attributes; AWS does."""
    shape = get_session().get_service_model("dynamodb").operation_model("CreateTable").input_shape
    assert ParamValidator().validate(table_definition(NAME), shape).generate_report() == ""
    most = shape.members["GlobalSecondaryIndexes"].member.members["Projection"].members["NonKeyAttributes"].metadata["max"]
    for columns in PROJECTED.values():
        assert len(set(columns)) == len(columns) <= most
        assert set(columns) <= {*COLUMNS, OPEN_QUEUE} - {FULL_EVENT}


class Slow:
    """A DynamoDB in which everything takes its time, as AWS's does."""

    def __init__(self, *, table: int, backups: int, exists: bool = False) -> None:
        self.table, self.backups, self.exists = table, backups, exists

    def describe_table(self, **_: Any) -> dict[str, Any]:
        if not self.exists:
            raise _error("ResourceNotFoundException")
        self.table -= 1
        return {"Table": {**described(), "TableStatus": "ACTIVE" if self.table < 0 else "CREATING"}}

    def create_table(self, **_: Any) -> None:
        self.exists = True

    def describe_time_to_live(self, **_: Any) -> dict[str, Any]:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLING", "AttributeName": "expiresAt"}}

    def describe_continuous_backups(self, **_: Any) -> dict[str, Any]:
        return {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "DISABLED"}}

    def update_continuous_backups(self, **_: Any) -> None:
        self.backups -= 1
        if self.backups >= 0:
            raise _error("ContinuousBackupsUnavailableException")


def test_a_new_table_is_waited_for() -> None:
    """Until it is there, and until its backups can be switched on."""
    pauses: list[float] = []
    done = ensure_table(Slow(table=3, backups=2), NAME, sleep=pauses.append)
    assert done == Creation(created=True, changed=("point_in_time_recovery",))
    assert pauses == [2.0] * 5


def test_nobody_waits_for_ever() -> None:
    """Five minutes for each."""
    for slow in (Slow(table=999, backups=0), Slow(table=0, backups=999)):
        pauses: list[float] = []
        with pytest.raises(JobTableError):
            ensure_table(slow, NAME, sleep=pauses.append)
        assert sum(pauses) <= 300


def test_two_that_make_it_at_once_both_end_well() -> None:
    """The second finds it being made."""

    class Raced(Slow):
        def create_table(self, **_: Any) -> None:
            self.exists = True
            raise _error("ResourceInUseException")

    assert not ensure_table(Raced(table=1, backups=0), NAME, sleep=lambda _: None).created


def test_a_refusal_of_dynamodb_is_an_error_of_the_table() -> None:
    """For example when one may not look at it."""

    class Closed(Slow):
        def describe_table(self, **_: Any) -> dict[str, Any]:
            raise _error("AccessDeniedException")

    with pytest.raises(JobTableError, match="the job table jobs: not allowed"):
        ensure_table(Closed(table=0, backups=0), NAME)


def test_the_embedded_table_has_the_shape(new_table: NewTable) -> None:
    """What the tests use is what is made."""
    table = boto3.client("dynamodb").describe_table(TableName=new_table().name)["Table"]
    check_shape(NAME, table)


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "X")
