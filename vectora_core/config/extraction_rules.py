"""``canonical/jobs/extraction_rules.yaml``: where the identifiers of Batch jobs come from; read and checked, not applied.

What the rules mean is `vectora_core.jobs.extraction`: it takes the mapping that comes out of here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictStr

from vectora_core.config.canonical_file import CanonicalFile
from vectora_core.config.document import Document, Path
from vectora_core.config.models import EMPTY_LIST, Later, Model
from vectora_core.config.validation import validate
from vectora_core.errors import ConfigError, ObjectNotFoundError, Problem, StorageError
from vectora_core.identifier_patterns import identifier_pattern
from vectora_core.storage import Storage

RULES = "canonical/jobs/extraction_rules.yaml"
JOB_NAME = "job_name"


def _usable(text: str) -> str:
    identifier_pattern(text)
    return text


class ExtractionRule(Model):
    """One place where one identifier may be found."""

    column: Annotated[
        Literal["media_id", "assembly_id", "task_id", "workspace_uid"], Field(description="The identifier that it fills.")
    ]
    place: Annotated[
        Literal["detail", "tags", "parameters", "job_name"],
        Field(description="Where to look; detail is all that Batch says of the job."),
    ]
    keys: Annotated[
        tuple[Annotated[StrictStr, Field(min_length=1, max_length=256)], ...],
        EMPTY_LIST,
        Field(
            description="Names of tags or parameters, or dotted paths in the detail (container.environment.MEDIA_ID);"
            " the first that is there counts. Not with place: job_name."
        ),
    ] = ()
    pattern: Annotated[
        Annotated[StrictStr, AfterValidator(_usable)] | None,
        Field(description="A regular expression for the part of the text that counts: its group, if it has one."),
    ] = None


class ExtractionRulesFile(Model):
    """``canonical/jobs/extraction_rules.yaml``: rules in order; for each column the first that finds something counts."""

    rules: Annotated[tuple[ExtractionRule, ...], EMPTY_LIST, Field(max_length=200)] = ()
    metadata: Later = None


def load_extraction_rules(storage: Storage) -> dict[str, Any]:
    """Return what the file of a config root says, as `vectora_core.jobs.extraction.parse_rules` takes it.

    :return: an empty mapping where there is no such file: the default rules hold then
    :raises ConfigError: with every problem of the file
    :raises StorageError: when the file may be there and cannot be read now
    """
    content = storage.get_many([RULES])[RULES]
    if isinstance(content, StorageError) and not isinstance(content, ObjectNotFoundError):
        raise content
    file, problems = _read(content)
    if problems:
        raise ConfigError(problems)
    return file.document.data


def read_extraction_rules(storage: Storage) -> tuple[CanonicalFile, list[Problem]]:
    """Read the file, and return it with every problem it has, in line order; a missing file has none."""
    return _read(storage.get_many([RULES])[RULES])


def _read(content: bytes | StorageError) -> tuple[CanonicalFile, list[Problem]]:
    file = CanonicalFile(RULES, content, ExtractionRulesFile, optional=True)
    if file.missing or file.unusable:
        return file, list(file.unusable.problems) if file.unusable else []
    document = file.document
    _, problems = validate(ExtractionRulesFile, document)
    problems += [*document.problems(document.flaws), *_needless_or_missing_keys(document)]
    return file, sorted(set(problems))


def _needless_or_missing_keys(document: Document) -> Iterator[Problem]:
    rules = document.data.get("rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        path: Path = ("rules", index, "keys")
        if not isinstance(rule, dict) or rule.get("place") not in ("detail", "tags", "parameters", JOB_NAME):
            continue
        if rule["place"] == JOB_NAME and rule.get("keys"):
            yield document.problem(path, f"is not used with place: {JOB_NAME}; remove it, or choose another place")
        elif rule["place"] != JOB_NAME and rule.get("keys") in (None, []):
            yield document.problem(path, f"is missing, and place: {rule['place']} needs it; name what to look for")
