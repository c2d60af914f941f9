"""What the tasks of the migration DAG make of the form: nothing unknown, nothing written in a dry run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from vectora_airflow import job_migration, job_migration_form
from vectora_core.errors import ParametersError

FORM = {name: param.resolve() for name, param in job_migration_form.params().items()}


def context(conf: dict[str, Any] | None = None, *, try_number: int = 1) -> dict[str, Any]:
    return {"params": FORM, "dag_run": SimpleNamespace(conf=conf), "ti": SimpleNamespace(try_number=try_number)}


def test_the_form_alone_is_a_dry_run_from_the_old_table_into_the_new_one() -> None:
    """What is not said writes nothing."""
    parameters = job_migration.parameters_of(context())
    assert (parameters.from_table, parameters.to_table) == ("MonitoringToolTest", "MonitoringToolTest_V2")
    assert parameters.dry_run


@pytest.mark.parametrize(
    ("conf", "named"),
    [
        ({"dry_rum": False}, "dry_rum"),
        ({"dry_run": "no"}, "dry_run"),
        ({"segments": 11}, "segments"),
        ({"to_table": "a/b"}, "to_"),
    ],
)
def test_what_comes_past_the_form_is_refused_by_name(conf: dict[str, Any], named: str) -> None:
    """A typing error never means something else."""
    with pytest.raises(ParametersError, match=f"{named}.*; correct the form"):
        job_migration.parameters_of(context(conf))


def test_a_dry_run_makes_no_table_and_verifies_nothing() -> None:
    """Both tasks are skipped before they reach AWS."""
    for task in (job_migration.create_table, job_migration.verify):
        with pytest.raises(AirflowSkipException):
            task(context())


def test_only_the_first_try_begins_anew() -> None:
    """A second one would throw away what the first has done."""
    parameters = job_migration.parameters_of(context({"restart": True, "dry_run": False, "assume_zone": "Europe/Paris"}))
    first, second = (job_migration.request_of(parameters, try_number=number) for number in (1, 2))
    assert (first.restart, second.restart) == (True, False)
    assert (first.zone, first.dry_run, first.segments) == ("Europe/Paris", False, 4)
