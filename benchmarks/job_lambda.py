"""What the job-state Lambda imports at a cold start, against boto3 alone, each in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row
from stack.airflow import inherited_environment
from stack.places import REPOSITORY

_IMPORTED = {"lambda": "vectora_core.lambdas.job_state", "boto3": "boto3", "nothing": "sys"}
_SECONDS = 60.0
_PROGRAM = """
import sys, time
begun = time.perf_counter()
import {module}
wall, count = time.perf_counter() - begun, len(sys.modules)
import json, resource
from pathlib import Path
status = Path("/proc/self/status")
if status.exists():  # on Linux ru_maxrss starts with that of the process it came from
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:")) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({{"wall": wall, "peak": peak / 2**20, "modules": count}}))
"""


def measure(*, rounds: int, tell: Callable[[str], None]) -> Result:
    """Import both in turn, in processes of their own; the first of each writes byte code and does not count."""
    seen: dict[str, list[Mapping[str, float]]] = {name: [] for name in _IMPORTED}
    for number in range(rounds + 1):
        for name, module in _IMPORTED.items():
            spent = _imported(module)
            if number:
                seen[name].append(spent)
        tell(f"job_lambda: round {number} of {rounds}" if number else "job_lambda: warmed up")
    return _result({name: list(spent) for name, spent in seen.items()})


def _imported(module: str) -> Mapping[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(module=module)],
        env=inherited_environment(),
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode:
        raise BenchmarkError(f"the process that imports {module} ended {done.returncode}:\n{done.stderr[-2000:]}")
    spent: dict[str, float] = json.loads(done.stdout)
    return spent


def _result(seen: Mapping[str, list[Mapping[str, float]]]) -> Result:
    def row(what: str, key: str, unit: str) -> Row:
        own, peer = (tuple(one[key] for one in seen[name]) for name in ("lambda", "boto3"))
        return Row(what=what, unit=unit, values=own, peer=peer)

    python = min(one["peak"] for one in seen["nothing"])
    return Result(
        name="job_lambda",
        title="The cold start of the job-state Lambda, in a fresh process",
        measured="importing vectora_core.lambdas.job_state",
        peer="importing boto3 alone",
        rows=(row("imports", "wall", "s"), row("peak memory", "peak", "MB"), row("modules", "modules", "")),
        notes=(f"Python alone has a peak of {python:.0f} MB. Lambda's own start and its client are not in these figures.",),
    )
