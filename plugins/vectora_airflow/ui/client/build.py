"""From what was read about a client to what its page shows. It does no I/O; strangers wrote much of what comes in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from vectora_airflow.ui.charts import CellState
from vectora_airflow.ui.client.configuration import build_configuration, build_problems, without_header_values
from vectora_airflow.ui.client.items import ItemsAsked, ItemsOfRun, StoredItem, build_page, matching, page_of
from vectora_airflow.ui.client.model import (
    ClientView,
    DropRow,
    FunnelStage,
    RunHead,
    RunInStrip,
    SourceRow,
    Why,
)
from vectora_airflow.ui.client.read import FoundClient, FoundRun, History, is_going
from vectora_airflow.ui.formats import as_datetime
from vectora_core.ingest.client_run import ClientRun
from vectora_core.ingest.failure_classes import failure_of
from vectora_core.ingest.funnel import Stage, rule_in_words
from vectora_core.ingest.run_summary import ClientOutcome, outcome_of
from vectora_core.ingest.types import SOURCE_FAILURES
from vectora_core.ingest.window import RunPlan

_STAGES: Final[Mapping[str, str]] = {
    "found": "Entries in the lists",
    "parsed": "With title and link",
    "unique": "Each article once",
    "in_window": "In the window, or undated",
    "kept": "Past filters and profiles",
    "written": "Written to items.json",
}
_OUTCOMES: Final[Mapping[str, str]] = {
    "ok": "it was read",
    "unchanged": "nothing changed since the capture before",
    "empty": "its list holds no entries",
    "selector_missed": "the page came, but a selector matches nothing in it",
    "failed": "it could not be used",
    "skipped": "it was left out: switched off, or the run was narrowed to other sources",
    "no_snapshot": "it was not captured in this interval, and fetching was forbidden",
}
_COUNTS: Final = ("parsed", "unique", "in_window", "kept")


def view_of(found: FoundClient, asked: ItemsAsked) -> ClientView:
    """Return the page of a client."""
    run, config = found.run, found.config
    in_run = run.of_client if run else None
    head = _head(run, found.client_id, found.history) if run else None
    resolved = build_configuration(config.resolved, config.heavy) if config.resolved else None
    ran_with = head.config_hash if head else None
    return ClientView(
        client_id=found.client_id,
        name=_name(found),
        run=head,
        runs=_strip(found.history, found.client_id, run.run_id if run else None),
        runs_not_readable=found.history.unreadable,
        sources=_sources(in_run) if in_run else [],
        funnel=_funnel(in_run.stages) if in_run else [],
        items=build_page(in_run.items if in_run else (), asked, of_run=bool(in_run and in_run.items_of_run)),
        notes=_notes(run) if in_run else [],
        configuration=resolved,
        configuration_missing=config.unreadable,
        config_changed=resolved.config_hash != ran_with if resolved and ran_with else None,
        problems=build_problems(config.problems),
        is_paused=found.is_paused,
    )


def items_of(client_id: str, run: FoundRun | None, asked: ItemsAsked, size: int) -> ItemsOfRun:
    """Return one page of the items of a client, with all their fields.

    :param size: items a page, 1 or more
    """
    in_run = run.of_client if run else None
    found = matching(in_run.items if in_run else (), asked)
    shown, page, pages = page_of(found, asked, size)
    return ItemsOfRun(
        client_id=client_id,
        run_id=run.run_id if run else None,
        stored=len(in_run.items) if in_run else 0,
        found=len(found),
        page=page,
        pages=pages,
        of_run=bool(in_run and in_run.items_of_run),
        notes=_notes(run),
        items=[StoredItem.model_validate(item) for item in shown],
    )


def _notes(run: FoundRun | None) -> list[str]:
    if run is None:
        return ["the client took part in none of the latest runs"]
    said = run.of_client.notes if run.of_client else [run.report_missing or ""]
    return [without_header_values(note) for note in said]


def _name(found: FoundClient) -> str:
    if found.config.resolved:
        return found.config.resolved.config.client_profile.name
    in_run = found.run.of_client if found.run else None
    said = _outcome(in_run).name if in_run and in_run.result else ""
    return said or found.client_id


def _outcome(in_run: ClientRun) -> ClientOutcome:
    """`read_client_run` gives a result that this can read, or none."""
    assert in_run.result is not None
    return outcome_of(in_run.result)


def _strip(past: History, client_id: str, selected: str | None) -> list[RunInStrip]:
    strip: list[RunInStrip] = []
    for run in reversed(past.runs):
        summary = past.summaries.get(run.run_id)
        outcome = summary.clients.get(client_id) if summary else None
        state: CellState = "going" if is_going(run) else "absent" if summary else "unknown"
        strip.append(
            RunInStrip(
                run_id=run.run_id,
                run_after=run.run_after,
                state=("failed" if outcome.failed else outcome.status) if outcome else state,
                items=outcome.items if outcome else None,
                items_new=outcome.items_new if outcome else None,
                selected=run.run_id == selected,
            )
        )
    return strip


def _neighbours(past: History, client_id: str, run_id: str) -> tuple[str | None, str | None]:
    """Return the runs before and after one in which the client took part; an older one comes before all of them."""
    ids = [run.run_id for run in past.runs if run.run_id == run_id or past.has(run.run_id, client_id)]
    if run_id not in ids:
        return None, ids[-1] if ids else None
    at = ids.index(run_id)
    return ids[at + 1] if at + 1 < len(ids) else None, ids[at - 1] if at else None


def _head(run: FoundRun, client_id: str, past: History) -> RunHead:
    in_run = run.of_client
    outcome = _outcome(in_run) if in_run and in_run.result else None
    earlier, later = _neighbours(past, client_id, run.run_id)
    return RunHead(
        run_id=run.run_id,
        airflow_state=run.known.state if run.known else None,
        run_after=run.known.run_after if run.known else None,
        report_missing=run.report_missing,
        took_part=outcome is not None,
        status=outcome.status if outcome else None,
        why=_why_of_client(in_run) if in_run else None,
        items=outcome.items if outcome else None,
        items_new=outcome.items_new if outcome else None,
        sources_ok=outcome.sources_ok if outcome else None,
        sources_failed=outcome.sources_failed if outcome else None,
        duration_seconds=outcome.duration_seconds if outcome else None,
        task_id=outcome.task_id if outcome else None,
        map_index=outcome.map_index if outcome else None,
        **_asked_for(run),
        **_written(in_run),
        previous_run_id=earlier,
        next_run_id=later,
    )


def _asked_for(run: FoundRun) -> dict[str, Any]:
    """What the plan of the run says."""
    plan = RunPlan.from_json(run.report["plan"]) if run.report and run.report["plan"] else None
    return {
        "interval_start": plan.interval.start if plan else None,
        "interval_end": plan.interval.end if plan else None,
        "window_end": plan.window_end if plan else None,
        "mode": plan.parameters.ingestion_mode if plan else None,
        "only_sources": list(plan.parameters.sources) if plan else [],
    }


def _written(in_run: ClientRun | None) -> dict[str, Any]:
    """What the result and the manifest of the run say; nothing of another run's manifest."""
    result: Mapping[str, Any] = (in_run and in_run.result) or {}
    manifest: Mapping[str, Any] = in_run.manifest or {} if in_run and in_run.manifest_of_run else {}
    window = manifest.get("window")
    return {
        "window_start": _moment(window.get("start")) if isinstance(window, dict) else None,
        "config_hash": _text(manifest.get("config_hash")),
        "items_path": _text(result.get("output")),
        "manifest_path": _text(result.get("manifest")),
    }


def _why_of_client(in_run: ClientRun) -> Why | None:
    error = in_run.result["error"] if in_run.result else None
    return _why(error, "message") if isinstance(error, dict) else None


def _why(said: Mapping[str, Any], message: str) -> Why:
    """Return a failure in words.

    :param message: the key under which its message is
    """
    failure_class = _text(said.get("failure_class")) or "internal"
    failure = failure_of(failure_class)
    transient = said.get("transient")
    return Why(
        failure_class=failure_class,
        means=failure.means,
        remedy=failure.remedy,
        message=without_header_values(_text(said.get(message)) or ""),
        transient=transient if isinstance(transient, bool) else failure.transient,
    )


def _sources(in_run: ClientRun) -> list[SourceRow]:
    """By the manifest when it is this run's, else by the report, which tells less."""
    told = (in_run.manifest if in_run.manifest_of_run else in_run.result) or {}
    rows = [_source(key, entry) for key, entry in told.get("sources", {}).items()]
    return sorted(rows, key=lambda row: (not row.failed, row.outcome == "skipped", row.source_key))


def _source(key: str, entry: Mapping[str, Any]) -> SourceRow:
    outcome = entry["outcome"]
    told = entry.get("counts")
    counts: Mapping[str, Any] = told if isinstance(told, dict) else {"kept": entry.get("items")}
    failed = outcome in SOURCE_FAILURES
    return SourceRow(
        source_key=key,
        mode=_text(entry.get("ingestion_mode")),
        outcome=outcome,
        outcome_means=_OUTCOMES.get(outcome, "an outcome this version of Vectora does not know"),
        failed=failed,
        why=_why(entry, "error") if failed else None,
        **{name: _count(counts.get(name)) for name in _COUNTS},
        details_read=_count(counts.get("details_read")) or 0,
        details_failed=_count(counts.get("details_failed")) or 0,
        requests=_count(entry.get("requests")),
        bytes=_count(entry.get("bytes")),
        duration_seconds=_seconds(entry.get("duration_seconds")),
        late=entry.get("late") is True,
    )


def _funnel(stages: tuple[Stage, ...]) -> list[FunnelStage]:
    most = max((stage.count for stage in stages), default=0)
    return [
        FunnelStage(
            name=stage.name,
            label=_STAGES[stage.name],
            count=stage.count,
            share=stage.count / most if most else 0.0,
            drops=[
                DropRow(rule=rule, because=rule_in_words(rule), count=count)
                for rule, count in sorted(stage.drops.items(), key=lambda drop: (-drop[1], drop[0]))
            ],
            unaccounted=stage.unaccounted,
        )
        for stage in stages
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _seconds(value: object) -> float | None:
    return float(value) if type(value) in (int, float) and 0 <= value < 1e9 else None  # type: ignore[arg-type,operator]


def _moment(value: object) -> datetime | None:
    return as_datetime(value) if isinstance(value, str) else None
