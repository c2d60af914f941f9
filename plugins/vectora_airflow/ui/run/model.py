"""What the page of a run shows, and what its JSON endpoint returns."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Phase = Literal["queued", "running", "reported", "no_report", "unreadable"]
ClientState = Literal["succeeded", "partial", "failed"]
SortKey = Literal["client", "status", "items", "new", "sources", "duration"]


class SourceMessage(BaseModel):
    """A source that failed."""

    source_key: str = Field(description="Key of the source in the catalog.")
    message: str = Field(description="What went wrong, at most 600 characters.")


class AffectedClient(BaseModel):
    """A client that a cause has hit."""

    client_id: str = Field(description="Id of the client.")
    name: str = Field(description="Name of the client, at most 200 characters; empty when nobody could read it.")
    status: str = Field(description="What happened to the client as a whole: partial or failed.")
    task_id: str | None = Field(
        description="Its task in Airflow: ingest_client, or ingest_heavy_client; null when it has no map index."
    )
    map_index: int | None = Field(description="Map index of its task instance in Airflow; null when it has none.")
    message: str = Field(description="The error of the client as a whole, at most 600 characters; empty when it has none.")
    sources: list[SourceMessage] = Field(description="The sources that failed for this cause, the first 5 by key.")
    sources_left_out: int = Field(description="How many more sources of it failed for this cause.")


class Cause(BaseModel):
    """A failure class with the clients it has hit."""

    failure_class: str = Field(description="The class, such as timeout or http_403.")
    means: str = Field(description="What it means.")
    remedy: str = Field(description="What to do about it.")
    transient: bool = Field(description="Whether a later try may help at least one of the clients.")
    clients_total: int = Field(description="How many clients it has hit.")
    clients: list[AffectedClient] = Field(description="The first 20 of them by id; the table finds the others by cause.")


class Figures(BaseModel):
    """The numbers of the run; null where the report has none that can be read."""

    status: str | None = Field(description="succeeded, partial, failed or no_active_clients.")
    clients_discovered: int | None = Field(description="Client files, templates apart.")
    clients_active: int | None = Field(description="Those of them that are active.")
    clients_processed: int | None = Field(description="Clients this run was to ingest.")
    clients_succeeded: int | None = Field(description="Clients that do not count as failed, the partial ones included.")
    clients_partial: int | None = Field(description="Clients some of whose sources failed.")
    clients_failed: int | None = Field(description="Clients that count as failed.")
    items: int | None = Field(description="Items ingested.")
    items_new: int | None = Field(description="Items the clients did not have the day before.")
    seconds: float | None = Field(description="How long the run took, in seconds.")


class Parameter(BaseModel):
    """A run parameter that was given."""

    name: str = Field(description="Name of the parameter.")
    value: Any = Field(description="Its value, of the parameter's type.")


class Plan(BaseModel):
    """What the run decided once; times are UTC."""

    interval_start: datetime = Field(description="Start of the data interval.")
    interval_end: datetime = Field(description="End of the data interval, exclusive; its snapshots are named by it.")
    window_end: datetime = Field(description="End of every client's window of publication dates, exclusive.")
    refresh: str | None = Field(description="Stamp of a forced refresh, or null.")
    parameters: list[Parameter] = Field(description="What was asked for; what is missing has its default.")
    dry_run: bool = Field(description="Whether nothing was to be written.")
    tolerated_failure_percentage: float = Field(
        description="Share of clients that may fail before the run counts as failed."
    )


class ClientRow(BaseModel):
    """A client of the run."""

    client_id: str = Field(description="Id of the client.")
    name: str = Field(description="Name of the client, at most 200 characters.")
    status: ClientState = Field(description="What happened to it.")
    failed: bool = Field(description="Whether it counts as failed; a partial one does with fail_on_partial.")
    failure_class: str | None = Field(description="Class of its error, or null.")
    items: int = Field(description="Items ingested.")
    items_new: int = Field(description="Items it did not have the day before.")
    sources_ok: int = Field(description="Sources that worked.")
    sources_failed: int = Field(description="Sources that failed.")
    duration_seconds: float = Field(description="How long it took, in seconds.")
    task_id: str | None = Field(
        description="Its task in Airflow: ingest_client, or ingest_heavy_client; null when it has no map index."
    )
    map_index: int | None = Field(description="Map index of its task instance in Airflow; null when it has none.")


class ClientFilter(BaseModel):
    """How the table was asked for."""

    q: str = Field(description="Text looked for in ids and names, whatever the case.")
    status: str = Field(description="succeeded, partial or failed (all that count as failed); empty for all.")
    cause: str = Field(description="Failure class; empty for all.")
    sort: SortKey = Field(description="Column the table is sorted by.")
    descending: bool = Field(description="Whether the greatest come first.")


class ClientTable(BaseModel):
    """The clients of the run, 100 a page."""

    filter: ClientFilter = Field(description="How the table was asked for.")
    counts: dict[str, int] = Field(description="All clients of the run by what the status filter takes.")
    causes: list[str] = Field(description="What the cause filter takes.")
    total: int = Field(description="Clients that match.")
    page: int = Field(description="This page, from 1.")
    pages: int = Field(description="How many pages there are.")
    rows: list[ClientRow] = Field(description="The clients of this page.")


class AirflowState(BaseModel):
    """The run as Airflow knows it; times are UTC."""

    state: str = Field(description="queued, running, success or failed.")
    run_type: str = Field(description="scheduled, manual, backfill or asset_triggered.")
    run_after: datetime = Field(description="When it was to start at the earliest.")
    start_date: datetime | None = Field(description="When it began; null while it is queued.")
    end_date: datetime | None = Field(description="When it ended; null while it goes on.")


class TaskCount(BaseModel):
    """How many instances of a task are in a state."""

    task_id: str = Field(description="Id of the task.")
    state: str = Field(description="State of the instances in Airflow; none before they are scheduled.")
    count: int = Field(description="How many.")


class Conclusion(BaseModel):
    """What to make of the run, in words."""

    kind: Literal["succeeded", "partial", "failed", "neutral"] = Field(description="How it is to be taken.")
    text: str = Field(description="What there is to say.")
    way_out: str = Field(description="What to do about it; empty when there is nothing to do.")


class RunView(BaseModel):
    """One run of the ingest."""

    dag_id: str = Field(description="Id of the DAG.")
    run_id: str = Field(description="Id of the run.")
    phase: Phase = Field(description="How far it is: only a reported run has figures, causes and clients.")
    going: bool = Field(description="Whether Airflow is still at it; what a report says then is what the last one said.")
    airflow: AirflowState | None = Field(description="Null for a run of the command line or the Lambda.")
    older_run_id: str | None = Field(description="The run before it among Airflow's latest 30, or null.")
    newer_run_id: str | None = Field(description="The run after it among Airflow's latest 30, or null.")
    conclusions: list[Conclusion] = Field(description="What to make of it.")
    tasks: list[TaskCount] = Field(description="Its task instances by state, as long as there is no report.")
    figures: Figures | None = Field(description="The numbers of the run; null without a report.")
    plan: Plan | None = Field(description="What the run decided; null when discovery failed before that.")
    error: str | None = Field(description="Why nothing could run, or null.")
    verdict: str | None = Field(description="Why the run counts as failed, at most 1,000 characters; null when it does not.")
    failed_causes: list[Cause] = Field(description="Why clients failed, the most frequent cause first; at most 30.")
    partial_causes: list[Cause] = Field(description="Why clients are partial that do not count as failed; at most 30.")
    causes_left_out: int = Field(description="How many causes more there are.")
    unreadable_clients: list[str] = Field(description="Clients whose part of the report cannot be read; the first 20 by id.")
    rerun: int = Field(description="How many failed clients a run with only_failed_of_run would take; 0 while it goes on.")
    clients: ClientTable | None = Field(description="The clients of the run; null without a report.")


class SyncView(BaseModel):
    """A run of the watch over jobs, and what the last sync of the job table left."""

    dag_id: str = Field(description="Id of the DAG.")
    run_id: str = Field(description="Id of the run that was asked for; empty for none.")
    airflow: AirflowState | None = Field(description="That run; null when Airflow does not know it.")
    table: str = Field(description="Name of the job table.")
    counted_at: datetime | None = Field(description="When a sync last counted the table, UTC; null when none did.")
    age_seconds: float | None = Field(description="Seconds since then; null when none did.")
    jobs: dict[str, int] = Field(description="Jobs at that time: total, open, running, succeeded, failed, gone.")
    problem: str | None = Field(description="Why storage does not tell, or null.")
