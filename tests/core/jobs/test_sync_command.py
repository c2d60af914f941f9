"""`vectora jobs sync` as people and programs use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.command_line import Answer, answer_of
from tests.fakes.syncing import QUEUE, SyncWorld, world

__all__ = ["world"]

Sync = Callable[..., Answer]


@pytest.fixture
def sync(world: SyncWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sync:
    """Runs the command in this process, at the time of the fake."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BATCH", world.batch.url)
    monkeypatch.setenv("VECTORA_DATA_ROOT", world.data.url)
    monkeypatch.setenv("VECTORA_CONFIG_ROOT", (tmp_path / "configs").as_uri())
    monkeypatch.setenv("VECTORA_JOBS_TABLE", world.table.name)
    monkeypatch.setenv("VECTORA_JOBS_BATCH_CALLS_PER_SECOND", "100")
    monkeypatch.setattr("vectora_core.cli.roots.utc_now", world.now)
    (tmp_path / "configs").mkdir()
    return lambda *arguments: answer_of(("jobs", "sync", *arguments), capsys)


def test_a_queue_is_synced_and_its_costs_are_told(world: SyncWorld, sync: Sync) -> None:
    """The counts of the sync and of the table on stdout, calls and where the report is on stderr."""
    world.submit("a", "b")
    answer = sync("--job-queue", QUEUE)
    row, counted = [line.split("│")[1:-1] for line in answer.out.splitlines() if QUEUE in line]
    assert answer.code == 0
    assert counted[-1].strip() == "2"
    assert f"Jobs of {world.table.name}: nothing finished; counted 0 minutes ago" in answer.out
    assert [cell.strip() for cell in row[:8]] == [QUEUE, "2", "2", "2", "2", "0", "0", "0"]
    assert f"{QUEUE}: 2 open, 2 written, 0 refused, 0 gone" in answer.err
    assert "; 1 DescribeJobQueues, 1 DescribeJobs, 6 ListJobs, 2 PutItem" in answer.err
    assert "throttled 0 times by Batch, 0 by DynamoDB" in answer.err
    assert f"report {world.data.url}/jobs/{world.table.name}/queues/" in answer.err
    world.assert_true()


def test_the_queues_are_those_of_the_environment(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the command line names some; with neither there is nothing to do."""
    assert sync().code == 2
    monkeypatch.setenv("VECTORA_JOBS_QUEUES", "demo-high,demo-low")
    assert [one["job_queue"].rpartition("/")[2] for one in sync("--json").json] == ["demo-high", "demo-low"]
    assert [one["job_queue"].rpartition("/")[2] for one in sync("--json", "--job-queue", "demo-low").json] == ["demo-low"]


def test_a_broken_queue_fails_alone(world: SyncWorld, sync: Sync) -> None:
    """The others are synced, the exit code says that something is wrong, the document what."""
    (job_id,) = world.submit("a")
    answer = sync("--json", "--job-queue", "nobodys", "--job-queue", "no name", "--job-queue", QUEUE)
    missing, misnamed, synced = answer.json
    assert answer.code == 1
    assert (missing["job_queue"], missing["transient"]) == ("nobodys", False)
    assert "no job queue nobodys in us-east-1" in missing["error"]
    assert "names no job queue" in misnamed["error"]
    assert (synced["written"], synced["open"], synced["open_job_ids"]) == (1, 1, [job_id])
    assert "nobodys: there is no job queue" in sync("--job-queue", "nobodys").err


def test_a_queue_of_another_account_is_read_under_its_role(world: SyncWorld, sync: Sync) -> None:
    """The role is assumed first; a queue under the role has the same rows."""
    world.submit("a")
    role = "arn:aws:iam::123456789012:role/reader"
    (report,) = sync("--json", "--job-queue", f"{QUEUE}@{role}").json
    assert report["written"] == 1


def test_given_jobs_are_synced_alone(world: SyncWorld, sync: Sync) -> None:
    """No queue is looked at, and what became of each is told."""
    done, other = world.submit("done", "other")
    world.fake.play(done, "SUCCEEDED")
    answer = sync("--json", "--job-id", f"{done},{done}", "--job-id", "nobody")
    (report,) = answer.json
    assert answer.code == 0
    assert report["jobs"] == {done: "SUCCEEDED", "nobody": "UNKNOWN"}
    assert set(world.statuses()) == {done} != {other}
    assert f"{done}" in sync("--job-id", done).out
    assert sync("--job-id", "").code == 2


def test_a_table_that_is_missing_is_told(world: SyncWorld, sync: Sync) -> None:
    """With the command that makes it."""
    world.submit("a")
    answer = sync("--json", "--job-queue", QUEUE, "--table", "nowhere")
    assert answer.code == 1
    assert "vectora jobs create-table" in json.dumps(answer.json)


def test_rules_of_the_configuration_hold(world: SyncWorld, sync: Sync, tmp_path: Path) -> None:
    """What identifies a job is the operator's to say."""
    rules = tmp_path / "configs/canonical/jobs/extraction_rules.yaml"
    rules.parent.mkdir(parents=True)
    rules.write_text("rules:\n  - {column: task_id, place: tags, keys: [Task]}\n")
    (job_id,) = world.submit("a", tags={"Task": "t-7"})
    assert sync("--job-queue", QUEUE).code == 0
    assert world.row(job_id).task_id == "t-7"
