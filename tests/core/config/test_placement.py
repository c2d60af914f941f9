"""Where a client is ingested in Airflow: who is heavy, and what a file may ask for."""

from __future__ import annotations

import pytest

from vectora_core.config.catalog_files import load_catalog
from vectora_core.config.check import check_all
from vectora_core.config.client_files import load_client
from vectora_core.config.discovery import discover
from vectora_core.config.placement import ORDINARY, Asked, Place, heavy_place, is_heavy, place_of
from vectora_core.errors import ConfigError, Problem
from vectora_core.settings import load_settings

HEAVY = Place(queue="large", pool="large_pool")
BY_DEFAULT = heavy_place(load_settings())


def problems(tree, ingest: str, heavy: Place | None = HEAVY, **more: bool) -> list[Problem]:
    tree.client("acme", more=f"ingest: {ingest}\n")
    try:
        load_client(tree.storage, "acme", catalog=load_catalog(tree.storage), heavy=heavy, **more)
    except ConfigError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    ("queue", "pool", "heavy"),
    [
        (None, None, False),
        ("default", None, False),
        ("default", "default_pool", False),
        ("large", None, True),
        (None, "large_pool", True),
        ("default", "large_pool", True),
        ("large", "large_pool", True),
        ("huge", None, False),
        ("huge", "large_pool", False),
        ("", None, False),
    ],
)
def test_who_names_another_queue_or_pool_is_heavy_and_gets_both(queue: str | None, pool: str | None, heavy: bool) -> None:
    """One task has one of each. What is not there makes nobody wait: the mistake is told by the ordinary task."""
    asked = Asked(queue=queue, pool=pool)
    assert is_heavy(asked, HEAVY) is heavy
    assert place_of(asked, HEAVY) == (HEAVY if heavy else ORDINARY)


def test_without_a_pool_of_its_own_the_heavy_task_is_chosen_by_its_queue() -> None:
    """The pool of everybody is a good name for both, and makes nobody heavy."""
    assert is_heavy(Asked(queue="heavy", pool="default_pool"), BY_DEFAULT)
    assert not is_heavy(Asked(pool="default_pool"), BY_DEFAULT)


@pytest.mark.parametrize(
    "ingest", ["{}", "{queue: large}", "{pool: large_pool}", "{queue: default, pool: default_pool}", "{queue: , pool: }"]
)
def test_what_is_there_may_be_named(tree, ingest: str) -> None:
    """The ordinary queue and pool, and those of the heavy clients."""
    assert problems(tree, ingest) == []


def test_what_is_not_there_is_refused_with_its_line_and_the_way_out(tree) -> None:
    """Both at once, like all mistakes of a file, and beside the others."""
    found = [str(one) for one in problems(tree, "\n  queue: huge\n  pool: ''\n  critical: maybe")]
    assert found[:2] == [
        "clients/acme.yaml:4: ingest.queue: 'huge' is no queue for clients: there are default and large; name one of them, "
        "or set VECTORA_INGEST_HEAVY_QUEUE",
        "clients/acme.yaml:5: ingest.pool: '' is no pool for clients: there are default_pool and large_pool; "
        "name one of them, or set VECTORA_INGEST_HEAVY_POOL",
    ]
    assert found[2].startswith("clients/acme.yaml:6: ingest.critical: ")
    assert "there is only default_pool; name it, or set" in problems(tree, "{pool: x}", BY_DEFAULT)[0].message


def test_where_there_is_no_airflow_nobody_asks(tree) -> None:
    """The command line, the Lambda and the check of all files know no queues."""
    assert problems(tree, "{queue: huge, pool: wide}", None) == []
    assert check_all(tree.storage) == []


def test_a_value_that_is_no_text_is_one_mistake(tree) -> None:
    """Told by its type, and not a second time as a name that is not there."""
    assert sorted(one.key for one in problems(tree, "{queue: [large], pool: 5}")) == ["ingest.pool", "ingest.queue"]


def test_a_client_that_became_heavy_after_discovery_does_not_run_as_an_ordinary_one(tree) -> None:
    """Clearing an instance does not move it: nothing is silently not obeyed. The other way round it may run."""
    (found,) = problems(tree, "{pool: large_pool}", in_ordinary_task=True)
    assert (found.line, found.key) == (3, "ingest.pool")
    assert "start a new run" in found.message
    assert problems(tree, "{queue: default}", in_ordinary_task=True) == []
    assert problems(tree, "{queue: large}", in_ordinary_task=False) == []
    assert len(problems(tree, "{queue: huge}", in_ordinary_task=True)) == 1


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("ingest: {queue: large}", Asked(queue="large")),
        ("ingest: {pool: wide, queue: }", Asked(pool="wide")),
        ("ingest: {queue: [large], pool: 5}", Asked()),
        ("ingest: large", Asked()),
        ("client_profile: [", Asked()),
        ("", Asked()),
    ],
)
def test_discovery_tells_what_a_file_asks_for(tree, text: str, asked: Asked) -> None:
    """Whatever state the file is in."""
    tree.write("clients/acme.yaml", text)
    (found,) = discover(tree.storage, client_ids=["acme"]).found
    assert found.asked == asked
