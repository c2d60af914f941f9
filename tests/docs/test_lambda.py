"""`docs/lambda.md`: its events are valid, its names exist, and its packages are those of the project."""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from pathlib import Path

import pytest

from vectora_core.errors import ParametersError
from vectora_core.ingest.parameters import RunParameters, parse_parameters
from vectora_core.lambdas import ingest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/lambda.md").read_text()
NOT_NEEDED = {"apache-airflow[amazon]", "boto3", "numpy", "rich", "typer"}
"""The engine, what obstore needs for shared AWS files only, a bound of what others need, and the command line."""


def test_every_event_is_one() -> None:
    """And together they show every parameter but the one that is said to change nothing."""
    events = [json.loads(text) for text in re.findall(r"^\| `(\{.*?\})` \|", TEXT, re.MULTILINE)]
    assert len(events) >= 7
    given = set[str]().union(*(parse_parameters(event).given() for event in events))
    assert given | {"tolerated_failure_percentage"} == set(RunParameters.model_fields)
    with pytest.raises(ParametersError):
        parse_parameters({"version": "0", "detail-type": "Scheduled Event"})


def test_every_name_exists() -> None:
    """The handler and the functions of the table."""
    module, _, name = "vectora_core.lambdas.ingest.lambda_handler".rpartition(".")
    assert f'CMD ["{module}.{name}"]' in TEXT
    assert callable(getattr(importlib.import_module(module), name))
    for function, parameters in re.findall(r"^\| `(\w+)\(([^)]*)\)` \|", TEXT, re.MULTILINE):
        code = getattr(ingest, function).__code__
        assert list(code.co_varnames[: code.co_argcount]) == parameters.split(", ")


def test_the_packages_are_those_of_the_project() -> None:
    """Without the engine and the command line, in the list as in the image."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    needed = {re.split(r"[><=]", one)[0] for one in project} - NOT_NEEDED
    (listed,) = re.findall(r"```text\n(.*?)\n```", TEXT, re.DOTALL)
    (image,) = re.findall(r"requirements\.txt \\\n(    .*?) \\\n &&", TEXT, re.DOTALL)
    assert set(listed.split()) == needed
    assert set(image.replace("\\", "").replace('"', "").split()) == needed


def test_json_is_json() -> None:
    """The answer and the policy can be pasted."""
    found = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
    assert [one for document in found if "Statement" in document for one in document["Statement"]]
