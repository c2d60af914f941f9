"""What the terminal gets: the answer on stdout, everything said to people on stderr; and the exit codes.

It knows nothing of what is said, and never fails because nobody reads to the end.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any, TextIO

_ANY_WIDTH = 100_000
_NARROW = 16
# Titles come from strangers: escape sequences and direction marks in them must not reach the terminal.
_INVISIBLE = [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SHOWN = {code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" for code in _INVISIBLE}


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    """succeeded, or partial"""
    FAILED = 1
    """clients failed, or problems were found"""
    USAGE = 2
    """the command line, the environment or the parameters are wrong"""
    NOTHING_RAN = 3
    """nothing could run: no active client, no configuration, or storage out of reach"""
    INTERRUPTED = 130
    """Ctrl-C"""


def print_json(document: Any) -> None:
    """Print one JSON document on stdout; whatever the encoding of stdout, it can be read back."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if _written_as(text, sys.stdout) != text:
        text = json.dumps(document, indent=2)
    _write(sys.stdout, text + "\n")


def print_line(text: str) -> None:
    """Print a line of the answer on stdout."""
    _write(sys.stdout, visible(text) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table on stdout, as wide as the terminal; into a pipe or a file as wide as it has to be, one row a line.

    The title is a line above it, which is never folded.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[visible(str(cell)) for cell in row] for row in rows]
    table = Table()
    for index, column in enumerate(columns):
        longest = max((len(row[index]) for row in cells), default=0)
        table.add_column(column, overflow="fold", no_wrap=max(longest, len(column)) <= _NARROW)
    for row in cells:
        table.add_row(*map(Text, row))
    console = Console(width=None if sys.stdout.isatty() else _ANY_WIDTH)
    with console.capture() as capture:
        console.print(table)
    lines = capture.get().splitlines()
    _write(sys.stdout, "\n".join([visible(title), *(line.rstrip() for line in lines)]) + "\n")


def say(message: str) -> None:
    """Tell people something, on stderr."""
    _write(sys.stderr, visible(message) + "\n")


def flush() -> None:
    """Hand over whatever was printed, by whomever; nobody reading is no error."""
    for stream in (sys.stdout, sys.stderr):
        _write(stream, "")


def visible(text: str) -> str:
    """Return a text with its control characters (line feed and tab apart) written out: ``\\x1b`` instead of an escape."""
    return text.translate(_SHOWN)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # `vectora … 2>&-`: Python has none where it was closed from the start
        return
    try:
        stream.write(_written_as(text, stream))
        stream.flush()
    except BrokenPipeError:
        # `vectora … | head`: whoever read has enough. What was begun goes on, and the exit code stays true.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _written_as(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
