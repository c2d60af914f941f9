"""Runs and jobs of every kind for a stack that has just started, so that there is something to look at on every page.

Its runs go through the scheduler, its jobs through the DAG that follows them; only what would take hours (a job that nobody
saw for long, one that Batch forgot) is written into the job table.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stack.api import FINISHED
from stack.demo_jobs import DemoJobs, ask_batch
from stack.fake_batch import script
from stack.local import INGEST, JOBS, Stack
from vectora_core.jobs.events import Ignored, parse_event
from vectora_core.jobs.extraction import DEFAULT_RULES
from vectora_core.jobs.statistics import read_statistics, store_statistics

BROKEN_CLIENT: Final = "litware_labs"
"""Inactive, but asked for by name in the failed run; its file has three mistakes."""
UNKNOWN_CLIENT: Final = "tailspin_toys"
"""Has no file."""
ENDED_JOBS: Final = script.JOBS
"""How many of the jobs have ended; three more are open."""
UNWATCHED_QUEUE: Final = "demo-night"
"""A queue that no sync looks at: what its last event said hours ago is all that is known of its job."""
_OPEN: Final = {
    "running": ("pre-694a9d5db88940a9e5cd3bf6-1766497650207", script.HIGH),
    "stale": ("pre-694a9d5eb88940a9e5cd3bf7-1766497651318", UNWATCHED_QUEUE),
    "gone": ("pack-694a9d5fb88940a9e5cd3bf8-1766497652429", script.LOW),
}
_BROKEN_FILE: Final = f"""\
client_profile:
  name: Litware Labs
  client_id: {BROKEN_CLIENT}
  active: false
  language: en

source_config:
  source_bouqets_enabled:
    - drug_delivery
  sources_extra_enabled:
    - press_sector__bensch_notes
  content_filters:
    exclude_patterns:
      - "(unclosed"
"""
_RUNS: Final[Mapping[str, dict[str, Any]]] = {
    "succeeded": {"client_ids": ["acme_biotech", "northwind_energy"]},
    "partial": {},
    "failed": {
        "client_ids": [
            *("acme_biotech", "fabrikam_archive", "helios_pharma"),
            *(BROKEN_CLIENT, "northwind_energy", UNKNOWN_CLIENT),
        ]
    },
}
"""The last one is shown first: clients that succeeded, one that is partial, and two that failed for different reasons."""
_SECONDS: Final = 240.0
_POLL_SECONDS: Final = 0.5
_LONG_AGO: Final = timedelta(hours=3)
_RETENTION_DAYS: Final = 90


@dataclass(frozen=True, kw_only=True)
class DemoData:
    """What there is to see: ids of runs of the ingest by how they ended, of the run of the job watch, and of jobs.

    :param running: a job that runs
    :param stale: one that is said to run, but that nobody has seen for hours
    :param gone: one that is said to run, but that Batch does not know any more
    :param retried: one that succeeded at its second attempt
    :param out_of_memory: one that failed with an exit code
    :param array: one with five children, of which one failed
    """

    succeeded: str
    partial: str
    failed: str
    jobs: str
    running: str
    stale: str
    gone: str
    retried: str
    out_of_memory: str
    array: str


def fill(stack: Stack) -> DemoData:
    """Make it all, and wait until it is there: about half a minute.

    :param stack: a running stack with all components, the sample configuration, the demo web site and the fake of Batch;
        where that site is written for a given day, the numbers are always the same
    :raises StackError: when a part of the stack stopped, or a run did not end
    """
    for dag_id in (INGEST, JOBS):
        stack.wait_for_dag(dag_id)
    stack.config.put(f"clients/{BROKEN_CLIENT}.yaml", _BROKEN_FILE.encode())
    jobs = DemoJobs(stack)
    watch = jobs.start()
    runs = _ingest(stack, jobs)
    _wait_for(stack, jobs, {watch: JOBS})
    open_jobs = _add_open_jobs(stack, jobs)
    _count(stack, jobs)
    names = {row.job_name: row.job_id for row in jobs.rows()}
    ended = {"retried": names[script.RETRIED], "out_of_memory": names[script.OUT_OF_MEMORY], "array": names[script.ARRAY]}
    return DemoData(**runs, **open_jobs, **ended, jobs=watch)


def _ingest(stack: Stack, jobs: DemoJobs) -> dict[str, str]:
    """Run the ingest of two days, the first until the day before yesterday: then something is new on the second.

    One run after the other: two that write the same day at once leave now this, now that one's files.

    :return: ids of the runs by how they ended
    """
    yesterday = (stack.options.today or datetime.now(UTC).date()) - timedelta(days=1)
    first, *_ = _RUNS
    runs: dict[str, str] = {}
    for name, conf in _RUNS.items():
        until = yesterday - timedelta(days=1) if name == first else yesterday
        runs[name] = stack.trigger({**conf, "to_date": str(until)})
        _wait_for(stack, jobs, {runs[name]: INGEST})
    return runs


def _wait_for(stack: Stack, jobs: DemoJobs, runs: Mapping[str, str]) -> None:
    """Wait for the end of runs (id of the DAG by id of the run); the job that would run for ever is ended in time."""
    left = dict(runs)

    def have_ended() -> bool:
        jobs.end_the_lasting_one()
        for run_id, dag_id in list(left.items()):
            if stack.run_of(run_id, dag_id=dag_id)["state"] in FINISHED:
                del left[run_id]
        time.sleep(_POLL_SECONDS)
        return not left

    stack.children.wait_until(have_ended, what="the end of the demo's runs", timeout=_SECONDS)


def _add_open_jobs(stack: Stack, jobs: DemoJobs) -> dict[str, str]:
    """Let three jobs run and bring events to the table, as the Lambda does: those of the queue `HIGH`, and theirs.

    :return: their ids
    """
    ask_batch(stack, "create_queue", name=UNWATCHED_QUEUE)
    ids = {name: _run_job(stack, *what) for name, what in _OPEN.items()}
    for event in ask_batch(stack, "events")["events"]:
        detail = event["detail"]
        if detail["jobId"] == ids["stale"]:
            _put(jobs, _long_ago(event))
        elif detail["jobId"] in ids.values() or detail["jobQueue"].endswith(script.HIGH):
            _put(jobs, event)
    ask_batch(stack, "forget", job_id=ids["gone"])
    gone = jobs.table.get(ids["gone"])
    assert gone, "it was just put"
    jobs.table.mark_gone(gone.job_id, state_order=gone.state_order, at=gone.observed_at)
    return ids


def _run_job(stack: Stack, name: str, job_queue: str) -> str:
    job_id: str = ask_batch(stack, "submit", job_name=name, job_queue=job_queue)
    ask_batch(stack, "play", job_id=job_id, status="RUNNING")
    return job_id


def _long_ago(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as it would have been some hours ago."""
    earlier = datetime.fromisoformat(event["time"]) - _LONG_AGO
    milliseconds = int(_LONG_AGO.total_seconds() * 1000)
    times = {name: event["detail"][name] - milliseconds for name in ("createdAt", "startedAt") if name in event["detail"]}
    return {**event, "time": earlier.isoformat(timespec="seconds"), "detail": {**event["detail"], **times}}


def _put(jobs: DemoJobs, event: Mapping[str, Any]) -> None:
    seen = parse_event(event, rules=DEFAULT_RULES, observed_at=datetime.now(UTC), retention_days=_RETENTION_DAYS)
    if not isinstance(seen, Ignored):
        jobs.table.put(seen)


def _count(stack: Stack, jobs: DemoJobs) -> None:
    """Count the jobs once more: a sync leaves that to the next one when somebody did so within the last minute."""
    before = read_statistics(stack.data, jobs.table.name)
    store_statistics(stack.data, jobs.table.name, jobs.table.get_statistics(previous=before))
