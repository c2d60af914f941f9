"""The tabs on Airflow's own pages: from a task instance to its client, from other DAGs to nothing at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup

from tests.fakes.counted_storage import CountedStorage
from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.run_given import RUN, client, stored
from vectora_core.ingest import store
from vectora_core.jobs.statistics import Statistics, store_statistics

TO_RUN = "/airflow/vectora/run?dag_id=vectora_ingest&run_id=manual__2026-03-10T11%3A00%3A00%2B00%3A00"


def tab(pages: Pages, map_index: str, task_id: str = "ingest_client", **more: Any) -> httpx.Response:
    asked = {"dag_id": "vectora_ingest", "run_id": RUN, "task_id": task_id, "map_index": map_index} | more
    return pages.get("instance", **asked)


def leads_to(answer: httpx.Response) -> str:
    assert answer.status_code == 307
    return answer.headers["location"]


def client_page(client_id: str) -> str:
    return f"/airflow/vectora/client?client_id={client_id}&run_id=manual__2026-03-10T11%3A00%3A00%2B00%3A00"


def test_an_instance_leads_to_the_client_the_report_names(pages: Pages) -> None:
    """By the map index in the report, not by the place in it: a client may be missing from it."""
    pages.runs.add(RUN)
    found = stored(pages.resources.data, [client("a"), client("b"), client("c")])
    assert leads_to(tab(pages, "1")) == client_page("b")
    del found["client_results"]["a"]
    store.save_report(pages.resources.data, found)
    assert leads_to(tab(pages, "1")) == client_page("b")


def test_without_map_indexes_the_place_tells(pages: Pages) -> None:
    """Reports of an older Vectora: clients are mapped in the order of their ids."""
    pages.runs.add(RUN)
    stored(pages.resources.data, [client("a"), client("b")], in_airflow=False)
    assert leads_to(tab(pages, "1")) == client_page("b")
    assert tab(pages, "1", "ingest_heavy_client").status_code == 200  # it knew no such task: nobody can say


def test_an_instance_of_the_heavy_task_leads_to_its_own_client(pages: Pages) -> None:
    """Each task counts its instances from 0: the task tells which of the two clients is meant."""
    pages.runs.add(RUN)
    stored(pages.resources.data, [client("a"), client("b"), client("c")], heavy=["b"])
    assert leads_to(tab(pages, "0")) == client_page("a")
    assert leads_to(tab(pages, "1")) == client_page("c")
    assert leads_to(tab(pages, "0", "ingest_heavy_client")) == client_page("b")


def test_while_a_run_goes_on_the_instance_itself_says_its_client(pages: Pages) -> None:
    """There is no report yet."""
    pages.runs.add(RUN, state="running")
    pages.tasks.clients = {("ingest_client", 3): "d#1", ("ingest_heavy_client", 3): "h"}
    assert leads_to(tab(pages, "3")) == client_page("d%231")
    assert leads_to(tab(pages, "3", "ingest_heavy_client")) == client_page("h")


@pytest.mark.parametrize("map_index", ["{MAP_INDEX}", "", "-1", "x", "1.5", "٣", "9" * 30])
def test_an_instance_that_is_not_mapped_leads_to_the_run(pages: Pages, map_index: str) -> None:
    """Airflow leaves the placeholder where there is no map index."""
    pages.runs.add(RUN)
    assert leads_to(tab(pages, map_index)) == TO_RUN


@pytest.mark.parametrize("task_id", ["discover_clients", "heavy_clients", "report_run", "check_failures", "", "<b>"])
def test_other_tasks_lead_to_the_run(pages: Pages, task_id: str) -> None:
    """They work for no client."""
    pages.runs.add(RUN)
    assert leads_to(tab(pages, "0", task_id)) == TO_RUN


def test_a_client_that_is_not_known_yet_is_said_so(pages: Pages) -> None:
    """With the way to the run and to the log; the page refreshes itself."""
    pages.runs.add(RUN, state="running")
    answer = tab(pages, "7")
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.text, "lxml")
    assert soup.main["data-live"] == "15"
    assert [link["href"] for link in soup.select("main a")] == [
        TO_RUN,
        "/airflow/dags/vectora_ingest/runs/manual__2026-03-10T11%3A00%3A00%2B00%3A00/tasks/ingest_client/mapped/7",
    ]


def test_storage_that_does_not_answer_is_said_on_the_page(pages: Pages, tmp_path: Path) -> None:
    """Unless the instance itself says its client."""
    pages.use(data=CountedStorage(tmp_path / "data", ""))
    pages.runs.add(RUN)
    assert "cannot be reached" in tab(pages, "0").text
    pages.tasks.clients = {("ingest_client", 0): "a"}
    assert leads_to(tab(pages, "0")) == client_page("a")


def test_a_run_nobody_knows_is_not_found(pages: Pages) -> None:
    """Neither Airflow nor storage."""
    assert tab(pages, "0").status_code == 404


@pytest.mark.parametrize("path", ["run", "instance"])
def test_of_other_dags_nothing_is_told(pages: Pages, path: str) -> None:
    """One sentence, the same whether the DAG or the run exists; neither database nor storage is asked."""
    pages.runs.add("secret", dag_id="other")
    pages.use(data=None)
    answers = {
        pages.get(path, dag_id=dag_id, run_id=run_id, task_id="t", map_index="0").text
        for dag_id, run_id in (("other", "secret"), ("other", "none"), ("none", "none"), ("vectora_job_migration", "x"))
    }
    (text,) = answers
    assert "Vectora has nothing to show for this DAG." in text
    assert "secret" not in text
    assert pages.get(path, dag_id="other", run_id="secret").status_code == 200


@pytest.mark.parametrize("path", ["run", "instance"])
def test_the_watch_over_jobs_has_a_page_with_its_own_permission(pages: Pages, path: str) -> None:
    """Whoever may read the ingest only is told nothing of the jobs here: the page it leads to asks for that."""
    answer = pages.get(path, dag_id="vectora_job_states", run_id="scheduled__1+2", task_id="watch_jobs", map_index="0")
    assert leads_to(answer) == "/airflow/vectora/sync?run_id=scheduled__1%2B2"


def test_the_page_of_the_watch_leads_to_the_jobs(pages: Pages) -> None:
    """With what the last sync counted, for people and programs; one read of storage."""
    pages.runs.add("w", dag_id="vectora_job_states", state="running")
    counts = {"arn:queue": {"RUNNING": 3, "SUBMITTED": 1}}
    found = Statistics(counted_at="2026-03-10T11:58:00.000Z", open_jobs=counts, days={})
    store_statistics(pages.resources.data, pages.resources.settings.jobs_table, found)
    soup = BeautifulSoup(pages.get("sync", run_id="w").text, "lxml")
    assert soup.find("a", string="Open the jobs")["href"] == "/airflow/vectora/jobs"
    assert "2 min 00 s ago" in soup.main.get_text()
    assert pages.get("api/sync", run_id="w").json()["jobs"]["running"] == 3
    assert pages.get("api/sync", run_id="w").json()["airflow"]["state"] == "running"
    assert pages.get("api/sync").json()["age_seconds"] == 120


def test_the_page_of_the_watch_without_anything_to_tell(pages: Pages, tmp_path: Path) -> None:
    """No sync yet, or storage that does not answer: it still leads to the jobs."""
    assert "No sync has counted it yet" in pages.get("sync").text
    pages.use(data=CountedStorage(tmp_path / "data", "statistics"))
    assert "cannot be reached" in pages.get("sync", run_id="unknown").text
    assert "Open the jobs" in pages.get("sync").text
