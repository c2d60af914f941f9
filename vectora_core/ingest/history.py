"""The latest runs in short, read from storage all at once: what strips and sparklines are drawn from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vectora_core.errors import ObjectNotFoundError, StorageError
from vectora_core.ingest import run_summary, store, stored_json
from vectora_core.ingest.run_summary import RunSummary
from vectora_core.storage import Storage

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Round:
    """What one parallel read gave: the runs it told of, those to ask for in another way, and what storage refused."""

    read: Mapping[str, RunSummary]
    without: Sequence[str]
    refused: Sequence[StorageError]


def read_summaries(storage: Storage, run_ids: Sequence[str]) -> dict[str, RunSummary | None]:
    """Return what became of runs, in the order asked for; at most two parallel rounds and two requests a run.

    ::

        run ids ─ summary.json of each ─┬─ summaries
                                        └─ none, or not readable ─ report.json of those ─ summaries

    The second round is for the runs of an older Vectora, which left no summary, and for those that are still running.

    :return: None for a run that left nothing: it is running, was a dry run or was cut off; and for one of which nothing can
        be read, which the log tells of
    :raises StorageError: when reads failed and not one run could be read
    """
    wanted = list(dict.fromkeys(run_ids))
    first = _round(storage, wanted, store.summary_path, run_summary.from_bytes)
    second = _round(storage, first.without, store.report_path, _of_report)
    read, refused = {**first.read, **second.read}, [*first.refused, *second.refused]
    if refused and not read:
        raise refused[0]
    return {run_id: read.get(run_id) for run_id in wanted}


def _of_report(data: bytes) -> RunSummary:
    return run_summary.summarize(stored_json.mapping(stored_json.decode(data), "a report"))


def _round(
    storage: Storage, run_ids: Sequence[str], path_of: Callable[[str], str], parse: Callable[[bytes], RunSummary]
) -> _Round:
    read: dict[str, RunSummary] = {}
    without: list[str] = []
    refused: list[StorageError] = []
    answers = storage.get_many(path_of(run_id) for run_id in run_ids) if run_ids else {}
    for run_id in run_ids:
        answer = answers.pop(path_of(run_id))  # thirty reports of an older Vectora are some fifty megabytes
        if isinstance(answer, ObjectNotFoundError):
            without.append(run_id)
        elif isinstance(answer, StorageError):
            log.warning("run %s: %s", run_id, answer)
            refused.append(answer)
        else:
            try:
                read[run_id] = _own(parse(answer), run_id)
            except ValueError as error:
                log.warning("run %s: %s cannot be used: %s", run_id, storage.url_of(path_of(run_id)), error)
                without.append(run_id)
    return _Round(read=read, without=without, refused=refused)


def _own(summary: RunSummary, run_id: str) -> RunSummary:
    if summary.run_id != run_id:
        raise ValueError(f"it is of another run ({summary.run_id[:100]!r})")
    return summary
