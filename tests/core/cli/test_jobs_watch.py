"""`--watch` on a real terminal: drawn again and again, ended by Ctrl-C."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.jobs import NewTable, job

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("command", "shown"),
    [(["list"], b"out_of_memory"), (["show", "two"], b"out_of_memory"), (["stats", "--live"], b"of the finished succeeded")],
    ids=["list", "show", "stats"],
)
def test_what_is_watched_is_drawn_again_until_ctrl_c(
    new_table: NewTable, tmp_path: Path, command: list[str], shown: bytes
) -> None:
    """Twice at least, and Ctrl-C is a good end."""
    table = new_table()
    far = 4_000_000_000  # seconds: the process has today's clock
    table.put_many(
        [job("one", "SUCCEEDED", expires_at=far), job("two", "FAILED", failure_kind="out_of_memory", expires_at=far)]
    )
    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "200", "LINES": "40", "VECTORA_JOBS_TABLE": table.name}
    line = [sys.executable, "-m", "vectora_core", "jobs", *command, "--watch", "1"]
    with subprocess.Popen(
        line, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=tmp_path, start_new_session=True
    ) as process:
        os.close(slave)
        try:
            seen = b""
            while seen.count(shown) < 2:
                seen += os.read(master, 65_536)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
            os.close(master)
    assert b"Ctrl-C ends" in seen
