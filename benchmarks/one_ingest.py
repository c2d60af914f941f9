"""One ingest task in a process of its own, as a task process does it: `python -X importtime -m benchmarks.one_ingest`.

Prints one line of JSON. What is imported before the line `MARK` on stderr belongs to Airflow, what comes after to the task.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import airflow.sdk.execution_time.supervisor
import airflow.sdk.execution_time.task_runner  # noqa: F401 - both are there before a task begins

MARK = "==== the task begins"
_STATUS = Path("/proc/self/status")


class _TaskInstance:
    """As much of Airflow's as the task uses."""

    task_id = "ingest_client"
    map_index = 0
    try_number = 1

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.pushed[key] = value


def main() -> None:
    """Ingest the client of the command line, or nothing at all when there is none."""
    print(MARK, file=sys.stderr, flush=True)
    wall, cpu = time.perf_counter(), time.process_time()
    summary = _ingest(sys.argv[1]) if len(sys.argv) > 1 else {}
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps({**spent, "peak": _peak_bytes(), "status": summary.get("status"), "items": summary.get("items")}))


def _peak_bytes() -> int:
    """The most memory this program ever had in use. On Linux ``ru_maxrss`` starts with that of the process it came from."""
    if _STATUS.exists():
        peak = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _ingest(client_id: str) -> dict[str, Any]:
    from vectora_airflow import ingest

    instance = _TaskInstance()
    ingest.ingest_client({"client_id": client_id}, _plan(), {"ti": instance})
    return dict(instance.pushed["summary"])


def _plan() -> dict[str, Any]:
    """The plan of a manual run of this moment, as discovery hands it on; what that imports is the task's as well."""
    from vectora_core.ingest.parameters import parse_parameters
    from vectora_core.ingest.window import plan_manual_run

    now = datetime.now(UTC)
    return plan_manual_run("benchmark", run_after=now, parameters=parse_parameters({}), now=now).to_json()


if __name__ == "__main__":
    main()
