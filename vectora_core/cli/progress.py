"""The progress bar of a run: on stderr, one step a client; nothing where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from vectora_core.cli.terminal import visible
from vectora_core.ingest.run import Progress
from vectora_core.ingest.types import ClientResult


class ProgressBar(Progress):
    """Follows a run as a context manager; it is gone from the screen afterwards."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("ingest"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._bar.stop()

    def started(self, client_ids: Sequence[str]) -> None:
        """Show how many clients there are."""
        self._bar.update(self._task, total=len(client_ids))

    def finished(self, result: ClientResult) -> None:
        """Show who was the last to finish."""
        self._bar.update(self._task, advance=1, description=visible(f"{result.client_id}: {result.status}"))
