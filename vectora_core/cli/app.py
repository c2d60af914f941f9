"""The `vectora` command: puts the groups together and turns whatever ends a command into a sentence and an exit code.

The modules of the commands import what they work with when they run: `vectora --help` pays for none of it.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from vectora_core import __version__
from vectora_core.cli import clients, config, ingest, jobs, preview, snapshots
from vectora_core.cli.terminal import Exit, flush, print_json, print_line, say
from vectora_core.errors import BatchError, JobTableError, ParametersError, SettingsError, StorageError, VectoraError

app = typer.Typer(
    name="vectora",
    help="Ingest news for many clients, look at what is configured, and keep the table of Batch jobs.",
    epilog="Exit codes: 0 succeeded or partial, 1 clients failed or problems found, 2 usage, 3 nothing could run.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(clients.app, name="clients")
app.add_typer(config.app, name="config")
app.add_typer(jobs.app, name="jobs")
app.add_typer(snapshots.app, name="snapshots")
app.command("ingest")(ingest.ingest)
app.command("preview")(preview.preview)


def _version(asked: bool) -> None:
    if asked:
        print_line(__version__)
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")]


@app.callback()
def _root(version: Version = False) -> None:
    """Ingest news for many clients, look at what is configured, and keep the table of Batch jobs."""


def main() -> None:
    """Run the command line and end the process at once, without finalizing the interpreter.

    A thread of the storage library may still be on its way out of a callback into Python. The interpreter, while it is
    finalized, ends such a thread in a way that Rust answers with ``abort()``: the process would end with -6 after a right
    answer (pyo3-async-runtimes issue 40). After Ctrl-C, clients in flight would be waited for, each up to its time limits;
    what they write is whole or not there.
    """
    code = run(sys.argv[1:])
    flush()
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    With ``--json`` a command that fails before it has an answer prints ``{"error", "exit_code"}`` in its place.

    :param arguments: without the name of the program
    """
    failed = _Failure(as_json="--json" in arguments)
    try:
        code: int = app(args=list(arguments), prog_name="vectora", standalone_mode=False) or Exit.OK
    except VectoraError as error:
        return failed.told(str(error), exit_code(error), problems=getattr(error, "problems", ()))
    except (typer.TyperException, typer.Abort) as error:
        return failed.told(_usage(error), Exit.USAGE)
    except Exception as error:  # a mistake of Vectora's: its traceback is what a report of it needs
        say(traceback.format_exc().rstrip())
        return failed.told(f"unforeseen {type(error).__name__}: {error}", Exit.FAILED)
    return failed.told("interrupted", Exit.INTERRUPTED) if code == Exit.INTERRUPTED else code


def exit_code(error: VectoraError) -> Exit:
    """Return the exit code an error that ends a command stands for."""
    if isinstance(error, (ParametersError, SettingsError)):
        return Exit.USAGE
    return Exit.NOTHING_RAN if isinstance(error, (StorageError, JobTableError, BatchError)) else Exit.FAILED


class _Failure:
    """Says why a command ended without an answer: on stderr, and as the JSON document where one was asked for."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def told(self, message: str, code: Exit, *, problems: Sequence[Any] = ()) -> int:
        say(message if problems or message.startswith("Usage:") else f"vectora: {message}")
        if self._as_json:
            from dataclasses import asdict

            document: dict[str, Any] = {"error": message, "exit_code": int(code)}
            print_json(document | {"problems": [asdict(one) for one in problems]} if problems else document)
        return code


def _usage(error: Exception) -> str:
    """Return what is wrong with a command line; for a group without a command that is its help."""
    message = error.format_message() if isinstance(error, typer.TyperException) else "aborted"
    context = getattr(error, "ctx", None)
    if context is None or message.startswith("Usage:"):
        return message
    return f"{message.rstrip('.')}; try {context.command_path} --help"
