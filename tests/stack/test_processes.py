"""Child processes: nothing of them is left, whatever they did and however their parent ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack.errors import StackError
from stack.processes import Children, kill_marked, marked, tail_of

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time\nfor one in (signal.SIGTERM, signal.SIGINT): signal.signal(one, signal.SIG_IGN)\n"
    "print('up', flush=True)\ntime.sleep(600)",
]
# The grandchild has a session of its own and its parent ends at once: nothing but the mark ties it to the stack.
RUNAWAY = [
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
    "print('up', flush=True)\ntime.sleep(600)",
]


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    with Children(environment=dict(os.environ), logs=tmp_path, grace_seconds=0.5) as started:
        yield started


def is_up(children: Children, name: str, logs: Path) -> None:
    children.wait_until(lambda: "up" in tail_of(logs / f"{name}.log"), what="the start", timeout=20)


@pytest.mark.parametrize("command", [SLEEPER, STUBBORN, RUNAWAY], ids=["sleeper", "stubborn", "runaway"])
def test_nothing_is_left_after_stop(children: Children, tmp_path: Path, command: list[str]) -> None:
    """Neither what ignores signals nor what left the family."""
    children.start("child", command)
    is_up(children, "child", tmp_path)
    assert marked(children.mark)
    children.stop()
    assert marked(children.mark) == []


def test_one_child_can_be_stopped_with_its_own_and_started_again(children: Children, tmp_path: Path) -> None:
    """The others stay."""
    children.start("other", SLEEPER)
    children.start("child", RUNAWAY)
    is_up(children, "child", tmp_path)
    children.stop_one("child")
    assert [process.pid for process in marked(children.mark)] == [children.process_of("other").pid]
    children.start("child", SLEEPER)
    children.check()


def test_a_child_that_ends_is_named_with_the_end_of_its_log(children: Children, tmp_path: Path) -> None:
    """Whoever waits for something else is told at once."""
    children.start("child", [sys.executable, "-c", "print('cannot open the cellar'); raise SystemExit(7)"])
    with pytest.raises(StackError, match=r"^child stopped with 7; the end of .*child\.log:\ncannot open the cellar$"):
        children.wait_until(lambda: False, what="spring", timeout=20)


def test_a_child_may_end_well_when_it_is_one_that_ends(children: Children) -> None:
    """Only such a one."""
    children.start("job", [sys.executable, "-c", ""], ends=True)
    children.finish("job", timeout=20)
    children.check()
    children.start("server", [sys.executable, "-c", ""])
    with pytest.raises(StackError, match=r"^server stopped with 0"):
        children.wait_until(lambda: False, what="spring", timeout=20)


def test_a_job_that_fails_is_named(children: Children) -> None:
    """Finishing is not succeeding."""
    children.start("job", [sys.executable, "-c", "raise SystemExit(3)"], ends=True)
    with pytest.raises(StackError, match=r"^job stopped with 3"):
        children.finish("job", timeout=20)


def test_waiting_ends_at_its_deadline(children: Children) -> None:
    """With what was waited for, and where to look."""
    children.start("child", SLEEPER)
    with pytest.raises(StackError, match=r"^spring did not happen within 0 s; see the logs in "):
        children.wait_until(lambda: False, what="spring", timeout=0)


def test_nothing_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    """`kill -9` runs no cleaning up: the watchdog does it."""
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom stack.processes import Children\nimport os\n"
        f"with Children(environment=dict(os.environ), logs=Path({str(tmp_path)!r})) as children:\n"
        f"    children.start('child', {STUBBORN!r})\n    print(children.mark, flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        mark = parent.stdout.readline().strip()
        left = marked(mark)
        assert left
        parent.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(left, timeout=20)
    assert alive == []


def test_a_process_without_the_mark_is_never_killed(children: Children) -> None:
    """Not even one that was started by the same parent."""
    with subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL) as stranger:
        assert kill_marked(children.mark) == 0
        assert stranger.poll() is None
        stranger.kill()
