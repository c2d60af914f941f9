"""`vectora clients list` and `vectora config`: what is there and what is wrong, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.command_line import Vectora
from tests.fakes.config_tree import ConfigTree


@pytest.fixture
def broken(configs: ConfigTree) -> ConfigTree:
    configs.source("news", "https://news.example/feed.xml")
    configs.client("fine", ["news"])
    configs.client("asleep", ["news"], active=False)
    configs.client("lost", ["newz", "gone"])
    configs.text("clients/torn.yaml", "client_profile: [\n")
    configs.text("clients/new_template.yaml", "client_profile: {name: '{{NAME}}', client_id: '{{ID}}'}\n")
    return configs


def test_every_client_is_listed_with_its_problems(vectora: Vectora, broken: ConfigTree) -> None:
    """Active or not, broken or not; templates are no clients."""
    found = vectora("clients", "list", "--json")
    assert found.code == 0
    assert [(one["client_id"], one["name"], one["active"], len(one["problems"])) for one in found.json] == [
        ("asleep", "Asleep", False, 0),
        ("fine", "Fine", True, 0),
        ("lost", "Lost", True, 2),
        ("torn", "torn", True, 1),
    ]
    assert all(set(one) == {"client_id", "name", "active", "problems"} for one in found.json)
    assert found.json[2]["problems"][0].startswith("clients/lost.yaml:7: ")
    shown = vectora("clients", "list").out
    assert "did you mean news?" in shown
    assert "new_template" not in shown


def test_a_configuration_without_clients_says_how_to_add_one(vectora: Vectora, configs: ConfigTree) -> None:
    """An empty table would leave the reader guessing."""
    assert vectora("clients", "list", "--json").json == []
    found = vectora("clients", "list")
    assert (found.code, found.out) == (0, "")
    assert "no client" in found.err


def test_every_problem_of_every_file_is_told_with_its_line(vectora: Vectora, broken: ConfigTree) -> None:
    """All at once, on stdout, one a line; exit code 1."""
    broken.text("canonical/scopes/more.yaml", "a: [x\n")
    found = vectora("config", "check")
    assert found.code == 1
    files = [line.partition(":")[0] for line in found.out.splitlines()]
    assert files == ["canonical/scopes/more.yaml", "clients/lost.yaml", "clients/lost.yaml", "clients/torn.yaml"]
    assert all(line.split(":")[1].isdigit() for line in found.out.splitlines())
    assert found.err == f"{broken.url}: 4 problems\n"


def test_problems_are_also_a_json_list(vectora: Vectora, broken: ConfigTree) -> None:
    """File, line, key and message of each; nothing else on stdout."""
    found = vectora("config", "check", "--json")
    assert found.code == 1
    assert found.json[0] == {
        "file": "clients/lost.yaml",
        "line": 7,
        "key": "source_config.sources_extra_enabled[0]",
        "message": "there is no source 'newz', did you mean news?",
    }
    assert len(found.json) == 3
    assert found.err.endswith("3 problems\n")


def test_nothing_wrong_is_success(vectora: Vectora, configs: ConfigTree) -> None:
    """No problem, no output, exit code 0; an empty list as JSON."""
    configs.source("news", "https://news.example/feed.xml")
    configs.client("fine", ["news"])
    assert (vectora("config", "check").code, vectora("config", "check").out) == (0, "")
    assert vectora("config", "check", "--json").json == []


def test_a_configuration_may_be_named_as_a_folder_or_as_a_url(vectora: Vectora, broken: ConfigTree) -> None:
    """The option wins over the environment."""
    expected = vectora("config", "check").out
    for root in (broken.folder, broken.folder.name, broken.url):
        assert vectora("config", "check", "--config-root", root).out == expected


def test_schemas_are_printed_as_one_document(vectora: Vectora) -> None:
    """By file name, as an object."""
    found = vectora("config", "schema")
    assert (found.code, found.err) == (0, "")
    assert {"client.schema.json", "source_catalog.schema.json", "scopes.schema.json"} <= set(found.json)


def test_schemas_are_written_as_files(vectora: Vectora, tmp_path: Path) -> None:
    """One file each, the same as what is printed, in a folder that is made; stdout stays empty."""
    folder = tmp_path / "a" / "schemas"
    found = vectora("config", "schema", "--write", folder)
    assert (found.code, found.out) == (0, "")
    written = {path.name: json.loads(path.read_text()) for path in folder.iterdir()}
    assert written == vectora("config", "schema").json


def test_a_folder_that_cannot_be_written_is_a_usage_error(vectora: Vectora, tmp_path: Path) -> None:
    """It names the file and what to do."""
    (tmp_path / "taken").write_text("")
    found = vectora("config", "schema", "--write", tmp_path / "taken")
    assert found.code == 2
    assert "taken" in found.err
    assert "give another folder" in found.err
