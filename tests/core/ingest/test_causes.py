"""A run's failed clients by cause: each of them somewhere, the widest cause first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectora_core.ingest import report
from vectora_core.ingest.causes import Cause, group_by_cause
from vectora_core.ingest.failure_classes import failure_of
from vectora_core.ingest.report import Found


def failed_source(failure_class: str, error: str = "broke") -> dict[str, Any]:
    return {"outcome": "failed", "items": 0, "failure_class": failure_class, "error": error}


OK = {"outcome": "ok", "items": 3}


def said(client_id: str, status: str = "failed", own: str | None = "sources", **sources: dict[str, Any]) -> dict[str, Any]:
    error = {"failure_class": own, "message": f"{client_id}: {own}", "transient": own == "no_result"} if own else None
    more = {"status": status, "error": error, "sources": sources, "name": client_id.title()}
    return report.missing(client_id) | more


def a_report(*summaries: dict[str, Any], heavy: tuple[str, ...] = ()) -> dict[str, Any]:
    ids = tuple(one["client_id"] for one in summaries)
    found = Found(client_ids=ids, discovered=len(ids), active=len(ids))
    by_id = {one["client_id"]: one for one in summaries}
    return report.build(None, found, by_id, run_id="r", execution_time_seconds=1, instances=report.instances_of(ids, heavy))


def by_class(document: dict[str, Any]) -> dict[str, Cause]:
    return {cause.failure_class: cause for cause in group_by_cause(document)}


def test_a_client_stands_under_the_classes_of_its_failed_sources() -> None:
    """Not under `sources`, which says no more than that some failed; each class with its own sources and their words."""
    document = a_report(said("acme", news=failed_source("dns", "no host"), blog=failed_source("http_403"), fine=OK))
    causes = by_class(document)
    assert list(causes) == ["dns", "http_403"]
    (client,) = causes["dns"].clients
    assert (client.client_id, client.name, client.status, client.map_index) == ("acme", "Acme", "failed", 0)
    assert (client.sources, client.message) == ({"news": "no host"}, "acme: sources")
    assert list(causes["http_403"].clients[0].sources) == ["blog"]


def test_any_other_error_is_a_cause_of_its_own() -> None:
    """A broken file, a killed worker: whatever its sources said before."""
    causes = by_class(a_report(said("a", own="config"), said("b", own="no_result", news=failed_source("dns"))))
    assert list(causes) == ["config", "no_result"]
    assert causes["no_result"].clients[0].sources == {}
    assert causes["config"].clients[0].message == "a: config"


def test_partial_clients_are_listed_failed_or_not() -> None:
    """One with `fail_on_partial` counts as failed, one without does not."""
    document = a_report(
        said("a", "partial", None, news=failed_source("dns"), fine=OK), said("b", "partial", news=failed_source("dns"))
    )
    (cause,) = group_by_cause(document)
    assert [(one.client_id, one.status, one.failed) for one in cause.clients] == [
        ("a", "partial", False),
        ("b", "partial", True),
    ]
    assert document["failed_client_ids"] == ["b"]


def test_a_cause_has_its_remedy_and_whether_it_may_pass() -> None:
    """An error knows that of itself; of a source's it is what the class usually does."""
    causes = by_class(
        a_report(
            said("a", own="no_result"), said("b", own="config"), said("c", x=failed_source("tls"), y=failed_source("dns"))
        )
    )
    assert {name: cause.transient for name, cause in causes.items()} == {
        "no_result": True,
        "config": False,
        "tls": False,
        "dns": True,
    }
    for name, cause in causes.items():
        assert (cause.means, cause.remedy) == (failure_of(name).means, failure_of(name).remedy)


def test_an_error_knows_better_than_its_class_whether_it_passes() -> None:
    """Storage that refuses for good (no such bucket) is no storage that is busy."""
    assert failure_of("storage").transient
    assert not by_class(a_report(said("a", own="storage")))["storage"].transient
    document = a_report(said("a", own="storage"), said("b", own="storage"))
    document["client_results"]["b"]["error"]["transient"] = True
    assert by_class(document)["storage"].transient


def test_the_cause_that_made_most_clients_fail_comes_first() -> None:
    """Clients that are merely partial count after those that failed; then the class decides."""
    document = a_report(
        said("a", "partial", None, n=failed_source("dns")),
        said("b", "partial", None, n=failed_source("dns")),
        said("c", "partial", None, n=failed_source("dns")),
        said("d", n=failed_source("tls")),
        said("e", n=failed_source("connection")),
        said("f", n=failed_source("tls")),
        said("g", own="config"),
    )
    assert [cause.failure_class for cause in group_by_cause(document)] == ["tls", "config", "connection", "dns"]


def test_a_run_in_which_all_went_well_has_no_causes() -> None:
    """Nor has one that failed before it had clients: its error is in the report."""
    assert group_by_cause(a_report(said("a", "succeeded", None, n=OK))) == ()
    assert group_by_cause(a_report()) == ()


SOURCES = st.dictionaries(
    st.text(max_size=5),
    st.sampled_from([OK, failed_source("dns"), failed_source("http_500"), failed_source("")]),
    max_size=4,
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=9),
        st.tuples(
            st.sampled_from(["succeeded", "partial", "failed"]),
            st.sampled_from([None, "sources", "config", "later"]),
            SOURCES,
        ),
        max_size=6,
    )
)
def test_every_client_that_failed_is_somewhere(clients: dict[str, tuple[str, str | None, dict[str, Any]]]) -> None:
    """Also one whose sources say nothing; and nobody else is."""
    document = a_report(
        *(said(client_id, status, own) | {"sources": sources} for client_id, (status, own, sources) in clients.items())
    )
    listed = {client.client_id for cause in group_by_cause(document) for client in cause.clients}
    assert set(document["failed_client_ids"]) <= listed
    assert listed == {client_id for client_id, (status, own, _) in clients.items() if status != "succeeded" or own}


@pytest.mark.parametrize(
    "change",
    [
        {"status": None},
        {"error": "x"},
        {"error": {"failure_class": 3}},
        {"error": {"failure_class": "dns", "message": []}},
        {"sources": None},
        {"sources": {"a": "x"}},
        {"sources": {"a": {"failure_class": ["dns"]}}},
        {"sources": {"a": {"failure_class": "dns", "error": 3}}},
        {"name": None},
        {"map_index": "1"},
    ],
)
def test_values_of_a_wrong_type_are_refused(change: dict[str, Any]) -> None:
    """A report somebody else wrote is a ValueError."""
    document = a_report(said("a"))
    document["client_results"]["a"] |= change
    with pytest.raises(ValueError, match=r"is no (text|object|count)"):
        group_by_cause(document)
    for results in (None, [], {"a": None}):
        with pytest.raises(ValueError, match="is no object"):
            group_by_cause({"client_results": results})
