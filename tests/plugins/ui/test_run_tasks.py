"""How far the tasks of a run are, asked of a real database with Airflow's own table."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from airflow.models.taskinstance import TaskInstance
from sqlalchemy import create_engine, event, insert
from sqlalchemy.orm import Session

from vectora_airflow.ui.run.tasks import RunTasks


@pytest.fixture
def session() -> Iterator[Session]:
    for needed in ("trigger", "dagrun", "dag_version"):  # that the tables it refers to are known
        import_module(f"airflow.models.{needed}")
    engine = create_engine("sqlite://")
    TaskInstance.__table__.create(engine)  # type: ignore[attr-defined]
    with Session(engine) as found:
        yield found
    engine.dispose()


def add(session: Session, task_id: str, state: str | None, map_index: int = -1, **more: Any) -> None:
    values = {
        "dag_id": "vectora_ingest",
        "run_id": "r",
        "try_number": 1,
        "pool": "p",
        "pool_slots": 1,
        "executor_config": {},
    }
    values |= {"id": uuid4(), "task_id": task_id, "state": state, "map_index": map_index} | more
    session.execute(insert(TaskInstance.__table__).values(**values))  # type: ignore[arg-type]


def test_instances_are_counted_by_task_and_state_in_one_query(session: Session) -> None:
    """Of this run of this DAG only."""
    add(session, "discover_clients", "success")
    for map_index, state in enumerate(("success", "success", "running", None)):
        add(session, "ingest_client", state, map_index)
    add(session, "ingest_client", "failed", 0, run_id="other")
    add(session, "ingest_client", "failed", 0, dag_id="other")
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    assert RunTasks(session).states("r") == {
        "discover_clients": {"success": 1},
        "ingest_client": {"success": 2, "running": 1, "none": 1},
    }
    assert len(asked) == 1
    assert RunTasks(session).states("none") == {}


def test_an_instance_says_its_client_as_long_as_it_has_not_forgotten_it(session: Session) -> None:
    """After a kill Airflow shows the number in its place, which is no client."""
    add(session, "ingest_client", "running", 0, rendered_map_index="acme#1")
    add(session, "ingest_client", "failed", 1)
    tasks = RunTasks(session)
    add(session, "ingest_heavy_client", "running", 0, rendered_map_index="globex")
    assert [tasks.client_id("r", "ingest_client", map_index) for map_index in (0, 1, 2)] == ["acme#1", None, None]
    assert tasks.client_id("r", "ingest_heavy_client", 0) == "globex"
    assert tasks.client_id("other", "ingest_client", 0) is None


def test_a_task_that_works_for_nobody_yet_is_not_counted_as_a_client(session: Session) -> None:
    """Before it is mapped, and when there is nobody to map over, Airflow has one instance without a number."""
    add(session, "heavy_clients", "success")
    add(session, "ingest_client", "running", 0)
    add(session, "ingest_heavy_client", "skipped")
    assert RunTasks(session).states("r") == {"heavy_clients": {"success": 1}, "ingest_client": {"running": 1}}
