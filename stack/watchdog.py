"""Waits for the end of the process that started it, however it ends, then kills what that one left behind.

Run as ``python -m stack.watchdog MARK`` with a pipe as standard input: the pipe closes when its other end dies.
"""

from __future__ import annotations

import signal
import sys

from stack.processes import kill_marked


def main() -> None:
    """Read standard input to its end, then kill every process with the mark."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # it ends by itself, and last
    sys.stdin.buffer.read()
    kill_marked(sys.argv[1])


if __name__ == "__main__":
    main()
