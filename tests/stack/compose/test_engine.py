"""Start order, health checks, restart rules and kills, on real processes of the simplest kind."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from stack.compose.engine import Compose
from stack.compose.project import Dependency, HealthCheck, Service
from stack.errors import StackError

FOR_EVER = "import time; time.sleep(600)"
FOLDER = "__import__('pathlib').Path.home().parent"
"""What a service finds the folder of the project by: a path in its command would be taken for one of its container."""


def service(name: str, code: str, **more: Any) -> Service:
    """Return a service that runs some Python."""
    usual: dict[str, Any] = {
        "image": "vectora:1",
        "command": ("python", "-c", code),
        "environment": {},
        "secrets": {},
        "volumes": {},
        "depends_on": (),
        "healthcheck": None,
        "restart": "no",
        "most_restarts": None,
        "stop_grace_seconds": 5.0,
        "stop_signal": "SIGTERM",
    }
    return Service(name=name, **{**usual, **more})


def check(code: str, **more: Any) -> HealthCheck:
    usual: dict[str, Any] = {"interval": 0.1, "timeout": 5.0, "retries": 2, "start_period": 0.0, "start_interval": 0.1}
    return HealthCheck(command=("python", "-c", code), **{**usual, **more})


def running(folder: Path, *services: Service) -> Compose:
    return Compose({one.name: one for one in services}, folder)


def lives(pid: int) -> bool:
    """Whether a process runs; one that is dead and that nobody has waited for yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(project: Compose, ready: Callable[[], bool], what: str = "it") -> None:
    project.wait_until(ready, what=what, timeout=30)


def test_a_service_waits_for_what_it_depends_on(tmp_path: Path) -> None:
    """For a job to have done its work, and for a server to be well."""
    asked = tmp_path / "well"
    job = service("job", f"({FOLDER} / 'done').write_text('')")
    server = service("server", FOR_EVER, restart="always", healthcheck=check(f"open({FOLDER} / 'well')", retries=10_000))
    last = service(
        "last",
        FOR_EVER,
        restart="always",
        depends_on=(
            Dependency(service="job", condition="service_completed_successfully"),
            Dependency(service="server", condition="service_healthy"),
        ),
    )
    with running(tmp_path, last, server, job) as project:
        eventually(project, (tmp_path / "done").exists)
        assert project.containers["last"].starts == 0
        asked.write_text("")
        project.wait_until_up(timeout=30)
        assert project.containers["last"].running


def test_a_job_that_fails_for_good_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    """After as many restarts as its rule allows."""
    job = service("job", "raise SystemExit('no such table')", restart="on-failure", most_restarts=2)
    with running(tmp_path, job) as project, pytest.raises(StackError, match=r"(?s)job ended with 1.*no such table"):
        project.wait_until_up(timeout=60)
    assert project.containers["job"].starts == 3


def test_a_server_that_dies_is_started_again_with_all_of_it_gone(tmp_path: Path) -> None:
    """Killed, whatever it had started is killed with it, in whatever session that is; then its restart rule holds."""
    code = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {FOR_EVER!r}], start_new_session=True)
with open({FOLDER} / "children", "a") as file:
    print(child.pid, file=file)
time.sleep(600)
"""
    children = tmp_path / "children"

    def pids() -> list[int]:
        return [int(line) for line in children.read_text().splitlines()] if children.exists() else []

    with running(tmp_path, service("server", code, restart="unless-stopped")) as project:
        eventually(project, lambda: len(pids()) == 1)
        project.containers["server"].process().kill()  # as the kernel kills the first process of a container
        eventually(project, lambda: len(pids()) == 2)
        assert not lives(pids()[0])
        assert lives(pids()[1])
        project.kill("server")
        eventually(project, lambda: project.containers["server"].starts == 3)
    assert not any(map(lives, pids()))


def test_what_was_stopped_stays_so_until_it_is_started(tmp_path: Path) -> None:
    """Its restart rule does not hold meanwhile."""
    with running(tmp_path, service("server", FOR_EVER, restart="unless-stopped")) as project:
        project.wait_until_up(timeout=30)
        project.stop("server")
        time.sleep(0.5)  # several looks of the engine, in which nothing may happen
        assert (project.containers["server"].running, project.containers["server"].starts) == (False, 1)
        project.start("server")
        project.wait_until_up(timeout=30)
        assert project.containers["server"].starts == 2


def test_a_health_check_counts_failures_and_forgives_them_at_the_start(tmp_path: Path) -> None:
    """As many in a row as `retries` make it unhealthy; in the start period none does, and one success ends it."""
    answer = tmp_path / "answer"
    patient = service(
        "patient", FOR_EVER, restart="always", healthcheck=check(f"open({FOLDER} / 'answer')", start_period=600.0)
    )
    strict = service("strict", FOR_EVER, restart="always", healthcheck=check(f"open({FOLDER} / 'answer')"))
    hanging = service("hanging", FOR_EVER, restart="always", healthcheck=check(FOR_EVER, timeout=0.2))
    with running(tmp_path, patient, strict, hanging) as project:
        health = {name: (lambda name=name: project.containers[name].health) for name in ("patient", "strict", "hanging")}
        eventually(project, lambda: health["strict"]() == health["hanging"]() == "unhealthy")
        assert health["patient"]() == "starting"
        answer.write_text("")
        eventually(project, lambda: health["strict"]() == health["patient"]() == "healthy")
