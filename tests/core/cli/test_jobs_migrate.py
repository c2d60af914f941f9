"""`vectora jobs migrate`: what it prints, writes and ends with."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from tests.fakes import old_jobs
from tests.fakes.command_line import Answer, Vectora, answer_of, files
from tests.fakes.jobs import NewTable
from vectora_core.jobs.table import JobStateTable

ROWS = old_jobs.jobs(6, 4, seed=9)
JOBS = sorted(old_jobs.latest(ROWS))


@pytest.fixture
def new(new_table: NewTable) -> JobStateTable:
    return new_table()


@pytest.fixture
def migrate(new: JobStateTable, data: Path, capsys: pytest.CaptureFixture[str]) -> Vectora:
    """The command with a full old table, an empty new one and a data root of its own."""
    client = boto3.client("dynamodb")
    old = old_jobs.create_old_table(client)
    old_jobs.fill(client, old, (row.item for row in ROWS))

    def run(*options: object) -> Answer:
        named = ("--from", old, "--to", new.name, "--data-root", data, "--assume-zone", "Europe/Paris")
        return answer_of(("jobs", "migrate", *named, *options), capsys)

    return run


def test_a_dry_run_writes_nothing(migrate: Vectora, new: JobStateTable, data: Path) -> None:
    """It says what would be written, and how to write it."""
    done = migrate("--dry-run")
    assert done.code == 0
    assert "would be written" in done.out and "dry run: nothing was written; without --dry-run it is" in done.err
    assert new.get_many(JOBS) == {} and files(data) == {}


def test_told_to_it_moves_verifies_and_says_so_the_next_time(migrate: Vectora, new: JobStateTable) -> None:
    """With --json one document, whatever is said beside it."""
    first, second = migrate("--sample-percentage", 100, "--json"), migrate()
    assert (first.code, second.code) == (0, 0)
    assert (first.json["rows"], first.json["written"]) == (len(ROWS), len(JOBS))
    assert first.json["verification"]["sampled"] == len(JOBS)
    assert set(new.get_many(JOBS)) == set(JOBS)
    assert "finished already at" in second.err and "verified: missing" in second.out


def test_a_missing_job_is_exit_code_1(migrate: Vectora, new: JobStateTable) -> None:
    """Found by looking again, and named."""
    migrate()
    boto3.client("dynamodb").delete_item(TableName=new.name, Key={"jobId": {"S": JOBS[0]}})
    done = migrate("--verify-only")
    assert done.code == 1
    assert f"missing or different: {JOBS[0]}" in done.err and "1 of 10 jobs are missing" in done.err
    assert new.get(JOBS[0]) is None


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--restart", "--dry-run"), 2, "a dry run writes nothing"),
        (("--to", "no/table"), 2, "can be no table"),
        (("--segments", "11"), 2, "--segments"),
        (("--assume-zone", "Mars/Olympus"), 2, "there is no time zone 'Mars/Olympus'"),
        (("--from", "nowhere"), 3, "there is no table nowhere to move from"),
        (("--region", "no region"), 2, "can be no region"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(
    migrate: Vectora, options: tuple[str, ...], code: int, said: str
) -> None:
    """Usage errors are 2; a table that is not there is 3: nothing could run."""
    done = migrate(*options)
    assert done.code == code
    assert said in done.err
