"""The options that several commands share, each explained once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

ConfigRoot = Annotated[
    str | None,
    typer.Option("--config-root", help="Configuration: folder or URL. Default: VECTORA_CONFIG_ROOT, else ./configs."),
]
DataRoot = Annotated[
    str | None,
    typer.Option("--data-root", help="Outputs: folder or URL. Default: VECTORA_DATA_ROOT, else ./.vectora/data."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]

Sources = Annotated[list[str] | None, typer.Option("--source", "--sources", help="Fetch only this source key; repeatable.")]
PeriodDays = Annotated[int | None, typer.Option(help="Look back so many days.")]
FromDate = Annotated[str | None, typer.Option(help="First day (UTC) to take, YYYY-MM-DD.")]
ToDate = Annotated[str | None, typer.Option(help="Last day (UTC) to take, inclusive, YYYY-MM-DD.")]
Mode = Annotated[str | None, typer.Option("--ingestion-mode", help="broad, balanced or strict.")]


def split_ids(values: Sequence[str] | None) -> list[str] | None:
    """Take ``--client-ids a,b`` as well as the option twice."""
    return [part for value in values for part in value.split(",")] if values else None
