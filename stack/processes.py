"""Child processes that never outlive their parent: each in its own session, logged to a file, stopped with all it started.

Every child inherits a mark in its environment. What carries the mark belongs to the stack, whatever its parent or its
process group is by then, so a foreign process is never signalled because it happens to have an old pid.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

from stack.errors import StackError
from stack.places import REPOSITORY

MARK = "VECTORA_STACK_MARK"
_KILL_SECONDS = 5.0
_POLL_SECONDS = 0.05
_TAIL_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Child:
    """One started program and the file its output goes to; ``ends`` when it is expected to end by itself."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ends: bool


class Children:
    """The child processes of one stack.

    :param environment: what every child gets, and nothing else, beside the mark
    :param logs: folder of the log files, one a child
    :param grace_seconds: how long they may take to stop by themselves when asked to
    """

    def __init__(self, *, environment: Mapping[str, str], logs: Path, grace_seconds: float = 5.0) -> None:
        self._grace = grace_seconds
        self.mark = uuid.uuid4().hex
        self._environment = dict(environment)
        self._logs = logs
        self._children: dict[str, Child] = {}
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Children:
        """Start the watchdog, which kills whatever is left should this process die without a word (``kill -9``)."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "stack.watchdog", self.mark],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd=REPOSITORY,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self, name: str, command: Sequence[str], *, ends: bool = False, extra: Mapping[str, str] | None = None
    ) -> Child:
        """Start a program.

        :param name: what messages call it; also the name of its log file
        :param ends: it ends by itself; ``finish`` waits for it
        :param extra: environment variables for this child alone
        """
        log = self._logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=REPOSITORY,
                env={**self._environment, **(extra or {}), **self._marks()},
            )
        self._children[name] = Child(name=name, process=process, log=log, ends=ends)
        return self._children[name]

    def _marks(self) -> dict[str, str]:
        return {MARK: self.mark, "SPT_NOENV": "1"}  # without the second one setproctitle overwrites the environment

    def check(self) -> None:
        """Make sure that every child runs, or ended well if it is one that ends.

        :raises StackError: naming one that did not, with the end of its log
        """
        for child in self._children.values():
            code = child.process.poll()
            if code or (code == 0 and not child.ends):
                raise StackError(f"{child.name} stopped with {code}; the end of {child.log}:\n{tail_of(child.log)}")

    def wait_until(self, ready: Callable[[], bool], *, what: str, timeout: float) -> None:
        """Wait for something, watching the children meanwhile.

        :param timeout: seconds
        :raises StackError: when a child stopped, or the time is over
        """
        deadline = time.monotonic() + timeout
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"{what} did not happen within {timeout:.0f} s; see the logs in {self._logs}")
            time.sleep(_POLL_SECONDS)

    def finish(self, name: str, *, timeout: float) -> None:
        """Wait for a child that ends by itself, and forget it.

        :raises StackError: when it failed or took longer than ``timeout`` seconds
        """
        self.wait_until(lambda: self.process_of(name).poll() is not None, what=f"the end of {name}", timeout=timeout)
        self.check()
        del self._children[name]

    def process_of(self, name: str) -> subprocess.Popen[bytes]:
        """Return the process of a running child."""
        return self._children[name].process

    def stop_one(self, name: str) -> None:
        """Stop one child with everything it started; ``start`` may be called for it again."""
        child = self._children.pop(name)
        family = _family(child.process.pid)
        _end([child], self._grace)
        for one in family:
            _kill(one)
        child.process.wait(timeout=_KILL_SECONDS)
        psutil.wait_procs(family, timeout=_KILL_SECONDS)

    def stop(self) -> None:
        """Stop all children: first by asking, then whatever carries the mark by force; then the watchdog."""
        _end(list(self._children.values()), self._grace)
        kill_marked(self.mark)
        for child in self._children.values():
            child.process.wait(timeout=_KILL_SECONDS)
        self._children.clear()
        if self._watchdog and self._watchdog.stdin:
            self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None


def tail_of(log: Path, lines: int = _TAIL_LINES) -> str:
    """Return the last lines of a log file; empty when there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def marked(mark: str, variable: str = MARK) -> list[psutil.Process]:
    """Return every process that carries a mark in the environment it was started with.

    :param variable: that holds the mark
    """
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(variable) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone by now, or somebody else's
    return found


def kill_marked(mark: str, variable: str = MARK) -> int:
    """Kill every process that carries a mark, also those that start meanwhile.

    :param variable: that holds the mark
    :return: how many there were
    """
    killed: set[int] = set()
    deadline = time.monotonic() + _KILL_SECONDS
    while (left := marked(mark, variable)) and time.monotonic() < deadline:
        for process in left:
            _kill(process)
            killed.add(process.pid)
        time.sleep(_POLL_SECONDS)
    return len(killed)


def _end(children: Sequence[Child], grace: float) -> None:
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + grace
    while any(child.process.poll() is None for child in children) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error):
        process.kill()  # psutil compares the start time first: a pid that was given to somebody else is left alone
