"""The page of one job, and the same for programs: what it says, what it costs, and what it does without."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.fakes.counted_storage import CountedStorage
from tests.fakes.empty_dynamodb import empty_job_table
from tests.plugins.ui import job_rows as rows
from tests.plugins.ui.conftest import NOW, Pages
from tests.plugins.ui.inert import assert_inert
from vectora_core.jobs.attributes import COLUMNS, to_attributes, to_document
from vectora_core.jobs.sync_state import QueuePlace, SyncState, write_state
from vectora_core.jobs.types import JobRecord

TABLE = "jobs"


def show(pages: Pages, record: JobRecord, *, status: int = 200) -> BeautifulSoup:
    """The page of a job whose row is this."""
    pages.use(table=empty_job_table(lambda: NOW, to_attributes(record)))
    answer = pages.get("job", job_id=record.job_id)
    assert answer.status_code == status
    return assert_inert(answer.text)


def ask(pages: Pages, record: JobRecord) -> Any:
    pages.use(table=empty_job_table(lambda: NOW, to_attributes(record)))
    answer = pages.get("api/job", job_id=record.job_id)
    assert answer.status_code == 200
    return answer.json()


def words(page: BeautifulSoup, selector: str = "main") -> str:
    found = page.select_one(selector)
    assert found is not None, f"there is no {selector}"
    return " ".join(found.get_text(" ").split())


def write_sync(pages: Pages, record: JobRecord, *, minutes_ago: float = 2, missing: tuple[str, ...] = ()) -> None:
    at = (NOW.timestamp() - 60 * minutes_ago) * 1000
    began = f"{NOW.fromtimestamp(at / 1000, NOW.tzinfo).isoformat()}"
    state = SyncState(missing=dict.fromkeys(missing, NOW))
    write_state(pages.resources.data, QueuePlace(table=TABLE, job_queue=record.job_queue), state, last={"started_at": began})


def test_a_failed_job_says_why_and_what_to_do(pages: Pages) -> None:
    """The kind in words with its remedy, the reason as it was told, the exit code and what it means."""
    why = words(show(pages, rows.FAILED), "section.why")
    assert "used more memory than it asked for" in why
    assert "Ask for more memory" in why
    assert "Essential container in task exited" in why
    assert "Exit code 137 : SIGKILL, often out of memory" in why


def test_every_attempt_is_told_with_its_exit_code_its_reason_and_its_log(pages: Pages) -> None:
    """In order; a spot interruption has no exit code; a log is a link to CloudWatch."""
    page = show(pages, rows.FAILED)
    table = page.select("table tbody tr")
    assert [words(row, "th") for row in table] == ["1 failed", "2 failed", "3 failed"]
    assert "none" in words(table[0], "[data-label='Exit code']")
    assert words(table[1], "[data-label='Exit code']") == "1 general error"
    assert "OutOfMemoryError" in words(table[2], "[data-label=Reason]")
    assert words(table[2], "[data-label=Duration]") == "30 min 00 s"
    link = table[2].select_one("[data-label=Log] a")
    assert link is not None and str(link["href"]).startswith(
        "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
    )
    assert "Attempt 3 of 3" in words(page, ".figures")


def test_the_time_is_a_bar_and_the_same_as_a_list(pages: Pages) -> None:
    """Waiting from the creation on, each attempt, and the pauses between them; the bar says so in words."""
    page = show(pages, rows.FAILED)
    told = [" ".join(one.get_text().split()) for one in page.select("ol.legend li")]
    assert told == [
        "waiting for 20 min 00 s",
        "attempt 1 ran 30 min 00 s",
        "between attempts for 10 min 00 s",
        "attempt 2 ran 10 min 00 s",
        "between attempts for 10 min 00 s",
        "attempt 3 ran 30 min 00 s",
    ]
    bar = page.select_one("#phases-bar")
    assert bar is not None and bar["role"] == "img"
    assert all(one in str(bar["aria-label"]) for one in told)
    widths = [float(str(rect["width"])) for rect in bar.select("rect")]
    assert widths == pytest.approx([1000 * minutes / 110 for minutes in (20, 30, 10, 10, 10, 30)], abs=0.1)
    assert "Waited 40 min 00 s" in words(page, ".figures")
    assert "Ran 1 h 10 min" in words(page, ".figures")


def test_an_open_job_is_refreshed_and_an_ended_one_is_not(pages: Pages) -> None:
    """What can still change refreshes itself; a gone job cannot."""
    for record, live in ((rows.RUNNING, True), (rows.WAITING, True), (rows.FAILED, False), (rows.GONE, False)):
        page = show(pages, record)
        main = page.select_one("main")
        assert main is not None and main.has_attr("data-live") is live
        assert bool(page.select("[data-live-switch]")) is live


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (rows.RUNNING, "2 of 3"),
        (rows.WAITING, "waits for 1 of 3"),
        (replace(rows.WAITING, status="STARTING"), "starts 1 of 3"),
        (rows.SUCCEEDED, "1 of 3"),
        (rows.DEPENDENT, "none was made"),
        (rows.PARENT, "none of its own; its children have theirs"),
    ],
    ids=["running", "waiting", "starting", "succeeded", "never ran", "array"],
)
def test_a_job_says_where_it_is_in_its_attempts(pages: Pages, record: JobRecord, said: str) -> None:
    """Attempt k of n, or what it waits for."""
    assert ask(pages, record)["attempt_in_words"] == said


def test_gone_missing_and_stale_are_told_apart_from_running(pages: Pages) -> None:
    """Each by a badge and in words; a job that was looked at lately has only its status."""
    running = replace(rows.RUNNING, timestamp="2026-03-10T10:00:00.000Z")
    assert [one.get_text() for one in show(pages, running).select(".states .badge")] == ["RUNNING", "stale"]
    write_sync(pages, running)
    assert [one.get_text() for one in show(pages, running).select(".states .badge")] == ["RUNNING"]
    assert "The last sync of its queue began 2026-03-10 11:58 UTC" in words(show(pages, running), "#freshness")
    write_sync(pages, running, missing=(running.job_id,))
    assert [one.get_text() for one in show(pages, running).select(".states .badge")] == ["RUNNING", "missing"]
    gone = show(pages, rows.GONE)
    assert [one.get_text() for one in gone.select(".states .badge")] == ["RUNNING", "gone"]
    assert "AWS Batch does not know it any more" in words(gone, "#freshness")
    assert "Not known since 2026-03-10 11:45 UTC" in words(gone, "#freshness")


def test_an_array_is_rolled_up(pages: Pages) -> None:
    """Counts by state as a bar and as numbers; children are not stored, and the page says who knows them."""
    page = show(pages, rows.PARENT)
    assert [" ".join(one.get_text().split()) for one in page.select("ul.legend li")] == [
        "RUNNING 20",
        "FAILED 30",
        "SUCCEEDED 700",
        "not counted 250",
    ]
    assert f"vectora jobs show {rows.UUID} --children" in words(page)
    assert ask(pages, rows.PARENT)["children"] == {
        "size": 1000,
        "by_status": {"RUNNING": 20, "FAILED": 30, "SUCCEEDED": 700},
        "uncounted": 250,
    }


def test_the_event_is_whole_and_its_redactions_are_marked(pages: Pages) -> None:
    """Formatted JSON that reads as the stored event; each redaction is marked, and they are counted."""
    page = show(pages, rows.FAILED)
    shown = page.select_one("pre.event")
    assert shown is not None
    assert json.loads(shown.get_text()) == json.loads(rows.FAILED.full_event)
    marks = shown.select("mark")
    assert {mark.get_text() for mark in marks} == {"[redacted]"}
    assert words(page, "#redactions").startswith(f"{len(marks)} values were removed")
    assert ask(pages, rows.FAILED)["event"]["redactions"] == len(marks) == 5
    assert "hunter2" not in page.get_text()
    assert "shortened" not in words(page, "section:has(> .event)")


def test_what_was_shortened_says_so(pages: Pages) -> None:
    """An event that had to be cut is not taken for the whole one."""
    assert "It has been shortened" in words(show(pages, replace(rows.FAILED, cut=True)))


def test_it_leads_to_aws_to_its_queue_to_its_definition_and_back(pages: Pages) -> None:
    """AWS in a new tab, the lists with the filter set."""
    links = {link.get_text().lstrip("\u2039 "): link for link in show(pages, rows.FAILED).select("main a")}
    assert links["Open it in AWS Batch"]["href"] == (
        f"https://console.aws.amazon.com/batch/home?region=eu-west-1#jobs/detail/{rows.UUID}"
    )
    assert links["Open it in AWS Batch"]["data-leaves"] == "tab"
    assert links["All jobs"]["href"] == "/airflow/vectora/jobs"
    assert str(links["Jobs of the same queue"]["href"]).startswith("/airflow/vectora/jobs?queue=arn%3Aaws%3Abatch")
    assert str(links["Jobs of the same definition"]["href"]).endswith("encode%3A3")


@pytest.mark.parametrize("job_id", [f"{rows.UUID}:12", f"{rows.UUID}#0", "a+b c/d?e&f=g%23"])
def test_ids_with_signs_of_their_own_come_through(pages: Pages, job_id: str) -> None:
    """Children of arrays, nodes, and whatever else: in a query they are themselves, and so in each link of the page."""
    page = show(pages, replace(rows.RUNNING, job_id=job_id))
    assert words(page, "#job-id") == job_id
    link = next(one for one in page.select("main a") if one.get_text() == "As JSON")
    again = pages.request("GET", str(link["href"]).removeprefix("/airflow/vectora/"))
    assert again.json()["job"]["jobId"] == job_id


def test_programs_get_every_column_and_what_the_page_says(pages: Pages) -> None:
    """The columns under their names, the event as JSON, and what is told from them."""
    found = ask(pages, rows.FAILED)
    document = to_document(rows.FAILED)
    assert found["event"]["content"] == json.loads(document.pop("fullEvent"))
    assert found["job"] == document
    assert set(found["job"]) <= set(COLUMNS)
    assert [(one["number"], one["exit_code"], one["exit_code_meaning"]) for one in found["attempts"]] == [
        (1, None, None),
        (2, 1, "general error"),
        (3, 137, "SIGKILL, often out of memory"),
    ]
    assert [one["kind"] for one in found["phases"]][:2] == ["waiting", "running"]
    assert found["freshness"]["state"] == "finished"
    assert (found["waited_seconds"], found["ran_seconds"]) == (2400, 4200)


def test_a_job_that_is_not_there_is_404_with_what_to_do(pages: Pages) -> None:
    """For people and for programs: the table, the id, the sync, and when rows go."""
    pages.use(table=empty_job_table(lambda: NOW))
    for path in ("job", "api/job"):
        answer = pages.get(path, job_id="unknown#1")
        assert answer.status_code == 404
        said = answer.json()["detail"] if path == "api/job" else assert_inert(answer.text).get_text()
        for part in ("the job table jobs has no job 'unknown#1'", "vectora jobs sync", "90 days"):
            assert part in said


def test_a_page_costs_one_row_and_one_small_read(pages: Pages, tmp_path: Path) -> None:
    """Whatever the number of queues that are watched; of a job that has ended, the table alone is asked."""
    for record, reads in ((rows.RUNNING, 1), (rows.FAILED, 0), (rows.GONE, 0)):
        storage = CountedStorage(tmp_path / "data")
        pages.use(data=storage)
        for queue in range(20):
            write_sync(pages, replace(record, job_queue=f"{rows.QUEUE}-{queue}"))
        write_sync(pages, record)
        show(pages, record)
        assert dict(pages.resources.table.calls) == {"GetItem": 1}
        assert storage.asked.total() == reads


def test_what_cannot_be_known_of_the_sync_is_said_beside_the_rest(pages: Pages, tmp_path: Path) -> None:
    """A sync state that is not there, not readable, or out of reach leaves the job as it is in the table."""
    assert "no sync of it has come to its end yet" in words(show(pages, rows.RUNNING), "#freshness")
    place = QueuePlace(table=TABLE, job_queue=rows.QUEUE)
    pages.resources.data.put(place.state, b"[1, 2")
    assert "its state cannot be read" in words(show(pages, rows.RUNNING), "#freshness")
    pages.use(data=CountedStorage(tmp_path / "data", "state.json"))
    page = show(pages, rows.RUNNING)
    assert "cannot be reached" in words(page, "#freshness")
    assert page.select("#phases-bar")
