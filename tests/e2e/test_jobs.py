"""The dashboard of jobs in a browser, on the jobs of the demo: what it shows, and how one finds a job."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from stack.airflow import VIEWER
from stack.demo_data import UNWATCHED_QUEUE
from stack.demo_jobs import DemoJobs
from stack.fake_batch import script
from tests.e2e import job_rows
from tests.e2e.appearance import faults, figures, follow, words
from tests.e2e.browser import PHONE, Look, Pages
from vectora_core.jobs.statistics import read_statistics, summary
from vectora_core.jobs.types import JobRecord

MANY = 27
"""Two pages of 25."""


@pytest.fixture
def others(pages: Pages) -> Iterator[list[JobRecord]]:
    """Every job there is: those of the demo, and two of another queue, definition and region, one of them old."""
    more = [
        job_rows.row("encode-new", "SUCCEEDED", minutes_ago=5),
        job_rows.row("encode-old", "FAILED", minutes_ago=20 * 24 * 60),
    ]
    with job_rows.in_the_table(pages.stack, *more):
        yield DemoJobs(pages.stack).rows()


@pytest.fixture
def many(pages: Pages) -> Iterator[list[str]]:
    """Names of more jobs of one queue than a page has, the newest first."""
    names = [f"page-{number:02d}" for number in range(MANY)]
    rows = [job_rows.row(name, "SUCCEEDED", minutes_ago=number + 1) for number, name in enumerate(names)]
    with job_rows.in_the_table(pages.stack, *rows):
        yield names


def named(frame: Frame) -> list[str]:
    """The jobs of the table, in its order."""
    return [text.strip() for text in frame.locator("table.jobs a.name").all_inner_texts()]


def row_of(frame: Frame, job_id: str) -> Locator:
    return frame.locator("table.jobs tbody tr").filter(has=frame.locator(f"a.name[href*='{job_id}']"))


def form(frame: Frame) -> Locator:
    return frame.locator("form[data-filter]")


def apply(frame: Frame) -> None:
    follow(frame, frame.get_by_role("button", name="Apply"))


def test_the_dashboard_shows_what_the_sync_counted(pages: Pages, look: Look) -> None:
    """In every window: the figures, charts and tables say the stored numbers, what is gone or stale does not look as if it
    ran, the syncs are there queue by queue; nothing sticks out, and axe is content."""
    frame = pages.open(pages.login(VIEWER, look), "jobs", period="24h")
    stored = read_statistics(pages.stack.data, pages.stack.jobs_table)
    assert stored
    counted = summary(stored)
    check_figures(frame, counted)
    for details in ("days-table", "waits-table", "queues"):
        frame.locator(f"#{details} > summary").click()
    check_charts(frame, counted)
    check_states(frame, pages)
    check_syncs(frame)
    assert faults(frame, look) == []


def check_figures(frame: Frame, counted: dict[str, Any]) -> None:
    """Of the whole table, as the last sync stored them."""
    wanted = {name: str(counted[name]) for name in ("total", "open", "running", "succeeded", "failed", "gone")}
    assert counted["success_rate"] == 0.5
    assert {name.lower(): number for name, number in figures(frame).items()} == {**wanted, "success rate": "50 %"}


def check_charts(frame: Frame, counted: dict[str, Any]) -> None:
    """Each in words, and again as a table."""
    numbers = f"{counted['succeeded']} succeeded, {counted['failed']} failed"
    assert numbers in said_by(frame.locator("#finished svg.chart"))
    cells = [int(one) for one in frame.locator("#days-table tbody td").all_inner_texts()]
    assert (sum(cells[::2]), sum(cells[1::2])) == (counted["failed"], counted["succeeded"])
    bars = {words(one).split(" ")[0].upper(): int(words(one).split(" ")[1]) for one in frame.locator("#open tr").all()}
    assert (bars["RUNNING"], bars["GONE"], bars["RUNNABLE"]) == (counted["running"], counted["gone"], 0)
    waits = {words(one): number_of(one) for one in frame.locator("#waits-table tbody th").all()}
    waited = counted["waiting"]["waited"]
    assert waits == {queue.rpartition("/")[2]: sum(buckets.values()) for queue, buckets in waited.items()}
    assert all(said_by(one) for one in frame.locator("#waiting svg[role=img]").all())


def check_states(frame: Frame, pages: Pages) -> None:
    """Three jobs are said to run: one does. Each with its ids, and its times in the reader's zone."""
    ids = {name: getattr(pages.data, name) for name in ("running", "stale", "gone")}
    states = {name: words(row_of(frame, job_id).locator("td").first) for name, job_id in ids.items()}
    assert re.match(r"running \d", states["running"])
    assert states["stale"].startswith("running stale ")
    assert re.match(r"running gone .* gone \d", states["gone"])
    assert "media 694a9d5db88940a9e5cd3bf6" in words(row_of(frame, ids["running"]))
    assert UNWATCHED_QUEUE in words(row_of(frame, ids["stale"]))
    time = row_of(frame, ids["running"]).locator("time").first
    assert re.fullmatch(r"[\d-]{10} \d\d:\d\d GMT\+[12]", time.inner_text())
    assert str(time.get_attribute("title")).endswith(" UTC")


def check_syncs(frame: Frame) -> None:
    """In a line, and queue by queue."""
    line = words(frame.locator("#queues > summary"))
    assert "all 2 queues" in line
    assert re.search(r"new states stored at most \d\S* \w+", line)
    queues = [words(one) for one in frame.locator("#queues tbody th").all()]
    assert queues == [f"{name} us-east-1" for name in sorted((script.HIGH, script.LOW))]


def said_by(picture: Locator) -> str:
    return picture.get_attribute("aria-label") or ""


def number_of(header: Locator) -> int:
    """How many jobs of a queue are in the buckets of its row."""
    return sum(int(one) for one in header.locator("xpath=../td").all_inner_texts()[:6])


def states(frame: Frame) -> None:
    for name in ("failed", "succeeded"):  # each one applies at once
        follow(frame, frame.get_by_label(name, exact=True))


def text(label: str, value: str) -> Callable[[Frame], None]:
    def fill(frame: Frame) -> None:
        form(frame).get_by_label(label).fill(value)
        apply(frame)

    return fill


def period(value: str) -> Callable[[Frame], None]:
    def choose(frame: Frame) -> None:
        with frame.expect_navigation():
            frame.get_by_label("State reached").select_option(value)

    return choose


def own_period(frame: Frame) -> None:
    period("custom")(frame)
    now = datetime.now(UTC)
    for label, days_ago in (("From (UTC)", 21), ("Until before (UTC)", 19)):
        form(frame).get_by_label(label).fill(f"{now - timedelta(days=days_ago):%Y-%m-%dT%H:%M}")
    apply(frame)


def is_recent(one: JobRecord, **back: float) -> bool:
    return datetime.fromisoformat(one.timestamp) > datetime.now(UTC) - timedelta(**(back or {"days": 7}))


FILTERS: dict[str, tuple[Callable[[Frame], None], Callable[[JobRecord], bool]]] = {
    "status": (states, lambda one: is_recent(one) and one.status in ("FAILED", "SUCCEEDED")),
    "queue": (text("Queue", script.LOW), lambda one: one.job_queue.endswith(f"/{script.LOW}")),
    "definition": (text("Job definition", "encode:7"), lambda one: one.job_name == "encode-new"),
    "region": (text("Region", job_rows.REGION), lambda one: one.job_name == "encode-new"),
    "period": (period("1h"), lambda one: is_recent(one, hours=1)),
    "all": (period("all"), lambda one: True),
    "custom": (own_period, lambda one: one.job_name == "encode-old"),
    "q-name": (text("Name or id", "FRAMES"), lambda one: one.job_name.startswith("frames-")),
    "q-id": (text("Name or id", "a9d5db88940a9e5cd3bf6"), lambda one: "694a9d5db88940a9e5cd3bf6" in one.job_name),
}


def test_a_filter_is_kept_in_airflows_address(pages: Pages, others: list[JobRecord]) -> None:
    """Each shows the jobs it should, also in another window; which may be given the address of Airflow's page as well."""
    page = pages.login(VIEWER)
    frame = pages.open(page, "jobs")
    other = pages.login(VIEWER, alone=True)  # a second tab would hide the first, whose frames are drawn once a second then
    elsewhere = pages.open(other, "jobs")
    for name, (choose, matches) in FILTERS.items():
        follow(frame, frame.get_by_role("link", name="Reset"))
        choose(frame)
        wanted = sorted(one.job_name for one in others if matches(one))
        assert wanted, name
        assert sorted(named(frame)) == wanted, name
        page.wait_for_url(re.compile(r"/plugin/vectora-jobs/vectora/jobs\?.*" + re.escape(urlsplit(frame.url).query)))
        elsewhere.goto(frame.url)
        assert (sorted(named(elsewhere)), fields(elsewhere)) == (wanted, fields(frame)), name
    other.goto(page.url)
    again = loaded(pages, other)
    assert (sorted(named(again)), fields(again)) == (wanted, fields(frame))
    follow(frame, frame.get_by_role("link", name="Reset"))
    page.reload()
    assert len(named(loaded(pages, page))) == len([one for one in others if is_recent(one)])


def loaded(pages: Pages, page: Page) -> Frame:
    frame = pages.frame(page)
    frame.locator("#said, #list .empty").first.wait_for()
    return frame


def fields(frame: Frame) -> list[Any]:
    """What the form says."""
    found: list[Any] = frame.locator("form[data-filter]").evaluate("(form) => [...new FormData(form)]")
    return found


def test_what_cannot_be_asked_is_said_beside_its_field(pages: Pages) -> None:
    """And everything typed stays; what nobody matches says how to ask for more."""
    pages.troubles.allow(r"400 .*since=never|status of 400")
    frame = pages.open(pages.login(VIEWER), "jobs", since="never", q="frames")
    assert "is no time" in words(frame.locator("#wrong-since"))
    assert frame.get_by_label("Name or id").input_value() == "frames"
    frame.goto(pages.address("jobs", q="nobody is called so"))
    assert "No job matches" in words(frame.locator("#list"))
    follow(frame, frame.get_by_role("link", name="The same at any time"))
    assert parse_qs(urlsplit(frame.url).query) == {"q": ["nobody is called so"], "period": ["all"]}
    follow(frame, frame.get_by_role("link", name="Reset"))
    assert len(named(frame)) >= script.JOBS


def test_the_headings_sort(pages: Pages) -> None:
    """By name both ways, and by the time of the state; the heading says so to everybody."""
    frame = pages.open(pages.login(VIEWER), "jobs", queue=script.HIGH)
    newest = named(frame)
    for heading, order, wanted in (
        ("Job", "ascending", sorted(newest)),
        ("Job", "descending", sorted(newest, reverse=True)),
        ("since", "descending", newest),
        ("since", "ascending", newest[::-1]),
    ):
        follow(frame, frame.locator("table.jobs thead").get_by_role("link", name=re.compile(rf"^{heading}")))
        assert named(frame) == wanted, heading
        assert frame.locator(f"th[aria-sort={order}]").count() == 1
    with frame.expect_navigation():
        frame.get_by_label("Order").select_option("-duration")
    assert frame.locator("th[aria-sort=descending]").inner_text().startswith("Duration")


def test_pages_follow_each_other(pages: Pages, many: list[str]) -> None:
    """Next shows what is left and no job twice, from its address as well; First leads back."""
    page = pages.login(VIEWER, PHONE)
    frame = pages.open(page, "jobs", queue=job_rows.QUEUE_NAME, size=25)
    assert named(frame) == many[:25]
    assert faults(frame, PHONE) == []
    follow(frame, frame.get_by_role("link", name="Next"))
    assert named(frame) == many[25:]
    assert frame.get_by_role("link", name="Next").count() == 0
    page.wait_for_url(re.compile("token="))
    page.reload()
    frame = loaded(pages, page)
    assert named(frame) == many[25:]
    follow(frame, frame.get_by_role("link", name="First"))
    assert named(frame) == many[:25]


def test_a_figure_leads_to_its_jobs(pages: Pages) -> None:
    """The failed ones, whatever their age; so do the bars of the states and the queues of the charts."""
    frame = pages.open(pages.login(VIEWER), "jobs")
    failed = {one.job_name for one in DemoJobs(pages.stack).rows() if one.status == "FAILED"}
    follow(frame, frame.locator("#counts .figure").filter(has_text="Failed").get_by_role("link"))
    assert set(named(frame)) == failed
    follow(frame, frame.locator("#open").get_by_role("link", name="running"))
    assert len(named(frame)) == 3
    follow(frame, frame.locator("#waiting").get_by_role("link", name=UNWATCHED_QUEUE))
    assert len(named(frame)) == 1


def test_it_is_used_with_the_keyboard_alone(pages: Pages) -> None:
    """Past the navigation, into the field, Enter to ask, Enter on a job; what has the focus shows it."""
    page = pages.login(VIEWER)
    frame = pages.open(page, "jobs")
    frame.locator("body").focus()
    frame.locator("a.skip").focus()
    page.keyboard.press("Enter")
    assert frame.evaluate("document.activeElement.id") == "content"
    frame.get_by_label("Name or id").focus()
    assert frame.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.type("frames")
    with frame.expect_navigation():
        page.keyboard.press("Enter")
    summary_of_queues = frame.locator("#queues > summary")
    summary_of_queues.focus()
    page.keyboard.press("Enter")
    expect(frame.locator("#queues")).to_have_attribute("open", "")
    frame.locator("table.jobs a.name").focus()
    with frame.expect_navigation():
        page.keyboard.press("Enter")
    assert parse_qs(urlsplit(frame.url).query) == {"job_id": [pages.data.array]}
