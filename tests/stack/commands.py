"""Runs the commands of the local stack as people do, and looks at what they leave in the process table."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from stack.places import REPOSITORY


def stack_command(command: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Start ``python -m stack COMMAND`` in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "stack", command, "--folder", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        start_new_session=True,
    )


def said_by(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command to its end; return its exit code and what it said."""
    with stack_command(command, folder, **environment) as process:
        said, _ = process.communicate(timeout=300)
        return process.returncode, said


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Read the output of a command until a line contains some words; return that line, or what else there was."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return line
    raise AssertionError(f"the output ended without {words!r}:\n{''.join(lines)}")


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return every process that was started with a folder below this one as its Airflow home."""
    return [process for process in psutil.process_iter() if _home(process) == str(folder / "airflow")]


def listening_addresses(processes: list[psutil.Process]) -> set[tuple[str, int]]:
    """Return the addresses and ports that processes listen on."""
    found = set()
    for process in processes:
        try:
            connections = process.net_connections("inet")
        except psutil.NoSuchProcess:
            continue
        found |= {(one.laddr.ip, one.laddr.port) for one in connections if one.status == psutil.CONN_LISTEN or one.type == 2}
    return found


def _home(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("AIRFLOW_HOME") if process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, OSError):
        return None
