"""`vectora jobs stats`: how long the jobs of each queue waited, and still wait."""

from __future__ import annotations

import io

from rich.console import Console

from tests.fakes.command_line import NOW, Vectora
from tests.fakes.jobs import OTHER_QUEUE, QUEUE, NewTable, job
from vectora_core.cli.jobs_view import plain_tables, statistics_tables
from vectora_core.jobs.statistics import Statistics, summary


def ago(minutes: float) -> int:
    """The time so many minutes before now, in milliseconds."""
    return round((NOW.timestamp() - minutes * 60) * 1000)


def test_waits_are_a_table_of_their_own(vectora: Vectora, new_table: NewTable) -> None:
    """By queue: those that started, by bucket; those that still wait, and the longest of them."""
    table = new_table()
    table.put_many(
        [
            job("s", "SUCCEEDED", attempts=1, created_at=ago(10), started_at=ago(9.5)),
            job("r", "RUNNING", created_at=ago(600), started_at=ago(1)),
            job("q", "RUNNABLE", created_at=ago(192)),
            job("p", "PENDING", created_at=ago(0.5), job_queue=OTHER_QUEUE),
            job("h", "SUBMITTED", created_at=ago(45), job_queue=""),
        ]
    )
    found = vectora("jobs", "stats", "--live", "--table", table.name)
    assert f"Waiting time of the jobs of {table.name}\n" in found.out
    lines = [[cell.strip() for cell in line.strip("│┃ ").split("│")] for line in found.out.splitlines() if "│" in line]
    assert lines[-3:] == [
        ["(none)", "0", "0", "0", "0", "0", "0", "1", "45 min"],
        [OTHER_QUEUE, "0", "0", "0", "0", "0", "0", "1", "30 s"],
        [QUEUE, "1", "0", "0", "0", "0", "1", "1", "3 h 12 min"],
    ]
    for words in ("< 1 min", "6 h or more", "waiting now", "longest"):
        assert words in found.out
    document = vectora("jobs", "stats", "--live", "--table", table.name, "--json").json["waiting"]
    assert document["waited"] == {QUEUE: {"under_1_min": 1, "from_6_h": 1}}
    assert document["now"][QUEUE] == {"jobs": 1, "longest_seconds": 11_520}


def test_where_nobody_waited_there_is_no_table_of_waits(vectora: Vectora, new_table: NewTable) -> None:
    """Neither for people, nor anything in it for programs."""
    name = new_table().name
    assert "Waiting time" not in vectora("jobs", "stats", "--live", "--table", name).out
    waiting = vectora("jobs", "stats", "--live", "--table", name, "--json").json["waiting"]
    assert (waiting["waited"], waiting["now"]) == ({}, {})


def test_what_is_watched_has_both_tables() -> None:
    """One below the other; the names of queues write nothing on the terminal but themselves."""
    queue = "\x1b[31m[red]"
    counted = Statistics(
        counted_at="2026-03-10T15:00:00.000Z",
        open_jobs={queue: {"PENDING": 1}},
        waiting={queue: {"jobs": 1}},
    )
    terminal = io.StringIO()
    Console(file=terminal, width=160).print(plain_tables(statistics_tables("jobs", summary(counted), now=NOW)))
    drawn = terminal.getvalue()
    assert "counted 42 minutes ago" in drawn
    assert drawn.index("nothing finished") < drawn.index("Waiting time of the jobs of jobs")
    assert drawn.count("\\x1b[31m[red]") == 2
    assert "\x1b[31m" not in drawn
