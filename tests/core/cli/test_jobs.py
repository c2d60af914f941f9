"""`vectora jobs`: the table made, listed, shown and counted."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console
from rich.table import Table

from tests.fakes.batch import running_batch
from tests.fakes.command_line import NOW, Vectora
from tests.fakes.jobs import OTHER_QUEUE, QUEUE, NewTable, job
from vectora_core.cli import jobs_view
from vectora_core.errors import JobTableError
from vectora_core.jobs.statistics import store_statistics
from vectora_core.jobs.table import JobStateTable
from vectora_core.storage import open_storage


@pytest.fixture
def table(new_table: NewTable, monkeypatch: pytest.MonkeyPatch) -> JobStateTable:
    """A table with five jobs, which the environment names."""
    made = new_table()
    made.put_many(
        [
            job("one", "RUNNING", job_name="pre-694a", minutes_ago=1),
            job("two", "FAILED", minutes_ago=2, attempts=3, max_attempts=3, exit_code=137, failure_kind="out_of_memory"),
            job("three", "SUCCEEDED", minutes_ago=120, job_queue=OTHER_QUEUE, region="eu-west-1"),
            job("four", "RUNNABLE", minutes_ago=3000, gone="2026-03-10T15:00:00.000Z"),
            job("five", "FAILED", minutes_ago=2900, job_name="\x1b[31m\u202ered", status_reason="x" * 200 + "\nEssential"),
        ]
    )
    monkeypatch.setenv("VECTORA_JOBS_TABLE", made.name)
    return made


def ids(document: Any) -> list[str]:
    return [one["jobId"] for one in document["jobs"]]


def test_a_table_is_made_once(vectora: Vectora, new_bucket: Callable[[], str]) -> None:
    """The second time says that it is there."""
    name = new_bucket()
    made = vectora("jobs", "create-table", "--table", name, "--json")
    assert (made.code, made.json) == (
        0,
        {"table": name, "created": True, "changed": ["time_to_live", "point_in_time_recovery"]},
    )
    again = vectora("jobs", "create-table", "--table", name)
    assert (again.code, again.out, again.err) == (0, "", f"the job table {name} is there\n")


def test_a_table_of_another_shape_is_refused(vectora: Vectora, new_bucket: Callable[[], str]) -> None:
    """Exit code 3 with the reason."""
    name = new_bucket()
    boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    found = vectora("jobs", "create-table", "--table", name)
    assert found.code == 3
    assert f"the table {name} is no job table: its key is id, not jobId alone; it has no index" in found.err


def test_a_list_shows_the_latest_state_of_each_job(vectora: Vectora, table: JobStateTable) -> None:
    """A line each, the newest first, times in UTC, gone marked, what strangers wrote made visible."""
    found = vectora("jobs", "list")
    assert found.code == 0
    assert found.out.startswith(f"Jobs of {table.name}\n")
    lines = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in found.out.splitlines() if "│" in line]
    assert [line[0] for line in lines] == ["one", "two", "three", "five", "four"]
    assert lines[1][2:] == ["FAILED", "2026-03-10 15:40:00", "render", "3/3", "137", "out_of_memory"]
    assert lines[4][2] == "RUNNABLE (gone)"
    assert lines[3][1] == "\\x1b[31m\\u202ered"
    assert len(lines[3][-1]) == 120 and lines[3][-1].endswith("x…")


LISTS: dict[str, tuple[list[str], list[str]]] = {
    "status": (["--status", "failed"], ["two", "five"]),
    "statuses": (["--status", "FAILED,RUNNING", "--status", "RUNNABLE"], ["one", "two", "five", "four"]),
    "queue": (["--queue", "cut"], ["three"]),
    "definition": (["--definition", "encode:3", "--job-region", "eu-west-1"], ["three"]),
    "text": (["--text", "PRE-"], ["one"]),
    "from, ago": (["--from", "1h"], ["one", "two"]),
    "to, a time": (["--to", "2026-03-10T15:40"], ["three", "five", "four"]),
    "to, a day in whole": (["--to", "2026-03-08"], ["five", "four"]),
    "to, a zone": (["--to", "2026-03-10T17:40+02:00", "--from", "2026-03-10"], ["three"]),
    "limit": (["--limit", "2"], ["one", "two"]),
    "oldest first": (["--oldest-first"], ["four", "five", "three", "two", "one"]),
    "oldest first, all": (["--oldest-first", "--all", "--limit", "1", "--from", "2h"], ["three", "two", "one"]),
    "all": (["--all", "--limit", "1"], ["one", "two", "three", "five", "four"]),
    "nothing": (["--text", "nobody"], []),
}


@pytest.mark.parametrize(("arguments", "found"), LISTS.values(), ids=LISTS)
def test_a_list_can_be_narrowed_down(vectora: Vectora, table: JobStateTable, arguments: list[str], found: list[str]) -> None:
    """By what people have at hand."""
    assert ids(vectora("jobs", "list", "--json", *arguments).json) == found


def test_pages_follow_each_other_by_token(vectora: Vectora, table: JobStateTable) -> None:
    """People are told it, programs find it in the document; the last page has none."""
    first = vectora("jobs", "list", "--limit", "3", "--json").json
    second = vectora("jobs", "list", "--limit", "3", "--next-token", first["next_token"], "--json").json
    assert ids(first) + ids(second) == ["one", "two", "three", "five", "four"]
    assert (second["next_token"], second["stopped_looking"]) == (None, False)
    assert f"--next-token {first['next_token']}" in vectora("jobs", "list", "--limit", "3").err
    assert "no such job\n" in vectora("jobs", "list", "--text", "nobody").err


def test_one_job_is_shown_whole(vectora: Vectora, table: JobStateTable) -> None:
    """Every column for people and for programs, the event apart."""
    found = vectora("jobs", "show", "two")
    lines = dict([cell.strip() for cell in line.split("│")[1:3]] for line in found.out.splitlines() if "│" in line)
    assert lines["createdAt"] == "2026-03-10 15:39:00 UTC"
    assert lines["expiresAt"] == "2026-06-08 15:42:00 UTC"
    assert (lines["exitCode"], lines["isCancelled"]) == ("137", "no")
    assert "fullEvent" not in lines
    document = vectora("jobs", "show", "two", "--json").json
    assert (document["jobId"], document["fullEvent"]) == ("two", {"detail": {}})
    assert vectora("jobs", "show", "two", "--event").json == {"detail": {}}
    table.put(job("cut", full_event='{"detail": {', job_name="x"))
    assert vectora("jobs", "show", "cut", "--event").out == '{"detail": {\n'


def test_the_children_of_an_array_are_asked_of_batch(
    vectora: Vectora, table: JobStateTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have no rows; Batch lists them by their index, for people and for programs."""
    with running_batch() as batch:
        parent = batch.fake.submit("frames", "demo-high", array_size=3)
        batch.fake.move(parent, "PENDING")
        batch.fake.play(f"{parent}:1", "RUNNING")
        monkeypatch.setenv("AWS_ENDPOINT_URL_BATCH", batch.url)
        table.put(job(parent, "PENDING", array_size=3))
        children = vectora("jobs", "show", parent, "--children", "--json").json["children"]
        assert [child["jobId"] for child in children] == [f"{parent}:{index}" for index in range(3)]
        assert children[1]["status"] == "RUNNING"
        assert f"{parent}:2" in vectora("jobs", "show", parent, "--children").out
    assert "children" not in vectora("jobs", "show", parent, "--json").json


def test_a_job_that_is_not_there_is_exit_code_1(vectora: Vectora, table: JobStateTable) -> None:
    """In one sentence, or one document."""
    found = vectora("jobs", "show", "nobody", "--json")
    assert (found.code, found.json["exit_code"]) == (1, 1)
    assert found.err == f"vectora: the job table {table.name} has no job nobody; check the id, or run `vectora jobs sync`\n"


def test_counts_are_those_of_the_last_sync_or_of_now(vectora: Vectora, table: JobStateTable, data: Path) -> None:
    """And it is said when they were counted; gone jobs are apart."""
    missing = vectora("jobs", "stats", "--json")
    assert (missing.code, missing.json["exit_code"]) == (1, 1)
    assert "run `vectora jobs sync`, or give --live" in missing.err
    live = vectora("jobs", "stats", "--live", "--json").json
    assert (live["total"], live["open"], live["gone"], live["success_rate"]) == (5, 1, 1, 1 / 3)
    assert list(data.iterdir()) == []
    store_statistics(open_storage(data.as_uri()), table.name, table.get_statistics())
    table.put(job("six", "RUNNING"))
    assert vectora("jobs", "stats", "--json").json == live
    found = vectora("jobs", "stats").out
    assert found.startswith(f"Jobs of {table.name}: 33.3% of the finished succeeded; counted 0 minutes ago\n")
    assert [cell.strip() for cell in found.splitlines()[-2].strip("│ ").split("│")] == ["all", "1", "2", "1", "1", "5"]
    assert QUEUE in found


def test_nothing_finished_has_no_rate(vectora: Vectora, new_table: NewTable) -> None:
    """Neither a hundred per cent nor none."""
    name = new_table().name
    assert vectora("jobs", "stats", "--live", "--table", name, "--json").json["success_rate"] is None
    assert "nothing finished" in vectora("jobs", "stats", "--live", "--table", name).out


USAGE = {
    "status": (["list", "--status", "done"], "'DONE' is no state of a Batch job"),
    "time": (["list", "--from", "yesterday"], "--from: 'yesterday' is no time; write 2026-03-10"),
    "swapped": (["list", "--from", "1h", "--to", "2h"], "no time lies between"),
    "endless": (["list", "--from", "999999d"], "--from: '999999d' is no time"),
    "limit": (["list", "--limit", "0"], "'--limit'"),
    "token": (["list", "--next-token", "x"], "next_token: it is not what an earlier page gave"),
    "table": (["list", "--table", "a b"], "--table 'a b' can be no table"),
    "region": (["list", "--region", "no such"], "--region 'no such' can be no region"),
    "watch in a pipe": (["list", "--watch", "5"], "--watch draws on a terminal"),
    "watch one in a pipe": (["show", "one", "--watch", "5"], "--watch draws on a terminal"),
    "watch counts in a pipe": (["stats", "--watch", "5"], "--watch draws on a terminal"),
    "no id": (["show", ""], "a job id has between 1 and 2048 bytes"),
}


@pytest.mark.parametrize(("arguments", "words"), USAGE.values(), ids=USAGE)
def test_a_wrong_command_line_is_exit_code_2(
    vectora: Vectora, new_bucket: Callable[[], str], arguments: list[str], words: str
) -> None:
    """With or without a table."""
    found = vectora("jobs", *arguments)
    assert (found.code, found.out) == (2, "")
    assert words in found.err


def test_a_table_that_does_not_answer_is_exit_code_3(
    vectora: Vectora, new_bucket: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not there, or out of reach; settings that cannot be used are exit code 2."""
    found = vectora("jobs", "list", "--table", "no-such-table", "--json")
    assert (found.code, found.json["exit_code"]) == (3, 3)
    assert "vectora jobs create-table" in found.err
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    assert "the AWS settings cannot be used: Invalid endpoint: nowhere" in vectora("jobs", "list").err
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert vectora("jobs", "list").code == 2


def test_a_watch_draws_again_until_ctrl_c(table: JobStateTable) -> None:
    """What may pass is said, and the last list stays; what stays wrong ends it."""
    terminal, pauses = io.StringIO(), iter([None, None, KeyboardInterrupt, KeyboardInterrupt])
    answers = iter([table.get_all_jobs(), JobTableError("too much", transient=True), table.get_failed_jobs()])

    def draw(lines: int) -> Table:
        assert lines == 14
        answer = next(answers, JobTableError("no such table", transient=False))
        if isinstance(answer, Exception):
            raise answer
        return jobs_view.table_of("Jobs", answer.jobs)

    def sleep(seconds: float) -> None:
        assert seconds == 5
        if pause := next(pauses):
            raise pause

    def watch() -> None:
        console = Console(file=terminal, force_terminal=True, width=160, height=20)
        jobs_view.watch(draw, seconds=5, console=console, sleep=sleep, clock=lambda: NOW + timedelta(seconds=1))

    watch()
    drawn = terminal.getvalue()
    assert "15:42:01 UTC, every 5 s; Ctrl-C ends; too much" in drawn
    assert drawn.count("SUCCEEDED") == 2
    with pytest.raises(JobTableError, match="no such table"):
        watch()


def test_a_list_on_a_terminal_is_coloured() -> None:
    """By status; the colours are the list's own, never a job's."""
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=200, color_system="standard")
    console.print(jobs_view.table_of("Jobs", (job("a", "FAILED", job_name="[red]\x1b[32mx"), job("b", gone="2026"))))
    assert "\x1b[1;31mFAILED\x1b[0m" in terminal.getvalue()
    assert "\x1b[2mRUNNING (gone)\x1b[0m" in terminal.getvalue()
    assert "[red]\\x1b[32mx" in terminal.getvalue()
    assert "\x1b[32m" not in terminal.getvalue()
