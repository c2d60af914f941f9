"""What the tasks of the job watch are given: parameters, queues, clients, rules."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException, ParamValidationError

from vectora_airflow import defaults, jobs, wiring
from vectora_core.errors import ConfigError, ParametersError, SettingsError
from vectora_core.jobs.extraction import DEFAULT_RULES, extract
from vectora_core.jobs.job_queues import Place
from vectora_core.settings import load_settings

FORM = {name: param.resolve() for name, param in defaults.jobs_params().items()}


def context(run_type: str = "manual", conf: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"params": FORM, "dag_run": SimpleNamespace(run_type=run_type, conf=conf)}


def test_the_form_and_the_model_have_the_same_parameters_and_defaults() -> None:
    """Nothing is in the form that the run does not know, and the other way round."""
    assert set(FORM) == set(jobs.JobWatchParameters.model_fields)
    assert jobs.parse_parameters(FORM) == jobs.JobWatchParameters()
    for name, param in defaults.jobs_params().items():
        assert param.schema["title"] and param.schema["description_md"], name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("job_queues", "encode"),
        ("job_queues", [""]),
        ("job_queues", [" "]),
        ("job_queues", ["q"] * 101),
        ("job_name_prefix", "x" * 129),
        ("deadline_minutes", 0),
        ("deadline_minutes", "13"),
        ("poke_seconds", 4),
        ("fail_on_timeout", "false"),
    ],
)
def test_form_and_model_refuse_the_same_wrong_values(name: str, value: object) -> None:
    """The form before there is a run; the model what comes past the form."""
    with pytest.raises(ParamValidationError):
        defaults.jobs_params()[name].resolve(value)
    if value != ["q"] * 101:  # each once
        with pytest.raises(ParametersError, match=name):
            jobs.parse_parameters({name: value})


def test_an_unknown_parameter_is_refused_with_the_way_out() -> None:
    """A typing error never means all queues."""
    with pytest.raises(ParametersError, match="job_queue: unknown parameter, did you mean job_queues"):
        jobs.list_job_queues(context(conf={"job_queue": ["encode"]}))


def test_each_queue_becomes_one_sensor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the settings, each once, unless the run names others."""
    monkeypatch.setenv("VECTORA_JOBS_QUEUES", "encode, pack,encode")
    assert [one["job_queue"] for one in jobs.list_job_queues(context("scheduled"))] == ["encode", "pack"]
    conf = {"job_queues": [" ship "], "job_name_prefix": "pre-", "deadline_minutes": 2, "poke_seconds": 5}
    assert jobs.list_job_queues(context(conf=conf)) == [
        {"job_queue": "ship", "job_name_prefix": "pre-", "deadline": 120, "poke_interval": 5, "fail_on_timeout": False}
    ]


def test_without_queues_a_scheduled_run_skips_and_one_by_hand_fails() -> None:
    """Who does not use Batch sees no red runs; who asks for one is told what is missing."""
    with pytest.raises(AirflowSkipException, match="set VECTORA_JOBS_QUEUES"):
        jobs.list_job_queues(context("scheduled"))
    with pytest.raises(ParametersError, match="or give job_queues in the form"):
        jobs.list_job_queues(context("manual"))


def test_schedule_and_defaults_are_the_operators() -> None:
    """`off` and the like mean no schedule."""
    assert defaults.jobs_schedule({}) == "*/15 * * * *"
    assert defaults.jobs_schedule({"VECTORA_JOBS_SCHEDULE": "OFF"}) is None
    environ = {"VECTORA_JOBS_DEADLINE_MINUTES": "55", "VECTORA_JOBS_POKE_SECONDS": "30"}
    form = {name: param.resolve() for name, param in defaults.jobs_params(environ).items()}
    assert (form["deadline_minutes"], form["poke_seconds"]) == (55, 30)
    with pytest.raises(ValueError, match="VECTORA_JOBS_POKE_SECONDS='0' is not a whole number from 5 on"):
        defaults.jobs_params({"VECTORA_JOBS_POKE_SECONDS": "0"})


@pytest.fixture
def roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("VECTORA_DATA_ROOT", (tmp_path / "data").as_uri())
    monkeypatch.setenv("VECTORA_CONFIG_ROOT", (tmp_path / "configs").as_uri())
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    wiring._aws_clients.cache_clear()
    return tmp_path


def test_a_sync_gets_the_settings_and_one_client_a_place(roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are made once for all syncs of the process; the table counts its calls for one."""
    monkeypatch.setenv("VECTORA_JOBS_TABLE", "Jobs")
    monkeypatch.setenv("VECTORA_JOBS_RETENTION_DAYS", "30")
    resources, region = wiring.job_resources()
    assert (region, resources.retention_days, resources.rules) == ("eu-west-1", 30, DEFAULT_RULES)
    ours, theirs = (resources.batch(Place(region=name)) for name in ("eu-west-1", "us-west-2"))
    assert (ours.meta.region_name, theirs.meta.region_name) == ("eu-west-1", "us-west-2")
    assert ours.meta.config.retries["total_max_attempts"] == 1
    again, _ = wiring.job_resources()
    assert again.batch(Place(region="eu-west-1")) is ours
    assert again.table is not resources.table


def test_a_connection_signs_for_batch_and_dynamodb(roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its keys and its region, instead of those of the environment."""
    secret = (
        '{"conn_type": "aws", "login": "AKIDCONNECTION", "password": "no-secret", "extra": {"region_name": "ca-central-1"}}'
    )
    monkeypatch.setenv("AIRFLOW_CONN_AWS_JOBS", secret)
    monkeypatch.setenv("VECTORA_AWS_CONN_ID", "aws_jobs")
    resources, region = wiring.job_resources()
    client = resources.batch(Place(region=region))
    assert (region, client._request_signer._credentials.access_key) == ("ca-central-1", "AKIDCONNECTION")


def test_a_connection_that_is_not_there_is_named(roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that leads nowhere must not end in the keys of somebody else."""
    monkeypatch.setenv("VECTORA_AWS_CONN_ID", "nowhere")
    with pytest.raises(SettingsError, match="no connection 'nowhere', which VECTORA_AWS_CONN_ID names"):
        wiring.job_resources()


def test_the_extraction_rules_of_the_configuration_win(roots: Path) -> None:
    """Without the file the default holds; with a wrong one the sync fails with its name."""
    file = roots / "configs/canonical/jobs/extraction_rules.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("rules:\n- {column: task_id, place: tags, keys: [Ticket]}\n")
    rules = wiring.extraction_rules(load_settings())
    assert extract({"tags": {"Ticket": "T-1"}}, rules).task_id == "T-1"
    file.write_text("rules:\n- {column: colour, place: tags, keys: [Ticket]}\n")
    with pytest.raises(ConfigError, match=r"canonical/jobs/extraction_rules.yaml:2: .*column"):
        wiring.extraction_rules(load_settings())
    file.write_text("rules: [\n")
    with pytest.raises(ConfigError, match=r"canonical/jobs/extraction_rules.yaml:\d"):
        wiring.extraction_rules(load_settings())
