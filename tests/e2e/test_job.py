"""The page of one job in a browser, on the jobs of the demo and on ids that addresses do not like."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Frame, Route, expect

from stack.airflow import VIEWER
from stack.demo_jobs import DemoJobs
from stack.fake_batch import script
from tests.e2e.appearance import faults, figures, follow, words
from tests.e2e.browser import PHONE, Look, Pages
from tests.e2e.job_rows import QUEUE_NAME, SECRET, in_the_table, row
from vectora_core.jobs.redaction import REDACTED

ODD_IDS = ["4c7599ae-0a82-49aa-ba5a-4727fcce14a8#0", "4c7599ae-0a82-49aa-ba5a-4727fcce14a8:12", "a+b c/d?e=f&g%2F..;h"]


def text_of(frame: Frame, place: str = "main") -> str:
    return words(frame.locator(place))


def test_a_job_that_was_tried_twice(pages: Pages, look: Look) -> None:
    """In every window: attempt 2 of 3, the exit codes with their meaning, the time of each phase, the whole event as stored,
    and the log in the AWS console; nothing sticks out, and axe is content."""
    frame = pages.open(pages.login(VIEWER, look), "job", job_id=pages.data.retried)
    assert text_of(frame, "h1") == script.RETRIED
    assert "SUCCEEDED" in text_of(frame, "p.states")
    found = figures(frame)
    assert (found["Attempt"], found["Last exit code"]) == ("2 of 3", "0")
    rows = [words(one) for one in frame.locator("table.stack tbody tr").all()]
    assert len(rows) == 2
    assert "1 failed" in rows[0] and "Host EC2" in rows[0]
    assert "2 succeeded" in rows[1] and "0 success" in rows[1]
    phases = [words(one) for one in frame.locator("ol.legend li").all()]
    kinds = [re.sub(r" [\d.]+ m?s.*", "", one) for one in phases]
    assert kinds == ["waiting for", "attempt 1 ran", "between attempts for", "attempt 2 ran"]
    assert frame.locator("#phases-bar").get_attribute("aria-label") == "Time per phase: " + ", ".join(phases)
    assert frame.locator("#phases-bar rect").count() == 4
    check_event(frame, pages)
    assert faults(frame, look) == []


def check_event(frame: Frame, pages: Pages) -> None:
    """It is the stored one, complete, laid out in lines, with every redaction marked; no secret is in it."""
    stored = DemoJobs(pages.stack).table.get(pages.data.retried)
    assert stored and stored.full_event
    shown = frame.locator("pre.event").inner_text()
    assert json.loads(shown) == json.loads(stored.full_event)
    assert len(shown.splitlines()) > 50
    assert frame.locator("pre.event mark").count() == stored.full_event.count(REDACTED) > 0
    assert "not-a-real-password" not in frame.content()


def test_the_log_opens_in_the_aws_console_and_in_a_tab_of_its_own(pages: Pages) -> None:
    """The stream of that attempt; the page stays where it is, and the console is not told where one came from."""
    page = pages.login(VIEWER)
    headers: list[dict[str, str]] = []

    def console(route: Route) -> None:
        headers.append(route.request.headers)
        route.fulfill(body="<title>the console</title>", content_type="text/html")

    page.context.route(re.compile(r"^https://console\.aws\.amazon\.com/"), console)
    frame = pages.open(page, "job", job_id=pages.data.retried)
    link = frame.locator("table.stack tbody tr").last.get_by_role("link")
    stream = link.inner_text()
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value).to_have_title("the console")
    assert unquote(unquote(opened.value.url.replace("$", "%"))).endswith(f"/aws/batch/job/log-events/{stream}")
    assert opened.value.evaluate("window.opener") is None
    assert [one.get("referer") for one in headers] == [None]
    assert parse_qs(urlsplit(frame.url).query) == {"job_id": [pages.data.retried]}


def test_why_a_job_failed_and_what_to_do(pages: Pages) -> None:
    """The exit code with its meaning, the reason, and the remedy; its children, where it is an array."""
    frame = pages.open(pages.login(VIEWER), "job", job_id=pages.data.out_of_memory)
    why = text_of(frame, "section.why")
    assert "The container used more memory than it asked for." in why
    assert "Exit code 137: " in why and "kill" in why.lower()
    assert "Ask for more memory in the job definition" in why
    frame.goto(pages.address("job", job_id=pages.data.array))
    assert "At least one child of the array failed." in text_of(frame)
    assert [words(one) for one in frame.locator("ul.legend li").all()] == ["FAILED 1", "SUCCEEDED 4"]
    assert frame.locator("#children-bar").get_attribute("aria-label") == "Children by state: FAILED 1, SUCCEEDED 4"


def test_how_far_an_open_job_can_be_trusted(pages: Pages) -> None:
    """One runs, one nobody has seen for hours, one is unknown to Batch: three badges, and three sentences."""
    frame = pages.open(pages.login(VIEWER, PHONE), "job", job_id=pages.data.running)
    said = {}
    for name in ("running", "stale", "gone"):
        frame.goto(pages.address("job", job_id=getattr(pages.data, name)))
        said[name] = (frame.locator("p.states .badge").all_inner_texts(), text_of(frame, "#freshness"))
        assert faults(frame, PHONE) == []
    assert {name: badges for name, (badges, _) in said.items()} == {
        "running": ["RUNNING"],
        "stale": ["RUNNING", "stale"],
        "gone": ["RUNNING", "gone"],
    }
    assert "was looked at lately" in said["running"][1]
    assert "may have moved on" in said["stale"][1]
    assert "AWS Batch does not know it any more" in said["gone"][1] and "Not known since" in said["gone"][1]


@pytest.mark.parametrize("job_id", ODD_IDS)
def test_ids_that_addresses_do_not_like(pages: Pages, job_id: str) -> None:
    """From the list to the page, from Airflow's address in another window, and on to its queue: always the same job."""
    page = pages.login(VIEWER)
    with in_the_table(pages.stack, row(job_id, "SUCCEEDED", jobName=f"odd {job_id}")):
        frame = pages.open(page, "jobs", q=job_id)
        follow(frame, frame.get_by_role("link", name=f"odd {job_id}", exact=True))
        assert text_of(frame, "#job-id") == job_id
        page.wait_for_url(re.compile(r"/plugin/vectora-jobs/vectora/job\?job_id="))
        other = page.context.new_page()
        other.goto(page.url)
        again = pages.frame(other)
        expect(again.locator("#job-id")).to_have_text(job_id)
        assert SECRET not in again.content()
        follow(again, again.get_by_role("link", name="Jobs of the same queue"))
        assert again.locator("form[data-filter]").get_by_label("Queue").input_value().endswith(QUEUE_NAME)
        assert again.locator("table.jobs a.name").all_inner_texts() == [f"odd {job_id}"]


def test_a_job_that_is_not_there(pages: Pages) -> None:
    """It says so, with the way back; the same for programs."""
    pages.troubles.allow(r"\b404\b")
    frame = pages.open(pages.login(VIEWER), "job", job_id="never-was")
    assert "never-was" in text_of(frame)
    follow(frame, frame.locator("nav.pages").get_by_role("link", name="Jobs"))
    assert text_of(frame, "h1") == "Jobs"


def test_the_same_as_json(pages: Pages) -> None:
    """The link of the page leads to what programs get."""
    frame = pages.open(pages.login(VIEWER), "job", job_id=pages.data.array)
    follow(frame, frame.get_by_role("link", name="As JSON"))
    found = json.loads(frame.locator("body").inner_text())
    assert found["job"]["jobId"] == pages.data.array
    assert found["children"] == {"size": 5, "by_status": {"FAILED": 1, "SUCCEEDED": 4}, "uncounted": 0}
