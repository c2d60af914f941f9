"""The page of one job against what strangers write into events and people into rows: it shows it, as text, and stands."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.fakes.empty_dynamodb import empty_job_table
from tests.plugins.ui import job_rows as rows
from tests.plugins.ui.conftest import NOW, Pages
from tests.plugins.ui.inert import EVERYTHING, assert_inert
from vectora_airflow.ui.job.words import FAILURES, GROUPS
from vectora_core.jobs.attributes import COLUMNS, to_attributes
from vectora_core.jobs.failures import FailureKind
from vectora_core.jobs.states import STATUSES
from vectora_core.jobs.types import JobRecord

TEXTS = [
    name for name, kind in JobRecord.__annotations__.items() if kind in ("str", "str | None", "Source") and name != "job_id"
]
NUMBERS = [name for name, kind in JobRecord.__annotations__.items() if kind in ("int", "int | None")]
BEGINNINGS = ("javascript:attack()", "//attack.example", '" onload=attack() x="', "'>")
TEN_KILOBYTES = "n" * 10_000


def both(pages: Pages, row: dict[str, Any]) -> tuple[BeautifulSoup, Any]:
    """The page of a job with this row, and what programs get of it."""
    pages.use(table=empty_job_table(lambda: NOW, row))
    job_id = row["jobId"]["S"]
    page, document = pages.get("job", job_id=job_id), pages.get("api/job", job_id=job_id)
    assert (page.status_code, document.status_code) == (200, 200)
    return assert_inert(page.text), document.json()


def with_event(text: str) -> dict[str, Any]:
    return {**to_attributes(rows.FAILED), "fullEvent": {"S": text}}


@pytest.mark.parametrize("field", TEXTS)
def test_a_text_of_strangers_is_only_ever_text(pages: Pages, field: str) -> None:
    """Every column that holds text, with every payload: nothing runs, and nothing is lost."""
    for payload in (*BEGINNINGS, EVERYTHING, TEN_KILOBYTES):
        both(pages, to_attributes(replace(rows.FAILED, **{field: payload})))
    both(pages, to_attributes(replace(rows.RUNNING, **{field: EVERYTHING})))


def test_a_job_whose_every_field_is_a_script_is_shown_as_it_is(pages: Pages) -> None:
    """An event whose texts, names of tags and all else are payloads arrives as what it is, in the page and for programs."""
    hostile = {
        "statusReason": EVERYTHING,
        "jobName": EVERYTHING,
        "jobDefinition": EVERYTHING,
        "tags": {EVERYTHING: EVERYTHING},
    }
    attempts = [
        {"container": {"logStreamName": EVERYTHING, "reason": EVERYTHING, "exitCode": 1}, "statusReason": EVERYTHING}
    ]
    record = rows.row("FAILED", **hostile, attempts=attempts)
    page, document = both(pages, to_attributes(record))
    shown = page.select_one("pre.event")
    assert shown is not None and json.loads(shown.get_text()) == document["event"]["content"]
    assert document["event"]["content"]["detail"]["tags"] == {EVERYTHING: EVERYTHING}
    heading = page.select_one("h1")
    assert heading is not None and "<script>attack()</script>" in heading.get_text()
    assert not [link for link in page.select("main a") if "attack" in str(link["href"]).partition("?")[0]]


@pytest.mark.parametrize("field", NUMBERS)
def test_no_number_breaks_the_page(pages: Pages, field: str) -> None:
    """DynamoDB takes 38 digits, and a row may be made by hand; a row that has expired is not there."""
    for record in (rows.FAILED, replace(rows.PARENT, status="RUNNING")):
        for number in (-1, 0, 2**63, 10**37):
            pages.use(table=empty_job_table(lambda: NOW, to_attributes(replace(record, **{field: number}))))
            for path in ("job", "api/job"):
                assert pages.get(path, job_id=record.job_id).status_code in ({200, 404} if field == "expires_at" else {200})


@pytest.mark.parametrize(
    "value", [{"N": "7"}, {"S": "seven"}, {"BOOL": True}, {"NULL": True}, {"M": {"FAILED": {"S": "x"}}}, {"L": []}]
)
def test_no_type_breaks_the_page(pages: Pages, value: dict[str, Any]) -> None:
    """Any column of a row made by hand may be of any type, or not be there."""
    for column in COLUMNS:
        if column not in ("jobId", "expiresAt"):
            both(pages, {**to_attributes(rows.PARENT if column.startswith("array") else rows.FAILED), column: value})
    both(pages, {"jobId": {"S": "x"}, "expiresAt": {"N": "9999999999"}})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON <script>attack()</script>",
        "null",
        "[]",
        '"\\ud800"',
        '"\\"\\\\ud800\\""',
        '{"detail": {"\\ud83d": NaN, "a": Infinity, "b": 1e400, "c": -1e400}}',
        '{"detail": {"attempts": {"a": 1}, "container": []}}',
        '{"detail": {"attempts": [1, null, "x", {"startedAt": "soon", "container": {"exitCode": 1e9}}]}}',
        '{"a": ' + "9" * 5_000 + "}",
        "[" * 300_000,
        "[" * 900 + "]" * 900,
        '{"a":' * 400 + "1" + "}" * 400,
    ],
    ids=range(13),
)
def test_no_event_breaks_the_page(pages: Pages, text: str) -> None:
    """What is no event, no JSON, nothing a page can encode, or nested without end is shown as the text it is."""
    page, document = both(pages, with_event(text))
    assert document["event"]["size"] == len(text)
    assert bool(page.select("pre.event")) is (document["event"]["content"] is not None)


def test_what_json_has_no_number_for_stays_readable(pages: Pages) -> None:
    """Python would read them, and write what no browser can; as text they are neither lost nor wrong."""
    page, document = both(pages, with_event('{"a": NaN, "b": -Infinity, "c": 1e400, "d": 1.5}'))
    assert document["event"]["content"] == {"a": "NaN", "b": "-Infinity", "c": "1e400", "d": 1.5}
    shown = page.select_one("pre.event")
    assert shown is not None and json.loads(shown.get_text()) == document["event"]["content"]


def test_an_event_does_not_grow_when_it_is_laid_out(pages: Pages) -> None:
    """400 KB of nested lists would be a page of 25 MB: then the text is shown as it is, which is said."""
    deep = "[" * 55 + ",".join("1" * 150_000) + "]" * 55
    page, document = both(pages, with_event(deep))
    assert len(str(page)) < 1_000_000
    assert document["event"]["is_json"] is False
    assert "It is no JSON that can be laid out" in page.get_text()


def test_many_attempts_are_shown_as_the_last_fifty(pages: Pages) -> None:
    """AWS allows 10; programs get all there are."""
    attempts = [rows.attempt(110 - index / 10, 110 - index / 10 - 0.05, 1) for index in range(900)]
    record = rows.row("FAILED", attempts=attempts, retryStrategy={"attempts": 10})
    page, document = both(pages, to_attributes(record))
    assert len(page.select("table tbody tr")) == 50
    assert "The last 50 of 900" in page.get_text()
    assert len(document["attempts"]) == 900


@pytest.mark.parametrize("job_id", ["x; rm -rf ~", "$(reboot)", "`id`", "a b", "x\x1b[2J", "--table=other", "'"])
def test_an_id_is_never_part_of_a_command_it_could_change(pages: Pages, job_id: str) -> None:
    """Commands are there to be pasted into a terminal: an id of other signs than Batch's own is left out of them."""
    pages.use(table=empty_job_table(lambda: NOW, to_attributes(replace(rows.PARENT, job_id=job_id))))
    page = assert_inert(pages.get("job", job_id=job_id).text)
    assert [one.get_text() for one in page.select("code") if "vectora" in one.get_text()] == [
        "vectora jobs show ID --children",
        "vectora jobs show ID --event",
    ]


def test_an_id_that_can_be_none_is_refused(pages: Pages) -> None:
    """Empty, missing, or longer than a key can be: 400 with the way out, and the table is not asked."""
    pages.use(table=empty_job_table(lambda: NOW))
    for query in ({}, {"job_id": ""}, {"job_id": "x" * 2_049}, {"job_id": "\U0001f600" * 600}):
        for path in ("job", "api/job"):
            assert pages.get(path, **query).status_code == 400
    assert not pages.resources.table.calls


def test_every_kind_of_failure_and_every_state_has_its_words() -> None:
    """What the writers can write, the page can say."""
    assert set(FAILURES) == set(FailureKind)
    assert set(GROUPS) == set(STATUSES)
