"""`check_all` finds everything and never raises; the samples and their schemas are in order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vectora_core.config.catalog_files import EXTRACTORS, PROFILES, SOURCES, Catalog
from vectora_core.config.check import check_all
from vectora_core.config.client_files import parse_client
from vectora_core.config.discovery import discover
from vectora_core.config.following import check_references
from vectora_core.config.models import (
    ClientConfig,
    ExtractorsFile,
    Model,
    ProfilesFile,
    SourceCatalogFile,
)
from vectora_core.config.schema import json_schemas, schema_bytes
from vectora_core.storage import open_storage

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = ROOT / "configs"
BASE = Path(__file__).parent / "base"
SCOPES = "canonical/scopes/technologies.yaml"


def keys_of(*models: type[Model]) -> list[str]:
    text = json.dumps([model.model_json_schema() for model in models])
    return sorted(set(yaml.safe_load(text) and _properties(json.loads(text))))


def _properties(schema) -> list[str]:
    if isinstance(schema, list):
        return [key for one in schema for key in _properties(one)]
    if not isinstance(schema, dict):
        return []
    own = list(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else []
    return own + [key for value in schema.values() for key in _properties(value)]


KEYS = st.sampled_from([*keys_of(ClientConfig, SourceCatalogFile, ExtractorsFile, ProfilesFile), "<<", "_x", ""])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 10**25)
    | st.floats()
    | st.dates()
    | st.sampled_from(
        ["press", "wire_rss", "rss", "html", "api", "focused", "require_signals", "a AND", "(a+)+", "${X", "::", "data[?"]
    )
    | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
FILES = st.dictionaries(KEYS, VALUES, max_size=6).map(lambda data: yaml.safe_dump(data, allow_unicode=True).encode())


def check(client: bytes, canonical: dict[str, bytes]) -> list:
    contents = {path: (BASE / path).read_bytes() for path in (SOURCES, EXTRACTORS, PROFILES, SCOPES)}
    catalog = Catalog({**contents, **canonical})
    _, document, problems = parse_client("clients/x.yaml", client)
    return [*problems, *(check_references(document, catalog) if document else ()), *catalog.problems()]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES, st.dictionaries(st.sampled_from([SOURCES, EXTRACTORS, PROFILES, SCOPES]), FILES, max_size=2))
def test_no_yaml_makes_it_raise(client: bytes, canonical: dict[str, bytes]) -> None:
    """Keys it knows with values of any kind: problems come out, never an exception."""
    assert all(problem.message for problem in check(client, canonical))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=50), st.sampled_from(["clients/x.yaml", SOURCES, EXTRACTORS, PROFILES, SCOPES]))
def test_no_bytes_make_it_raise(tmp_path: Path, data: bytes, path: str) -> None:
    """The same through storage."""
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    assert check_all(open_storage(tmp_path.as_uri()))


def test_an_empty_root_lacks_its_catalog(tmp_path: Path) -> None:
    """Nothing else can be missed before somebody asks for it."""
    assert [str(one) for one in check_all(open_storage(tmp_path.as_uri()))] == [f"{SOURCES}: does not exist; add the file"]


def test_files_of_the_wrong_ending_are_told(tree) -> None:
    """Clients and scopes alike."""
    tree.write("clients/a.yml", "x: 1")
    tree.write("canonical/scopes/b.YAML", "x: 1")
    assert [one.file for one in check_all(tree.storage)] == ["canonical/scopes/b.YAML", "clients/a.yml"]


def test_the_samples_are_free_of_problems() -> None:
    """What a newcomer copies is right."""
    assert check_all(open_storage(CONFIGS.as_uri())) == []


def test_the_samples_show_every_state_of_a_client() -> None:
    """Three active clients, an inactive one, a template."""
    clients = discover(open_storage(CONFIGS.as_uri())).found
    assert [client.client_id for client in clients if client.active and not client.template] == [
        "acme_biotech",
        "helios_pharma",
        "northwind_energy",
    ]
    assert [client.client_id for client in clients if client.template] == ["newsletter_template"]


def test_the_schemas_are_current() -> None:
    """`vectora config schema --write configs/schemas` was run after the models changed."""
    for name, schema in json_schemas().items():
        assert (CONFIGS / "schemas" / name).read_bytes() == schema_bytes(schema), name


@pytest.mark.parametrize(
    "path", sorted(path for path in CONFIGS.rglob("*.yaml")), ids=lambda path: str(path.relative_to(CONFIGS))
)
def test_every_sample_names_its_schema(path: Path) -> None:
    """Editors complete and check what stands under it."""
    first = path.read_text().splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert (path.parent / first.removeprefix(prefix)).resolve().parent == CONFIGS / "schemas"
    assert (path.parent / first.removeprefix(prefix)).resolve().name in json_schemas()
