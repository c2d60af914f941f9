"""The short form of a run report: small, true to the report, and read back or refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.ingest import report, run_summary
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.report import Found
from vectora_core.ingest.run_summary import ClientOutcome, RunSummary
from vectora_core.ingest.window import plan_manual_run

NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
PLAN = plan_manual_run("r#1:+/", run_after=NOW, parameters=parse_parameters({}), now=NOW)
BROKE = {"failure_class": "http_500", "message": "broke", "transient": True}
SOURCES = BROKE | {"failure_class": "sources"}


def said(client_id: str, status: str, error: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return report.missing(client_id) | {"status": status, "error": error, "items": 3, "items_new": 1} | more


def a_report(*summaries: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = Found(client_ids=tuple(one["client_id"] for one in summaries), discovered=9, active=8)
    by_id = {one["client_id"]: one for one in summaries}
    return report.build(PLAN, found, by_id, run_id="r#1:+/", execution_time_seconds=1.5, **more)


MIXED = a_report(
    said("a", "succeeded", name="A 🙂", sources_ok=4, duration_seconds=2.5),
    said("b", "partial", sources_ok=1, sources_failed=2),
    said("c", "partial", SOURCES, sources_failed=2),
    said("d", "failed", BROKE, items=0, items_new=0),
    instances=report.instances_of("abcd", heavy="d"),
)


def test_a_summary_says_of_every_client_what_the_report_says() -> None:
    """Its numbers, its place among the mapped instances, and why it failed."""
    summary = run_summary.summarize(MIXED)
    assert (summary.run_id, summary.status, summary.dry_run, summary.error) == ("r#1:+/", "partial", False, None)
    assert (summary.items, summary.items_new, summary.seconds) == (9, 3, 1.5)
    assert list(summary.clients) == ["a", "b", "c", "d"]
    assert summary.clients["a"] == ClientOutcome(
        status="succeeded",
        items=3,
        items_new=1,
        sources_ok=4,
        sources_failed=0,
        duration_seconds=2.5,
        map_index=0,
        failure_class=None,
        name="A 🙂",
        task_id="ingest_client",
    )
    heavy = summary.clients["d"]
    assert (heavy.status, heavy.failure_class) == ("failed", "http_500")
    assert (heavy.task_id, heavy.map_index) == ("ingest_heavy_client", 0)


def test_who_failed_is_who_the_report_names() -> None:
    """A partial client with an error (`fail_on_partial`) stays partial and counts as failed; one without does not."""
    clients = run_summary.summarize(MIXED).clients
    assert [client_id for client_id, client in clients.items() if client.failed] == MIXED["failed_client_ids"] == ["c", "d"]
    assert [(clients[one].status, clients[one].failure_class) for one in "bc"] == [("partial", None), ("partial", "sources")]


def test_a_summary_is_read_back() -> None:
    """Whatever the report: no clients, no plan, an error, odd characters."""
    nobody = Found(client_ids=(), discovered=0, active=0)
    broken = report.build(None, nobody, {}, run_id="r", execution_time_seconds=0, error="no \ud83d bucket " * 100)
    for document in (MIXED, a_report(), a_report(said("#:+/\u2028", "succeeded", name="\udcff\x00")), broken):
        summary = run_summary.summarize(document)
        data = run_summary.to_bytes(summary)
        again = run_summary.from_bytes(data)
        assert again == run_summary.from_bytes(run_summary.to_bytes(again))
        assert list(again.clients) == list(summary.clients)
        assert json.dumps(again.error or "", ensure_ascii=False).encode()
    assert len(run_summary.summarize(broken).error or "") == 500
    assert run_summary.from_bytes(run_summary.to_bytes(run_summary.summarize(MIXED))) == run_summary.summarize(MIXED)


def test_a_client_takes_some_sixty_bytes() -> None:
    """Thirty runs of a thousand clients are read for one page."""
    clients = [said(f"client_{n:04}", "succeeded", name=f"Client {n:04}", duration_seconds=1.234) for n in range(1000)]
    instances = report.instances_of([one["client_id"] for one in clients], heavy=())
    assert len(run_summary.to_bytes(run_summary.summarize(a_report(*clients, instances=instances)))) < 65_000


def test_the_statuses_are_those_of_a_report() -> None:
    """None is refused, and no other is let in."""
    assert set(get_args(report.RunStatus)) == run_summary.RUN_STATUSES


def test_reports_of_an_older_vectora_have_no_map_index() -> None:
    """Nor have those of the CLI and the Lambda."""
    old = a_report(said("a", "succeeded"))
    assert old["client_results"]["a"].pop("map_index") is None
    assert run_summary.summarize(old).clients["a"].map_index is None


def test_what_an_older_vectora_wrote_was_the_one_task() -> None:
    """A map index without a task is one of `ingest_client`, in a report and in its short form alike."""
    old = a_report(said("a", "succeeded"), instances=report.instances_of("a", heavy=()))
    assert old["client_results"]["a"].pop("task_id") == "ingest_client"
    assert run_summary.summarize(old).clients["a"].task_id == "ingest_client"
    data = run_summary.to_bytes(run_summary.summarize(old))
    assert len(json.loads(data)["clients"]["a"]) == 9
    assert run_summary.from_bytes(data).clients["a"].task_id == "ingest_client"


GOOD = run_summary.to_bytes(run_summary.summarize(MIXED))
ROW = ["s", 1, 1, 1, 0, 1.5, 0, None, "A"]


def changed(**values: Any) -> bytes:
    return json.dumps({**json.loads(GOOD), **values}).encode()


def row(place: int, value: Any) -> bytes:
    return changed(clients={"a": [*ROW[:place], value, *ROW[place + 1 :]]})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        GOOD[:-2],
        b"[" * 100_000,
        changed(summary_version=2),
        changed(summary_version=[]),
        changed(run_id=None),
        changed(status="splendid"),
        changed(status=[]),
        changed(dry_run=0),
        changed(error=5),
        changed(items=-1),
        changed(items_new=10**300),
        changed(seconds="1"),
        changed(clients=[]),
        changed(clients={"a": {}}),
        changed(clients={"a": None}),
        changed(clients={"a": ROW[:-1]}),
        *(changed(clients={"a": [*ROW, bad]}) for bad in (1, "report_run", ["ingest_client"])),
        changed(clients={"a": [*ROW, "ingest_heavy_client", 1]}),
        row(0, "x"),
        row(0, None),
        row(0, []),
        *(row(place, bad) for place in range(1, 5) for bad in (True, -1, 2**60, 1.5, "1", None)),
        *(row(5, bad) for bad in (True, "1", None, 10**300)),
        *(row(6, bad) for bad in (True, -1, 2**60, "1")),
        *(row(7, bad) for bad in (1, [])),
        *(row(8, bad) for bad in (1, None, {})),
    ],
)
def test_what_is_no_summary_is_refused(data: bytes) -> None:
    """A ValueError, never a crash and never a wrong number."""
    with pytest.raises(ValueError, match=r"."):
        run_summary.from_bytes(data)


@pytest.mark.parametrize(
    "change",
    [
        {"client_results": None},
        {"client_results": {"a": None}},
        {"client_results": {"a": {"status": "failed"}}},
        {"client_results": {"a": said("a", "failed", {"failure_class": 3})}},
        {"client_results": {"a": said("a", "failed", {})}},
        {"client_results": {"a": said("a", "failed", "x")}},  # type: ignore[arg-type]
        {"client_results": {"a": said("a", "splendid")}},
        {"client_results": {"a": said("a", ["failed"])}},  # type: ignore[arg-type]
        {"client_results": {"a": said("a", "succeeded", map_index=0, task_id="report_run")}},
        {"client_results": {"a": said("a", "succeeded", map_index=0, task_id=["ingest_client"])}},
        {"client_results": {"a": said("a", "succeeded", items="3")}},
        {"client_results": {"a": said("a", "succeeded", duration_seconds=float("nan"))}},
        {"total_items_ingested": None},
        {"execution_time_seconds": "1"},
        {"status": None},
    ],
)
def test_what_is_no_report_is_refused(change: dict[str, Any]) -> None:
    """Older and broken reports are read by this too."""
    with pytest.raises(ValueError, match=r"."):
        run_summary.summarize(MIXED | change)
    without = {key: value for key, value in MIXED.items() if key not in change}
    with pytest.raises(ValueError, match="no run report"):
        run_summary.summarize(without)


OUTCOMES = st.builds(
    ClientOutcome,
    status=st.sampled_from(["succeeded", "partial", "failed"]),
    items=st.integers(0, 2**53),
    items_new=st.integers(0, 2**53),
    sources_ok=st.integers(0, 999),
    sources_failed=st.integers(0, 999),
    duration_seconds=st.floats(0, 1e9),
    map_index=st.none() | st.integers(0, 4000),
    failure_class=st.none() | st.text(),
    name=st.text(),
    task_id=st.sampled_from(["ingest_client", "ingest_heavy_client"]),
).map(lambda one: one if one.map_index is not None else one._replace(task_id=None))


@settings(deadline=None)
@given(st.dictionaries(st.text(), OUTCOMES, max_size=5), st.none() | st.text())
def test_any_summary_survives_the_way_to_storage_and_back(clients: dict[str, ClientOutcome], error: str | None) -> None:
    """Whatever ids, names and numbers are in it."""
    summary = RunSummary(
        run_id="r", status="partial", dry_run=False, error=error, items=1, items_new=0, seconds=0.25, clients=clients
    )
    assert run_summary.from_bytes(run_summary.to_bytes(summary)) == summary
