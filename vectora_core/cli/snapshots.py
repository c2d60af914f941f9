"""`vectora snapshots`: what was captured from sources, and for how long it is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from vectora_core.cli.options import AsJson, DataRoot
from vectora_core.cli.terminal import print_json, say

app = typer.Typer(help="The captures under raw/.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The captures under raw/."""


@app.command("prune")
def prune(
    data_root: DataRoot = None,
    keep_days: Annotated[int | None, typer.Option(min=1, max=36_500, help="Default: VECTORA_RAW_RETENTION_DAYS.")] = None,
    as_json: AsJson = False,
) -> None:
    """Delete captures older than the retention.

    A run of such a day can then not be repeated from them.
    """
    from vectora_core.cli.roots import open_data, settings_for, utc_now
    from vectora_core.ingest.snapshots import prune as prune_snapshots

    settings = settings_for(None, data_root)
    days = keep_days or settings.raw_retention_days
    storage = open_data(settings, writing=False)
    deleted = prune_snapshots(storage, keep_days=days, today=utc_now().date())
    if as_json:
        print_json({"deleted": deleted, "keep_days": days})
    if days:
        say(f"{storage.url}/raw: deleted {deleted} captures older than {days} days")
    else:
        say("VECTORA_RAW_RETENTION_DAYS is 0: everything is kept; give --keep-days to delete")
