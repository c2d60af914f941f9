"""`make up`, the tests and docker-compose.yaml take their settings from one place, `stack.settings`."""

from __future__ import annotations

import re
from pathlib import Path

from stack.airflow import load_secrets
from stack.compose.checkout import COMPOSE_FILE, ENV_EXAMPLE
from stack.compose.project import load_project, variables_of
from stack.options import StackOptions, stack_environment
from stack.places import REPOSITORY
from stack.ports import free_ports
from stack.settings import DIFFERENT, DISTRIBUTED_ONLY, EVERYWHERE, LOCAL_ONLY

OURS = ("AIRFLOW__", "VECTORA_", "AWS_")


def local(folder: Path) -> dict[str, str]:
    options = StackOptions(folder=folder)
    found = stack_environment(options, free_ports(), load_secrets(folder / "airflow"))
    return {name: value for name, value in found.items() if name.startswith(OURS)}


def distributed() -> dict[str, str]:
    found = load_project(COMPOSE_FILE, variables_of(ENV_EXAMPLE))["scheduler"].environment
    return {name.removesuffix("_CMD"): value for name, value in found.items() if name.startswith(OURS)}


def test_what_is_the_same_everywhere_is(tmp_path: Path) -> None:
    """With the same value, also what this page does not name: a setting differs for a reason, or not at all."""
    here, there = local(tmp_path), distributed()
    assert EVERYWHERE.items() <= here.items()
    assert EVERYWHERE.items() <= there.items()
    same = {name for name in here.keys() & there.keys() if name not in DIFFERENT}
    assert {name: here[name] for name in same} == {name: there[name] for name in same}


def test_a_setting_of_one_stack_alone_says_why(tmp_path: Path) -> None:
    """And what says so is in that stack alone."""
    here, there = local(tmp_path), distributed()
    assert here.keys() - there.keys() == LOCAL_ONLY.keys() | (DIFFERENT.keys() - there.keys())
    assert there.keys() - here.keys() == DISTRIBUTED_ONLY.keys()
    assert DIFFERENT.keys() <= here.keys()


def test_every_setting_of_vectora_can_be_given_to_the_containers() -> None:
    """All that docs/configuration.md names for Airflow, by their names."""
    documented = (REPOSITORY / "docs/configuration.md").read_text()
    for_airflow = documented.partition("Of the ingest [Lambda]")[0]
    names = set(re.findall(r"^\| `(VECTORA_\w+)`", for_airflow, re.MULTILINE))
    assert names == set(re.findall(r"^  (VECTORA_\w+):", COMPOSE_FILE.read_text(), re.MULTILINE))
