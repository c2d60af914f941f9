"""What the page of all clients shows, and what its twin for programs returns. All times are aware, in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from vectora_airflow.ui.charts import CellState

Standing = Literal["failed", "partial", "unknown", "never_ran", "succeeded", "no_file"]
Outcome = Literal["succeeded", "partial", "failed"]
RunState = Literal["queued", "running", "succeeded", "partial", "failed", "no_active_clients", "dry_run", "no_report"]

Count = Annotated[int, Field(ge=0)]
RunId = Annotated[str, Field(description="Run id in Airflow.")]


class IngestRun(BaseModel):
    """A run of the ingest: what Airflow knows of it, and what its report says."""

    run_id: RunId
    run_type: str = Field(description="scheduled, manual, backfill or asset_triggered.")
    airflow_state: str = Field(description="State of the DAG run: queued, running, success or failed.")
    state: RunState = Field(
        description="queued or running as long as Airflow says so; then what the report says. dry_run: it wrote nothing. "
        "no_report: it ended and left none that can be read: a dry run, or it was cut off."
    )
    run_after: datetime = Field(description="When it was due, UTC.")
    started_at: datetime | None = Field(description="When it started, UTC.")
    ended_at: datetime | None = Field(description="When it ended, UTC.")
    clients: int | None = Field(description="Clients in the run; null without a report. So are all counts below.")
    succeeded: int | None = Field(description="Clients that succeeded, the partial ones not counted: the three add up.")
    partial: int | None = Field(description="Clients some of whose sources failed, and that do not count as failed.")
    failed: int | None = Field(description="Clients that count as failed: those that only_failed_of_run runs again.")
    items: int | None = Field(description="Items written by all clients.")
    items_new: int | None = Field(description="Items that their client did not have the day before.")
    seconds: float | None = Field(description="How long the run took, in seconds, as its report says.")
    error: str | None = Field(description="Why nothing could run, or null.")


class ClientRun(BaseModel):
    """What became of a client in the last run it took part in."""

    run_id: RunId
    run_after: datetime = Field(description="When the run was due, UTC.")
    state: Outcome = Field(description="failed also for a partial client that counts as failed (fail_on_partial).")
    items: Count = Field(description="Items written.")
    items_new: Count = Field(description="Items that the client did not have the day before.")
    sources_ok: Count = Field(description="Sources that answered.")
    sources_failed: Count = Field(description="Sources that failed.")
    duration_seconds: float = Field(description="How long the client took, in seconds.")
    task_id: str | None = Field(
        description="Its task in Airflow: ingest_client, or ingest_heavy_client; null when it has no map index."
    )
    map_index: int | None = Field(description="Map index of its task instance; null in a run of an older Vectora.")
    failure_class: str | None = Field(description="Failure class of its error, or null.")


class ClientInRun(BaseModel):
    """One cell of a strip."""

    state: CellState = Field(
        description="absent: not in this run. going: it has not ended. unknown: it has no report, or was a dry run."
    )
    items: int | None = Field(default=None, description="Items written; null when the client has no outcome in the run.")
    items_new: int | None = Field(default=None, description="Items that the client did not have the day before.")


class ListedClient(BaseModel):
    """A client."""

    client_id: str = Field(description="Name of the client's file without .yaml.")
    name: str = Field(description="As its last run had it; else the id.")
    has_file: bool | None = Field(description="Whether it has a file in clients/; null when they could not be listed.")
    status: Standing = Field(
        description="Outcome of the last run it took part in, among the runs shown; never_ran when it is in none of them, "
        "no_file when its file is gone, unknown when no run could be read."
    )
    last: ClientRun | None = Field(description="The last run it took part in; null when there is none.")
    outcomes: list[ClientInRun] = Field(description="One per run, in the order of runs of the list: the oldest first.")


class Totals(BaseModel):
    """How many clients there are, all of them, by status; they add up."""

    clients: Count = Field(description="All clients: those with a file, and those the runs know.")
    succeeded: Count = Field(description="With a file, and succeeded when they last ran.")
    partial: Count = Field(description="The same, with some sources failed.")
    failed: Count = Field(description="The same, but failed.")
    never_ran: Count = Field(description="With a file, and in none of the runs shown.")
    no_file: Count = Field(description="In one of the runs shown, and without a file now.")
    unknown: Count = Field(description="With a file, while no run could be read.")


class Schedule(BaseModel):
    """When the ingest runs next."""

    next_run_at: datetime | None = Field(description="UTC; null when nothing is scheduled.")
    is_paused: bool = Field(description="A paused DAG does not run, whatever is scheduled or triggered.")
    is_overdue: bool = Field(description="The time has passed and the run is not there yet.")


class FailedOfRun(BaseModel):
    """The latest run with a failed client that has not succeeded since: what can be run again."""

    run_id: RunId
    run_after: datetime = Field(description="When it was due, UTC.")
    failed: Count = Field(description="Clients that count as failed in it: all of them run again.")
    still_failed: Count = Field(description="Those of them that have not succeeded in a later run.")


class RunList(BaseModel):
    """The latest runs of the ingest, at most 30."""

    runs: list[IngestRun] = Field(description="The oldest first.")
    schedule: Schedule | None = Field(description="Null when Airflow has not read the DAG.")
    problems: list[str] = Field(description="What could not be read, and why.")


class ClientList(RunList):
    """One page of the clients, with everything that stands around it."""

    clients: list[ListedClient] = Field(description="This page of the clients that match, sorted.")
    matching: Count = Field(description="Clients that match the filter, on all pages.")
    page: int = Field(description="Number of this page, from 1.")
    pages: int = Field(description="How many pages there are, at least 1.")
    totals: Totals = Field(description="Of all clients, whatever is asked for.")
    going: list[IngestRun] = Field(description="Runs that have not ended, the newest first.")
    latest: IngestRun | None = Field(description="The latest run that ended, or null.")
    failed_of_run: FailedOfRun | None = Field(description="Null when no client that failed still stands so.")
