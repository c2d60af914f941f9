"""The page of a run that has a report: what is said of it, why its clients failed, and what can be done."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.run_given import RUN, client, error, stored
from vectora_airflow.ui.dag_runs import NextRun
from vectora_core.errors import StorageError


def soup_of(pages: Pages, run_id: str = RUN, **query: Any) -> BeautifulSoup:
    answer = pages.get("run", dag_id="vectora_ingest", run_id=run_id, **query)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "lxml")


def section(soup: BeautifulSoup, labelled_by: str) -> Tag:
    found = soup.find(attrs={"aria-labelledby": labelled_by})
    assert found is not None, f"no section {labelled_by}"
    return found


def text_of(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def figures(soup: BeautifulSoup) -> dict[str, str]:
    return {text_of(one.dt): text_of(one.dd) for one in soup.select(".figure")}


def test_the_figures_are_those_of_the_report(pages: Pages) -> None:
    """As programs read them: succeeded are all that do not count as failed, the partial ones included."""
    pages.runs.add(RUN)
    stored(pages.resources.data, [client("acme"), client("hooli", "partial"), client("globex", "failed")])
    assert figures(soup_of(pages)) == {
        "Discovered": "5",
        "Active": "4",
        "Processed": "3",
        "Succeeded": "2",
        "Partial": "1",
        "Failed": "1",
        "Items": "20",
        "New": "8",
        "Duration": "1 min 05 s",
    }


def test_failed_clients_stand_under_their_cause_with_the_remedy(pages: Pages) -> None:
    """Each with its page, and its task instance and log by its own map index."""
    pages.runs.add(RUN, state="failed")
    config = error("config", "clients/initech.yaml:12: language: must be text")
    clients = [client("acme"), client("globex", "failed"), client("initech", "failed", error=config, sources={})]
    stored(pages.resources.data, clients)
    failed = section(soup_of(pages), "failed")
    config_card, timeout_card = failed.select("article")
    assert "Remedy:" in text_of(config_card)
    assert "clients/initech.yaml:12: language: must be text" in text_of(config_card)
    assert "wire no answer in 20 s" in text_of(timeout_card)
    addresses = [link["href"] for link in timeout_card.select("a")]
    assert addresses[0] == "/airflow/vectora/client?client_id=globex&run_id=manual__2026-03-10T11%3A00%3A00%2B00%3A00"
    assert addresses[1].endswith(
        "/dags/vectora_ingest/runs/manual__2026-03-10T11%3A00%3A00%2B00%3A00/tasks/ingest_client/mapped/1"
    )
    assert timeout_card.select("a")[1]["data-leaves"] == "here"


def test_heavy_clients_are_marked_and_lead_to_their_own_task(pages: Pages) -> None:
    """Under their cause and in the table; the others count their instances without them."""
    pages.runs.add(RUN, state="failed")
    stored(pages.resources.data, [client("acme", "failed"), client("big"), client("core"), client("huge", "failed")],
           heavy=["big", "huge"])  # fmt: skip
    soup = soup_of(pages)
    logs = {str(link["href"]).partition("/tasks/")[2] for link in section(soup, "failed").select(".log a")}
    assert logs == {"ingest_client/mapped/0", "ingest_heavy_client/mapped/1"}
    rows = {text_of(row.th): str(row.select_one(".log a")["href"]).partition("/tasks/")[2] for row in table_rows(soup)}
    assert rows == {
        "Name of acme acme": "ingest_client/mapped/0",
        "Name of big big heavy": "ingest_heavy_client/mapped/0",
        "Name of core core": "ingest_client/mapped/1",
        "Name of huge huge heavy": "ingest_heavy_client/mapped/1",
    }
    told = pages.get("api/run", run_id=RUN).json()
    assert [one["task_id"] for one in told["clients"]["rows"]].count("ingest_heavy_client") == 2
    assert told["failed_causes"][0]["clients"][1]["task_id"] == "ingest_heavy_client"


def table_rows(soup: BeautifulSoup) -> list[Any]:
    return soup.select("table.clients tbody tr")


def test_partial_clients_stand_apart_unless_they_count_as_failed(pages: Pages) -> None:
    """With fail_on_partial a partial client is a failed one, and the page says why."""
    pages.runs.add(RUN)
    counts = client("hooli", "partial", error=error("sources", "1 of 3 sources failed"))
    stored(pages.resources.data, [client("acme", "partial"), counts])
    soup = soup_of(pages)
    assert "Name of acme" in text_of(section(soup, "partial"))
    assert "Name of hooli" not in text_of(section(soup, "partial"))
    assert "Name of hooli hooli partial, counts as failed" in text_of(section(soup, "failed"))


@pytest.mark.parametrize(
    ("state", "failed", "tolerated", "critical", "expected"),
    [
        ("failed", 1, 0, [], "This run counts as failed: 1 of 3 clients failed (33 %, tolerated 0 %): bad_0"),
        ("failed", 1, 50, ["bad_0"], "This run counts as failed: critical clients failed: bad_0"),
        ("success", 1, 50, [], "1 of 3 clients failed; 50 % are tolerated, so the run counts as succeeded."),
        ("success", 1, 0, [], "Airflow shows it green nevertheless"),
        ("failed", 0, 0, [], "The report knows no reason"),
        ("success", 0, 0, [], ""),
    ],
)
def test_why_the_run_has_its_colour(
    pages: Pages, state: str, failed: int, tolerated: float, critical: list[str], expected: str
) -> None:
    """By the rule that set it, with the tolerance of the run's own parameters; where Airflow differs, that is said."""
    pages.runs.add(RUN, state=state)
    clients = [client(f"bad_{number}", "failed") for number in range(failed)]
    clients += [client(f"good_{number}") for number in range(3 - failed)]
    parameters = {"tolerated_failure_percentage": tolerated}
    stored(pages.resources.data, clients, parameters=parameters, critical=critical)
    said = [text_of(one) for one in soup_of(pages).select("main > .message")]
    assert any(expected in one for one in said) if expected else not said


def test_why_nothing_could_run(pages: Pages) -> None:
    """Discovery's own message; there is no plan, nobody to run again, and no table."""
    pages.runs.add(RUN, state="failed")
    stored(pages.resources.data, [], failure="configs cannot be listed; check VECTORA_CONFIG_ROOT")
    soup = soup_of(pages)
    assert "nothing could run: configs cannot be listed; check VECTORA_CONFIG_ROOT" in text_of(soup.main)
    assert not soup.select("form, #plan, table")


def test_the_plan_with_its_typed_parameters(pages: Pages) -> None:
    """Interval and window as times, lists as lists, and what was left open as the default."""
    pages.runs.add(RUN)
    stored(
        pages.resources.data, [client("acme")], parameters={"client_ids": ["acme"], "period_days": 14, "force_refresh": True}
    )
    plan = section(soup_of(pages), "plan")
    times = [time["datetime"] for time in plan.select("time")]
    assert times == ["2026-03-10T11:00:00Z", "2026-03-10T12:00:00Z", "2026-03-10T11:00:00Z"]
    assert [text_of(one) for one in plan.select(".parameters > div")] == [
        "client_ids acme",
        "period_days 14",
        "force_refresh yes",
    ]


def test_the_failed_clients_can_be_run_again(pages: Pages) -> None:
    """By one field for Airflow's own API; not when nobody failed, and not while the run goes on."""
    pages.runs.add(RUN, state="failed")
    stored(pages.resources.data, [client("acme"), client("globex", "failed")])
    form = soup_of(pages).select_one("form[data-action=trigger]")
    assert form is not None
    assert form["data-address"] == "/airflow/api/v2/dags/vectora_ingest/dagRuns"
    assert form.select_one("[data-type]")["value"] == RUN
    stored(pages.resources.data, [client("acme")])
    assert not soup_of(pages).select("form[data-action]")
    pages.runs.runs.clear()
    pages.runs.add(RUN, state="running")
    stored(pages.resources.data, [client("globex", "failed")])
    assert not soup_of(pages).select("form[data-action]")


def test_who_may_not_trigger_is_told_so(pages: Pages) -> None:
    """No button, but the permission that is missing; nothing of that where there is nothing to run again."""
    pages.may_trigger = False
    pages.runs.add(RUN, state="failed")
    stored(pages.resources.data, [client("globex", "failed")])
    soup = soup_of(pages)
    assert not soup.select("form[data-action]")
    assert "permission" in text_of(soup.main)
    stored(pages.resources.data, [client("globex")])
    assert "permission" not in text_of(soup_of(pages).main)


def test_a_paused_dag_is_said_beside_the_button(pages: Pages) -> None:
    """The new run would wait without a word."""
    pages.runs.add(RUN, state="failed")
    pages.runs.upcoming = NextRun(at=None, is_paused=True)
    stored(pages.resources.data, [client("globex", "failed")])
    assert "paused" in text_of(soup_of(pages).main)


def test_the_runs_before_and_after(pages: Pages) -> None:
    """As Airflow orders them; at the ends there is none."""
    for run_id in ("newest", RUN, "oldest"):
        pages.runs.add(run_id)
        stored(pages.resources.data, [client("acme")], run_id=run_id)
    around = soup_of(pages).select("nav.around a[rel]")
    assert [(link["rel"], link["title"]) for link in around] == [(["prev"], "oldest"), (["next"], "newest")]
    assert [link["title"] for link in soup_of(pages, "newest").select("nav.around a[rel]")] == [RUN]
    assert [link["title"] for link in soup_of(pages, "oldest").select("nav.around a[rel]")] == [RUN]


def test_programs_get_what_people_see(pages: Pages) -> None:
    """The same model: every number of the page is in it, and filters mean the same."""
    pages.runs.add(RUN, state="failed")
    stored(pages.resources.data, [client("acme"), client("hooli", "partial"), client("globex", "failed")])
    view = pages.get("api/run", run_id=RUN, status="failed").json()
    assert view["figures"]["clients_succeeded"] == 2
    assert [one["failure_class"] for one in view["failed_causes"]] == ["timeout"]
    assert [one["client_id"] for one in view["failed_causes"][0]["clients"]] == ["globex"]
    assert [one["client_id"] for one in view["partial_causes"][0]["clients"]] == ["hooli"]
    assert [one["client_id"] for one in view["clients"]["rows"]] == ["globex"]
    assert view["rerun"] == 1
    assert view["airflow"]["state"] == "failed"


def test_storage_out_of_reach_is_an_answer_of_its_own(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with a button to try again: nothing of the page could be told."""

    def refuse(path: str) -> bytes:
        raise StorageError("s3://data cannot be reached; check the network")

    pages.runs.add(RUN)
    monkeypatch.setattr(pages.resources.data, "get", refuse)
    answer = pages.get("run", run_id=RUN)
    assert answer.status_code == 503
    assert "Try again" in answer.text
    assert pages.get("api/run", run_id=RUN).json()["detail"] == "s3://data cannot be reached; check the network"
