"""`vectora ingest`: a run, told to people as a table and to programs as the run report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from tests.fakes.command_line import NOW, Vectora, files, publish
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite
from vectora_core.cli.app import app
from vectora_core.ingest.parameters import RunParameters

DAY = "2026/03/10"


@pytest.fixture
def newsroom(configs: ConfigTree, site: NewsSite) -> ConfigTree:
    """Two active clients and one inactive, following a feed of two articles; and a source that is not there."""
    configs.source("news", publish(site, "/news.xml", "First", "Second"))
    configs.source("gone", f"{site.url}/gone.xml")
    configs.client("acme", ["news"])
    configs.client("beta", ["news", "gone"])
    configs.client("rest", ["news"], active=False)
    return configs


def test_a_run_prints_a_row_per_client_and_where_the_report_is(vectora: Vectora, newsroom: ConfigTree, data: Path) -> None:
    """Partial is success; what failed in it is said on stderr."""
    found = vectora("ingest")
    assert found.code == 0
    assert f"partial: cli__{NOW.isoformat()}" in found.out
    rows = {row.split()[1]: row.split() for row in found.out.splitlines() if row.startswith("│")}
    assert rows["acme"][3:12:2] == ["succeeded", "1/0", "2", "2", rows["acme"][11]]
    assert rows["acme"][13] == f"ingested/acme/{DAY}/items.json"
    assert rows["beta"][3:6:2] == ["partial", "1/1"]
    assert "beta is partial: gone: " in found.err
    report = data / "runs" / f"cli__{NOW.isoformat()}" / "report.json"
    assert f"report: {data.as_uri()}/{report.relative_to(data)}" in found.err
    assert report.exists()


def test_json_is_the_run_report(vectora: Vectora, newsroom: ConfigTree, data: Path) -> None:
    """The very document that is stored, and nothing else on stdout."""
    found = vectora("ingest", "--json")
    assert found.code == 0
    (stored,) = [content for path, content in files(data).items() if path.endswith("report.json")]
    assert found.json == json.loads(stored)
    assert found.json["clients_succeeded"] == 2
    assert "would_write" not in found.json["client_results"]["acme"]


def test_a_dry_run_carries_the_items_and_writes_nothing(vectora: Vectora, newsroom: ConfigTree, data: Path) -> None:
    """`would_write` per client is what `items.json` would have held."""
    dry = vectora("ingest", "--dry-run", "--json")
    assert dry.code == 0
    assert files(data) == {}
    assert dry.json["dry_run"] is True
    would_write = dry.json["client_results"]["acme"]["would_write"]
    vectora("ingest")
    wrote = json.loads((data / f"ingested/acme/{DAY}/items.json").read_bytes())
    assert [one["item_id"] for one in would_write] == [one["item_id"] for one in wrote]
    assert [one["title"] for one in would_write] == ["First", "Second"]
    assert "dry run: nothing was written" in vectora("ingest", "--dry-run").err


def test_a_dry_run_does_not_even_make_the_data_root(vectora: Vectora, newsroom: ConfigTree, tmp_path: Path) -> None:
    """A real run makes it."""
    for arguments in (("ingest", "--dry-run"), ("preview", newsroom.folder / "clients/acme.yaml"), ("snapshots", "prune")):
        assert vectora(*arguments, "--data-root", tmp_path / "new").code == 0
        assert not (tmp_path / "new").exists()
    assert vectora("ingest", "--data-root", tmp_path / "new").code == 0
    assert (tmp_path / "new/runs").is_dir()


def test_named_clients_run_even_if_inactive(vectora: Vectora, newsroom: ConfigTree) -> None:
    """Named once, twice, or as a list with commas."""
    for arguments in (("--client-id", "rest", "--client-id", "acme"), ("--client-ids", "rest,acme")):
        assert sorted(vectora("ingest", "--json", *arguments).json["client_results"]) == ["acme", "rest"]


def test_every_parameter_of_a_run_has_an_option(vectora: Vectora, newsroom: ConfigTree, site: NewsSite) -> None:
    """And what was given arrives in the plan."""
    command = typer.main.get_command(app).commands["ingest"]  # type: ignore[attr-defined]
    assert set(RunParameters.model_fields) <= {parameter.name for parameter in command.params}
    given = {
        "client_ids": ["acme"],
        "sources": ["news"],
        "period_days": 3,
        "to_date": "2026-03-09",
        "ingestion_mode": "broad",
        "force_refresh": True,
        "dry_run": True,
        "tolerated_failure_percentage": 20,
    }
    arguments = [part for name, value in given.items() for part in _option(name, value)]
    assert vectora("ingest", "--json", *arguments).json["plan"]["parameters"] == given
    window = vectora("ingest", "--json", "--dry-run", "--from-date", "2026-03-09", "--client-id", "acme").json
    assert window["plan"]["parameters"]["from_date"] == "2026-03-09"
    assert window["client_results"]["acme"]["items"] == 1


def _option(name: str, value: object) -> list[str]:
    option = f"--{name.replace('_', '-')}"
    return [option] if value is True else [option, value[0] if isinstance(value, list) else str(value)]


def test_the_failed_clients_of_a_run_are_run_again(vectora: Vectora, newsroom: ConfigTree, site: NewsSite) -> None:
    """By the id its report carries."""
    newsroom.client("dark", ["gone"])
    first = vectora("ingest", "--json")
    assert (first.code, first.json["failed_client_ids"]) == (1, ["dark"])
    publish(site, "/gone.xml", "Back again")
    again = vectora("ingest", "--json", "--only-failed-of-run", first.json["run_id"])
    assert (again.code, list(again.json["client_results"])) == (0, ["dark"])


def test_failed_clients_are_exit_code_1_unless_tolerated(vectora: Vectora, newsroom: ConfigTree) -> None:
    """The others' items are there all the same, and stderr says who failed and why."""
    newsroom.client("dark", ["gone"])
    found = vectora("ingest", "--json")
    assert (found.code, found.json["status"]) == (1, "partial")
    assert found.json["client_results"]["acme"]["items"] == 2
    assert "1 of 3 clients failed (33 %, tolerated 0 %): dark" in found.err
    assert "dark: every source failed: gone: " in vectora("ingest").err
    assert vectora("ingest", "--tolerated-failure-percentage", "34").code == 0


def test_no_active_client_is_exit_code_3(vectora: Vectora, configs: ConfigTree) -> None:
    """Nothing ran, and that is not a success; the report says so."""
    configs.source("news", "https://news.example/feed.xml")
    configs.client("rest", ["news"], active=False)
    found = vectora("ingest", "--json")
    assert (found.code, found.json["status"]) == (3, "no_active_clients")
    assert "no active client was found" in found.err


def test_old_captures_are_pruned(
    vectora: Vectora, newsroom: ConfigTree, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the retention, or by what the command says; what is younger stays."""
    monkeypatch.setenv("VECTORA_RAW_RETENTION_DAYS", "90")
    vectora("ingest")
    old = data / "raw/news/2025/01/01/x/0123456789abcdef-0.snapshot"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    assert vectora("snapshots", "prune", "--json", "--keep-days", "5000").json == {"deleted": 0, "keep_days": 5000}
    found = vectora("snapshots", "prune")
    assert (found.code, found.out) == (0, "")
    assert "deleted 1 captures older than 90 days" in found.err
    assert not old.exists()
    assert [path for path in files(data) if path.startswith("raw/news/2026/03/10/")]


def test_keeping_everything_is_said(vectora: Vectora, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A retention of 0 deletes nothing."""
    monkeypatch.setenv("VECTORA_RAW_RETENTION_DAYS", "0")
    found = vectora("snapshots", "prune", "--json")
    assert (found.code, found.json) == (0, {"deleted": 0, "keep_days": 0})
    assert "everything is kept" in found.err
