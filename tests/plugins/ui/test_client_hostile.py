"""The page of a client against what strangers wrote and asked for, and what it asks of storage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.fakes.config_tree import ConfigTree
from tests.fakes.counted_storage import CountedStorage
from tests.plugins.ui.client_given import RUN, item, outcome, result, store_run
from tests.plugins.ui.conftest import Pages
from tests.plugins.ui.inert import EVERYTHING, assert_inert
from vectora_core.errors import SourcesFailedError
from vectora_core.ingest import run_summary, store

LONG = "x" * 10_000
SECRET = "what lies beside the roots"
ODD: tuple[Any, ...] = (None, -1, 2**70, "x", [1], {"a": 1})


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> ConfigTree:
    """The client has a file."""
    tree = ConfigTree(tmp_path / "configs")
    tree.source("wire", "https://example.org/feed")
    tree.client("acme", ["wire"])
    return tree


@pytest.mark.parametrize("text", [EVERYTHING, LONG])
def test_whatever_strangers_wrote_is_text(pages: Pages, text: str) -> None:
    """In every text of an item, an outcome, a drop, an error and a name."""
    pages.runs.add(RUN)
    texts = ("title", "content", "url", "source_key", "source_type", "published_at", "date_source", "language")
    items = tuple(replace(item(number), **{name: text}) for number, name in enumerate(texts))
    bad = outcome(
        text, ingestion_mode=text, outcome="failed", failure_class=text, error=text, drops={text: 1, f"profile:{text}:x": 2}
    )
    error = SourcesFailedError(text, transient=False)
    error.failure_class = text
    store_run(
        pages.resources.data,
        result(
            "acme",
            name=text,
            items=items,
            outcomes=(bad, outcome(outcome=text)),
            config_hash=text,
            error=error,
            status="partial",
        ),
    )
    answer = pages.get("client", client_id="acme")
    assert answer.status_code == 200
    soup = assert_inert(answer.text)
    assert len(soup.select("table.items tbody tr")) == len(items)
    assert pages.get("api/client", client_id="acme").json()["run"]["why"]["message"] == text
    assert len(pages.get("api/items", client_id="acme").json()["items"]) == len(items)


@pytest.mark.parametrize("text", [EVERYTHING, LONG])
def test_whatever_an_editor_wrote_is_text(pages: Pages, config: ConfigTree, text: str) -> None:
    """In the client's file and in the catalog."""
    config.sources["wire"] |= {"source_type": text, "rss_url": "https://example.org/?q=" + text}
    config.bouquets["press"] = {"bouquet_id": "press", "source_keys": [text, "wire"]}
    config.write_catalog()
    config.client("acme", ["wire"], source_config={"source_bouquets_enabled": ["press"]}, client_profile={
        "name": text, "client_id": "acme", "active": True,
    })  # fmt: skip
    for _ in range(2):
        answer = pages.get("client", client_id="acme")
        assert answer.status_code == 200
        assert_inert(answer.text)
        config.client("acme", [text], **{text[:100].replace("\x00", ""): text})


def changed(document: Any) -> Iterator[Any]:
    """Yield a document once for every value in it and every odd value in its place."""
    for value in ODD:
        yield value
    below = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, inner in below:
        for value in changed(inner):
            copy = document.copy()
            copy[key] = value
            yield copy


@pytest.mark.parametrize("path", ["runs", "ingested"])
def test_stored_json_of_any_type_breaks_nothing(pages: Pages, path: str) -> None:
    """Every value of the report, and of the manifest, replaced by one of another type: a page, never an error of ours."""
    pages.runs.add(RUN)
    data = pages.resources.data
    failed = outcome(
        outcome="failed", failure_class="timeout", error="no answer", counts={"kept": 1}, drops={"duplicate": 1}
    )
    error = SourcesFailedError("some failed", transient=False)
    store_run(data, result("acme", outcomes=(failed,), status="partial", error=error, items=(item(1),)))
    place = "ingested/acme/2026/03/10/manifest.json"
    if path == "runs":
        data.delete_many([place])  # the report has to do
        place = store.report_path(RUN)
    stored = json.loads(data.get(place))
    if path == "runs":
        stored["client_results"]["acme"]["sources"]["wire"] |= {"counts": {"kept": 1}, "bytes": 1, "late": False}
    for document in changed(stored):
        data.put(place, json.dumps(document).encode())
        answer = pages.get("client", client_id="acme", run_id=RUN)
        assert answer.status_code == 200, (answer.text, document)


@pytest.mark.parametrize(
    "client_id",
    [
        "../acme",
        "..",
        ".",
        "/etc/passwd",
        "acme/../acme",
        "%2e%2e%2facme",
        "..%2Fsecret",
        "acme\x00",
        "acme\n",
        "\u202eacme",
        "a.b/..",
    ],
)
def test_no_client_id_leads_elsewhere(pages: Pages, tmp_path: Path, client_id: str) -> None:
    """Ids are looked up, never resolved: nothing beside the roots is read, and the client is not there."""
    (tmp_path / "secret.yaml").write_text(SECRET)
    config, data = CountedStorage(tmp_path / "configs"), CountedStorage(tmp_path / "data")
    pages.use(config=config, data=data)
    for path in ("client", "api/client", "api/items"):
        answer = pages.get(path, client_id=client_id)
        assert answer.status_code == 404
        assert SECRET not in answer.text
    assert set(config.asked) == {"list clients"}
    assert not data.asked


@pytest.mark.parametrize("path", ["client", "api/client", "api/items"])
def test_ids_of_no_length_or_too_much_are_refused(pages: Pages, path: str) -> None:
    """Before anything is read; a run id that no folder could have is one that nobody knows."""
    store_run(pages.resources.data, result("acme"))
    assert pages.get(path).status_code == 400
    assert pages.get(path, client_id="").status_code == 400
    assert pages.get(path, client_id="a" * 5000).status_code == 400
    assert pages.get(path, client_id="acme", run_id="a" * 5000).status_code == 400
    assert pages.get(path, client_id="acme", run_id="#" * 250).status_code == 404


@pytest.mark.parametrize("run_id", ["a#b:c+d/e%2F?&=", "%2e%2e", "ü €", "a b"])
def test_run_ids_of_any_characters_lead_to_their_run(pages: Pages, run_id: str) -> None:
    """Through every link and form of the page, and into storage and back."""
    pages.runs.add(run_id)
    store_run(pages.resources.data, result("acme"), run_id=run_id)
    pages.runs.add("older")
    store_run(pages.resources.data, result("acme"), run_id="older")
    soup = BeautifulSoup(pages.get("client", client_id="acme", run_id="older").text, "lxml")
    following = soup.select_one("a[rel=next]")
    assert following is not None
    answer = pages.request("GET", str(following["href"]).removeprefix("/airflow/vectora/"))
    shown = assert_inert(answer.text).select_one("input[name=run_id]")
    assert shown is not None
    assert shown["value"] == run_id
    assert pages.get("api/items", client_id="acme", run_id=run_id).json()["run_id"] == run_id


@pytest.mark.parametrize("run_id", ["../../configs", "..", ".", "/etc", "..\\..", "\x00"])
def test_no_run_id_leads_elsewhere(pages: Pages, tmp_path: Path, run_id: str) -> None:
    """It is one folder below runs/, whatever it says; what lies where it points is not read."""
    (tmp_path / "report.json").write_text(SECRET)
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "report.json").write_text(SECRET)
    data = CountedStorage(tmp_path / "data")
    pages.use(data=data)
    for path in ("client", "api/client", "api/items"):
        answer = pages.get(path, client_id="acme", run_id=run_id)
        assert answer.status_code == 404
        assert SECRET not in answer.text
    assert all(path.startswith("runs/") and path.count("/") == 2 and "/../" not in path for path in data.asked)


def test_a_client_id_that_is_no_name_of_a_file_is_shown_when_runs_know_it(pages: Pages) -> None:
    """Discovery takes whatever stands before .yaml; such a client fails, and its page says why."""
    client_id = "a b#/../c+"
    pages.runs.add(RUN)
    store_run(pages.resources.data, result(client_id))
    answer = pages.get("client", client_id=client_id)
    assert answer.status_code == 200
    assert_inert(answer.text)
    assert len(pages.get("api/items", client_id=client_id).json()["items"]) == 3


@pytest.mark.parametrize("clients", [1, 300])
def test_requests_to_storage_do_not_grow_with_the_clients(pages: Pages, tmp_path: Path, clients: int) -> None:
    """Each ended run once while this process lives; then a dozen for the client, its run and its configuration."""
    ids = [f"run {number} of {clients}" for number in range(30)]
    for number, run_id in enumerate(ids):
        pages.runs.add(run_id, hours_ago=number)
    everybody = [result("acme"), *(result(f"client{number}", items=(), outcomes=()) for number in range(clients - 1))]
    document = store_run(pages.resources.data, *everybody, run_id=ids[0])
    for run_id in ids[1:]:
        summary = run_summary.summarize({**document, "run_id": run_id})
        pages.resources.data.put(store.summary_path(run_id), run_summary.to_bytes(summary))
    config, data = CountedStorage(tmp_path / "configs"), CountedStorage(tmp_path / "data")
    pages.use(config=config, data=data)
    assert pages.get("client", client_id="acme").status_code == 200
    assert (data.asked.total(), config.asked.total()) == (30 + 4, 8)
    assert pages.get("client", client_id="acme", q="title", items_page=2).status_code == 200
    assert (data.asked.total(), config.asked.total()) == (30 + 4 + 4, 16)


def test_outputs_out_of_reach_are_told_as_such(pages: Pages, tmp_path: Path) -> None:
    """The whole storage: try again. The summaries alone: the run that was asked for is shown all the same."""
    pages.runs.add("first")
    store_run(pages.resources.data, result("acme"), run_id="first")
    pages.use(data=CountedStorage(tmp_path / "data", ""))
    answer = pages.get("client", client_id="acme")
    assert answer.status_code == 503
    assert "Try again" in answer.text
    pages.use(data=CountedStorage(tmp_path / "data", "summary.json"))
    shown = pages.get("client", client_id="acme", run_id="first")
    assert shown.status_code == 200
    assert "What became of the other runs cannot be read" in shown.text


def test_the_page_shows_what_programs_are_told(pages: Pages) -> None:
    """The same numbers, names and items, for the same question."""
    pages.runs.add(RUN)
    store_run(pages.resources.data, result("acme", items=tuple(item(number) for number in range(60))))
    asked = {"client_id": "acme", "q": "title 5", "items_page": 1}
    told = pages.get("api/client", **asked).json()
    soup = BeautifulSoup(pages.get("client", **asked).text, "lxml")
    titles = [row.td.get_text().strip() for row in soup.select("table.items tbody tr") if row.td]
    assert titles == [row["title"] for row in told["items"]["rows"]]
    assert len(titles) == told["items"]["found"] == 11
    assert [row.th.get_text() for row in soup.select("table.sources tbody tr") if row.th] == [
        one["source_key"] for one in told["sources"]
    ]
    assert [int(one.get_text()) for one in soup.select(".funnel .count")] == [one["count"] for one in told["funnel"]]
    described = pages.get("api/openapi.json")
    assert described.status_code in (200, 401)
