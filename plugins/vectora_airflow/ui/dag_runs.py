"""Which runs there are, by Airflow's own database: one query over an index each. What happened in them is in storage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from fastapi import Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

RUNS_SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class KnownRun:
    """One DAG run, as Airflow knows it; all times aware, in UTC.

    :param state: ``queued``, ``running``, ``success`` or ``failed``
    :param run_type: ``scheduled``, ``manual``, ``backfill`` or ``asset_triggered``
    """

    dag_id: str
    run_id: str
    state: str
    run_type: str
    run_after: datetime
    start_date: datetime | None
    end_date: datetime | None


@dataclass(frozen=True, kw_only=True)
class NextRun:
    """When a DAG runs next.

    :param at: None when nothing is scheduled
    :param is_paused: then it does not run, whatever is scheduled
    """

    at: datetime | None
    is_paused: bool


class AirflowRuns:
    """The runs and the schedule of DAGs.

    :param session: of Airflow's database
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def recent(self, dag_id: str, *, limit: int = RUNS_SHOWN) -> tuple[KnownRun, ...]:
        """Return the latest runs of a DAG, the newest first."""
        asked = select(DagRun).where(DagRun.dag_id == dag_id)
        newest = asked.order_by(DagRun.run_after.desc(), DagRun.id.desc()).limit(limit)
        return tuple(_known(run) for run in self._session.scalars(newest))

    def find(self, dag_id: str, run_id: str) -> KnownRun | None:
        """Return one run; None when Airflow knows none of that id (any more)."""
        found = self._session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        return _known(found) if found else None

    def next(self, dag_id: str) -> NextRun | None:
        """Return when a DAG runs next; None when Airflow has not read the DAG."""
        asked = select(DagModel.next_dagrun_create_after, DagModel.is_paused).where(DagModel.dag_id == dag_id)
        found = self._session.execute(asked).one_or_none()
        return NextRun(at=found[0], is_paused=bool(found[1])) if found else None


def airflow_runs(session: SessionDep) -> AirflowRuns:
    """Return the runs as the database of this API server has them."""
    return AirflowRuns(session)


RunsDep = Annotated[AirflowRuns, Depends(airflow_runs)]


def _known(run: DagRun) -> KnownRun:
    return KnownRun(
        dag_id=run.dag_id,
        run_id=run.run_id,
        state=str(run.state),
        run_type=str(run.run_type.value if hasattr(run.run_type, "value") else run.run_type),
        run_after=run.run_after,
        start_date=run.start_date,
        end_date=run.end_date,
    )
