"""The environment of the job-state Lambda: the defaults of the settings, strict values, and imports that stay few."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vectora_core.errors import SettingsError
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.lambdas import job_state_settings
from vectora_core.lambdas.job_state_settings import JobStateSettings, read_settings
from vectora_core.settings import Settings

RULES = {"rules": [{"column": "task_id", "place": "tags", "keys": ["task"]}]}
ALLOWED = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3", "vectora_core"}
ALLOWED |= {"certifi"}  # botocore takes it where it is there


def test_the_defaults_are_those_of_the_settings() -> None:
    """Both read the same variables."""
    fields = Settings.model_fields
    assert (read_settings({}).table, read_settings({}).retention_days) == (
        fields["jobs_table"].default,
        fields["jobs_retention_days"].default,
    )
    assert read_settings({}) == JobStateSettings()


@pytest.mark.parametrize("value", ["", "0", "14", "15", "90", "3650", "3651", "99999", "-20", "nan"])
@pytest.mark.parametrize("variable", ["VECTORA_JOBS_RETENTION_DAYS", "VECTORA_JOBS_TABLE"])
def test_both_readers_accept_the_same_values(variable: str, value: str) -> None:
    """As far as there is no pydantic needed to say so."""
    field = variable.removeprefix("VECTORA_").lower()
    try:
        Settings(**{field: value})
    except ValueError:
        with pytest.raises(SettingsError, match=f"^{variable} is "):
            read_settings({variable: value})
    else:
        read_settings({variable: value})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("VECTORA_JOBS_RETENTION_DAYS", "15.5"),
        ("VECTORA_JOBS_RETENTION_DAYS", "९०"),
        ("VECTORA_JOBS_RETENTION_DAYS", "90\n"),
        ("VECTORA_JOBS_TABLE", "a/b"),
        ("VECTORA_JOBS_TABLE", "table\n"),
        ("VECTORA_JOBS_CHILDREN", "1"),
        ("VECTORA_JOBS_CHILDREN", "True"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    """It is never replaced by the default."""
    with pytest.raises(SettingsError, match=variable):
        read_settings({variable: value})


def test_children_are_stored_by_one_word_alone() -> None:
    """And not unless asked for."""
    assert read_settings({"VECTORA_JOBS_CHILDREN": "true"}).children
    assert not read_settings({"VECTORA_JOBS_CHILDREN": "false"}).children
    assert not read_settings({}).children


def test_rules_come_from_the_package_or_from_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without either the default rules hold; a file that is named must be there."""
    packaged, named = tmp_path / "packaged.json", tmp_path / "named.json"
    monkeypatch.setattr(job_state_settings, "PACKAGED_RULES", packaged)
    assert read_settings({}).rules == DEFAULT_RULES
    packaged.write_text(json.dumps(RULES))
    assert [rule.column for rule in read_settings({}).rules.rules] == ["task_id"]
    named.write_text('{"rules": []}')
    assert read_settings({"VECTORA_JOBS_RULES": str(named)}).rules.rules == ()
    named.unlink()
    with pytest.raises(SettingsError, match=r"named\.json"):
        read_settings({"VECTORA_JOBS_RULES": str(named)})


@pytest.mark.parametrize("text", ["{", "[]", '{"rules": 7}', "[" * 100_000, '{"rules": [{"column": "x"}]}'])
def test_rules_that_cannot_be_used_are_an_error(text: str, tmp_path: Path) -> None:
    """Not the default ones: wrong ids in rows are worse than none."""
    path = tmp_path / "rules.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match="the extraction rules"):
        read_settings({"VECTORA_JOBS_RULES": str(path)})


def modules_after(script: str) -> set[str]:
    return set(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split())


def test_the_handler_imports_little() -> None:
    """The standard library, boto3 with what it needs, and what is light of the core: a cold start pays for the rest."""
    script = "import vectora_core.lambdas.job_state, sys; print(*sys.modules)"
    loaded = modules_after(script) - modules_after("import sys; print(*sys.modules)")
    foreign = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert {name for name in foreign if not name.startswith("_")} <= ALLOWED
    assert "pydantic" not in loaded
    heavy = {"aws", "cli", "config", "ingest", "settings", "storage"}
    assert not {f"vectora_core.{name}" for name in heavy} & loaded
