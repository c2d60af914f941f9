"""Who the clients are: one listing, one parallel read, a glance at every file; nobody's mistake stops it.

It does not validate: a file with mistakes is found like any other, and fails where its client is loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from vectora_core.config.catalog_files import Catalog
from vectora_core.config.client_files import FOLDER, client_path, is_template
from vectora_core.config.document import Document
from vectora_core.config.entry_checks import mapping
from vectora_core.config.following import follow, names
from vectora_core.config.placement import NOTHING_ASKED, Asked, asked_of
from vectora_core.config.yaml_document import parse_yaml
from vectora_core.errors import Problem, StorageError
from vectora_core.storage import Storage


@dataclass(frozen=True, kw_only=True)
class DiscoveredClient:
    """A client file at a glance.

    :param name: as the file gives it, else the id
    :param active: whether the daily run includes it; a file in which that cannot be read counts as active
    :param template: never a client
    :param critical: whether its failure makes the run fail, whatever is tolerated
    :param known: False for an id that was asked for and has no file
    :param problem: why the file could not be read, or None
    :param asked: what its file says of queue and pool
    :param sha256: first 16 hexadecimal digits of the hash of the file's bytes; empty when there are none
    """

    client_id: str
    name: str
    active: bool
    template: bool = False
    critical: bool = False
    known: bool = True
    problem: str | None = None
    asked: Asked = NOTHING_ASKED
    sha256: str = ""
    bouquets: tuple[str, ...] = ()
    extra_sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """What was found, by client id in sorted order; ``problems`` are files that look like clients and are none."""

    found: tuple[DiscoveredClient, ...]
    problems: tuple[Problem, ...] = ()


def discover(storage: Storage, *, client_ids: Sequence[str] = ()) -> Discovery:
    """Find the clients of a config root.

    :param client_ids: only these, active or not, known or not; empty: every file directly in ``clients/``
    :raises StorageError: when the folder cannot be listed
    """
    paths = _paths(storage)
    there = _by_client_id(paths)
    asked = sorted(set(client_ids)) or sorted(there)
    contents = storage.get_many(there[client_id] for client_id in asked if client_id in there)
    found = tuple(
        _glance(client_id, contents[there[client_id]]) if client_id in there else _unknown(client_id) for client_id in asked
    )
    return Discovery(found=found, problems=tuple(misnamed(paths)))


def list_client_ids(storage: Storage) -> tuple[str, ...]:
    """Return the ids of all clients, sorted, by one listing: no file is read, so only templates by name are left out.

    :raises StorageError: when the folder cannot be listed
    """
    there = _by_client_id(_paths(storage))
    return tuple(sorted(client_id for client_id, path in there.items() if not is_template(path, None)))


def followed_sources(client: DiscoveredClient, catalog: Catalog) -> frozenset[str]:
    """Return the keys of the sources a client follows; all there are when its file cannot be read: none is ruled out."""
    if client.problem or not client.known:
        return frozenset(catalog.source_keys)
    return frozenset(follow(client.bouquets, client.extra_sources, catalog))


def misnamed(paths: Sequence[str]) -> list[Problem]:
    """Return a problem for every path that only its ending keeps from being read."""
    wrong = [path for path in paths if not path.endswith(".yaml") and path.lower().endswith((".yml", ".yaml"))]
    message = "is not read because of its ending; rename it to {}.yaml"
    return [Problem(file=path, line=0, key="", message=message.format(PurePosixPath(path).stem)) for path in sorted(wrong)]


def _paths(storage: Storage) -> list[str]:
    return [entry.path for entry in storage.list_objects(FOLDER) if entry.path.count("/") == 1]


def _by_client_id(paths: Sequence[str]) -> dict[str, str]:
    return {PurePosixPath(path).stem: path for path in paths if path.endswith(".yaml")}


def _unknown(client_id: str) -> DiscoveredClient:
    return DiscoveredClient(client_id=client_id, name=client_id, active=False, known=False)


def _glance(client_id: str, content: bytes | StorageError) -> DiscoveredClient:
    file = client_path(client_id)
    template = is_template(file, None)
    if isinstance(content, StorageError):
        return DiscoveredClient(
            client_id=client_id, name=client_id, active=True, template=template, problem=f"{file}: cannot be read: {content}"
        )
    sha256 = hashlib.sha256(content).hexdigest()[:16]
    document, problems = parse_yaml(file, content)
    if document is None:
        return DiscoveredClient(
            client_id=client_id, name=client_id, active=True, template=template, problem=str(problems[0]), sha256=sha256
        )
    name = mapping(document.data.get("client_profile")).get("name")
    sources = mapping(document.data.get("source_config"))
    return DiscoveredClient(
        client_id=client_id,
        name=name if isinstance(name, str) and name.strip() else client_id,
        active=_is_active(document),
        template=is_template(file, document),
        critical=mapping(document.data.get("ingest")).get("critical") is True,
        asked=asked_of(document),
        sha256=sha256,
        bouquets=names(sources.get("source_bouquets_enabled")),
        extra_sources=names(sources.get("sources_extra_enabled")),
    )


def _is_active(document: Document) -> bool:
    """Whether the file says so in one of the two places, or says it in a way that is neither yes nor no."""
    profile = document.data.get("client_profile", {})
    if not isinstance(profile, Mapping):
        return True
    said: list[Any] = [section["active"] for section in (document.data, profile) if "active" in section]
    doubtful = any(flaw.path in (("active",), ("client_profile",), ("client_profile", "active")) for flaw in document.flaws)
    return doubtful or any(value is not False for value in said)
