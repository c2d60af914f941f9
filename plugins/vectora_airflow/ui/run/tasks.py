"""How far the tasks of a run are, by Airflow's own database: one query over an index each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.models.taskinstance import TaskInstance
from fastapi import Depends
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from vectora_airflow.ui.access import INGEST
from vectora_core.ingest.types import TASKS

NO_STATE = "none"
States = Mapping[str, Mapping[str, int]]
"""How many instances there are by task id and state."""


class RunTasks:
    """The task instances of runs of the ingest.

    :param session: of Airflow's database
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def states(self, run_id: str) -> States:
        """Return how many instances of each task are in which state; nothing for a run Airflow does not know.

        A task that works for clients has one instance as long as it is not mapped, or over nobody: that is left out.
        """
        counted = or_(TaskInstance.task_id.not_in(TASKS), TaskInstance.map_index >= 0)
        of_run = (TaskInstance.dag_id == INGEST, TaskInstance.run_id == run_id, counted)
        asked = select(TaskInstance.task_id, TaskInstance.state, func.count()).where(*of_run)
        found: dict[str, dict[str, int]] = {}
        for task_id, state, number in self._session.execute(asked.group_by(TaskInstance.task_id, TaskInstance.state)):
            found.setdefault(task_id, {})[str(state or NO_STATE)] = number
        return found

    def client_id(self, run_id: str, task_id: str, map_index: int) -> str | None:
        """Return the client an instance of the ingest says it works for; None before it said so, and after it was killed."""
        one = (TaskInstance.dag_id == INGEST, TaskInstance.run_id == run_id, TaskInstance.task_id == task_id)
        shown = select(TaskInstance.rendered_map_index)  # type: ignore[call-overload]  # a hybrid property
        said: str | None = self._session.scalar(shown.where(*one, TaskInstance.map_index == map_index))
        return None if said == str(map_index) else said


def run_tasks(session: SessionDep) -> RunTasks:
    """Return the task instances as the database of this API server has them."""
    return RunTasks(session)


TasksDep = Annotated[RunTasks, Depends(run_tasks)]
