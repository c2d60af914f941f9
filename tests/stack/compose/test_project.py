"""A compose file as its services would be started: profiles, env files, secrets, durations; nothing silently not obeyed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from stack.compose.machine import machine_for
from stack.compose.project import Dependency, Service, load_project, seconds_of
from stack.errors import StackError


def project(folder: Path, service: dict[str, Any], **variables: str) -> dict[str, Service]:
    """Load a file with a service of ours beside one of a profile."""
    written = {
        "services": {
            "ours": {"image": "vectora:1", "command": ["run"], **service},
            "extra": {"image": "vectora:1", "command": ["extra", "--port", "4566"], "profiles": ["more"]},
        },
        "secrets": {"key": {"file": "./secrets/key"}},
    }
    (folder / "compose.yaml").write_text(yaml.safe_dump(written))
    return load_project(folder / "compose.yaml", variables)


def test_a_profile_adds_its_services(tmp_path: Path) -> None:
    """And what they are needed for; without it an optional dependency is none."""
    depends = {"depends_on": {"extra": {"condition": "service_healthy", "required": False}}}
    assert set(project(tmp_path, depends)) == {"ours"}
    assert project(tmp_path, depends)["ours"].depends_on == ()
    both = project(tmp_path, depends, COMPOSE_PROFILES="more")
    assert both["ours"].depends_on == (Dependency(service="extra", condition="service_healthy"),)


def test_a_dependency_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """As `docker compose` does."""
    with pytest.raises(StackError, match="extra: no such service"):
        project(tmp_path, {"depends_on": {"extra": {"condition": "service_healthy"}}})


def test_the_environment_is_that_of_the_files_then_the_services_own(tmp_path: Path) -> None:
    """A variable without a value is that of .env, or is not set at all, whatever a file says."""
    (tmp_path / "one.env").write_text("# comment\nA=file\nB=file\n\nC='quoted'\nD=file\n")
    service = {"env_file": ["one.env"], "environment": {"B": "own", "D": None, "E": None, "F": 5}}
    found = project(tmp_path, service, E="from .env")["ours"].environment
    assert found == {"A": "file", "B": "own", "C": "quoted", "E": "from .env", "F": "5"}


def test_secrets_volumes_and_rules(tmp_path: Path) -> None:
    """Each as the runner needs it."""
    check = {"test": ["CMD-SHELL", "ask"], "interval": "1m30s", "timeout": "5s", "retries": 3}
    service = {
        "secrets": ["key"],
        "volumes": ["logs:/opt/airflow/logs"],
        "restart": "on-failure:3",
        "stop_grace_period": "2m",
        "healthcheck": {**check, "start_period": "1h", "start_interval": "1s"},
    }
    ours = project(tmp_path, service)["ours"]
    assert ours.secrets == {"/run/secrets/key": tmp_path / "secrets/key"}
    assert ours.volumes == {"/opt/airflow/logs": "logs"}
    assert (ours.restart, ours.most_restarts, ours.stop_grace_seconds) == ("on-failure", 3, 120)
    assert ours.healthcheck is not None
    assert (ours.healthcheck.command, ours.healthcheck.interval) == (("/bin/sh", "-c", "ask"), 90)
    assert ours.healthcheck.start_period == 3600


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ({"entrypoint": ["x"]}, "entrypoint: not understood"),
        ({"healthcheck": {"test": ["NONE"]}}, "write CMD or CMD-SHELL"),
        ({"stop_grace_period": "soon"}, "'soon' is no duration"),
        ({"stop_grace_period": ""}, "'' is no duration"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, service: dict[str, Any], message: str) -> None:
    """By name: what the runner passed over would be a claim without proof."""
    with pytest.raises(StackError, match=message):
        project(tmp_path, service)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1m", 60), ("1h1m1s", 3661)])
def test_durations(text: str, seconds: float) -> None:
    """Hours, minutes and seconds."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("http://extra:4566/health", "http://127.0.0.1:{port}/health"),
        ("http://localhost:4566", "http://127.0.0.1:{port}"),
        ("exec 3<>/dev/tcp/localhost/4566 && x", "exec 3<>/dev/tcp/127.0.0.1/{port} && x"),
        ("postgresql://user:4566@extra:4566/extra", "postgresql://user:4566@127.0.0.1:{port}/extra"),
        ("4566", "{port}"),
        ("0.0.0.0", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("172.16.0.0/12", "127.0.0.0/8"),
        ("cat /run/secrets/key", "cat {folder}/ours/run/secrets/key"),
        ("/opt/airflow/logs/x", "{folder}/volumes/logs/x"),
        ("/opt/airflow", "{folder}/ours/airflow"),
        ("/tmp/x", "{folder}/ours/tmp/x"),
        ("{folder}/x", "{folder}/x"),
        ("extra", "extra"),
        ("extra-server --x", "extra-server --x"),
        ("max=4566", "max=4566"),
        ("/opt/airflows", "/opt/airflows"),
        ("s3://bucket/opt/airflow", "s3://bucket/opt/airflow"),
    ],
)
def test_only_addresses_and_places_are_rewritten(tmp_path: Path, text: str, translated: str) -> None:
    """Hosts where a port follows, whole words that are a port, paths of the container; nothing that only looks like one."""
    services = project(tmp_path, {"volumes": ["logs:/opt/airflow/logs"]}, COMPOSE_PROFILES="more")
    machine = machine_for(services.values(), tmp_path)
    wanted = translated.format(port=machine.ports["4566"], folder=tmp_path)
    assert machine.translated(text.replace("{folder}", str(tmp_path)), services["ours"]) == wanted
