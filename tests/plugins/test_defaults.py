"""What the DAG files read while they are parsed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
from airflow.sdk import CronDataIntervalTimetable
from airflow.sdk.exceptions import ParamValidationError

from vectora_airflow import defaults
from vectora_core.config.placement import heavy_place
from vectora_core.ingest.parameters import RunParameters, parse_parameters
from vectora_core.settings import load_settings


def test_the_form_and_the_core_have_the_same_parameters() -> None:
    """One model: nothing is in the form that the core does not know, and the other way round."""
    assert list(defaults.ingest_params()) and set(defaults.ingest_params()) == set(RunParameters.model_fields)


def test_an_untouched_form_means_all_active_clients() -> None:
    """The defaults of the form are the defaults of the core."""
    form = {name: param.resolve() for name, param in defaults.ingest_params().items()}
    assert parse_parameters(form) == RunParameters()


def test_every_parameter_is_explained() -> None:
    """The form shows a title and a sentence for each."""
    for name, param in defaults.ingest_params().items():
        assert param.schema["title"] and param.schema["description_md"], name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_ids", "acme"),
        ("client_ids", [""]),
        ("client_ids", [" "]),
        ("client_ids", [3]),
        ("sources", [None]),
        ("period_days", 0),
        ("period_days", 3651),
        ("period_days", "7"),
        ("from_date", "yesterday"),
        ("to_date", "2026-02-30"),
        ("ingestion_mode", "loose"),
        ("force_refresh", "false"),
        ("dry_run", 1),
        ("tolerated_failure_percentage", 100.5),
        ("only_failed_of_run", "x" * 251),
    ],
)
def test_the_form_refuses_wrong_values(name: str, value: object) -> None:
    """A wrong type or value is refused before a run exists."""
    with pytest.raises(ParamValidationError):
        defaults.ingest_params()[name].resolve(value)


def test_the_schedule_is_daily_with_a_data_interval_unless_switched_off() -> None:
    """`off` and the like mean no schedule; anything else is a cron expression in UTC."""
    assert defaults.ingest_schedule({}) == CronDataIntervalTimetable("0 0 * * *", timezone="UTC")
    assert defaults.ingest_schedule({"VECTORA_INGEST_SCHEDULE": "Off"}) is None


def test_limits_come_from_the_environment() -> None:
    """Retries, time and how many at once are the operator's."""
    environ = {"VECTORA_INGEST_RETRIES": "0", "VECTORA_INGEST_TIMEOUT_MINUTES": "5", "VECTORA_INGEST_CLIENTS_AT_ONCE": "2"}
    limits = defaults.ingest_limits(environ)
    assert limits == {"retries": 0, "execution_timeout": timedelta(minutes=5), "max_active_tis_per_dagrun": 2}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"VECTORA_INGEST_HEAVY_QUEUE": "", "VECTORA_INGEST_HEAVY_POOL": " "},
        {"VECTORA_INGEST_HEAVY_QUEUE": " large", "VECTORA_INGEST_HEAVY_POOL": "large_pool"},
    ],
)
def test_the_dag_and_the_core_know_the_same_queue_and_pool(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The task of the heavy clients runs there, and the files are checked by it: whatever is set, or left empty."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert defaults.heavy_limits(environ) == asdict(heavy_place(load_settings()))


def test_heavy_clients_need_no_pool_that_is_not_there() -> None:
    """Airflow never starts a task of an unknown pool; a queue is a matter of the workers."""
    assert defaults.heavy_limits({}) == {"queue": "heavy", "pool": "default_pool"}


def test_a_limit_that_is_no_number_is_refused_by_name() -> None:
    """A typing error in the environment must not become a default."""
    with pytest.raises(ValueError, match="VECTORA_INGEST_RETRIES='many' is not a whole number"):
        defaults.ingest_limits({"VECTORA_INGEST_RETRIES": "many"})
