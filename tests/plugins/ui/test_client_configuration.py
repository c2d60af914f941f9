"""The configuration on the page of a client: where sources come from, what is wrong with its file, what is never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.fakes.config_tree import ConfigTree
from tests.fakes.counted_storage import CountedStorage
from tests.plugins.ui.client_given import RUN, outcome, result, store_run
from tests.plugins.ui.conftest import Pages
from vectora_airflow.ui.client.configuration import without_header_values
from vectora_core.config.catalog_files import load_catalog
from vectora_core.config.client_files import load_client


@pytest.fixture
def config(tmp_path: Path) -> ConfigTree:
    """A client that follows a bouquet of three (one switched off, one broken) and a source of its own."""
    tree = ConfigTree(tmp_path / "configs")
    tree.source("wire", "https://example.org/feed", headers={"X-Region": "eu-west", "Authorization": "Bearer ${WIRE_TOKEN}"})
    tree.source("page", "https://example.org/news", mode="html", timezone="Europe/Madrid", ingestion_profile="exclude_jobs")
    tree.source("closed", "https://example.org/closed", enabled=False)
    tree.source("broken", "https://example.org/broken", timezone="Mars/Olympus")
    tree.extractor("page", selectors={"item": "article"})
    tree.bouquets["press"] = {"bouquet_id": "press", "source_keys": ["page", "closed", "broken"]}
    tree.write_catalog()
    followed = {
        "source_bouquets_enabled": ["press"],
        "content_filters": {"min_word_count": 12, "exclude_patterns": ["divid"]},
    }
    tree.client("acme", ["wire"], source_config={"sources_extra_enabled": ["wire"], **followed})
    return tree


def view_of(pages: Pages, client_id: str = "acme") -> Any:
    answer = pages.get("api/client", client_id=client_id)
    assert answer.status_code == 200, answer.text
    return answer.json()


def soup_of(pages: Pages, client_id: str = "acme") -> BeautifulSoup:
    answer = pages.get("client", client_id=client_id)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "lxml")


def test_each_source_tells_where_it_comes_from(pages: Pages, config: ConfigTree) -> None:
    """By a bouquet or as an extra; with mode, address, profile, extractor and zone; a broken one with its message."""
    rows = [" ".join(row.get_text(" ").split()) for row in soup_of(pages).select("table.configured tbody tr")]
    page, broken, wire = rows
    assert page.startswith(
        "page bouquet press html https://example.org/news exclude_jobs exclude_only an extractor of its own"
    )
    assert "Europe/Madrid" in page
    assert broken.startswith("broken cannot be used canonical/sources/source_catalog.yaml:")
    assert "'Mars/Olympus' is not a time zone" in broken
    assert wire.startswith("wire extra rss https://example.org/feed none: takes all dates without a zone are in UTC")
    found = view_of(pages)["configuration"]
    assert (found["active"], found["disabled"]) == (True, ["closed"])
    assert (found["min_word_count"], found["exclude_patterns"], found["strict_profile"]) == (
        12, ["divid"], "press_technology_focused",
    )  # fmt: skip


def test_where_a_client_runs_is_told(pages: Pages, config: ConfigTree) -> None:
    """Queue and pool as they are, whichever of the two its file names; and that it is heavy."""
    assert "Runs in queue default, pool default_pool" in " ".join(soup_of(pages).get_text(" ").split())
    config.client("big", ["wire"], ingest={"queue": "heavy"})
    assert "Runs in heavy queue heavy, pool default_pool" in " ".join(soup_of(pages, "big").get_text(" ").split())
    pages.use(settings=pages.resources.settings.model_copy(update={"ingest_heavy_pool": "large_pool"}))
    found = view_of(pages, "big")["configuration"]
    assert (found["heavy"], found["queue"], found["pool"]) == (True, "heavy", "large_pool")
    found = view_of(pages)["configuration"]
    assert (found["heavy"], found["queue"], found["pool"]) == (False, "default", "default_pool")


def test_a_queue_that_is_not_there_is_a_problem_on_the_page(pages: Pages, config: ConfigTree) -> None:
    """With its line: the client's next run fails with the same words."""
    config.client("lost", ["wire"], ingest={"queue": "huge"})
    (problem,) = view_of(pages, "lost")["problems"]
    assert problem["key"] == "ingest.queue"
    assert "set VECTORA_INGEST_HEAVY_QUEUE" in problem["message"]


def test_of_headers_the_names_are_shown_and_nothing_else(pages: Pages, config: ConfigTree) -> None:
    """Not a value, nor the name of the variable it is filled in from, on the page or for programs."""
    for path in ("client", "api/client"):
        text = pages.get(path, client_id="acme").text
        assert "Authorization" in text
        assert "X-Region" in text
        for secret in ("WIRE_TOKEN", "Bearer", "eu-west"):
            assert secret not in text


def test_a_message_does_not_quote_the_value_of_a_header(pages: Pages, config: ConfigTree) -> None:
    """A secret that YAML reads as a number is a mistake; what a run of an older version left quotes it."""
    config.source("wire", "https://example.org/feed", headers={"X-Api-Key": 918273})
    storage = pages.resources.config
    broken = next(
        one for one in load_client(storage, "acme", catalog=load_catalog(storage)).sources if one.source_key == "wire"
    )
    assert "918273" not in broken.message  # type: ignore[union-attr]
    pages.runs.add(RUN)
    quoted = "canonical/sources/source_catalog.yaml:6: sources.wire.headers.X-Api-Key: must be text, not the number 918273"
    failed = outcome(outcome="failed", failure_class="config", error=quoted)
    store_run(pages.resources.data, result("acme", outcomes=(failed,), status="partial"))
    for path in ("client", "api/client"):
        text = pages.get(path, client_id="acme").text
        assert "headers.X-Api-Key: must be text" in text
        assert "918273" not in text
    assert without_header_values("a.yaml:1: language: must be text, not the number 5") == (
        "a.yaml:1: language: must be text, not the number 5"
    )


def test_a_change_since_the_run_is_told(pages: Pages, config: ConfigTree) -> None:
    """By the hash over everything that decides the client's items."""
    pages.runs.add(RUN)
    now = view_of(pages)["configuration"]["config_hash"]
    store_run(pages.resources.data, result("acme", config_hash=now))
    assert view_of(pages)["config_changed"] is False
    assert "as in this run" in soup_of(pages).get_text()
    config.source("page", "https://example.org/moved", mode="html")
    assert view_of(pages)["config_changed"] is True
    assert "changed since this run" in soup_of(pages).get_text()


def test_every_problem_of_the_file_is_shown_and_the_run_all_the_same(pages: Pages, config: ConfigTree) -> None:
    """With its line, its key and what to do."""
    config.text(
        "clients/acme.yaml",
        "client_profile:\n  name: Acme\n  client_id: acme\nsource_config:\n  source_bouqets_enabled: [press]\n"
        "  sources_extra_enabled: [wirre]\n",
    )
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("acme"))
    soup = soup_of(pages)
    first, second = (" ".join(one.get_text(" ").split()) for one in soup.select("ul.problems li"))
    assert first.startswith("clients/acme.yaml:5 source_config.source_bouqets_enabled unknown key, did you mean")
    assert second.startswith(
        "clients/acme.yaml:6 source_config.sources_extra_enabled[0] there is no source 'wirre', did you mean wire"
    )
    assert len(soup.select("table.items tbody tr")) == 3
    assert "Name of acme" in soup.h1.get_text()  # type: ignore[union-attr]  # the run knows it
    view = view_of(pages)
    assert (view["configuration"], len(view["problems"])) == (None, 2)


@pytest.mark.parametrize("text", ["", "\t", "[", "template: true\n", "client_profile: {name: A, client_id: b}\n"])
def test_a_file_that_is_nothing_has_problems(pages: Pages, config: ConfigTree, text: str) -> None:
    """Empty, no YAML, a template, or of another id."""
    config.text("clients/acme.yaml", text)
    assert view_of(pages)["problems"]


def test_a_client_without_a_file_is_shown_when_a_run_knows_it(pages: Pages, config: ConfigTree) -> None:
    """One that nobody knows is not there, and the answer says who may be meant."""
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("gone"))
    assert view_of(pages, "gone")["problems"][0]["message"].startswith("no such client")
    unknown = pages.get("client", client_id="acmee")
    assert unknown.status_code == 404
    assert "did you mean acme?" in BeautifulSoup(unknown.text, "lxml").get_text()
    assert pages.get("api/client", client_id="acmee").status_code == 404


def test_the_configuration_out_of_reach_does_not_hide_the_run(pages: Pages, config: ConfigTree, tmp_path: Path) -> None:
    """It is told where it is missing; a client nobody can look up is not said to be unknown."""
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("acme"))
    pages.use(config=CountedStorage(tmp_path / "configs", ""))
    soup = soup_of(pages)
    assert "The configuration cannot be read" in soup.get_text()
    assert len(soup.select("table.items tbody tr")) == 3
    assert view_of(pages, "whoever")["run"] is None


def test_a_problem_of_a_canonical_file_is_shown_with_its_place(pages: Pages, config: ConfigTree, tmp_path: Path) -> None:
    """A client it keeps from resolving has it among its problems, and still shows its runs."""
    pages.use(config=CountedStorage(tmp_path / "configs", "exclusion_scopes"))
    view = view_of(pages)
    assert view["configuration"] is None
    assert [one["place"] for one in view["problems"]] == ["canonical/scopes/exclusion_scopes.yaml"]
