"""The files of ``clients/``: one of them as a client, or everything that is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from vectora_core.config.catalog import resolve_client
from vectora_core.config.catalog_files import Catalog
from vectora_core.config.document import Document
from vectora_core.config.entry_checks import check_client, mapping
from vectora_core.config.following import check_references
from vectora_core.config.models import KEY_PATTERN, ClientConfig
from vectora_core.config.placement import Place, check_place
from vectora_core.config.resolved import ResolvedClient
from vectora_core.config.validation import did_you_mean, validate
from vectora_core.config.yaml_document import parse_yaml
from vectora_core.errors import ConfigError, Problem
from vectora_core.storage import Storage

FOLDER = "clients"


def client_path(client_id: str) -> str:
    """Return where the file of a client is, below the config root."""
    return f"{FOLDER}/{client_id}.yaml"


def is_template(file: str, document: Document | None) -> bool:
    """Whether a file is a template: its name ends in ``_template.yaml``, or it says ``template: true``."""
    return PurePosixPath(file).stem.endswith("_template") or (document is not None and document.data.get("template") is True)


def parse_client(file: str, data: bytes) -> tuple[ClientConfig | None, Document | None, list[Problem]]:
    """Read one client file on its own; what it names in the catalogs is not looked up.

    :param file: its path below the config root, or any other name: its stem must be the client's id
    :return: the client, None when a value is not what it must be; the document, None when the file is not YAML; and all
        problems, in line order
    """
    document, problems = parse_yaml(file, data)
    if document is None:
        return None, None, problems
    config, found = validate(ClientConfig, document)
    return config, document, sorted({*problems, *found, *check_client(document)})


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A client file that need not be where clients are."""

    client: ResolvedClient
    template: bool


def load_draft(file: str, data: bytes, *, catalog: Catalog) -> Draft:
    """Read a client file from anywhere and join it with the catalogs, for a look at what it would do.

    Its name need not be the client's id, and where a template leaves a blank for name and id its file's name stands in.

    :param file: what problems call it
    :raises ConfigError: with every problem of the file
    """
    document, flaws = parse_yaml(file, data)
    if document is None:
        raise ConfigError(flaws)
    template, profile = is_template(file, document), mapping(document.data.get("client_profile"))
    if template and profile:
        stem = PurePosixPath(file).stem
        document = replace(document, data={**document.data, "client_profile": {**profile, "name": stem, "client_id": stem}})
    config, found = validate(ClientConfig, document)
    problems = {*flaws, *found, *check_client(document, named_by_file=False), *check_references(document, catalog)}
    if config is None or problems:
        raise ConfigError(sorted(problems))
    return Draft(client=resolve_client(config, document, catalog), template=template)


def load_client(
    storage: Storage, client_id: str, *, catalog: Catalog, heavy: Place | None = None, in_ordinary_task: bool = False
) -> ResolvedClient:
    """Read one client and join it with the catalogs; active or not.

    :param heavy: queue and pool of the heavy clients; None where there is no Airflow, and nobody asks for either
    :param in_ordinary_task: whether it is to be ingested among the ordinary clients
    :raises ConfigError: with every problem of the file; when there is no such client; when it is a template
    :raises StorageError: when the file is there and cannot be read
    """
    file = client_path(client_id)
    data = storage.find(file) if re.fullmatch(KEY_PATTERN, client_id) else None
    if data is None:
        raise ConfigError([no_such_client(storage, client_id)])
    config, document, problems = parse_client(file, data)
    if is_template(file, document):
        message = "is a template, which is never a client; copy it to a name that does not end in _template"
        raise ConfigError([Problem(file=file, line=0, key="", message=message)])
    if document and heavy:
        problems += check_place(document, heavy, in_ordinary_task=in_ordinary_task)
    if config is None or document is None or problems:
        references = check_references(document, catalog) if document else []
        raise ConfigError(sorted({*problems, *references}))
    return resolve_client(config, document, catalog)


def no_such_client(storage: Storage, client_id: str) -> Problem:
    """Return the problem of a client id that has no file."""
    shown = client_id if len(client_id) <= 60 else f"{client_id[:60]}…"
    paths = [PurePosixPath(entry.path) for entry in storage.list_objects(FOLDER)]
    if any(path.stem == client_id and path.suffix == ".yml" for path in paths):
        message = f"no such client: rename {FOLDER}/{shown}.yml to {shown}.yaml"
    else:
        known = [path.stem for path in paths if path.suffix == ".yaml"]
        hint = did_you_mean(client_id[:128], known) or "; `vectora clients list` shows who there is"
        message = f"no such client: the file does not exist{hint}"
    return Problem(file=client_path(shown), line=0, key="", message=message)
