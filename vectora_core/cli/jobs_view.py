"""What people see of jobs: a line each in a list, every column of one, the counts of all. It asks nobody."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vectora_core.cli.terminal import print_table, visible
from vectora_core.errors import VectoraError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from vectora_core.jobs.types import JobRecord

COLUMNS = ("job", "name", "status", "since (UTC)", "queue", "attempts", "exit", "why")
CHILD_COLUMNS = ("jobId", "jobName", "status", "statusReason")
MOST_SECONDS = 86_400
"""After a day a watch ends: nobody looks any more."""
_STYLES = {"FAILED": "bold red", "SUCCEEDED": "green", "RUNNING": "cyan", "STARTING": "cyan"}
_MILLISECONDS = ("createdAt", "startedAt", "stoppedAt")
_LONGEST_REASON = 120
_LINES_AROUND = 6

Counts = tuple[str, Sequence[str], Sequence[Sequence[object]]]
"""Title, columns and rows of a table."""


def row_of(record: JobRecord) -> tuple[str, ...]:
    """Return what a list says of a job."""
    reason = " ".join((record.status_reason or "").split())
    why = ": ".join(one for one in (record.failure_kind, reason) if one)
    return (
        record.job_id,
        record.job_name,
        f"{record.status} (gone)" if record.gone else record.status,
        record.timestamp[:19].replace("T", " "),
        record.job_queue.rpartition("/")[2],
        f"{record.attempts}/{record.max_attempts}" if record.max_attempts else str(record.attempts),
        "" if record.exit_code is None else str(record.exit_code),
        why if len(why) <= _LONGEST_REASON else f"{why[: _LONGEST_REASON - 1]}…",
    )


def print_jobs(title: str, records: tuple[JobRecord, ...]) -> None:
    """Print a list: in colours on a terminal, as plain lines anywhere else."""
    if not sys.stdout.isatty():
        print_table(title, COLUMNS, map(row_of, records))
        return
    from rich.console import Console

    Console().print(table_of(title, records))


def plain_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return any table as rich draws it."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(visible(title)), title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(str(cell))) for cell in row))
    return table


def plain_tables(tables: Iterable[Counts]) -> RenderableType:
    """Return tables one below the other."""
    from rich.console import Group

    return Group(*(plain_table(*one) for one in tables))


def table_of(title: str, records: tuple[JobRecord, ...]) -> Table:
    """Return a list as rich draws it."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(visible(title)), title_justify="left")
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for record in records:
        style = "dim" if record.gone else _STYLES.get(record.status, "yellow")
        cells = [Text(visible(cell)) for cell in row_of(record)]
        cells[2].stylize(style)
        table.add_row(*cells)
    return table


def watch(
    draw: Callable[[int], RenderableType],
    *,
    seconds: float,
    console: Console,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime],
) -> None:
    """Draw a table anew every so many seconds, until Ctrl-C or for a day; what may pass is said and asked again.

    :param draw: returns what there is now, in at most so many rows where it is a list
    """
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    drawn: Any = Text("")
    with suppress(KeyboardInterrupt), Live(console=console, auto_refresh=False) as live:
        for _ in range(max(1, int(MOST_SECONDS / seconds))):
            said = f"{clock():%H:%M:%S} UTC, every {seconds:g} s; Ctrl-C ends"
            try:
                drawn = draw(max(1, console.height - _LINES_AROUND))
            except VectoraError as error:
                if not error.transient:
                    raise
                said = f"{said}; {error}"
            live.update(Group(drawn, Text(visible(said))), refresh=True)
            sleep(seconds)


def event_of(record: JobRecord) -> Any:
    """Return the full event of a row as what it is; its text where that is no JSON; None when there is none."""
    if not record.full_event:
        return None
    try:
        return json.loads(record.full_event)
    except (ValueError, RecursionError):
        return record.full_event


def lines_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return every column of a row for people, but the event; times in UTC.

    :param document: see `vectora_core.jobs.attributes.to_document`
    """
    return [(column, _for_people(column, value)) for column, value in document.items() if column != "fullEvent"]


def statistics_tables(name: str, document: Mapping[str, Any], *, now: datetime) -> list[Counts]:
    """Return what is said of the job table of that name: the counts, and how long jobs wait where any are known to."""
    waits = waiting_table(f"Waiting time of the jobs of {name}", document["waiting"])
    return [statistics_table(f"Jobs of {name}", document, now=now), *([waits] if waits[2] else [])]


def waiting_table(title: str, waiting: Mapping[str, Any]) -> Counts:
    """Return title, columns and rows of the waits: each queue with its jobs that started, by bucket, and that still wait.

    :param waiting: the part of `vectora_core.jobs.statistics.summary`
    """
    from vectora_core.jobs.waiting import BUCKETS

    waited, now = waiting["waited"], waiting["now"]
    rows = [
        (
            job_queue or "(none)",
            *(waited.get(job_queue, {}).get(bucket.name, 0) for bucket in BUCKETS),
            now.get(job_queue, {}).get("jobs", 0),
            _duration(now[job_queue].get("longest_seconds", 0)) if job_queue in now else "",
        )
        for job_queue in sorted({*waited, *now})
    ]
    return title, ("queue", *(bucket.in_words for bucket in BUCKETS), "waiting now", "longest"), rows


def statistics_table(title: str, document: Mapping[str, Any], *, now: datetime) -> Counts:
    """Return title, columns and rows of the counts: the queues with what they have in each status, and all of them.

    :param document: see `vectora_core.jobs.statistics.summary`
    """
    by_status = document["by_status"]
    rows: list[Sequence[object]] = [
        (job_queue or "(none)", *(counts.get(status, 0) for status in by_status), sum(counts.values()))
        for job_queue, counts in document["by_queue"].items()
    ]
    rows.append(("all", *by_status.values(), document["total"]))
    age = now - datetime.fromisoformat(document["counted_at"])
    rate = document["success_rate"]
    said = "nothing finished" if rate is None else f"{rate:.1%} of the finished succeeded"
    minutes = max(0, int(age.total_seconds() // 60))
    return f"{title}: {said}; counted {minutes} minutes ago", ("queue", *by_status, "total"), rows


def _for_people(column: str, value: Any) -> str:
    if column in _MILLISECONDS or column == "expiresAt":
        return _time(value / (1 if column == "expiresAt" else 1000))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _duration(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC")
    except (ValueError, OverflowError, OSError):  # a row made by hand
        return str(seconds)
