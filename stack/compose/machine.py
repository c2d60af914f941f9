"""Where the things of a container are on this machine: hosts, ports, paths and networks. Nothing else is rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stack.compose.project import Service
from stack.places import REPOSITORY
from stack.ports import LOCALHOST, free_port_numbers

_ITSELF: Final = ("localhost", "0.0.0.0")  # noqa: S104 - what a container listens on, and what nothing here does
_PRIVATE: Final = {"172.16.0.0/12": "127.0.0.0/8"}
_LISTENS: Final = re.compile(r"(?:--port|-p|\w*PORT)[ =](\d{2,5})\b")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """This machine as the containers of one project see it.

    :param folder: below which everything is that they write
    :param hosts: their names
    :param ports: port in a container -> port of 127.0.0.1
    """

    folder: Path
    hosts: frozenset[str]
    ports: Mapping[str, int]

    def translated(self, text: str, service: Service) -> str:
        """Return a command, a variable or a secret of a service with what it names here."""
        hosts = "|".join(map(re.escape, sorted((*self.hosts, *_ITSELF), key=len, reverse=True)))
        text = re.sub(
            rf"(?<![\w.-])(?:{hosts})([:/])(\d+)", lambda found: f"{LOCALHOST}{found[1]}{self._port(found[2])}", text
        )
        text = LOCALHOST if text in _ITSELF else self._port(text)
        for network, here in _PRIVATE.items():
            text = text.replace(network, here)
        return self._with_paths(text, service)

    def volume(self, name: str) -> Path:
        """Return the folder of a volume, which is kept while the project runs."""
        return self.folder / "volumes" / name

    def secret(self, service: Service, path: str) -> Path:
        """Return the file of a secret, by its path in the container of a service."""
        return self.folder / service.name / path.lstrip("/")

    def log(self, service: str) -> Path:
        """Return the file that a service's output goes to."""
        return self.folder / "logs" / f"{service}.log"

    def _port(self, text: str) -> str:
        return str(self.ports.get(text, text))

    def _with_paths(self, text: str, service: Service) -> str:
        own = self.folder / service.name
        places = {
            **{mount: self.volume(name) for mount, name in service.volumes.items()},
            "/run/secrets": own / "run" / "secrets",
            "/opt/vectora": REPOSITORY,
            "/opt/airflow": own / "airflow",
            "/tmp": own / "tmp",  # noqa: S108 - of the container
            str(self.folder): self.folder,  # is here already
        }
        paths = "|".join(sorted(map(re.escape, places), key=len, reverse=True))
        return re.sub(rf"(?<![\w./-])(?:{paths})(?=[/\s\"']|$)", lambda found: str(places[found[0]]), text)


def machine_for(services: Iterable[Service], folder: Path) -> Machine:
    """Return a machine with a free port for each that one of the services listens on."""
    services = tuple(services)
    ports = sorted({port for service in services for port in _ports_of(service)})
    here = dict(zip(ports, free_port_numbers(len(ports)), strict=True))
    return Machine(folder=folder, hosts=frozenset(service.name for service in services), ports=here)


def _ports_of(service: Service) -> set[str]:
    said = [" ".join(service.command), *(f"{name}={value}" for name, value in service.environment.items())]
    return {port for text in said for port in _LISTENS.findall(text)}
