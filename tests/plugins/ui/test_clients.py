"""The page of all clients and its twins for programs, as a browser and a program see them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.plugins.ui.clients_given import add_files, add_run, add_three, cell, figures, outcome, row_of, soup_of, text_of
from tests.plugins.ui.conftest import NOW, Pages
from tests.plugins.ui.inert import EVERYTHING
from vectora_airflow.ui.dag_runs import NextRun


@pytest.fixture
def three(pages: Pages) -> Pages:
    """Three clients and two runs; one of the clients failed in the latest."""
    add_three(pages)
    return pages


def test_a_row_tells_of_the_last_run_and_leads_on(three: Pages) -> None:
    """To the client's page at that run, to its task instance by its own map index, and to the form for it."""
    row = row_of(soup_of(three), "acme")
    said = {str(one["data-label"]): text_of(one) for one in row.select("td[data-label]")}
    assert said["Status"] == "succeeded"
    assert (said["Items"], said["New"], said["Sources"], said["Duration"]) == ("1,200", "4", "3 ok", "1.5 s")
    assert said["Last run"] == "2026-03-10 11:00 UTC"
    links = {text_of(link): str(link["href"]) for link in row.select("a")}
    assert links["Acme Company"] == "/airflow/vectora/client?client_id=acme&run_id=late"
    assert links["Task and log"] == "/airflow/dags/vectora_ingest/runs/late/tasks/ingest_client/mapped/0"
    assert links["Run now"] == "/airflow/vectora/clients?run_now=acme#run-now"
    assert cell(row_of(soup_of(three), "globex"), "Sources").get_text(" ", strip=True) == "3 ok 1 failed"


def test_the_strip_has_a_cell_a_run_with_what_happened(three: Pages) -> None:
    """The oldest on the left; one image that says in words what it shows, each cell with its own title."""
    strip = row_of(soup_of(three), "globex").select_one("svg.strip")
    assert strip is not None
    assert strip["aria-label"] == "the last 2 runs: 1 partial, 1 failed; the latest failed"
    assert [text_of(title) for title in strip.select("title")] == [
        "2026-03-09 11:00 UTC: partial, 3 items, 3 new",
        "2026-03-10 11:00 UTC: failed, 0 items, 0 new",
    ]
    spark = row_of(soup_of(three), "acme").select_one("svg.sparkline")
    assert spark is not None
    assert spark["aria-label"] == "1,200 items in the latest of 2 runs, from 6 to 1,200"


def test_cells_without_an_outcome_say_why(pages: Pages) -> None:
    """Still going, no report, a dry run, nothing could run, not in it."""
    pages.runs.upcoming = NextRun(at=None, is_paused=False)
    add_files(pages, "acme")
    add_run(pages, "going", None, state="running")
    add_run(pages, "lost", None, state="failed", hours_ago=2)
    add_run(pages, "dry", {"acme": outcome()}, dry_run=True, hours_ago=3)
    add_run(pages, "broken", {}, status="failed", error="no config", hours_ago=4)
    add_run(pages, "other", {"globex": outcome()}, hours_ago=5)
    soup = soup_of(pages)
    titles = [text_of(title).partition("UTC: ")[2] for title in row_of(soup, "acme").select("svg.strip title")]
    assert titles == [
        "not in this run",
        "nothing could run",
        "a dry run, which wrote nothing",
        "no report; Airflow says failed",
        "still going",
    ]
    assert text_of(cell(row_of(soup, "acme"), "Status")) == "never ran"
    runs = text_of(soup.find(attrs={"aria-label": "Runs"}))
    assert "running Run of 2026-03-10 11:00 UTC" in runs
    assert "it left no report that can be read" in runs


def test_the_figures_count_the_clients_and_lead_to_them(three: Pages) -> None:
    """By where they stand; a figure above nothing is a filter. When the ingest runs next stands beside them."""
    soup = soup_of(three)
    assert figures(soup) == {
        "Clients": "3",
        "Succeeded": "1",
        "Partial": "0",
        "Failed": "1",
        "Never ran": "1",
        "Next run": "2026-03-11 00:00 UTC",
    }
    link = next(one.a for one in soup.select(".figure") if text_of(one.dt) == "Failed")
    assert link is not None
    assert link["href"] == "/airflow/vectora/clients?status=failed"
    chosen = soup_of(three, status="failed")
    assert [str(one["id"]) for one in chosen.select("tbody tr")] == ["client-globex"]
    assert chosen.select_one("option[value=failed][selected]") is not None
    latest = text_of(soup.find(attrs={"aria-label": "Runs"}))
    assert (
        "Latest run, of 2026-03-10 11:00 UTC : 2 clients, 1 succeeded, 1 failed; 1,200 items (4 new) in 1 min 05 s" in latest
    )


def test_whoever_was_in_thirty_runs_for_nothing_did_not_run_lately(pages: Pages) -> None:
    """Older runs are not looked at: nothing is said of them."""
    add_files(pages, "acme")
    for place in range(30):
        pages.runs.add(f"run-{place}", hours_ago=place + 1)
    assert figures(soup_of(pages))["Not run lately"] == "1"


@pytest.mark.parametrize(
    ("upcoming", "said"),
    [
        (None, "DAG not read"),
        (NextRun(at=None, is_paused=False), "nothing scheduled"),
        (NextRun(at=NOW, is_paused=True), "paused"),
        (NextRun(at=NOW, is_paused=False), "due since 2026-03-10 12:00 UTC"),
    ],
)
def test_the_next_run_is_said_as_it_is(pages: Pages, upcoming: NextRun | None, said: str) -> None:
    """Not read, not scheduled, paused, overdue."""
    pages.runs.upcoming = upcoming
    add_files(pages, "acme")
    assert figures(soup_of(pages))["Next run"] == said


def test_sorting_filter_and_page_stay_in_every_address(pages: Pages) -> None:
    """Of the columns, the pager and the form; a column that is sorted by turns round."""
    pages.runs.upcoming = NextRun(at=None, is_paused=False)
    clients = {f"c{number:03d}": outcome(items=number) for number in range(120)}
    add_files(pages, *clients)
    add_run(pages, "run", clients)
    soup = soup_of(pages, q="C", status="succeeded", sort="items", page=2)
    rows = [str(row["id"]) for row in soup.select("tbody tr")]
    assert (rows[0], rows[-1]) == ("client-c069", "client-c020")
    pager = soup.select_one("nav.pager")
    assert "Page 2 of 3, 120 clients" in text_of(pager)
    following = parse_qs(urlsplit(str(soup.select_one("a[rel=next]")["href"])).query)  # type: ignore[index]
    assert following == {"q": ["C"], "status": ["succeeded"], "sort": ["items"], "page": ["3"]}
    column = soup.select_one("th[aria-sort]")
    assert column is not None
    assert (column["aria-sort"], text_of(column.a)) == ("descending", "Items ↓")
    turned = parse_qs(urlsplit(str(column.a["href"])).query)  # type: ignore[index]
    assert turned == {"q": ["C"], "status": ["succeeded"], "sort": ["items"], "order": ["asc"]}
    assert soup_of(pages, sort="items", order="asc").select_one("th[aria-sort=ascending] a")["href"].endswith("?sort=items")  # type: ignore[index]
    assert {str(one["name"]) for one in soup.select("form[data-filter] [name]")} == {"q", "status", "sort"}


def test_the_form_is_there_once_and_open_for_the_client_asked_for(three: Pages) -> None:
    """However many clients there are; every client leads to it."""
    closed = soup_of(three)
    assert closed.select_one("details#run-now[open]") is None
    assert len(closed.select("form[data-action=trigger] textarea[name=client_ids]")) == 1
    opened = soup_of(three, run_now="globex", status="failed")
    assert opened.select_one("details#run-now[open]") is not None
    assert text_of(opened.select_one("textarea[name=client_ids]")) == "globex"
    assert opened.select_one("option[value=failed][selected]") is not None


@pytest.mark.parametrize("client_id", ["nobody", "acme,globex", "acme\nglobex", EVERYTHING])
def test_who_has_no_file_cannot_be_run(three: Pages, client_id: str) -> None:
    """The form stays closed and empty, and it is said: no address makes it name somebody else."""
    soup = soup_of(three, run_now=client_id[:200])
    assert soup.select_one("details#run-now[open]") is None
    assert text_of(soup.select_one("textarea[name=client_ids]")) == ""
    assert "There is no client" in text_of(soup.select_one(".starting .message"))


def test_the_failed_clients_of_the_latest_run_can_run_again(three: Pages) -> None:
    """One button that names the run, and a way to why they failed."""
    again = soup_of(three).select_one(".again")
    assert again is not None
    assert "Of the run of 2026-03-10 11:00 UTC , 1 client failed." in text_of(again)
    assert again.select_one("input[name=only_failed_of_run]")["value"] == "late"  # type: ignore[index]
    assert again.select_one("p a")["href"] == "/airflow/vectora/run?dag_id=vectora_ingest&run_id=late"  # type: ignore[index]


def test_who_may_not_trigger_finds_no_way_to(three: Pages) -> None:
    """No form, no link to it; the missing permission is named."""
    three.may_trigger = False
    soup = soup_of(three, run_now="acme")
    assert soup.select("form[data-action]") == []
    assert "Run now" not in soup.get_text()
    assert "permission to create runs of the DAG vectora_ingest" in soup.get_text()


def test_a_client_whose_file_is_gone_is_said_to_have_none(three: Pages) -> None:
    """With its last outcome; it cannot be run."""
    three.resources.config.delete_many(["clients/acme.yaml"])
    soup = soup_of(three)
    row = row_of(soup, "acme")
    assert text_of(cell(row, "Status")) == "succeeded no file any more"
    assert "Run now" not in row.get_text()
    assert figures(soup)["No file any more"] == "1"


def test_a_heavy_client_leads_to_its_own_task(pages: Pages) -> None:
    """By the task the run's short report names."""
    add_run(pages, "late", {"acme": outcome(), "big": outcome(task_id="ingest_heavy_client")})
    links = {text_of(link): str(link["href"]) for link in row_of(soup_of(pages), "big").select("a")}
    assert links["Task and log"] == "/airflow/dags/vectora_ingest/runs/late/tasks/ingest_heavy_client/mapped/0"
    told = pages.get("api/clients").json()["clients"]
    assert {one["client_id"]: one["last"]["task_id"] for one in told} == {
        "acme": "ingest_client",
        "big": "ingest_heavy_client",
    }


def test_a_task_instance_that_is_not_known_leads_to_all_of_the_run(pages: Pages) -> None:
    """A report of an older Vectora has no map index."""
    add_run(pages, "old", {"acme": outcome(map_index=None, task_id=None)})
    row = row_of(soup_of(pages), "acme")
    links = {text_of(link): str(link["href"]) for link in row.select("a")}
    assert links["Task and log"] == "/airflow/dags/vectora_ingest/runs/old/tasks/ingest_client/mapped"
