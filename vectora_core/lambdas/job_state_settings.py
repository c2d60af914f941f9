"""The environment of the job-state Lambda, read without pydantic, which takes as long to import as all the rest of it.

Names and defaults are those of `vectora_core.settings`; a test holds both together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vectora_core.errors import SettingsError
from vectora_core.jobs.extraction import DEFAULT_RULES, Rules, parse_rules

PACKAGED_RULES: Final = Path(__file__).resolve().parents[2] / "extraction_rules.json"
"""Beside the package, at the top of the zip; `make lambda-packages` puts it there."""

_TABLE: Final = re.compile("[a-zA-Z0-9_.-]{3,255}")
_RETENTION: Final = range(15, 3651)


@dataclass(frozen=True, kw_only=True)
class JobStateSettings:
    """What the environment of the function decides; the defaults are those of `vectora_core.settings`.

    :param table: DynamoDB table with one row per Batch job
    :param retention_days: days after its last change that a row is kept
    :param children: whether array children and nodes get rows of their own; of this Lambda alone, no sync asks for them
    :param rules: where the identifiers of a job come from
    """

    table: str = "MonitoringToolTest_V2"
    retention_days: int = 90
    children: bool = False
    rules: Rules = DEFAULT_RULES


def read_settings(environment: Mapping[str, str]) -> JobStateSettings:
    """Read ``VECTORA_JOBS_TABLE``, ``_RETENTION_DAYS``, ``_CHILDREN`` and ``_RULES``; what is not set has its default.

    :raises SettingsError: naming the variable whose value cannot be used
    """
    default = JobStateSettings()
    table = environment.get("VECTORA_JOBS_TABLE", default.table)
    if not _TABLE.fullmatch(table):
        raise SettingsError(f"VECTORA_JOBS_TABLE is {table!r}, which is no name of a table; see docs/configuration.md")
    days = environment.get("VECTORA_JOBS_RETENTION_DAYS", str(default.retention_days))
    if not (re.fullmatch("[0-9]{1,4}", days) and int(days) in _RETENTION):
        raise SettingsError(f"VECTORA_JOBS_RETENTION_DAYS is {days!r}: give a whole number from 15 to 3650")
    children = environment.get("VECTORA_JOBS_CHILDREN", "false")
    if children not in ("true", "false"):
        raise SettingsError(f"VECTORA_JOBS_CHILDREN is {children!r}: give true to store array children and nodes, or false")
    rules = _rules(environment.get("VECTORA_JOBS_RULES"))
    return JobStateSettings(table=table, retention_days=int(days), children=children == "true", rules=rules)


def _rules(named: str | None) -> Rules:
    path = Path(named) if named is not None else PACKAGED_RULES
    if named is None and not path.exists():
        return DEFAULT_RULES
    try:
        return parse_rules(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"the extraction rules {path} cannot be used: {error}; build the package anew") from error
