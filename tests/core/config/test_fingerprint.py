"""The config hash changes when anything that decides the items changes, and only then."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from vectora_core.config.catalog_files import EXTRACTORS, PROFILES, SOURCES

CLIENT = "clients/reader.yaml"
SCOPES = "canonical/scopes/technologies.yaml"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (CLIENT, "source_bouquets_enabled: [press]", "source_bouquets_enabled: [wires]"),
        (CLIENT, "source_config:", "pipeline: {default_period_days: 3}\nsource_config:"),
        (CLIENT, "source_config:", "ingest: {ingestion_mode: broad}\nsource_config:"),
        (CLIENT, "source_config:", "source_config:\n  content_filters: {min_word_count: 5}"),
        (SOURCES, "https://wire.example/rss", "https://wire.example/atom"),
        (SOURCES, "ingestion_mode: html", "ingestion_mode: html\n    content_enrichment: full_article"),
        (SOURCES, "title: headline", "title: name"),
        (SOURCES, "[wire_rss, acme_news]", "[wire_rss, acme_news, gone]"),
        (EXTRACTORS, "title: h2", "title: h3"),
        (EXTRACTORS, "item: li", "item: p"),
        (PROFILES, "weight: 2.0", "weight: 3.0"),
        (PROFILES, "technology AND NOT company", "technology AND company"),
        (SCOPES, "- LAI", "- LAIs"),
    ],
)
def test_it_changes_with_what_decides(tree, path: str, old: str, new: str) -> None:
    """Values of the client, its sources, extractors, profiles and scopes."""
    before = tree.load("reader").config_hash
    tree.replace(path, old, new)
    assert tree.load("reader").config_hash != before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (CLIENT, "name: Reader", "name: Another"),
        (CLIENT, "active: true", "active: false"),
        (CLIENT, "client_profile:", "# a comment\nmetadata: {x: 1}\nclient_profile:"),
        (CLIENT, "source_config:", "ingest: {critical: true, pool: small}\nsource_config:"),
        (SOURCES, "ingestion_mode: html", "ingestion_mode: html\n    notes: a note\n    timeout_seconds: 5"),
        (SOURCES, "[wire_rss, acme_news]", "[acme_news, wire_rss]"),
        (SOURCES, "https://closed.example/rss", "https://closed.example/other"),
        (PROFILES, "  everything:\n", "  another: {signal_requirements: {mode: ingest_all}}\n  everything:\n"),
        (PROFILES, "technology AND NOT company OR company", "(technology and not company) or company"),
        (SCOPES, "    - long-acting injectable\n    - LAI", "    - LAI\n    - long-acting injectable"),
        (SCOPES, "owner: desk", "owner: nobody"),
    ],
)
def test_it_stays_with_what_does_not(tree, path: str, old: str, new: str) -> None:
    """Names, comments, order, notes, and whatever the client does not follow."""
    before = tree.load("reader").config_hash
    tree.replace(path, old, new)
    assert tree.load("reader").config_hash == before


def test_it_is_the_same_in_every_process(tree) -> None:
    """Python's own hashes are not."""
    code = (
        "import sys; from vectora_core.storage import open_storage;"
        "from vectora_core.config.client_files import load_client;"
        "from vectora_core.config.catalog_files import load_catalog; s = open_storage(sys.argv[1]);"
        "print(load_client(s, 'reader', catalog=load_catalog(s)).config_hash)"
    )
    command = [sys.executable, "-c", code, tree.folder.as_uri()]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    assert answer.stdout.strip() == tree.load("reader").config_hash
