"""Who may see what: Airflow's own login and permissions, asked for on every route. It decides nothing itself.

Reading runs and clients takes what reading runs of `vectora_ingest` takes, jobs what `vectora_job_states` takes. Triggering
is checked by Airflow's API, which the pages send it to; here it is asked for only to show or hide the buttons.
"""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.models.dag import DagModel
from fastapi import Depends

INGEST, JOBS = "vectora_ingest", "vectora_job_states"

reads_ingest = Depends(requires_access_dag("GET", DagAccessEntity.RUN, param_dag_id=INGEST))
"""Whoever may read the runs of the ingest; 401 without a session, 403 without the permission."""
reads_jobs = Depends(requires_access_dag("GET", DagAccessEntity.RUN, param_dag_id=JOBS))
"""Whoever may read the runs of the watch over jobs."""


def may_trigger(user: GetUserDep) -> bool:
    """Return whether a user may start runs of the ingest, as far as Airflow's auth manager says so."""
    details = DagDetails(id=INGEST, team_name=DagModel.get_team_name(INGEST))
    return get_auth_manager().is_authorized_dag(method="POST", access_entity=DagAccessEntity.RUN, details=details, user=user)


MayTrigger = Annotated[bool, Depends(may_trigger)]
