"""`make up`, `make down`, `make status`: the local stack in the background, on ports that stay the same."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from stack import airflow, state
from stack.errors import StackError
from stack.fake_batch.model import QUEUES
from stack.local import INGEST, JOBS_TABLE, OURS, Stack
from stack.lock import held, is_held
from stack.options import StackOptions
from stack.places import REPOSITORY, UP, below_repository
from stack.ports import FIXED, Ports, fixed_ports, require_free
from stack.processes import kill_marked, tail_of
from stack.stopping import Stopped, signals_raise

_START_SECONDS = 180.0
_FILL_SECONDS = 240.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.2
_BUSY = "another `make up` is starting or running here (pid {pid})"
_OWN = frozenset({"VECTORA_CONFIG_ROOT", "VECTORA_DATA_ROOT", *(setting.variable for setting in FIXED.values())})


def up(folder: Path = UP, *, demo: bool = False) -> int:
    """Start the stack in the background and return when it is ready.

    :param demo: put runs and jobs into it first, so that there is something to look at
    :raises StackError: when a port is in use, or the stack did not come up
    """
    running = _running(folder)
    if running:
        print(f"already running\n{_how_to_get_in(running, folder)}")
        if demo:
            print("  the demo's runs and jobs are put in at the start only: make down, then make up DEMO=1")
        return 0
    if is_held(_lock(folder)):
        raise StackError("another `make up` is starting the stack right now: wait for it, or stop it with make down")
    require_free(fixed_ports())
    how_long = "a minute or two, with the demo's runs and jobs" if demo else "about half a minute"
    print(f"starting the local stack ({how_long}) ...", flush=True)
    with signals_raise():
        try:
            print(_how_to_get_in(_start_server(folder, demo=demo), folder))
        except Stopped as stopped:
            return stopped.exit_code
    return 0


def down(folder: Path = UP) -> int:
    """Stop the stack, also what a crash left of it."""
    running = state.read(_state(folder))
    if running is None:
        print("nothing is running")
        return 0
    process = state.process_of(running)
    if process:
        _stop(process)
    leftover = kill_marked(running.mark)
    _state(folder).unlink(missing_ok=True)
    if process:
        print("stopped")
    else:
        print(f"the stack had ended without make down; {leftover} processes were left of it, now none")
    return 0


def status(folder: Path = UP) -> int:
    """Say whether the stack runs; exit code 3 when it does not, as service scripts do (LSB)."""
    running = _running(folder)
    print(f"running\n{_how_to_get_in(running, folder)}" if running else "nothing is running; start it with make up")
    return 0 if running else 3


def serve(folder: Path = UP, *, demo: bool = False) -> int:
    """Hold the stack together until a signal comes; what `up` starts in the background.

    :param demo: see `up`
    """
    with held(_lock(folder), busy=_BUSY), signals_raise():
        try:
            _serve(folder, fixed_ports(), demo=demo)
        except Stopped:
            _state(folder).unlink(missing_ok=True)
    return 0


def _serve(folder: Path, ports: Ports, *, demo: bool) -> None:
    options = StackOptions(
        folder=folder, ports=ports, all_admins=False, quick=False, keep=True, environment=_own_environment()
    )
    is_new = not airflow.database_of(folder / "airflow").exists()
    stack = Stack(options, tell=lambda what: print(what, flush=True))
    _note(folder, stack, "starting")
    with stack:
        if is_new:
            for dag_id in OURS:
                stack.wait_for_dag(dag_id)
        if demo:
            from stack.demo_data import fill  # the job table and the drawing of tables: `make status` is quicker without

            fill(stack)
        _note(folder, stack, "ready")
        while True:
            stack.children.check()
            stack.mirror_changes()
            time.sleep(1)


def _own_environment() -> dict[str, str]:
    """Return the settings of Vectora in the terminal; those of the stack itself stay the stack's."""
    return {name: value for name, value in os.environ.items() if name.startswith("VECTORA_") and name not in _OWN}


def _note(folder: Path, stack: Stack, phase: state.Phase) -> None:
    running = state.Running(
        pid=os.getpid(),
        started=state.own_start(),
        mark=stack.children.mark,
        phase=phase,
        url=stack.url,
        site=stack.site_url,
        aws=stack.environment["AWS_ENDPOINT_URL"],
        batch=stack.batch_url,
    )
    state.write(_state(folder), running)


def _start_server(folder: Path, *, demo: bool) -> state.Running:
    output = _log(folder)
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "stack", "serve", "--folder", str(folder), *(["--demo"] if demo else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=REPOSITORY,
        )
    try:
        return _ready(folder, server, within=_START_SECONDS + (_FILL_SECONDS if demo else 0))
    except BaseException:
        _stop(server)
        raise


def _ready(folder: Path, server: subprocess.Popen[bytes], *, within: float) -> state.Running:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        running = _running(folder)
        if running and running.phase == "ready":
            return running
        if server.poll() is not None:
            raise StackError(f"the stack did not start:\n{tail_of(_log(folder), 30)}")
        time.sleep(_POLL_SECONDS)
    raise StackError(f"the stack was not ready within {within:.0f} s; see {below_repository(_log(folder))}")


def _state(folder: Path) -> Path:
    return folder / "state.json"


def _lock(folder: Path) -> Path:
    return folder / "lock"


def _log(folder: Path) -> Path:
    return folder / "logs" / "serve.log"


def _running(folder: Path) -> state.Running | None:
    running = state.read(_state(folder))
    return running if running and state.process_of(running) else None


def _stop(process: psutil.Process | subprocess.Popen[bytes]) -> None:
    try:
        process.terminate()
        process.wait(timeout=_STOP_SECONDS)
    except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
        process.kill()
    except psutil.NoSuchProcess:
        return


def _how_to_get_in(running: state.Running, folder: Path) -> str:
    if running.phase != "ready":
        return "  (starting; try again in a moment)"
    known = airflow.load_secrets(folder / "airflow")
    lines = [
        f"Airflow  {running.url}  user {airflow.ADMIN}, password {known.password}",
        f"         to look only: user {airflow.VIEWER}, password {known.viewer_password}",
        f"sources  {running.site}/",
        f"AWS      {running.aws}  (buckets vectora-config, vectora-data; table {JOBS_TABLE})",
        f"Batch    {running.batch}  (a fake; queues {', '.join(QUEUES)})",
        f"DAG      {running.url}/dags/{INGEST}",
        f"logs     {below_repository(folder)}/logs",
        "files saved in configs/ are copied to the config bucket within a second; stop with make down",
    ]
    return "\n".join(f"  {line}" for line in lines)
