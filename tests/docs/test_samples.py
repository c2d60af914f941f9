"""The samples in the documentation are what they claim to be: YAML that is accepted, JSON that can be read."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import Any

import pytest
import yaml

from tests.docs.pages import PAGES, ROOT, blocks, section
from tests.docs.test_names import a_plan, a_result
from vectora_core.config.catalog_files import load_catalog
from vectora_core.config.client_files import parse_client
from vectora_core.config.discovery import discover
from vectora_core.config.following import check_references
from vectora_core.ingest import manifest
from vectora_core.ingest.dedup import item_id
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.types import Item
from vectora_core.storage import open_storage

YAML = [(page, block) for page in PAGES for block in blocks(page, "yaml")]
JSON = [(page, block) for page in PAGES for block in blocks(page, "json")]


@pytest.mark.parametrize(("page", "block"), YAML, ids=lambda value: str(value)[:30])
def test_a_client_in_a_yaml_block_is_accepted(page: str, block: str) -> None:
    """By the reader of client files, with the sources of the sample catalog."""
    client_id = yaml.safe_load(block)["client_profile"]["client_id"]
    _, document, problems = parse_client(f"clients/{client_id}.yaml", block.encode())
    assert document
    assert [*problems, *check_references(document, load_catalog(open_storage((ROOT / "configs").as_uri())))] == []


@pytest.mark.parametrize(("page", "block"), JSON, ids=lambda value: str(value)[:30])
def test_json_blocks_are_json(page: str, block: str) -> None:
    """Without comments and dots."""
    json.loads(block)


def readme(*keys: str) -> dict[str, Any]:
    """Return the JSON sample of the README that has these keys."""
    found: dict[str, Any] = next(one for one in map(json.loads, blocks("README.md", "json")) if one.keys() >= set(keys))
    return found


def test_the_item_of_the_readme_is_an_item() -> None:
    """All its fields, in their types, with the id that its address gives."""
    item = readme("item_id")
    assert set(item) == {field.name for field in fields(Item)}
    Item(**item)
    assert item["item_id"] == item_id(item["source_key"], item["canonical_url"])


def test_the_manifest_of_the_readme_is_a_manifest() -> None:
    """Shortened: nothing in it that manifests do not have."""
    sample = readme("manifest_version")
    whole = manifest.build(a_result(), a_plan(), manifest.Writer(task_id="t"), items_file=None)
    assert sample.keys() <= whole.keys()
    for source in sample["sources"].values():
        assert source.keys() <= whole["sources"]["a"].keys()


def test_events_and_run_parameters_are_accepted() -> None:
    """Those of the Lambda's table and of the backfill."""
    events = re.findall(r"^\| `(\{.*?\})` \|", PAGES["docs/lambda.md"], re.MULTILINE)
    events += re.findall(r"--dag-run-conf '(\{.*?\})'", section("docs/operations.md", "## Past days"))
    assert len(events) >= 4
    for event in events:
        parse_parameters(json.loads(event))


def test_the_clients_named_in_commands_exist() -> None:
    """Whoever pastes one meets a client of the samples, or the one the README makes."""
    known = {client.client_id for client in discover(open_storage((ROOT / "configs").as_uri())).found} | {"contoso_labs"}
    text = "\n".join(PAGES.values())
    named = re.findall(r"--client-ids? ([\w,]+)|\"client_ids?\": \[?\"(\w+)\"", text)
    assert named
    assert {one for pair in named for ids in pair if ids for one in ids.split(",")} <= known
