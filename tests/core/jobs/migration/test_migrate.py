"""The migration on an embedded DynamoDB: everything moved once, nothing moved back, nothing left out unseen."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.fakes import old_jobs
from tests.fakes.dynamodb_in_trouble import Cut, Off, Refusing, Throttled
from tests.fakes.jobs import NOW, NewTable, job
from tests.fakes.old_jobs import OldRow
from vectora_core.errors import JobTableError, ParametersError, TableShapeError
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.migrate import MigrationResources, migrate, verify
from vectora_core.jobs.migration.report import report_from_json, verdict
from vectora_core.jobs.migration.request import MigrationRequest
from vectora_core.jobs.schema import create_table
from vectora_core.jobs.table import JobStateTable
from vectora_core.storage import open_storage

ROWS = [*old_jobs.jobs(30, 15, seed=3), *old_jobs.rubbish(9)]
EXPECTED = old_jobs.latest(ROWS)
Migrating = tuple[MigrationRequest, MigrationResources, JobStateTable]


@pytest.fixture
def migrating(new_table: NewTable, data: Path) -> Migrating:
    """A full old table, an empty new one."""
    new, client = new_table(), boto3.client("dynamodb")
    old = old_jobs.create_old_table(client)
    old_jobs.fill(client, old, (row.item for row in ROWS))
    request = MigrationRequest(
        from_table=old,
        to_table=new.name,
        dry_run=False,
        segments=2,
        sample_percentage=100,
        zone="Europe/Paris",
        rows_a_page=20,
    )
    resources = MigrationResources(
        dynamodb=client,
        data=open_storage(data.as_uri()),
        rules=DEFAULT_RULES,
        retention_days=90,
        clock=lambda: NOW,
        sleep=lambda seconds: None,
    )
    return request, resources, new


def states_of(new: JobStateTable, expected: dict[str, Any]) -> dict[str, tuple[str, int, int]]:
    found = new.get_many(expected)
    return {
        job_id: (row.status, row.attempts, int(datetime.fromisoformat(row.timestamp).timestamp() * 1000))
        for job_id, row in found.items()
    }


def test_each_job_has_its_latest_state_by_one_write_of_its_own(migrating: Migrating) -> None:
    """Every row is read, every job written once, and what is nobody's state is counted by its reason."""
    request, resources, new = migrating
    report = migrate(request, resources)
    assert states_of(new, EXPECTED) == EXPECTED
    assert (report.rows, report.written, report.late, report.duplicate) == (len(ROWS), len(EXPECTED), 0, 0)
    assert report.skipped == {"array_child": 3, "unknown_job": 3, "unreadable": 3}
    assert report.jobs == report.written + report.without_state == len(EXPECTED) + 6
    assert len(report.problems) == 3 and "detail.status must be one of" in report.problems[0]
    assert report.cost and report.cost.calls["PutItem"] == len(EXPECTED)


def test_no_secret_comes_along(migrating: Migrating) -> None:
    """The old events have the environment in them, the new rows have not."""
    request, resources, new = migrating
    migrate(request, resources)
    rows = [new.get(job_id) for job_id in EXPECTED]
    assert "[redacted]" in str(rows) and "DB_" not in str(rows)
    assert old_jobs.SECRET not in str(rows)


def test_verified_means_every_job_looked_up_and_the_sample_equal(migrating: Migrating) -> None:
    """Its numbers are counted anew; jobs without a readable row are not missing; the report is kept."""
    request, resources, _ = migrating
    migrate(request, resources)
    report = verify(request, resources)
    found = report.verification
    assert found and verdict(report) is None
    assert (found.jobs, found.without_state, found.sampled) == (len(EXPECTED) + 6, 6, len(EXPECTED) + 6)
    assert (found.missing, found.newer, found.mismatches) == (0, 0, 0)
    kept = resources.data.get(f"jobs/{request.to_table}/migrations/{request.from_table}/report.json")
    assert report_from_json(json.loads(kept)) == report


def test_a_missing_and_a_different_row_are_named(migrating: Migrating) -> None:
    """Found whatever the migration believed to have done; a newer row is no difference."""
    request, resources, new = migrating
    migrate(request, resources)
    missing, different, newer = sorted(EXPECTED)[:3]
    client, name = resources.dynamodb, new.name
    client.delete_item(TableName=name, Key={"jobId": {"S": missing}})
    client.update_item(
        TableName=name,
        Key={"jobId": {"S": different}},
        UpdateExpression="SET attempts = :more",
        ExpressionAttributeValues={":more": {"N": "9"}},
    )
    new.put(job(newer, "SUCCEEDED", attempts=9))
    report = verify(request, resources)
    assert report.verification and report.verification.newer == 1
    assert report.verification.missing_jobs == (missing,)
    assert report.verification.mismatching_jobs == (f"{different} (attempts)",)
    assert "1 of 51 jobs are missing" in str(verdict(report)) and "1 of 51 sampled" in str(verdict(report))


def test_newer_rows_stay(migrating: Migrating) -> None:
    """Events that came before are not undone: an old state is refused and counted."""
    request, resources, new = migrating
    ahead = sorted(EXPECTED)[:5]
    for job_id in ahead:
        new.put(job(job_id, "SUCCEEDED", attempts=7))
    report = migrate(request, resources)
    assert (report.written, report.late) == (len(EXPECTED) - 5, 5)
    assert {row.attempts for row in new.get_many(ahead).values()} == {7}
    assert verdict(verify(request, resources)) is None


def test_a_dry_run_writes_nothing_at_all(migrating: Migrating, data: Path) -> None:
    """Neither rows nor files; it says what would be, by comparing with what is there."""
    request, resources, new = migrating
    new.put(job(min(EXPECTED), "SUCCEEDED", attempts=7))
    report = migrate(replace(request, dry_run=True), resources)
    assert (report.written, report.late, report.rows) == (len(EXPECTED) - 1, 1, len(ROWS))
    assert len(new.get_many(EXPECTED)) == 1
    assert list(data.iterdir()) == []


def test_a_dry_run_needs_no_table_yet(migrating: Migrating) -> None:
    """It comes before `vectora jobs create-table`."""
    request, resources, _ = migrating
    report = migrate(replace(request, dry_run=True, to_table=f"none-{uuid.uuid4().hex}"), resources)
    assert report.written == len(EXPECTED)


def test_a_finished_migration_says_so_and_keeps_its_numbers(migrating: Migrating) -> None:
    """The second time nothing is scanned; `restart` does it all again, and changes no row."""
    request, resources, _ = migrating
    first = migrate(request, resources)
    second = migrate(request, resources)
    assert second.finished_before and second == replace(first, finished_before=True)
    again = migrate(replace(request, restart=True), resources)
    assert (again.written, again.duplicate, again.rows) == (0, len(EXPECTED), len(ROWS))


@pytest.mark.parametrize(("at", "after"), [("scan", 4), ("put_item", 17), ("put_item", 40)])
def test_a_migration_that_was_cut_off_goes_on(migrating: Migrating, at: str, after: int) -> None:
    """Page by page: the job that was open at the end of a page is in the checkpoint, and written once."""
    request, resources, new = migrating
    with pytest.raises(Off):
        migrate(request, replace(resources, dynamodb=Cut(resources.dynamodb, at=at, after=after)))
    assert 0 < len(new.get_many(EXPECTED)) < len(EXPECTED)
    report = migrate(request, resources)
    assert report.resumed and report.rows == len(ROWS)
    assert report.jobs == len(EXPECTED) + 6
    assert report.written + report.duplicate == len(EXPECTED)
    assert states_of(new, EXPECTED) == EXPECTED


def test_an_unfinished_migration_is_not_mixed_with_another_one(migrating: Migrating) -> None:
    """Other segments, another zone, another source: refused with the way out."""
    request, resources, new = migrating
    with pytest.raises(Off):
        migrate(request, replace(resources, dynamodb=Cut(resources.dynamodb, after=3)))
    with pytest.raises(ParametersError, match="go on with --segments 2, or begin anew with --restart"):
        migrate(replace(request, segments=3), resources)
    with pytest.raises(ParametersError, match="say --assume-zone Europe/Paris, or begin anew with --restart"):
        migrate(replace(request, zone="UTC"), resources)
    other = old_jobs.create_old_table(resources.dynamodb)
    with pytest.raises(ParametersError, match=f"finish it with --from {request.from_table}"):
        migrate(replace(request, from_table=other), resources)
    assert migrate(replace(request, segments=3, restart=True), resources).rows == len(ROWS)
    assert states_of(new, EXPECTED) == EXPECTED


def test_a_table_made_anew_is_another_table(migrating: Migrating) -> None:
    """Its name is the same, but what is in it is not what the checkpoints say."""
    request, resources, new = migrating
    migrate(request, resources)
    resources.dynamodb.delete_table(TableName=new.name)
    create_table(resources.dynamodb, new.name)
    with pytest.raises(ParametersError, match=r"was of another table .* begin anew with --restart"):
        migrate(request, resources)


def test_wrong_tables_are_refused_by_name(migrating: Migrating) -> None:
    """Before anything is read or written."""
    request, resources, new = migrating
    other = old_jobs.create_old_table(resources.dynamodb, sort_key="when")
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"to_table": request.from_table}, ParametersError, "cannot be moved into itself"),
        ({"from_table": other}, JobTableError, rf"{other} is no old job table: its key is jobId \(S\) \+ when \(S\)"),
        ({"from_table": "nowhere"}, JobTableError, "there is no table nowhere to move from"),
        ({"to_table": "nowhere"}, JobTableError, "vectora jobs create-table"),
        ({"to_table": other}, TableShapeError, f"the table {other} is no job table"),
        ({"from_table": "old/jobs"}, ParametersError, "'old/jobs' can be no table"),
        ({"segments": 0}, ParametersError, "0 segments"),
        ({"sample_percentage": 101}, ParametersError, "101 %"),
        ({"rows_a_page": 1001}, ParametersError, "1001 rows a page"),
        ({"zone": "Europe/Atlantis"}, ParametersError, "there is no time zone 'Europe/Atlantis'"),
        ({"zone": "../etc/passwd"}, ParametersError, "there is no time zone"),
        ({"restart": True, "dry_run": True}, ParametersError, "a dry run writes nothing"),
    ]
    for change, error, message in cases:
        with pytest.raises(error, match=message):
            migrate(replace(request, **change), resources)
    assert new.get_many(EXPECTED) == {}


def test_throttled_requests_are_repeated_and_counted(migrating: Migrating) -> None:
    """Whatever was throttled: the scan, the writes, the look-up."""
    request, resources, new = migrating
    throttled = Throttled(resources.dynamodb, every=7)
    report = migrate(request, replace(resources, dynamodb=throttled))
    assert states_of(new, EXPECTED) == EXPECTED
    assert report.cost and report.cost.throttles == throttled.refused > 5


def test_a_row_dynamodb_cannot_hold_stops_nothing(migrating: Migrating) -> None:
    """It is counted and named, and the verification says that it is missing."""
    request, resources, _ = migrating
    bad = min(EXPECTED)
    report = migrate(request, replace(resources, dynamodb=Refusing(resources.dynamodb, bad)))
    assert (report.refused, report.written) == (1, len(EXPECTED) - 1)
    assert any(problem.startswith(f"job {bad}: ") for problem in report.problems)
    assert "1 of 51 jobs are missing" in str(verdict(verify(request, resources)))


def test_numbers_as_sort_key_are_times_too(migrating: Migrating) -> None:
    """Seconds or milliseconds since 1970."""
    request, resources, new = migrating
    old = old_jobs.create_old_table(resources.dynamodb, kind="N")
    rows = [{"jobId": "n", "timestamp": 1_735_034_400, "status": "RUNNING"}]
    old_jobs.fill(resources.dynamodb, old, [*rows, {"jobId": "n", "timestamp": 1_735_034_400_500, "status": "FAILED"}])
    migrate(replace(request, from_table=old), resources)
    row = new.get("n")
    assert row and (row.status, row.timestamp) == ("FAILED", "2024-12-24T10:00:00.500Z")


def test_the_truth_of_these_tests_has_what_it_shall_have() -> None:
    """Open and ended jobs, retried ones, rows with and without their events."""
    statuses = {status for status, _, _ in EXPECTED.values()}
    assert {"RUNNING", "FAILED", "SUCCEEDED"} <= statuses
    assert {attempts for _, attempts, _ in EXPECTED.values()} >= {0, 1, 2}
    kinds = {type(row.item.get("fullEvent")) for row in ROWS if isinstance(row, OldRow)}
    assert kinds == {str, dict, type(None)}
