"""Addresses: ids come back from them as they went in, and nothing but the web is linked outside."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_airflow.ui.links import Links, external

LINKS = Links(base="/airflow/vectora", airflow="/airflow")
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(IDS, IDS)
def test_what_is_asked_for_comes_back_as_it_was(first: str, second: str) -> None:
    """Whatever an id holds: `#`, `:`, `+`, `/`, `&`, quotes, spaces."""
    address = urlsplit(LINKS.page("client", client_id=first, run_id=[second, first]))
    assert address.path == "/airflow/vectora/client"
    assert parse_qsl(address.query, keep_blank_values=True) == [("client_id", first), ("run_id", second), ("run_id", first)]
    assert not address.fragment


@given(IDS)
def test_an_id_is_one_segment_of_airflows_addresses(run_id: str) -> None:
    """It cannot lead to another page of Airflow's."""
    before, _, last = LINKS.run("vectora_ingest", run_id).rpartition("/")
    assert before == "/airflow/dags/vectora_ingest/runs"
    assert unquote(last) == run_id


def test_what_is_not_set_is_left_out() -> None:
    """None and the empty text; zero and false are values."""
    assert LINKS.page("jobs", q="", queue=None, page=0, gone=False, region=[]) == "/airflow/vectora/jobs?page=0&gone=False"
    assert LINKS.page("jobs") == "/airflow/vectora/jobs"


def test_half_a_character_is_no_error() -> None:
    """Stored JSON can hold half of a surrogate pair, which no address can."""
    assert parse_qs(urlsplit(LINKS.page("client", client_id="a\ud800")).query) == {"client_id": ["a?"]}
    assert LINKS.dag("a\ud800").endswith("/a%3F")


def test_task_instances() -> None:
    """Unmapped, mapped, and all instances of a mapped task."""
    assert LINKS.task_instance("d", "r", "t", -1) == "/airflow/dags/d/runs/r/tasks/t"
    assert LINKS.task_instance("d", "r", "t", 0) == "/airflow/dags/d/runs/r/tasks/t/mapped/0"
    assert LINKS.task_instance("d", "r", "t") == "/airflow/dags/d/runs/r/tasks/t/mapped"


@pytest.mark.parametrize("prefix", ["", "/airflow", "/a/b"])
def test_every_address_has_the_prefix_of_the_proxy(prefix: str) -> None:
    """Pages, Airflow's own pages, its API and its login."""
    links = Links(base=f"{prefix}/vectora", airflow=prefix)
    for address in (links.page("jobs"), links.run("d", "r"), links.trigger("d"), links.login):
        assert address.startswith(f"{prefix}/")
        assert not address.startswith("//")


@pytest.mark.parametrize(
    "url", ["http://a.example", "https://a.example:8443/x?y=z#f", "HTTPS://A.example/", "https://ä.example/é"]
)
def test_links_to_the_web_are_kept(url: str) -> None:
    """As they were written."""
    assert external(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//a.example/x",
        "/x",
        "x",
        "http:",
        "http://",
        "https:///x",
        "http:a.example",
        "http://[",
        "http://[::1",
        "https://a.example/\x00",
        "https://a.example/\n",
        "https://a.example/\u202ex",
        "https://a.example/\ud800",
    ],
)
def test_everything_else_is_no_link(url: str | None) -> None:
    """Scripts, files, relative addresses, what no parser agrees on, and what hides its direction."""
    assert external(url) is None
