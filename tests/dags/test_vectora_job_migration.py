"""The migration DAG as Airflow reads it: by hand only, a dry run unless told otherwise, and cheap to parse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import ParamValidationError

from vectora_airflow.job_migration import MigrationParameters
from vectora_airflow.retry_policy import TransientErrorRetryPolicy

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "dags" / "vectora_job_migration.py"


@pytest.fixture(scope="module")
def dag() -> Any:
    bag = DagBag(str(FILE))
    assert bag.import_errors == {}
    return bag.dags["vectora_job_migration"]


def test_it_never_runs_by_itself(dag: Any) -> None:
    """Started by hand, one run at a time."""
    assert dag.schedule is None
    assert (dag.catchup, dag.max_active_runs) == (False, 1)


def test_it_is_a_dry_run_unless_the_form_says_otherwise(dag: Any) -> None:
    """Every parameter is typed, has a title and is explained; the defaults are those of the tasks."""
    values = dag.params.dump()
    assert values["dry_run"] is True
    assert MigrationParameters(**values).model_dump() == values
    assert set(values) == set(MigrationParameters.model_fields)
    for name in values:
        schema = dag.params.get_param(name).schema
        assert schema["type"] and schema["title"] and schema["description_md"], name


@pytest.mark.parametrize(
    ("name", "value"),
    [("dry_run", "no"), ("segments", 0), ("segments", 2.5), ("sample_percentage", 101), ("to_table", "a b")],
)
def test_the_form_refuses_what_cannot_be(dag: Any, name: str, value: object) -> None:
    """Before a task starts."""
    with pytest.raises(ParamValidationError):
        dag.params.get_param(name).resolve(value)


def test_the_tasks_follow_each_other_and_a_failed_verification_is_the_runs_colour(dag: Any) -> None:
    """create_table -> migrate -> verify; a dry run skips the first and goes on."""
    order = ["create_table", "migrate", "verify"]
    assert [sorted(dag.get_task(one).downstream_task_ids) for one in order] == [["migrate"], ["verify"], []]
    assert dag.get_task("migrate").trigger_rule == "none_failed"
    assert dag.get_task("verify").trigger_rule == "all_success"


def test_it_says_whose_it_is_and_what_it_does(dag: Any) -> None:
    """Owner, tags, documentation and names for people; retries by the error."""
    assert dag.owner == "vectora"
    assert {"vectora", "jobs"} <= set(dag.tags)
    assert "dry run" in dag.doc_md.lower()
    assert all(task.task_display_name != task.task_id for task in dag.tasks)
    assert all(isinstance(task.retry_policy, TransientErrorRetryPolicy) for task in dag.tasks)


def test_parsing_it_imports_nothing_of_what_moves_rows(tmp_path: Path) -> None:
    """The DAG processor reads it every few seconds; boto3 alone would cost it half a second."""
    heavy = "boto3", "obstore", "vectora_core.jobs", "vectora_core.storage", "tenacity"
    read = f"import runpy, sys; import airflow.sdk; before = set(sys.modules); runpy.run_path({str(FILE)!r}); "
    tell = f"print([name for name in {heavy} if name in set(sys.modules) - before])"
    done = subprocess.run(
        [sys.executable, "-c", read + tell],
        env={"PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}", "AIRFLOW_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr
