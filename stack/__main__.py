"""`python -m stack demo|up|down|status|screenshots|site|batch|seed|lambda-packages`: the commands behind the Makefile."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

from stack.errors import StackError
from stack.places import DEMO, SCREENSHOTS, UP, WRITTEN
from stack.ports import BATCH_DEFAULT, LOCALHOST, SITE_DEFAULT
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
        if name in _FILLED:
            command.add_argument("--demo", action="store_true", help="with runs and jobs in it to look at")
    site = commands.add_parser("site", help="serve the demo web site alone")
    site.add_argument("--port", type=int, default=SITE_DEFAULT)
    site.add_argument("--host", default=LOCALHOST, help="address to listen on (default: %(default)s)")
    site.add_argument("--url", default="", help="where its readers find it (default: that address)")
    site.add_argument(
        "--today", type=date.fromisoformat, help="the day it is written for (default: the day of each request)"
    )
    batch = commands.add_parser("batch", help="serve the fake of AWS Batch alone")
    batch.add_argument("--port", type=int, default=BATCH_DEFAULT)
    batch.add_argument("--host", default=LOCALHOST, help="address to listen on (default: %(default)s)")
    batch.add_argument("--demo", action="store_true", help="play the scripted jobs of the demo at once")
    seed = commands.add_parser("seed", help="fill an embedded AWS that runs elsewhere")
    seed.add_argument("--aws", required=True, help="its URL")
    seed.add_argument("--site", required=True, help="URL of the demo web site")
    packages = commands.add_parser("lambda-packages", help="build the zips of both Lambdas")
    packages.add_argument("--out", type=Path, default=WRITTEN / "lambda", help="where it writes (default: %(default)s)")
    packages.add_argument("--only", choices=("job_state", "ingest"), help="build this one alone")
    packages.add_argument("--json", action="store_true", help="for programs")
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
_FILLED = ("up", "serve")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "site":
        from stack.demo_site.server import serve

        serve(arguments.port, host=arguments.host, url=arguments.url, today=arguments.today)
        return 0
    if arguments.command == "batch":
        from stack.fake_batch.server import serve as serve_batch

        serve_batch(arguments.port, host=arguments.host, demo=arguments.demo)
        return 0
    if arguments.command == "seed":
        from stack.seed import seed

        return seed(arguments.aws, arguments.site)
    if arguments.command == "lambda-packages":
        from stack.lambda_packages import lambda_packages

        return lambda_packages(arguments.out.resolve(), only=arguments.only, as_json=arguments.json)
    module = import_module(_COMMANDS[arguments.command][0])
    more = {"demo": arguments.demo} if arguments.command in _FILLED else {}
    code: int = getattr(module, arguments.command)(arguments.folder.resolve(), **more)
    return code


if __name__ == "__main__":
    sys.exit(main())
