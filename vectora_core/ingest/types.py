"""What flows through the ingest, named by its stage: Source -> Snapshot -> Entry -> Item."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from vectora_core.errors import VectoraError

DateOrigin = Literal[
    "feed", "time", "jsonld", "meta", "detail_time", "detail_jsonld", "detail_meta", "url", "pattern", "text"
]
"""Where a written date stood, most trusted first: the order of this list is the order of trust."""

DateSource = Literal["feed", "html", "jsonld", "url", "text", "none"]
"""What an item says about the origin of its date."""

Outcome = Literal["ok", "unchanged", "empty", "selector_missed", "failed", "skipped", "no_snapshot"]
SOURCE_FAILURES: frozenset[Outcome] = frozenset({"failed", "selector_missed", "no_snapshot"})

ClientStatus = Literal["succeeded", "partial", "failed"]

LATE_AFTER = timedelta(hours=24)

INGEST_TASK, HEAVY_TASK = "ingest_client", "ingest_heavy_client"
TASKS = frozenset({INGEST_TASK, HEAVY_TASK})
"""The tasks of Airflow that work for clients; what a report keeps, and all that is known of Airflow here."""


class Instance(NamedTuple):
    """The instance of a mapped task that works for a client."""

    task_id: str
    map_index: int


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The data interval ``[start, end)`` of a run, in UTC; it names the snapshots."""

    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The interval as one path segment (ISO 8601 basic format): ``20261120T000000Z--20261121T000000Z``."""
        return f"{self.start:%Y%m%dT%H%M%SZ}--{self.end:%Y%m%dT%H%M%SZ}"

    @property
    def day(self) -> date:
        """The last day the interval covers."""
        return (self.end - timedelta(microseconds=1)).date()


@dataclass(frozen=True, kw_only=True)
class Window:
    """The publication dates ``[start, end)`` a run takes, in UTC."""

    start: datetime
    end: datetime

    @property
    def day(self) -> date:
        """The last day the window covers: the folder its items are written to."""
        return (self.end - timedelta(microseconds=1)).date()

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, kw_only=True)
class Request:
    """One URL of a source to fetch, and how.

    :param headers: extra header fields, secrets already filled in; never stored, never logged
    :param min_interval_seconds: least time between two requests to the same host
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float | None = None
    ssl_verify: bool = True
    min_interval_seconds: float = 0


@dataclass(frozen=True, kw_only=True)
class Response:
    """The final 2xx answer to a request, after redirects and retries.

    ``headers`` has lower-case names; ``requests`` counts every request it took.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    requests: int


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One captured response.

    ``url`` is what was asked for, ``final_url`` where it was after redirects (the base of relative links).
    ``path`` is where it is stored below the data root. ``late``: captured more than 24 h after its interval's end.
    """

    source_key: str
    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    captured_at: datetime
    late: bool
    path: str

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower case; empty when the server gave none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def sha256(self) -> str:
        """The hexadecimal digest of the body."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, kw_only=True)
class DateCandidate:
    """A written date as it stood in the source; reading it is for later."""

    origin: DateOrigin
    text: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One article as its source lists it: absolute http(s) URL, plain text, dates still as written."""

    title: str
    url: str
    content: str = ""
    dates: tuple[DateCandidate, ...] = ()
    author: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    parser: str
    snapshot: str
    captured_at: datetime
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a parser makes of one snapshot.

    ``unusable`` counts what was left out by reason (``no_title``, ``no_url``, ``bad_url``); ``next_url`` is the next page
    the source itself names (RFC 8288 ``rel=next``), or None.
    """

    entries: tuple[Entry, ...]
    unusable: Mapping[str, int] = field(default_factory=dict)
    next_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class FoundDate:
    """A date that was read, in UTC, and where it came from; ``value`` None goes with ``none``."""

    value: datetime | None
    source: DateSource


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Why an entry was not kept: the rule that decided, and what in the entry made it decide."""

    rule: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class DroppedEntry:
    """An entry that was not kept, with its reason."""

    title: str
    url: str
    rule: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """One element of ``items.json``; the fields are the contract with the programs that read it."""

    item_id: str
    source_key: str
    source_type: str | None
    title: str
    content: str
    url: str
    canonical_url: str
    published_at: str | None
    date_source: DateSource
    captured_at: str
    ingested_at: str
    language: str | None
    content_hash: str
    schema_version: str
    metadata: Mapping[str, Any]
    provenance: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class SourceOutcome:
    """What became of one source of one client.

    ``counts`` has one number per stage: ``parsed``, ``unique``, ``in_window``, ``kept``. ``drops`` counts by rule.
    ``failure_class``, ``error`` and ``transient`` are set when the outcome is a source failure.
    """

    source_key: str
    ingestion_mode: str
    outcome: Outcome
    counts: Mapping[str, int] = field(default_factory=dict)
    drops: Mapping[str, int] = field(default_factory=dict)
    failure_class: str | None = None
    error: str | None = None
    transient: bool = False
    bytes: int = 0
    requests: int = 0
    duration_seconds: float = 0.0
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class ClientResult:
    """What became of one client in one run.

    :param error: why it failed (or, for a partial client that must not be partial, why that is a failure); None otherwise
    :param output: path of the items file below the data root; None when nothing was written
    :param output_sha256: digest of that file
    :param manifest: path of the manifest; None in a dry run
    """

    client_id: str
    status: ClientStatus
    name: str = ""
    window: Window | None = None
    config_hash: str | None = None
    outcomes: tuple[SourceOutcome, ...] = ()
    items: tuple[Item, ...] = ()
    items_new: int = 0
    dropped: tuple[DroppedEntry, ...] = ()
    error: VectoraError | None = None
    output: str | None = None
    output_sha256: str | None = None
    manifest: str | None = None
    duration_seconds: float = 0.0
