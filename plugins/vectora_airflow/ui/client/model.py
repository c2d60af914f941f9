"""What the page of a client shows, and what its JSON twin answers; how its file resolves is `configuration`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from vectora_airflow.ui.charts import CellState
from vectora_airflow.ui.client.configuration import Configuration, FileProblem
from vectora_airflow.ui.client.items import ItemsPage


class RunInStrip(BaseModel):
    """One of the last 30 runs, for moving between them."""

    run_id: str = Field(description="Id of the DAG run")
    run_after: datetime = Field(description="When it was due, UTC")
    state: CellState = Field(
        description="What became of the client in it. absent: not in this run. going: the run has not ended. "
        "unknown: the run has no report, or was a dry run"
    )
    items: int | None = Field(description="Items of the client; null when it took no part")
    items_new: int | None = Field(description="Those its previous day did not have; null when it took no part")
    selected: bool = Field(description="Whether it is the run shown")


class Why(BaseModel):
    """Why a client or a source failed."""

    failure_class: str = Field(description="The failure class, as in reports and docs/operations.md")
    means: str = Field(description="What the class means")
    remedy: str = Field(description="What to do")
    message: str = Field(description="What the error says; empty when it says nothing")
    transient: bool = Field(description="Whether a later try may succeed without a change")


class RunHead(BaseModel):
    """The client in the run shown."""

    run_id: str = Field(description="Id of the run")
    airflow_state: str | None = Field(description="queued, running, success or failed; null when Airflow has no such run")
    run_after: datetime | None = Field(description="When the run was due, UTC; null when Airflow has no such run")
    report_missing: str | None = Field(description="Why there is no report of the run; null when there is one")
    took_part: bool = Field(description="Whether the report of the run tells of this client")
    status: Literal["succeeded", "partial", "failed"] | None = Field(description="The client's status in the run")
    why: Why | None = Field(description="Why it counts as failed; null when it does not")
    items: int | None = Field(description="Items the run wrote")
    items_new: int | None = Field(description="Those the client's previous day did not have, when the run wrote")
    sources_ok: int | None = Field(description="Sources that could be used")
    sources_failed: int | None = Field(description="Sources that failed")
    duration_seconds: float | None = Field(description="How long the client took, in seconds")
    task_id: str | None = Field(
        description="Its task in Airflow: ingest_client, or ingest_heavy_client; null when the report does not say"
    )
    map_index: int | None = Field(description="Of its instance of that task; null when the report does not say")
    interval_start: datetime | None = Field(description="Start of the data interval, UTC")
    interval_end: datetime | None = Field(description="End of the data interval, UTC, exclusive")
    window_start: datetime | None = Field(description="Publication dates from, UTC; null when its manifest is gone")
    window_end: datetime | None = Field(description="Publication dates up to, UTC, exclusive")
    mode: str | None = Field(description="Ingestion mode the run asked for; null: the client's own")
    only_sources: list[str] = Field(description="Source keys the run was narrowed to; empty: all")
    config_hash: str | None = Field(description="Hash of the configuration it ran with; null when its manifest is gone")
    items_path: str | None = Field(description="Where items.json was written, below the data root")
    manifest_path: str | None = Field(description="Where the manifest was written, below the data root")
    previous_run_id: str | None = Field(description="The run before in which the client took part, of the last 30")
    next_run_id: str | None = Field(description="The run after in which the client took part, of the last 30")


class SourceRow(BaseModel):
    """What became of one source; counts are null when the run's manifest is gone, which leaves the report's few."""

    source_key: str = Field(description="Key of the source in the catalog")
    mode: str | None = Field(description="rss, html, api or none")
    outcome: str = Field(description="ok, unchanged, empty, selector_missed, failed, skipped or no_snapshot")
    outcome_means: str = Field(description="The outcome in words")
    failed: bool = Field(description="Whether the outcome is a failure of the source")
    why: Why | None = Field(description="Why it failed; null when it did not")
    parsed: int | None = Field(description="Usable entries its lists held")
    unique: int | None = Field(description="Of those, each once")
    in_window: int | None = Field(description="Of those, in the window or undated")
    kept: int | None = Field(description="Of those, what the filters and profiles left: items")
    details_read: int = Field(description="Detail pages read")
    details_failed: int = Field(description="Detail pages that could not be read")
    requests: int | None = Field(description="HTTP requests made; 0 when a capture was there already")
    bytes: int | None = Field(description="Bytes received")
    duration_seconds: float | None = Field(description="In seconds")
    late: bool = Field(description="Whether it was captured more than 24 h after the end of the interval")


class DropRow(BaseModel):
    """Entries that one rule dropped."""

    rule: str = Field(description="The rule that decided, as in manifests")
    because: str = Field(description="The rule in words")
    count: int = Field(description="Entries it dropped")


class FunnelStage(BaseModel):
    """One stage between what the lists held and what was written."""

    name: str = Field(description="found, parsed, unique, in_window, kept or written")
    label: str = Field(description="The stage in words")
    count: int = Field(description="Entries that passed it")
    share: float = Field(description="Of the largest stage, 0 to 1")
    drops: list[DropRow] = Field(description="What was dropped on the way to it, most first")
    unaccounted: int = Field(description="Missing though no rule dropped them; 0 unless the manifest contradicts itself")


class ClientView(BaseModel):
    """One client in one run, and its configuration as it resolves now."""

    client_id: str = Field(description="Id of the client")
    name: str = Field(description="As its file gives it, else as the run gave it, else the id")
    run: RunHead | None = Field(description="Null when it took part in none of the last 30 runs, and none was asked for")
    runs: list[RunInStrip] = Field(description="The last 30 runs, the oldest first")
    runs_not_readable: str | None = Field(description="Why the other runs cannot be told of; null when they can")
    sources: list[SourceRow] = Field(description="What became of its sources: failures first, skipped ones last")
    funnel: list[FunnelStage] = Field(description="From found to written, over all sources; empty without its manifest")
    items: ItemsPage = Field(description="One page of the items that lie where the run wrote")
    notes: list[str] = Field(description="What is missing, of another run or not readable")
    configuration: Configuration | None = Field(description="As its file resolves now; null when it does not")
    configuration_missing: str | None = Field(description="Why the configuration could not be read; null when it could")
    config_changed: bool | None = Field(description="Whether the run went by another configuration; null: unknown")
    problems: list[FileProblem] = Field(description="Every problem of its file, or of the canonical files it needs")
    is_paused: bool = Field(description="Whether the DAG is paused, so that runs wait")
