"""Discovery: who there is, whatever state the files are in."""

from __future__ import annotations

import pytest

from tests.fakes.counted_storage import CountedStorage
from vectora_core.config.catalog_files import load_catalog
from vectora_core.config.discovery import DiscoveredClient, discover, followed_sources, list_client_ids
from vectora_core.errors import StorageError
from vectora_core.storage import Storage


def found(tree, **kwargs) -> dict[str, DiscoveredClient]:
    return {client.client_id: client for client in discover(tree.storage, **kwargs).found}


@pytest.mark.parametrize(
    ("text", "active"),
    [
        ("client_profile: {active: true}", True),
        ("client_profile: {active: false}", False),
        ("active: true\nclient_profile: {name: x}", True),
        ("active: false\nclient_profile: {active: true}", True),
        ("client_profile: {name: x}", False),
        ("client_profile: {active: 'false'}", True),
        ("client_profile: {active: }", True),
        ("client_profile: {active: false, active: false}", True),
        ("client_profile: [active]", True),
        ("client_profile: {active: false}\nsource_config: [", True),
        ("\xff", True),
        ("- a list", True),
    ],
)
def test_active_is_read_or_taken_for_granted(tree, text: str, active: bool) -> None:
    """Missing means inactive; a file in which it cannot be read counts as active, so that somebody is told."""
    tree.write("clients/one.yaml", text.encode("latin-1"))
    assert found(tree)["one"].active is active


def test_templates_are_marked(tree) -> None:
    """By name or by saying so, broken or not."""
    tree.write("clients/weekly_template.yaml", "client_profile: [")
    tree.write("clients/draft.yaml", "template: true\nclient_profile: {active: true}")
    clients = found(tree)
    assert [client_id for client_id, client in clients.items() if client.template] == ["draft", "weekly_template"]


def test_what_is_told_of_a_client(tree) -> None:
    """Name, whether it is critical, and a hash of its bytes; the id where the file gives no name."""
    tree.client("second", more="ingest: {critical: true}")
    tree.write("clients/nameless.yaml", "client_profile: {name: 5}")
    clients = found(tree)
    assert (clients["reader"].name, clients["reader"].critical) == ("Reader", False)
    assert (clients["second"].critical, len(clients["second"].sha256)) == (True, 16)
    assert clients["nameless"].name == "nameless"
    assert clients["second"].sha256 != clients["reader"].sha256


def test_asked_for_by_name(tree) -> None:
    """Only those asked for, each once: inactive ones like others, unknown ones marked as such."""
    tree.write("clients/asleep.yaml", "client_profile: {active: false}")
    clients = found(tree, client_ids=["nobody", "asleep", "asleep", "../reader"])
    assert list(clients) == ["../reader", "asleep", "nobody"]
    assert [client.known for client in clients.values()] == [False, True, False]


def test_only_yaml_files_directly_in_the_folder(tree) -> None:
    """Folders below are places for archives; another ending is a mistake that is told."""
    tree.write("clients/archive/old.yaml", "client_profile: {active: true}")
    tree.write("clients/README.md", "hello")
    tree.write("clients/late.yml", "client_profile: {active: true}")
    discovery = discover(tree.storage)
    assert [client.client_id for client in discovery.found] == ["reader"]
    assert [str(problem) for problem in discovery.problems] == [
        "clients/late.yml: is not read because of its ending; rename it to late.yaml"
    ]


def test_ids_alone_take_one_listing(tree) -> None:
    """No file is read, so one that says `template: true` is listed; one whose name says it is not."""
    for name in ("zeta", "Alpha", "weekly_template", "archive/old"):
        tree.write(f"clients/{name}.yaml", "client_profile: [")
    tree.write("clients/draft.yaml", "template: true")
    tree.write("clients/late.yml", "client_profile: {active: true}")
    storage = CountedStorage(tree.folder)
    assert list_client_ids(storage) == ("Alpha", "draft", "reader", "zeta")
    assert storage.asked == {"list clients": 1}
    without = {client.client_id for client in discover(storage).found if not client.template}
    assert set(list_client_ids(storage)) - {"draft"} == without


def test_a_file_that_cannot_be_read_is_an_active_client(tree) -> None:
    """One object that fails to arrive stops nobody."""

    class Torn(Storage):
        def __init__(self) -> None:
            self.whole = tree.storage

        def list_objects(self, prefix):
            return self.whole.list_objects(prefix)

        def get_many(self, paths):
            return {path: StorageError("no answer") for path in paths}

    (client,) = discover(Torn()).found
    assert (client.client_id, client.active) == ("reader", True)
    assert client.problem == "clients/reader.yaml: cannot be read: no answer"


def test_followed_sources(tree) -> None:
    """Sources of bouquets and extra ones; all there are where the file cannot be read: none is ruled out."""
    tree.write("clients/broken.yaml", "client_profile: [")
    catalog, clients = load_catalog(tree.storage), found(tree)
    assert followed_sources(clients["reader"], catalog) == {"wire_rss", "acme_news", "news_api"}
    assert followed_sources(clients["broken"], catalog) == set(catalog.source_keys)
