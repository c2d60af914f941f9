"""The run report: who counts, what the status is, and when a run must be red."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from vectora_core.ingest import report
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.report import Found
from vectora_core.ingest.window import plan_manual_run

PLAN = plan_manual_run(
    "r1",
    run_after=datetime(2026, 3, 10, 15, tzinfo=UTC),
    parameters=parse_parameters({}),
    now=datetime(2026, 3, 10, 15, tzinfo=UTC),
)


def said(client_id: str, status: str, items: int = 3) -> dict[str, Any]:
    error = {"failure_class": "http_500", "message": f"{client_id} broke", "transient": True} if status == "failed" else None
    return report.missing(client_id) | {"status": status, "items": items, "items_new": 1, "error": error}


def built(*summaries: dict[str, Any], silent: tuple[str, ...] = (), critical: tuple[str, ...] = ()) -> dict[str, Any]:
    ids = tuple(one["client_id"] for one in summaries) + silent
    found = Found(client_ids=ids, discovered=9, active=8, critical=frozenset(critical))
    return report.build(PLAN, found, {one["client_id"]: one for one in summaries}, run_id="r1", execution_time_seconds=1.5)


def test_the_aggregate_counts_what_the_clients_said() -> None:
    """Every number is the sum of what is listed under it."""
    document = built(said("a", "succeeded"), said("b", "partial"), said("c", "failed", items=0))
    numbers = [
        "clients_discovered",
        "clients_active",
        "clients_processed",
        "clients_succeeded",
        "clients_partial",
        "clients_failed",
        "total_items_ingested",
        "total_items_new",
    ]
    assert [document[name] for name in numbers] == [9, 8, 3, 2, 1, 1, 6, 3]
    assert document["failed_client_ids"] == ["c"]
    assert document["status"] == "partial"
    assert list(document["client_results"]) == ["a", "b", "c"]


def test_a_client_has_the_place_of_its_task_instance() -> None:
    """Also one that said nothing: its log is what is looked for. Without Airflow there is none."""
    found = Found(client_ids=("b", "a", "c"), discovered=3, active=3)
    instances = report.instances_of(found.client_ids, heavy={"a"})
    assert instances == {"b": ("ingest_client", 0), "c": ("ingest_client", 1), "a": ("ingest_heavy_client", 0)}
    summaries = {"a": said("a", "succeeded")}
    document = report.build(PLAN, found, summaries, run_id="r1", execution_time_seconds=1, instances=instances)
    results = document["client_results"]
    assert {client_id: (one["task_id"], one["map_index"]) for client_id, one in results.items()} == instances
    assert not {"task_id", "map_index"} & summaries["a"].keys()
    alone = built(said("a", "succeeded"))["client_results"]["a"]
    assert (alone["task_id"], alone["map_index"]) == (None, None)


def test_a_client_that_said_nothing_has_failed() -> None:
    """A killed worker leaves no summary: that is a failure with a reason, not a gap."""
    document = built(said("a", "succeeded"), silent=("b",))
    assert document["failed_client_ids"] == ["b"]
    assert document["client_results"]["b"]["error"]["failure_class"] == "no_result"


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([], "no_active_clients"),
        (["succeeded", "succeeded"], "succeeded"),
        (["succeeded", "partial"], "partial"),
        (["partial"], "partial"),
        (["succeeded", "failed"], "partial"),
        (["failed", "failed"], "failed"),
    ],
)
def test_the_status_of_a_run_follows_from_its_clients(statuses: list[str], status: str) -> None:
    """A run over nobody is never a success."""
    assert report.status_of(statuses) == status


@pytest.mark.parametrize(("tolerated", "red"), [(0, True), (49.9, True), (50, False), (100, False)])
def test_failures_up_to_the_tolerated_share_leave_a_run_green(tolerated: float, red: bool) -> None:
    """The run fails when failures exceed the tolerated percentage."""
    document = built(said("a", "succeeded"), said("b", "failed"))
    assert bool(report.verdict(document, tolerated_failure_percentage=tolerated)) is red


def test_a_critical_client_is_never_tolerated() -> None:
    """A failed critical client turns the run red whatever is tolerated."""
    document = built(said("a", "succeeded"), said("b", "failed"), critical=("b",))
    assert report.verdict(document, tolerated_failure_percentage=100) == "critical clients failed: b"


def test_a_partial_client_that_must_not_be_partial_counts_as_failed() -> None:
    """`fail_on_partial` gives the summary an error; the client is red and is run again with the failed."""
    document = built(said("a", "partial") | {"error": {"failure_class": "sources", "message": "x", "transient": True}})
    assert document["failed_client_ids"] == ["a"]
    assert report.verdict(document, tolerated_failure_percentage=0)


def test_nobody_and_a_failed_discovery_are_told_apart() -> None:
    """Both are red, each with its own reason."""
    nobody = built()
    broken = report.build(
        None, Found(client_ids=(), discovered=0, active=0), {}, run_id="r", execution_time_seconds=0, error="bucket is gone"
    )
    assert (nobody["status"], broken["status"]) == ("no_active_clients", "failed")
    assert "no active client" in str(report.verdict(nobody, tolerated_failure_percentage=100))
    assert report.verdict(broken, tolerated_failure_percentage=100) == "nothing could run: bucket is gone"


def test_the_words_name_every_failed_client_and_why() -> None:
    """One message per run lists the failed clients and why."""
    words = "\n".join(report.lines(built(said("a", "succeeded"), said("c", "failed"))))
    assert "1 of 2 clients succeeded" in words
    assert "c: c broke" in words
