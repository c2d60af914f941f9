"""`python -m stack demo|up|down|status|screenshots|site`: the commands behind the Makefile."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

from stack.errors import StackError
from stack.places import DEMO, SCREENSHOTS, UP
from stack.ports import SITE_DEFAULT
from vectora_core.errors import VectoraError


def main() -> int:
    """Run one command; every problem that is foreseen is one sentence on stderr and exit code 1."""
    arguments = _parser().parse_args()
    try:
        return _run(arguments)
    except (StackError, VectoraError) as error:
        print(f"make {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack", description="The local stack of Vectora.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, folder, explained) in _COMMANDS.items():
        command = commands.add_parser(name, help=explained)
        command.add_argument("--folder", type=Path, default=folder, help="where it writes (default: %(default)s)")
    site = commands.add_parser("site", help="serve the demo web site alone")
    site.add_argument("--port", type=int, default=SITE_DEFAULT)
    site.add_argument(
        "--today", type=date.fromisoformat, help="the day it is written for (default: the day of each request)"
    )
    return parser


_COMMANDS = {
    "demo": ("stack.demo", DEMO, "run the daily ingest once on a stack of its own, and show what came of it"),
    "up": ("stack.up", UP, "start the stack and keep it running"),
    "down": ("stack.up", UP, "stop it"),
    "status": ("stack.up", UP, "say whether it runs, and how to get in"),
    "serve": ("stack.up", UP, "what `up` leaves running in the background"),
    "screenshots": ("stack.screenshots", SCREENSHOTS, "take the pictures of the documentation anew"),
}
"""The commands that are functions of the same name: their modules, which are only imported for them, and their folders."""


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "site":
        from stack.demo_site.server import serve

        serve(arguments.port, today=arguments.today)
        return 0
    module = import_module(_COMMANDS[arguments.command][0])
    code: int = getattr(module, arguments.command)(arguments.folder.resolve())
    return code


if __name__ == "__main__":
    sys.exit(main())
