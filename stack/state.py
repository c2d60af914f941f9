"""What `make up` leaves behind for `make down` and `make status`: which process runs the stack, and how to recognise it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

_SAME_START_SECONDS = 2.0  # the system's idea of a start time moves a little when the clock is set


Phase = Literal["starting", "ready"]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A stack in the background.

    :param pid: the process that holds it together
    :param started: when that process started (seconds since the epoch): a pid alone may belong to another one by now
    :param mark: what all its children carry in their environment
    """

    pid: int
    started: float
    mark: str
    phase: Phase
    url: str
    site: str
    aws: str
    batch: str


def write(path: Path, running: Running) -> None:
    """Keep the state, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(asdict(running), indent=1))
    unfinished.replace(path)


def read(path: Path) -> Running | None:
    """Return the kept state; None when there is none, or none that can be read."""
    try:
        return Running(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def process_of(running: Running) -> psutil.Process | None:
    """Return the process, or None when it is gone, even if its pid belongs to somebody else now."""
    try:
        process = psutil.Process(running.pid)
        same = abs(process.create_time() - running.started) < _SAME_START_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def own_start() -> float:
    """Return when this process started."""
    started: float = psutil.Process(os.getpid()).create_time()
    return started
