"""Carries out a project: start order, health checks and restart rules, until the context ends.

with Compose(load_project(COMPOSE_FILE, variables), folder) as project:
    project.wait_until_up()
    project.kill("worker-default")
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

from stack.compose.container import Container
from stack.compose.machine import Machine, machine_for
from stack.compose.project import Service
from stack.errors import StackError
from stack.places import REPOSITORY
from stack.processes import kill_marked, tail_of

_POLL_SECONDS: Final = 0.1
_PUBLIC: Final = 0o711
"""Of the folders: Postgres runs as nobody, and has to pass through."""


class Compose:
    """A running project.

    :param services: as `stack.compose.project.load_project` returns them
    :param folder: everything is written below it; when this runs as root, a folder that others may pass through
    """

    def __init__(self, services: Mapping[str, Service], folder: Path) -> None:
        self.machine: Machine = machine_for(services.values(), folder)
        self.mark = uuid.uuid4().hex
        self._services = services
        self._looking = threading.RLock()
        self._over = threading.Event()
        self._problem: Exception | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._look_on, name="compose", daemon=True)
        self.containers: dict[str, Container] = {}

    def __enter__(self) -> Compose:
        """Begin to start the services; `wait_until_up` waits for them."""
        self._write_secrets()
        (self.machine.folder / "logs").mkdir(exist_ok=True)
        self.containers = {
            name: Container(service, self.machine, mark=self.mark) for name, service in self._services.items()
        }
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "stack.watchdog", self.mark],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd=REPOSITORY,
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        kill_marked(self.mark)
        for container in self.containers.values():
            container.forget()
        if self._watchdog and self._watchdog.stdin:
            self._watchdog.stdin.close()
            self._watchdog.wait()

    def port(self, port: int) -> int:
        """Return which port of 127.0.0.1 a port of a container is."""
        return self.machine.ports[str(port)]

    def wait_until_up(self, *, timeout: float = 300) -> None:
        """Wait until every service is healthy, or has done its work, as ``docker compose up --wait`` does.

        :raises StackError: when one has ended that should run, or the time is over
        """
        self.wait_until(
            lambda: all(_is_there(container) for container in self.containers.values()),
            what="every service",
            timeout=timeout,
        )

    def wait_until(self, ready: Callable[[], bool], *, what: str, timeout: float) -> None:
        """Wait for something.

        :param timeout: seconds
        :raises StackError: when a job has failed for good, or the time is over
        """
        deadline = time.monotonic() + timeout
        while not ready():
            self._check()
            if time.monotonic() > deadline:
                raise StackError(f"{what} did not happen within {timeout:.0f} s: {self.states()}")
            time.sleep(_POLL_SECONDS)

    def states(self) -> str:
        """Return how the services are, for people."""
        return ", ".join(f"{name} {_state_of(container)}" for name, container in self.containers.items())

    def kill(self, name: str) -> None:
        """Kill a service with everything it started; its restart rule holds."""
        with self._looking:
            self.containers[name].kill()

    def stop(self, name: str) -> None:
        """Stop a service, which stays stopped until it is started."""
        with self._looking:
            self.containers[name].stop()

    def start(self, name: str) -> None:
        """Start a service that was stopped."""
        with self._looking:
            self.containers[name].start()

    def restart(self, name: str) -> None:
        """Stop a service and start it again."""
        self.stop(name)
        self.start(name)

    def _look_on(self) -> None:
        while not self._over.wait(_POLL_SECONDS):
            try:
                with self._looking:
                    self._look()
            except Exception as error:  # told to whoever waits, or the wait would last its whole time
                self._problem = error
                return

    def _look(self) -> None:
        for container in self.containers.values():
            if container.starts == 0 and self._may_start(container):
                container.start()
            container.look()

    def _may_start(self, container: Container) -> bool:
        return all(_holds(one.condition, self.containers[one.service]) for one in container.service.depends_on)

    def _check(self) -> None:
        if self._problem:
            raise StackError(f"the services are not looked at any more: {self._problem}") from self._problem
        for name, container in self.containers.items():
            if container.ended and container.exit_code:
                log = self.machine.log(name)
                raise StackError(f"{name} ended with {container.exit_code}; the end of {log}:\n{tail_of(log)}")

    def _write_secrets(self) -> None:
        self.machine.folder.chmod(_PUBLIC)
        for service in self._services.values():
            own = self.machine.folder / service.name
            (own / "run" / "secrets").mkdir(parents=True, exist_ok=True)
            for path, file in service.secrets.items():
                self.machine.secret(service, path).write_text(self.machine.translated(file.read_text(), service))


def _holds(condition: str, container: Container) -> bool:
    match condition:
        case "service_healthy":
            return container.health == "healthy"
        case "service_completed_successfully":
            return container.exit_code == 0
        case _:
            return container.starts > 0


def _is_there(container: Container) -> bool:
    if container.service.restart in ("no", "on-failure"):
        return container.exit_code == 0
    return container.running and container.health in ("healthy", "none")


def _state_of(container: Container) -> str:
    if container.starts == 0:
        return "waits"
    return container.health if container.running else f"ended with {container.exit_code}"
