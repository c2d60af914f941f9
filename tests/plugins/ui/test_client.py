"""The page of a client in a run: which run it shows, what became of the client, its sources and its funnel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.fakes.config_tree import ConfigTree
from tests.plugins.ui.client_given import RUN, outcome, result, store_run
from tests.plugins.ui.conftest import Pages
from vectora_airflow.ui.dag_runs import NextRun
from vectora_core.errors import SourcesFailedError
from vectora_core.ingest import store

TASK = f"/airflow/dags/vectora_ingest/runs/{RUN.replace(':', '%3A').replace('+', '%2B')}/tasks/ingest_client/mapped"


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> ConfigTree:
    """A client with a file, a source that has secrets in its headers, and one it does not follow."""
    tree = ConfigTree(tmp_path / "configs")
    tree.source("wire", "https://example.org/feed", headers={"Authorization": "Bearer ${WIRE_TOKEN}"})
    tree.client("acme", ["wire"])
    return tree


def soup_of(pages: Pages, client_id: str = "acme", **query: Any) -> BeautifulSoup:
    answer = pages.get("client", client_id=client_id, **query)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "lxml")


def view_of(pages: Pages, client_id: str = "acme", **query: Any) -> Any:
    answer = pages.get("api/client", client_id=client_id, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def text_of(tag: Tag | None) -> str:
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def section(soup: BeautifulSoup, labelled_by: str) -> Tag:
    found = soup.find("section", attrs={"aria-labelledby": labelled_by})
    assert found is not None, f"no section {labelled_by}"
    return found


def test_the_newest_run_with_the_client_is_shown(pages: Pages) -> None:
    """Not one that still goes on, nor one it had no part in; the strip and the list lead to the others."""
    for hours, run_id in enumerate(("going", "of_others", RUN, "older")):
        pages.runs.add(run_id, hours_ago=hours, state="running" if run_id == "going" else "success")
    store_run(pages.resources.data, result("acme"), run_id="going")  # of before it was cleared
    store_run(pages.resources.data, result("beta"), run_id="of_others")
    store_run(pages.resources.data, result("acme"))
    store_run(pages.resources.data, replace(result("acme"), items=()), run_id="older")
    soup = soup_of(pages)
    assert RUN in text_of(soup.select_one("dl.facts dd"))
    assert [link["href"] for link in soup.select("svg.strip a")] == [
        f"/airflow/vectora/client?client_id=acme&run_id={run_id}"
        for run_id in ("older", RUN.replace(":", "%3A").replace("+", "%2B"))
    ]
    assert [one["value"] for one in soup.select("select[name=run_id] option")] == [RUN, "older"]
    view = view_of(pages)
    assert [one["state"] for one in view["runs"]] == ["succeeded", "succeeded", "absent", "going"]
    assert (view["run"]["previous_run_id"], view["run"]["next_run_id"]) == ("older", None)
    assert view_of(pages, run_id="older")["run"]["next_run_id"] == RUN


def test_a_run_that_is_no_longer_among_the_latest_can_be_shown(pages: Pages) -> None:
    """Also one that Airflow never knew, as of the command line: it has no links into Airflow."""
    pages.runs.add("newer")
    store_run(pages.resources.data, result("acme"), run_id="newer")
    store_run(pages.resources.data, result("acme"), run_id="cli#1", in_airflow=False)
    soup = soup_of(pages, run_id="cli#1")
    assert "unknown to Airflow" in text_of(soup.select_one("dl.facts"))
    assert not soup.select("main a[data-leaves=here]")
    assert view_of(pages, run_id="cli#1")["run"]["next_run_id"] == "newer"


def test_the_head_tells_what_became_of_the_client(pages: Pages) -> None:
    """Counts, window, interval, files, and the ways to its log and its run."""
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("acme"), parameters={"ingestion_mode": "broad"})
    soup = soup_of(pages)
    assert text_of(soup.select_one("h1")).startswith("Acme")
    assert text_of(soup.select_one("header .badge")) == "succeeded"
    figures = {text_of(one.dt): text_of(one.dd) for one in soup.select(".figure")}
    assert figures == {"Items": "3", "New": "3", "Sources ok": "1", "Sources failed": "0", "Took": "2.5 s"}
    facts = {text_of(name): text_of(name.find_next_sibling("dd")) for name in soup.select("main > .two dt")}
    assert facts["Dates taken"] == "from 2026-03-03 11:00 UTC until 2026-03-10 11:00 UTC"
    assert facts["Interval"] == "2026-03-10 11:00 UTC – 2026-03-10 12:00 UTC"  # noqa: RUF001  # an interval
    assert facts["Mode"] == "broad"
    assert facts["Items file"] == "ingested/acme/2026/03/10/items.json"
    assert soup.find("a", string="Task instance and its log")["href"] == f"{TASK}/0"  # type: ignore[index]
    assert soup.find("a", string="All clients of this run")


def test_a_heavy_client_leads_to_the_instance_of_its_own_task(pages: Pages) -> None:
    """Whose map index is not that of the ordinary one."""
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("acme"), result("big"), heavy=["big"])
    link = soup_of(pages, "big").find("a", string="Task instance and its log")
    assert link["href"] == TASK.replace("ingest_client", "ingest_heavy_client") + "/0"  # type: ignore[index]
    run = view_of(pages, "big")["run"]
    assert (run["task_id"], run["map_index"]) == ("ingest_heavy_client", 0)


def test_a_failed_client_says_why_and_what_to_do(pages: Pages) -> None:
    """Its class with the remedy, and the same for each failed source, failures first."""
    pages.runs.add(RUN, state="failed")
    error = SourcesFailedError("1 of 2 sources failed: zulu: no answer", transient=True)
    zulu = outcome("zulu", outcome="failed", failure_class="timeout", error="no answer in 20 s", counts={}, drops={})
    store_run(pages.resources.data, result("acme", status="partial", error=error, outcomes=(outcome(), zulu)))
    soup = soup_of(pages)
    assert text_of(soup.select_one("header .badge")) == "failed"
    said = text_of(soup.select_one(".message.failed .why"))
    assert said.startswith("sources : every source of the client failed")
    assert "1 of 2 sources failed: zulu: no answer" in said
    assert "may pass by itself" in said
    rows = section(soup, "sources").select("tbody tr")
    assert [text_of(row.th) for row in rows] == ["zulu", "wire"]
    assert "raise timeout_seconds" in text_of(rows[0])
    assert [text_of(cell) for cell in rows[1].select("td")] == ["ok", "rss", "9", "8", "5", "3", "2", "12.3 kB", "1.2 s"]


def test_the_funnel_tells_what_each_rule_dropped(pages: Pages) -> None:
    """Between the stages, in words; the bars say their numbers to whoever does not see them."""
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("acme"))
    funnel = section(soup_of(pages), "funnel")
    assert [text_of(one) for one in funnel.select(".count")] == ["11", "9", "8", "5", "3", "3"]
    assert [text_of(one) for one in funnel.select("ul li")] == [
        "− 2 it has no title",  # noqa: RUF001  # a minus
        "− 1 the same article stood in the list before",  # noqa: RUF001
        "− 3 its date is before the window",  # noqa: RUF001
        "− 2 profile noise: a term of the exclusion scope occurs (jobs)",  # noqa: RUF001
    ]
    bars = funnel.select("svg")
    assert bars[-1]["aria-label"] == "Written to items.json: 3, 27.3 % of the largest"
    assert [bar.select("rect")[1]["width"] for bar in bars] == ["1000.0", "818.2", "727.3", "454.5", "272.7", "272.7"]


def test_what_a_later_run_wrote_is_not_passed_off_as_this_runs(pages: Pages) -> None:
    """Both runs wrote the same day: the earlier one keeps what its report says, and the page says whose items these are."""
    for hours, run_id in enumerate(("later", RUN)):
        pages.runs.add(run_id, hours_ago=hours)
    store_run(pages.resources.data, result("acme", items_new=2))
    store_run(
        pages.resources.data,
        result("acme", items=result().items[:1], items_new=1, outcomes=(outcome(counts={"kept": 1}),)),
        run_id="later",
    )
    soup = soup_of(pages, run_id=RUN)
    assert "the items are those of run later" in text_of(soup.select_one("ul.notes"))
    assert text_of(soup.select_one(".figure dd")) == "3"
    assert "not the items of this run" in text_of(section(soup, "items"))
    assert not soup.select("#funnel")
    view = view_of(pages, run_id=RUN)
    assert (view["config_changed"], view["run"]["window_start"], view["items"]["of_run"]) == (None, None, False)
    assert view["sources"][0]["kept"] == 3, "the report still says it"


def test_a_run_that_goes_on_refreshes_itself(pages: Pages) -> None:
    """It has no report yet; one that goes on again after a clear has an old one, and says so."""
    pages.runs.add(RUN, state="running")
    soup = soup_of(pages, run_id=RUN)
    assert soup.select_one("main")["data-live"] == "15"  # type: ignore[index]
    assert "The run is running" in text_of(soup.main)
    assert soup.find("a", string="All task instances of the run")["href"] == TASK  # type: ignore[index]
    store_run(pages.resources.data, result("acme"))
    assert "goes on again" in text_of(soup_of(pages, run_id=RUN).main)


def test_a_run_without_a_report_says_so(pages: Pages) -> None:
    """A dry run leaves none; and a report that cannot be read, or is of another run, is none."""
    pages.runs.add(RUN, state="failed")
    data = pages.resources.data
    assert "A dry run leaves no report" in text_of(soup_of(pages, run_id=RUN).main)
    for broken in (b"", b"{", b"[]", b'{"plan": null}', store.json_bytes(store_run(data, result("acme"), run_id="b"))):
        data.put(store.report_path(RUN), broken)
        view = view_of(pages, run_id=RUN)
        assert view["run"]["report_missing"], broken
        assert view["configuration"]["active"] is True
        assert "is not known" in text_of(soup_of(pages, run_id=RUN).main)


def test_a_client_that_has_not_run_is_shown_with_its_configuration(pages: Pages) -> None:
    """And with the way to run it; so is one whose run was about others."""
    assert "There is no run yet" in text_of(soup_of(pages).select_one("section.empty"))
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("beta"))
    soup = soup_of(pages)
    assert "none of the latest runs" in text_of(soup.select_one("section.empty"))
    assert section(soup, "configuration")
    assert "was not about this client" in text_of(soup_of(pages, run_id=RUN).main)


def test_the_form_is_preset_to_the_client_and_only_for_who_may_trigger(pages: Pages) -> None:
    """A viewer is told which permission is missing; a paused DAG is told of beside the button."""
    pages.runs.upcoming = NextRun(at=None, is_paused=True)
    form = soup_of(pages).select_one("form[data-action=trigger]")
    assert form is not None
    assert form["data-address"] == "/airflow/api/v2/dags/vectora_ingest/dagRuns"
    assert text_of(form.select_one("textarea[name=client_ids]")) == "acme"
    assert not form.select("[name=only_failed_of_run]")
    assert "is paused" in text_of(form)
    pages.may_trigger = False
    soup = soup_of(pages)
    assert not soup.select("form[data-action=trigger]")
    assert "takes the permission to create runs" in text_of(soup.select_one("#run-now"))
