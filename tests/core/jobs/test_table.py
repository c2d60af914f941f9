"""Writing rows: one conditional put, which only moves a job forward; and what goes wrong told in our words."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.jobs import NOW, NewTable, job
from vectora_core.errors import JobTableError, ParametersError
from vectora_core.jobs.states import STATUSES
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord, Verdict


def test_a_row_moves_forward_only(new_table: NewTable) -> None:
    """Written, refused as a duplicate, refused as late; the answer says what the row keeps."""
    table = new_table()
    running, done = job("a", "RUNNING", minutes_ago=2), job("a", "SUCCEEDED", minutes_ago=1)
    assert table.put(running).verdict == Verdict.WRITTEN
    assert table.put(done).verdict == Verdict.WRITTEN
    late, again = table.put(running), table.put(done)
    assert (late.verdict, late.status, late.before) == (Verdict.LATE, "RUNNING", "SUCCEEDED")
    assert (again.verdict, again.before) == (Verdict.DUPLICATE, "SUCCEEDED")
    assert table.get("a") == done
    assert table.writes == {Verdict.WRITTEN: 2, Verdict.LATE: 1, Verdict.DUPLICATE: 1}
    assert table.calls == {"PutItem": 4, "GetItem": 1}


def test_a_row_without_a_place_in_the_order_is_replaced(new_table: NewTable) -> None:
    """One made by hand, or by what was there before."""
    table = new_table()
    boto3.client("dynamodb").put_item(TableName=table.name, Item={"jobId": {"S": "a"}, "status": {"S": "?"}})
    assert table.put(job("a")).verdict == Verdict.WRITTEN


STATES = st.lists(
    st.tuples(st.sampled_from(STATUSES), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=6, unique=True
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=STATES, seed=st.integers(0, 99))
def test_whatever_the_order_of_the_writes_the_greatest_stays(new_table: NewTable, states: list[Any], seed: int) -> None:
    """With duplicates, in the DynamoDB that decides."""
    table = new_table()
    records = [job("a", status, attempts=attempts, minutes_ago=ago) for status, attempts, ago in states]
    writes = records * 2
    random.Random(seed).shuffle(writes)
    for record in writes:
        table.put(record)
    assert table.get("a") == max(records, key=lambda one: one.state_order)
    assert table.writes.total() == len(writes)


def test_two_writers_racing_end_at_the_greatest(new_table: NewTable) -> None:
    """Real threads, each with a table of its own, over the same jobs in opposite orders."""
    table = new_table()
    records = [job(f"j{n}", status, minutes_ago=9 - ago) for n in range(4) for ago, status in enumerate(STATUSES)]
    start = threading.Barrier(2)

    def write(order: list[JobRecord]) -> None:
        own = JobStateTable(boto3.client("dynamodb"), table.name, clock=lambda: NOW)
        start.wait()
        for record in order:
            own.put(record)

    threads = [threading.Thread(target=write, args=(order,)) for order in (records, records[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.status for row in table.get_many([f"j{n}" for n in range(4)]).values()} == {"SUCCEEDED"}


def test_many_rows_are_written_at_once_in_their_order(new_table: NewTable) -> None:
    """Every one is conditional; the answers come in the order of the records."""
    table = new_table()
    table.put(job("j7", "FAILED"))
    changes = table.put_many((job(f"j{n}") for n in range(100)), workers=4)
    assert [change.job_id for change in changes] == [f"j{n}" for n in range(100)]
    assert [change.job_id for change in changes if change.verdict == Verdict.LATE] == ["j7"]


def test_many_rows_stop_at_the_first_error() -> None:
    """What is not begun by then is never asked for: the records come one by one, few ahead."""
    taken = []

    def records() -> Iterator[JobRecord]:
        for n in range(10_000):
            taken.append(n)
            yield job(f"j{n}")

    table = JobStateTable(Failing(_client_error("ResourceNotFoundException")), "jobs", clock=lambda: NOW)
    with pytest.raises(JobTableError):
        table.put_many(records(), workers=2)
    assert len(taken) <= 9


def test_gone_is_written_only_on_the_state_that_was_seen(new_table: NewTable) -> None:
    """The last status stays, the row leaves the index of open jobs, a newer write brings the job back."""
    table = new_table()
    seen = job("a", "RUNNING", minutes_ago=9)
    table.put(seen)
    assert not table.mark_gone("a", state_order="0.000.0.0000000000000.0", at="2026-03-10T15:42:00.000Z")
    assert not table.mark_gone("nobody", state_order=seen.state_order, at="2026-03-10T15:42:00.000Z")
    assert table.get("nobody") is None
    assert table.mark_gone("a", state_order=seen.state_order, at="2026-03-10T15:42:00.000Z")
    assert table.mark_gone("a", state_order=seen.state_order, at="2026-03-11T00:00:00.000Z")
    row = table.get("a")
    assert row and (row.status, row.gone) == ("RUNNING", "2026-03-10T15:42:00.000Z")
    assert list(table.open_jobs(seen.job_queue)) == []
    table.put(job("a", "RUNNING", minutes_ago=1))
    assert [row.gone for row in table.open_jobs(seen.job_queue)] == [None]


def test_what_can_be_no_job_id_is_refused_before_it_is_asked_for(new_table: NewTable) -> None:
    """Not by an error of DynamoDB."""
    table = new_table()
    for job_id in ("", "x" * 3_000):
        with pytest.raises(ParametersError, match="a job id has between 1 and 2048 bytes"):
            table.get(job_id)
    assert table.get("\ud800") is None


def test_a_table_that_is_not_there_says_how_to_make_it(new_table: NewTable) -> None:
    """Permanent: asking again does not help."""
    table = JobStateTable(boto3.client("dynamodb"), new_table().name + "-not", clock=lambda: NOW)
    with pytest.raises(JobTableError, match="vectora jobs create-table") as found:
        table.put(job("a"))
    assert not found.value.transient


@pytest.mark.parametrize(
    ("code", "status", "transient"),
    [
        ("ProvisionedThroughputExceededException", 400, True),
        ("ThrottlingException", 400, True),
        ("RequestLimitExceeded", 400, True),
        ("InternalServerError", 500, True),
        ("SomethingNew", 503, True),
        ("AccessDeniedException", 400, False),
        ("ValidationException", 400, False),
        ("UnrecognizedClientException", 400, False),
    ],
)
def test_an_error_says_whether_asking_later_may_help(code: str, status: int, transient: bool) -> None:
    """And it names the table, and comes from its cause."""
    table = JobStateTable(Failing(_client_error(code, status)), "jobs", clock=lambda: NOW)
    with pytest.raises(JobTableError, match="the job table jobs") as found:
        table.put(job("a"))
    assert found.value.transient is transient
    assert isinstance(found.value.__cause__, ClientError)
    assert table.retries == 3


def test_nobody_listening_may_pass_but_missing_credentials_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one is the network, the other the configuration."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    client = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(JobTableError, match="out of reach") as found:
        JobStateTable(client, "jobs", clock=lambda: NOW).get("a")
    assert found.value.transient
    with pytest.raises(JobTableError, match="credentials") as found:
        JobStateTable(Failing(NoCredentialsError()), "jobs", clock=lambda: NOW).get("a")
    assert not found.value.transient


def _client_error(code: str, status: int = 400) -> ClientError:
    metadata = {"HTTPStatusCode": status, "RetryAttempts": 3}
    return ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata}, "PutItem")  # type: ignore[typeddict-item]


class Failing:
    """A client whose every request fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def fail(**_: Any) -> None:
            raise self._error

        return fail
