"""How commands end when they cannot do what they were asked: an exit code, a sentence, and one JSON document if asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.command_line import Vectora, publish
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite

USAGE = {
    "unknown command": (["frobnicate"], "No such command 'frobnicate'"),
    "unknown command of a group": (["config", "chekc"], "No such command 'chekc'"),
    "unknown option": (["ingest", "--nope"], "No such option: --nope; try vectora ingest --help"),
    "not a number": (["ingest", "--period-days", "week"], "'--period-days'"),
    "value missing": (["ingest", "--client-id"], "--client-id"),
    "argument missing": (["preview"], "CLIENT_FILE"),
    "argument too many": (["clients", "list", "acme"], "acme"),
    "out of range": (["ingest", "--period-days", "0"], "period_days: "),
    "no date": (["ingest", "--from-date", "yesterday"], "from_date: 'yesterday' is not a date; write it as YYYY-MM-DD"),
    "contradiction": (["ingest", "--from-date", "2026-03-02", "--to-date", "2026-03-01"], "swap them"),
    "mode": (["ingest", "--ingestion-mode", "loose"], "ingestion_mode: "),
    "empty client id": (["ingest", "--client-ids", "acme,"], "client_ids: one of them is empty"),
    "empty root": (["config", "check", "--config-root", ""], "--config-root is empty"),
    "nobody's home": (["config", "check", "--config-root", "~nobody-of-this-name/x"], "give another folder"),
    "foreign scheme": (["config", "check", "--config-root", "ftp://x"], "is not a storage URL"),
    "malformed URL": (["ingest", "--data-root", "s3://[x"], "is not a storage URL"),
    "no file": (["preview", "nowhere.yaml"], "nowhere.yaml cannot be read"),
    "a folder": (["preview", "."], "cannot be read"),
    "unknown run": (["ingest", "--only-failed-of-run", "../../nope"], "has no report"),
    "unknown source": (["ingest", "--source", "newz"], "did you mean news?"),
    "retention": (["snapshots", "prune", "--keep-days", "0"], "'--keep-days'"),
}
# Where the value of an option is missing, --json behind it would be the value.
ASKING_FOR_JSON = {name: case for name, case in USAGE.items() if name != "value missing"}


@pytest.mark.parametrize(("arguments", "words"), USAGE.values(), ids=USAGE)
def test_a_wrong_command_line_is_exit_code_2(
    vectora: Vectora, configs: ConfigTree, arguments: list[str], words: str, data: Path
) -> None:
    """One sentence on stderr that names the mistake, no traceback, nothing on stdout, nothing written."""
    configs.source("news", "https://news.example/feed.xml")
    configs.client("acme", ["news"])
    found = vectora(*arguments)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("vectora: ")
    assert words in found.err
    assert found.err.count("\n") == 1
    assert list(data.iterdir()) == []


@pytest.mark.parametrize(("arguments", "words"), ASKING_FOR_JSON.values(), ids=ASKING_FOR_JSON)
def test_with_json_a_failure_is_a_document_too(
    vectora: Vectora, configs: ConfigTree, arguments: list[str], words: str
) -> None:
    """`error` and `exit_code`, whatever went wrong before there was an answer."""
    configs.source("news", "https://news.example/feed.xml")
    configs.client("acme", ["news"])
    found = vectora(*arguments, "--json")
    assert set(found.json) == {"error", "exit_code"}
    assert found.json["exit_code"] == found.code == 2
    assert words in found.json["error"]


def test_a_group_without_a_command_shows_its_help(vectora: Vectora) -> None:
    """On stderr, as it is not what was asked for; exit code 2."""
    for arguments in ((), ("clients",), ("config",), ("snapshots",)):
        found = vectora(*arguments)
        assert (found.code, found.out) == (2, "")
        assert found.err.startswith("Usage: vectora")


def test_a_wrong_variable_is_named(vectora: Vectora, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are part of the usage."""
    monkeypatch.setenv("VECTORA_FETCH_ATTEMPTS", "many")
    found = vectora("ingest")
    assert (found.code, found.out) == (2, "")
    assert "VECTORA_FETCH_ATTEMPTS: " in found.err


@pytest.mark.parametrize("arguments", [("ingest",), ("config", "check"), ("clients", "list")], ids=" ".join)
def test_a_configuration_that_is_not_there_is_exit_code_3(
    vectora: Vectora, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """It is not made: an empty folder would hide the typing error."""
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "nowhere", tmp_path / "file"):
        found = vectora(*arguments, "--config-root", root, "--json")
        assert (found.code, found.json["exit_code"]) == (3, 3)
        assert f"the configuration {root} is not a folder that exists" in found.json["error"]
    assert not (tmp_path / "nowhere").exists()


def test_without_any_setting_the_configuration_is_looked_for_here(
    vectora: Vectora, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """./configs, and the outputs go to ./.vectora/data."""
    for name in ("VECTORA_CONFIG_ROOT", "VECTORA_DATA_ROOT"):
        monkeypatch.delenv(name)
    assert vectora("clients", "list").code == 0  # the folder of the other tests is named configs
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert "/empty/configs is not a folder" in vectora("clients", "list").err


def test_outputs_that_cannot_be_stored_are_exit_code_3(
    vectora: Vectora, configs: ConfigTree, site: NewsSite, tmp_path: Path
) -> None:
    """A data root that cannot be made, and one in which nothing can be written."""
    configs.source("news", publish(site, "/news.xml", "First"))
    configs.client("acme", ["news"])
    (tmp_path / "file").write_text("")
    found = vectora("ingest", "--json", "--data-root", tmp_path / "file/below")
    assert (found.code, found.json["exit_code"]) == (3, 3)
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    for name in ("raw", "ingested", "runs"):
        (blocked / name).write_text("")
    found = vectora("ingest", "--json", "--data-root", blocked)
    assert (found.code, found.json["exit_code"]) == (3, 3)
    assert "cannot be reached" in found.json["error"]


def test_storage_out_of_reach_is_exit_code_3(vectora: Vectora, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket behind an address nobody listens on."""
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
    }.items():
        monkeypatch.setenv(name, value)
    found = vectora("clients", "list", "--json", "--config-root", "s3://nowhere/prefix")
    assert (found.code, found.json["exit_code"]) == (3, 3)
    assert "s3://nowhere/prefix" in found.json["error"]


def test_a_mistake_of_vectoras_own_keeps_its_traceback(vectora: Vectora, monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr; stdout is one document even then."""

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("vectora_core.config.check.check_all", broken)
    found = vectora("config", "check", "--json")
    assert found.code == 1
    assert found.json == {"error": "unforeseen RuntimeError: a bug", "exit_code": 1}
    assert "Traceback" in found.err
