"""Every problem of every file of a config root; what `vectora config check` prints."""

from __future__ import annotations

from collections.abc import Iterator

from vectora_core.config.catalog_files import SCOPES, Catalog, load_catalog
from vectora_core.config.client_files import FOLDER, is_template, parse_client
from vectora_core.config.discovery import misnamed
from vectora_core.config.extraction_rules import read_extraction_rules
from vectora_core.config.following import check_references
from vectora_core.errors import Problem, StorageError
from vectora_core.storage import Storage


def check_all(storage: Storage) -> list[Problem]:
    """Return every problem of every client file (inactive ones and templates too) and canonical file, sorted.

    :raises StorageError: when the config root cannot be listed
    """
    catalog = load_catalog(storage)
    paths = [entry.path for entry in storage.list_objects(FOLDER) if entry.path.count("/") == 1]
    scope_paths = [entry.path for entry in storage.list_objects(SCOPES)]
    found = {*catalog.problems(), *read_extraction_rules(storage)[1], *misnamed(paths), *misnamed(scope_paths)}
    for file, content in storage.get_many(path for path in paths if path.endswith(".yaml")).items():
        found.update(_client_problems(file, content, catalog))
    return sorted(found)


def _client_problems(file: str, content: bytes | StorageError, catalog: Catalog) -> Iterator[Problem]:
    if isinstance(content, StorageError):
        yield Problem(file=file, line=0, key="", message=f"cannot be read: {content}")
        return
    _, document, problems = parse_client(file, content)
    if is_template(file, document):
        yield from (one for one in problems if not one.key or one.message.startswith(("unknown key", "is given twice")))
        return
    yield from problems
    if document is not None:
        yield from check_references(document, catalog)
