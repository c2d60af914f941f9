"""`python -m benchmarks [NAME]`: what Vectora costs, against peers and in one run.

It asserts nothing but that what was measured did its work, and kept the limits that are promised in requests.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from benchmarks import printing
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result
from benchmarks.limit import at_most
from stack.errors import StackError
from stack.stopping import Stopped, signals_raise

RESULTS = Path(__file__).parent / "results"
"""One file a benchmark: its last run of the usual size and rounds, with the machine it ran on."""


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """How much of it there is unless the command line says otherwise.

    :param rounds: None when it is done once, and takes none
    :param limit: for the whole of it, in seconds
    :param alone: only when it is asked for by name
    """

    rounds: int | None
    limit: float
    sizes: Mapping[str, int] = field(default_factory=dict)
    alone: bool = False


BENCHMARKS = {
    "discovery": Benchmark(rounds=5, limit=300, sizes={"clients": 1_000}),
    "dag": Benchmark(rounds=3, limit=1800, sizes={"clients": 100}),
    "task": Benchmark(rounds=5, limit=300),
    "jobs": Benchmark(rounds=3, limit=1800, sizes={"jobs": 10_000}),
    "job_lambda": Benchmark(rounds=5, limit=300),
    "pages": Benchmark(rounds=20, limit=1200, sizes={"clients": 1_000, "jobs": 100_000}),
    "scale": Benchmark(rounds=None, limit=6 * 3600, sizes={"clients": 1_000}, alone=True),
    "migration": Benchmark(rounds=None, limit=3600, sizes={"rows": 200_000}),
}
"""Each is the function ``measure`` of the module of that name."""
SIZES = ("clients", "jobs", "rows")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    :return: 0, or 1 when something could not be measured, or 128 and the number of the signal that stopped it
    """
    options = parser().parse_args(arguments)
    try:
        with signals_raise():
            _run(options)
    except (BenchmarkError, StackError) as error:
        print(f"make bench: {error}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        print(f"make bench: stopped by {stopped}, and everything it had started with it", file=sys.stderr)
        return stopped.exit_code
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    line.add_argument("what", nargs="?", choices=[*BENCHMARKS], help="only this one (default: all but scale)")
    line.add_argument("--rounds", type=_positive, help="repetitions, of which the median counts")
    line.add_argument("--clients", type=_positive, help="clients (default: 1,000, in the DAG 100)")
    line.add_argument("--jobs", type=_positive, help="open Batch jobs (default: 10,000)")
    line.add_argument("--rows", type=_positive, help="rows of the old job table (default: 200,000)")
    line.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    return line


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _run(options: argparse.Namespace) -> None:
    from benchmarks.machine import describe

    machine = describe()
    names = [options.what] if options.what else [name for name, one in BENCHMARKS.items() if not one.alone]
    rounds = {name: (options.rounds or most) if (most := BENCHMARKS[name].rounds) else 1 for name in names}
    chosen = {size: number for size in SIZES if (number := getattr(options, size))}
    results = [_measure(name, rounds[name], chosen) for name in names]
    if not chosen and not options.rounds:
        for result in results:
            kept = printing.document([result], machine, rounds=rounds)
            (RESULTS / f"{result.name}.json").write_text(kept, encoding="utf-8")
    if options.json:
        print(printing.document(results, machine, rounds=rounds), end="")
    else:
        printing.print_tables(results, machine, rounds=rounds)


def _measure(name: str, rounds: int, chosen: Mapping[str, int]) -> Result:
    begun = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {what}", file=sys.stderr, flush=True)

    benchmark = BENCHMARKS[name]
    much = {size: chosen.get(size, usual) for size, usual in benchmark.sizes.items()}
    if benchmark.rounds:
        much["rounds"] = rounds
    with at_most(benchmark.limit, name):
        result: Result = import_module(f"benchmarks.{name}").measure(tell=tell, **much)
    return result


if __name__ == "__main__":
    sys.exit(main())
