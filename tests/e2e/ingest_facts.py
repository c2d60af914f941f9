"""What the runs of the ingest have stored, read past the pages: what these ought to show, whichever test ran before."""

from __future__ import annotations

import json
from typing import Any

from stack.api import FINISHED
from stack.local import INGEST, Stack
from vectora_core.storage import path_segment

Report = dict[str, Any]


def reports(stack: Stack) -> dict[str, Report]:
    """Return the reports of the runs that ended and left one, by run id, the oldest run first."""
    runs = stack.api.get(f"/dags/{INGEST}/dagRuns", order_by="run_after", limit=100)["dag_runs"]
    ended = [run["dag_run_id"] for run in runs if run["state"] in FINISHED]
    found = {run_id: stack.data.find(f"runs/{path_segment(run_id)}/report.json") for run_id in ended}
    return {run_id: json.loads(stored) for run_id, stored in found.items() if stored}


def outcomes(stack: Stack) -> dict[str, tuple[str, Report]]:
    """Return what became of each client when it ran last: the id of that run, and what its report says."""
    return {
        client_id: (run_id, result)
        for run_id, report in reports(stack).items()
        for client_id, result in report["client_results"].items()
    }


def report_of(stack: Stack, run_id: str) -> Report:
    """Return the report of a run."""
    found: Report = json.loads(stack.data.get(f"runs/{path_segment(run_id)}/report.json"))
    return found


def manifest_of(stack: Stack, run_id: str, client_id: str) -> Report:
    """Return the manifest of a client that no later run has written for the same day."""
    path = report_of(stack, run_id)["client_results"][client_id]["manifest"]
    found: Report = json.loads(stack.data.get(path))
    assert found["run_id"] == run_id
    return found
