"""The services of a compose file as `docker compose` would start them: variables filled in, profiles chosen, files read.

It does not know what they are started on. Keys that it does not understand are refused, so that nothing of the file is
silently not obeyed; those that need a container engine are listed in `_FOR_ENGINES`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from dotenv import dotenv_values

from stack.compose.interpolation import fill_in
from stack.errors import StackError

_UNDERSTOOD: Final = frozenset(
    {"command", "depends_on", "env_file", "environment", "healthcheck", "image", "profiles", "restart", "secrets"}
    | {"stop_grace_period", "stop_signal", "volumes"}
)
_FOR_ENGINES: Final = frozenset(
    {"build", "cap_drop", "deploy", "logging", "networks", "ports", "security_opt", "user", "working_dir"}
)
_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How to see whether a service is well; times in seconds.

    :param command: ends with 0 when it is
    :param start_interval: between two looks during the `start_period`, in which failures do not count
    """

    command: tuple[str, ...]
    interval: float
    timeout: float
    retries: int
    start_period: float
    start_interval: float


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """What has to be so before a service starts.

    :param condition: ``service_started``, ``service_healthy`` or ``service_completed_successfully``
    """

    service: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service.

    :param secrets: path in the container -> file on the host
    :param volumes: path in the container -> name of the volume
    :param restart: ``no``, ``always``, ``unless-stopped`` or ``on-failure``
    :param most_restarts: after a failure; None is as often as needed
    :param stop_grace_seconds: that it has to stop by itself
    """

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: Mapping[str, Path]
    volumes: Mapping[str, str]
    depends_on: tuple[Dependency, ...]
    healthcheck: HealthCheck | None
    restart: str
    most_restarts: int | None
    stop_grace_seconds: float
    stop_signal: str


def load_project(file: Path, variables: Mapping[str, str], *, secrets: Path | None = None) -> dict[str, Service]:
    """Return the services of a compose file by name, those of other profiles left out.

    :param variables: what `.env` says; ``COMPOSE_PROFILES`` chooses the profiles
    :param secrets: the folder of the secrets, instead of the one that the file names
    :raises StackError: when the file cannot be read, or says what is not understood here
    """
    written = fill_in(yaml.safe_load(file.read_text()), variables)
    profiles = set(variables.get("COMPOSE_PROFILES", "").split(",")) - {""}
    services = {
        name: service
        for name, service in written["services"].items()
        if not service.get("profiles") or profiles & set(service["profiles"])
    }
    files = {name: file.parent / secret["file"] for name, secret in written.get("secrets", {}).items()}
    if secrets is not None:
        files = {name: secrets / found.name for name, found in files.items()}
    return {name: _service(name, service, files, services, file.parent, variables) for name, service in services.items()}


def variables_of(file: Path) -> dict[str, str]:
    """Return what an env file sets; names without a value are left out."""
    return {name: value for name, value in dotenv_values(file, interpolate=False).items() if value is not None}


def _service(
    name: str,
    service: Mapping[str, Any],
    secrets: Mapping[str, Path],
    others: Mapping[str, Any],
    folder: Path,
    variables: Mapping[str, str],
) -> Service:
    if unknown := service.keys() - _UNDERSTOOD - _FOR_ENGINES:
        raise StackError(f"services.{name}: {', '.join(sorted(unknown))}: not understood by stack.compose")
    restart, _, most = str(service.get("restart", "no")).partition(":")
    return Service(
        name=name,
        image=service["image"],
        command=tuple(service["command"]),
        environment=_environment(service, folder, variables),
        secrets={f"/run/secrets/{one}": secrets[one] for one in service.get("secrets", [])},
        volumes={mount: volume for volume, _, mount in (one.partition(":") for one in service.get("volumes", []))},
        depends_on=_dependencies(service, others),
        healthcheck=_health_check(service["healthcheck"]) if "healthcheck" in service else None,
        restart=restart,
        most_restarts=int(most) if most else None,
        stop_grace_seconds=seconds_of(service.get("stop_grace_period", "10s")),
        stop_signal=service.get("stop_signal", "SIGTERM"),
    )


def _environment(service: Mapping[str, Any], folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables: those of the env files, then the service's own; one without a value is `.env`'s, or is none."""
    found: dict[str, str] = {}
    for file in service.get("env_file", []):
        found |= variables_of(folder / file)
    for name, value in (service.get("environment") or {}).items():
        given = variables.get(name) if value is None else value
        found.pop(name, None)
        if given is not None:
            found[name] = str(given)
    return found


def _dependencies(service: Mapping[str, Any], others: Mapping[str, Any]) -> tuple[Dependency, ...]:
    found = service.get("depends_on", {}).items()
    missing = [name for name, one in found if name not in others and one.get("required", True)]
    if missing:
        raise StackError(f"depends_on: {', '.join(missing)}: no such service in these profiles")
    return tuple(Dependency(service=name, condition=one["condition"]) for name, one in found if name in others)


def _health_check(written: Mapping[str, Any]) -> HealthCheck:
    kind, *command = written["test"]
    if kind not in ("CMD", "CMD-SHELL"):
        raise StackError(f"healthcheck.test: {kind}: write CMD or CMD-SHELL")
    return HealthCheck(
        command=tuple(command) if kind == "CMD" else ("/bin/sh", "-c", *command),
        interval=seconds_of(written["interval"]),
        timeout=seconds_of(written["timeout"]),
        retries=int(written["retries"]),
        start_period=seconds_of(written["start_period"]),
        start_interval=seconds_of(written["start_interval"]),
    )


def seconds_of(text: str) -> float:
    """Return how many seconds a duration is (``1h30m``, ``90s``).

    :raises StackError: when it is none
    """
    found = _DURATION.fullmatch(text)
    if not text or not found:
        raise StackError(f"{text!r} is no duration: write it as 1h30m or 90s")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
