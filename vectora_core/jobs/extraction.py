"""Declared rules -> the identifiers of a job: media, assembly, task, workspace. Does no I/O, and knows no file.

Rules look at the job's detail as it arrived, before anything is redacted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from vectora_core.identifier_patterns import MAX_SEARCHED, identifier_pattern
from vectora_core.jobs.fields import encodable
from vectora_core.jobs.types import Identifiers

COLUMNS: Final = tuple(field.name for field in fields(Identifiers))
PLACES: Final = ("detail", "tags", "parameters", "job_name")
MAX_IDENTIFIER = 256
MAX_RULES = 200


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Where one identifier may be found.

    :param column: what it fills: ``media_id``, ``assembly_id``, ``task_id`` or ``workspace_uid``
    :param place: ``tags``, ``parameters``, ``detail`` or ``job_name``
    :param keys: names of tags or parameters, or dotted paths in the detail (``container.environment.MEDIA_ID``: in a list, a
        step is a number or the ``name`` of an element); tried in order; empty with ``job_name``
    :param pattern: what part of the text it is: the group, if there is one; None takes the whole text
    """

    column: str
    place: str
    keys: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """All rules in order: for each column the first that finds something wins."""

    rules: tuple[Rule, ...]


def _named(column: str, *keys: str) -> list[Rule]:
    return [Rule(column=column, place=place, keys=keys) for place in ("tags", "parameters")]


DEFAULT_RULES: Final = Rules(
    rules=(
        *_named("media_id", "media_id", "mediaId"),
        *_named("assembly_id", "assembly_id", "assemblyId"),
        *_named("task_id", "task_id", "taskId"),
        *_named("workspace_uid", "workspace_uid", "workspaceUid"),
        Rule(
            column="media_id",
            place="job_name",
            pattern=identifier_pattern("(?<![0-9A-Za-z])([0-9A-Fa-f]{24})(?![0-9A-Za-z])"),
        ),
    )
)
"""What holds without a file; ``configs/canonical/jobs/extraction_rules.yaml`` says the same."""


def extract(detail: Mapping[str, Any], rules: Rules) -> Identifiers:
    """Return the identifiers that the rules find in a job's detail; whatever has an unfit type there is not one."""
    found: dict[str, str] = {}
    for rule in rules.rules:
        if rule.column not in found:
            value = next(filter(None, (_identifier(text, rule.pattern) for text in _texts(detail, rule))), None)
            found |= {rule.column: value} if value else {}
    return Identifiers(**found)


def _texts(detail: Mapping[str, Any], rule: Rule) -> Iterator[str]:
    """The texts that a rule points at, cut."""
    if rule.place == "job_name":
        values: list[Any] = [detail.get("jobName")]
    elif rule.place == "detail":
        values = [_at(detail, key.split(".")) for key in rule.keys]
    else:
        values = [_at(detail, (rule.place, key)) for key in rule.keys]
    for value in values:
        if isinstance(value, str):
            yield value[:MAX_SEARCHED]
        elif type(value) is int and abs(value) < 10**MAX_IDENTIFIER:
            yield str(value)


def _at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple):
            value = _element(value, step)
        else:
            return None
    return value


def _element(elements: Sequence[Any], step: str) -> Any:
    """An element by its number, or the value of the one with that name (environments are lists of names and values)."""
    if re.fullmatch("[0-9]{1,6}", step):
        return elements[int(step)] if int(step) < len(elements) else None
    named = (one for one in elements if isinstance(one, Mapping) and one.get("name") == step)
    found = next(named, {})
    return found.get("value", found)


def _identifier(text: str, pattern: re.Pattern[str] | None) -> str | None:
    if pattern is not None:
        match = pattern.search(text)
        text = (match[pattern.groups] if match else None) or ""
    return encodable(text.strip())[:MAX_IDENTIFIER] or None


def parse_rules(mapping: Mapping[str, Any]) -> Rules:
    """Return the rules of a mapping as the YAML file holds them: ``{rules: [{column, place, keys, pattern}]}``.

    They take the place of `DEFAULT_RULES`, which hold where the key ``rules`` is missing; other keys are an error.

    :raises ValueError: naming the key (``rules[2].pattern``) and what is wrong with it
    """
    if not isinstance(mapping, Mapping):
        raise ValueError("the rules must be a mapping with the key rules")
    _only(mapping, ("rules", "metadata"), "")
    if "rules" not in mapping:
        return DEFAULT_RULES
    raw = mapping["rules"] if mapping["rules"] is not None else ()
    if not isinstance(raw, list | tuple) or len(raw) > MAX_RULES:
        raise ValueError(f"rules must be a list of at most {MAX_RULES} rules")
    return Rules(rules=tuple(_rule(one, f"rules[{index}]") for index, one in enumerate(raw)))


def _rule(raw: Any, where: str) -> Rule:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{where} must be a mapping of column, place, keys and pattern")
    _only(raw, ("column", "place", "keys", "pattern"), f"{where}.")
    for key, known in (("column", COLUMNS), ("place", PLACES)):
        if raw.get(key) not in known:
            raise ValueError(f"{where}.{key} must be one of {', '.join(known)}")
    keys = () if raw.get("keys") is None else raw["keys"]
    if not isinstance(keys, list | tuple) or not all(isinstance(key, str) and key for key in keys):
        raise ValueError(f"{where}.keys must be a list of names")
    if bool(keys) == (raw["place"] == "job_name"):
        raise ValueError(f"{where}.keys is needed, except with place: job_name, which has none")
    return Rule(column=raw["column"], place=raw["place"], keys=tuple(keys), pattern=_pattern(raw.get("pattern"), where))


def _only(mapping: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in mapping:
        if key not in known:
            raise ValueError(f"{where}{key} is unknown; known here: {', '.join(known)}")


def _pattern(text: Any, where: str) -> re.Pattern[str] | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError(f"{where}.pattern must be text")
    try:
        return identifier_pattern(text)
    except ValueError as error:
        raise ValueError(f"{where}.pattern {error}") from error
