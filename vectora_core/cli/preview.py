"""`vectora preview`: what a client file would ingest now, and what each rule would drop and why. Writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectora_core.cli.options import (
    AsJson,
    ConfigRoot,
    DataRoot,
    FromDate,
    Mode,
    PeriodDays,
    Sources,
    ToDate,
    split_ids,
)
from vectora_core.cli.terminal import Exit, print_json, print_line, print_table, say
from vectora_core.errors import ParametersError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vectora_core.ingest.client import IngestResources
    from vectora_core.ingest.parameters import RunParameters
    from vectora_core.ingest.types import ClientResult, Window
    from vectora_core.storage import Storage

STAGES = ("parsed", "unique", "in_window", "kept")


def preview(
    client_file: Annotated[
        Path, typer.Argument(metavar="CLIENT_FILE", help="A client YAML, in the configuration or anywhere else.")
    ],
    sources: Sources = None,
    period_days: PeriodDays = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
    ingestion_mode: Mode = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows shown of each table.")] = 30,
    config_root: ConfigRoot = None,
    data_root: DataRoot = None,
    as_json: AsJson = False,
) -> None:
    """Show what a client file would ingest now.

    And what each rule would drop, and why. Nothing is written: no items, no manifest, no capture.
    """
    from vectora_core.cli.roots import open_config, open_data, settings_for, utc_now
    from vectora_core.ingest.client import IngestResources
    from vectora_core.ingest.parameters import parse_parameters

    parameters = parse_parameters(
        {
            "sources": split_ids(sources),
            "period_days": period_days,
            "from_date": from_date,
            "to_date": to_date,
            "ingestion_mode": ingestion_mode,
            "dry_run": True,
        }
    )
    settings = settings_for(config_root, data_root)
    config, data = open_config(settings), open_data(settings, writing=False)
    resources = IngestResources(config=config, data=data, settings=settings, clock=utc_now)
    result = _result(client_file, parameters, resources)
    if as_json:
        print_json(_document(result))
    else:
        _print(result, limit)
    if result.error:
        say(str(result.error))
        raise typer.Exit(Exit.FAILED)


def _result(client_file: Path, parameters: RunParameters, resources: IngestResources) -> ClientResult:
    from vectora_core.config.catalog_files import load_catalog
    from vectora_core.config.client_files import load_draft
    from vectora_core.ingest.client import ingest_resolved
    from vectora_core.ingest.discover import Moment, plan_run

    try:
        data = client_file.read_bytes()
    except OSError as error:
        raise ParametersError(f"{client_file} cannot be read: {error.strerror}; give the path of a client YAML") from error
    draft = load_draft(str(client_file), data, catalog=load_catalog(resources.config))
    _note(client_file, draft.template, draft.client.config.is_active, draft.client.config.client_id, resources.config)
    now = resources.clock()
    plan = plan_run("preview", parameters, Moment(run_after=now, data_interval=None, now=now), resources.data)
    return ingest_resolved(draft.client, plan, resources)


def _note(client_file: Path, template: bool, active: bool, client_id: str, config: Storage) -> None:
    """Say what keeps this file from being run as it is shown."""
    if template:
        say(f"{client_file} is a template: no run includes it; shown is what a copy of it would ingest")
    elif client_file.stem != client_id:
        say(f"{client_file} is the client {client_id}: in {config.url}/clients it has to be named {client_id}.yaml")
    elif not active:
        say(f"{client_id} is inactive: daily runs leave it out, a run that names it does not")


def _document(result: ClientResult) -> dict[str, Any]:
    from vectora_core.ingest import manifest

    window = result.window
    return manifest.summary(result) | {
        "window": {"start": window.start.isoformat(), "end": window.end.isoformat()} if window else None,
        "sources": {one.source_key: manifest.source_entry(one) for one in result.outcomes},
        "would_write": [asdict(item) for item in result.items],
        "dropped": [asdict(drop) for drop in result.dropped],
    }


def _print(result: ClientResult, limit: int) -> None:
    outcomes = [
        (one.source_key, one.outcome, *(one.counts.get(stage, 0) for stage in STAGES), one.error or "")
        for one in result.outcomes
    ]
    dates = (
        f", published {result.window.start:%Y-%m-%d %H:%M} to {result.window.end:%Y-%m-%d %H:%M} UTC"
        if result.window
        else ""
    )
    print_table(f"{result.client_id}: {result.status}{dates}", ("source", "outcome", *STAGES, "error"), outcomes)
    kept = [((item.published_at or "undated")[:16], item.date_source, item.source_key, item.title) for item in result.items]
    _print_first(f"Would write {len(kept)} items", ("published", "date from", "source", "title"), kept, limit)
    dropped = [(drop.rule, drop.detail, drop.title) for drop in result.dropped]
    _print_first(f"Would drop {len(dropped)} entries", ("rule", "because", "title"), dropped, limit)
    if dropped:
        print_table("Drops by rule", ("rule", "entries"), Counter(drop.rule for drop in result.dropped).most_common())
    say("preview: nothing was written")


def _dates(window: Window | None) -> str:
    return f", published {window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC" if window else ""


def _print_first(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], limit: int) -> None:
    cut = f", the first {limit} of them (--limit)" if len(rows) > limit else ""
    if rows:
        print_table(title + cut, columns, rows[:limit])
    else:
        print_line(title)
