"""One service as a process with all that it starts: begins, is looked at, is killed as a whole, as a container is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import psutil

from stack.compose.images import image_of, may_choose_user
from stack.compose.machine import Machine
from stack.compose.project import HealthCheck, Service
from stack.errors import StackError
from stack.places import REPOSITORY
from stack.processes import MARK, kill_marked

Health = Literal["none", "starting", "healthy", "unhealthy"]
CONTAINER: Final = "VECTORA_CONTAINER"
"""The variable that tells whose a process is, whatever its parent or its process group is by then."""
_FIRST_DELAY: Final = 0.1
_LONGEST_DELAY: Final = 60.0
_STEADY_SECONDS: Final = 10.0


class Container:
    """One service of a project on this machine.

    :ivar exit_code: of the last process; None while it runs, or before it has begun
    :ivar starts: how often it was started
    :ivar health: as its health check says
    """

    def __init__(self, service: Service, machine: Machine, *, mark: str) -> None:
        self.service = service
        self.exit_code: int | None = None
        self.starts = 0
        self.health: Health = "starting" if service.healthcheck else "none"
        self._machine = machine
        self._image = image_of(service)
        self._mark = f"{mark}/{service.name}"
        self._environment = {
            **self._image.environment_of(service, machine),
            MARK: mark,
            CONTAINER: self._mark,
            "SPT_NOENV": "1",  # without it setproctitle overwrites the environment
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._begun = 0.0
        self._delay = _FIRST_DELAY
        self._again_at = 0.0
        self._check: _Check | None = None

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self.exit_code is None

    @property
    def ended(self) -> bool:
        """Whether it has ended, and will not be started again by its restart rule."""
        return self.exit_code is not None and not self._is_restarted()

    def start(self) -> None:
        """Start it; whatever there was of it is gone by now."""
        self._image.prepare(self.service, self._machine)
        own = self._machine.folder / self.service.name
        for folder in (own / "tmp", own / "airflow", *map(self._machine.volume, self.service.volumes.values())):
            folder.mkdir(parents=True, exist_ok=True)
        self._stopped, self.exit_code = False, None
        self.starts += 1
        self._begun = time.monotonic()
        self.health = "starting" if self.service.healthcheck else "none"
        self._process = self._popen(self._here(self.service.command), self._machine.log(self.service.name))
        self._check = _Check(self.service.healthcheck, self._begun) if self.service.healthcheck else None

    def look(self) -> None:
        """See whether it still runs and is well; start it again where its restart rule says so."""
        if self._process and self.exit_code is None:
            self.exit_code = self._process.poll()
            if self.exit_code is not None:
                self._has_ended()
            elif self._check:
                self.health = self._check.look(self._probe)
        elif self.exit_code is not None and self._is_restarted() and time.monotonic() >= self._again_at:
            self.start()

    def kill(self) -> None:
        """Kill it with everything it started, as a machine does that runs out of memory; its restart rule holds."""
        kill_marked(self._mark, CONTAINER)

    def stop(self) -> None:
        """Ask it to end, kill what is left after its grace; its restart rule does not hold until it is started."""
        self._stopped = True
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.Signals[self.service.stop_signal])
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=self.service.stop_grace_seconds)
        self._has_ended()
        if self._process:
            self.exit_code = self._process.wait()

    def forget(self) -> None:
        """Take note of the end of what has been killed."""
        if self._check:
            self._check.forget()
        if self._process:
            self._process.wait()

    def process(self) -> psutil.Process:
        """Return its first process.

        :raises StackError: when it does not run
        """
        if self._process is None or not self.running:
            raise StackError(f"{self.service.name} does not run")
        return psutil.Process(self._process.pid)

    def _has_ended(self) -> None:
        self.kill()  # the first process of a container takes all others with it
        if self._check:
            self._check.forget()
        self.health = "unhealthy" if self.service.healthcheck else "none"
        lasted = time.monotonic() - self._begun
        self._delay = _FIRST_DELAY if lasted >= _STEADY_SECONDS else min(2 * self._delay, _LONGEST_DELAY)
        self._again_at = time.monotonic() + self._delay

    def _is_restarted(self) -> bool:
        """Return what the restart rule says, https://docs.docker.com/engine/containers/start-containers-automatically/."""
        match self.service.restart:
            case "always" | "unless-stopped":
                return not self._stopped
            case "on-failure":
                most = self.service.most_restarts
                return bool(self.exit_code) and not self._stopped and (most is None or self.starts <= most)
            case _:
                return False

    def _probe(self, check: HealthCheck) -> subprocess.Popen[bytes]:
        return self._popen(self._here(check.command), self._machine.log(f"{self.service.name}.health"))

    def _here(self, command: tuple[str, ...]) -> list[str]:
        return [self._machine.translated(part, self.service) for part in command]

    def _popen(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        user = self._image.user if may_choose_user() else None
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/" if user else REPOSITORY,
                env=self._environment,
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )


class _Check:
    """The health check of one start, carried out in turn: at most one look at a time."""

    def __init__(self, check: HealthCheck, begun: float) -> None:
        self._rule = check
        self._begun = begun
        self._next_at = begun + min(check.interval, check.start_interval)
        self._probe: subprocess.Popen[bytes] | None = None
        self._probe_begun = 0.0
        self._failures = 0
        self._health: Health = "starting"

    def look(self, probe: Callable[[HealthCheck], subprocess.Popen[bytes]]) -> Health:
        """Start a look when it is time, take up what has come of one, and return what is known."""
        now = time.monotonic()
        if self._probe is None and now >= self._next_at:
            self._probe, self._probe_begun = probe(self._rule), now
        elif self._probe is not None:
            code = self._probe.poll()
            if code is None and now - self._probe_begun > self._rule.timeout:
                self.forget()
                code = -1
            if code is not None:
                self._take_up(code == 0, now)
        return self._health

    def forget(self) -> None:
        """End a look that is under way."""
        if self._probe and self._probe.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._probe.pid, signal.SIGKILL)
            self._probe.wait()

    def _take_up(self, is_well: bool, now: float) -> None:
        self._probe = None
        starting = self._health == "starting" and now - self._begun < self._rule.start_period
        if is_well:
            self._health, self._failures = "healthy", 0
        elif not starting:
            self._failures += 1
            if self._failures >= self._rule.retries:
                self._health = "unhealthy"
        self._next_at = now + (self._rule.start_interval if starting and not is_well else self._rule.interval)
