"""What the tasks of `vectora_job_migration` do: take the form, call the core, hand on the report."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from vectora_airflow import wiring
from vectora_core.errors import ParametersError
from vectora_core.settings import load_settings

if TYPE_CHECKING:
    from vectora_core.jobs.migrate import MigrationResources
    from vectora_core.jobs.migration.report import MigrationReport
    from vectora_core.jobs.migration.request import MigrationRequest

log = logging.getLogger(__name__)

REPORT = "report"
TableName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.-]{3,255}$")]


class MigrationParameters(BaseModel):
    """What one run moves, and how; `vectora_airflow.job_migration_form` explains each to people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_table: TableName
    to_table: TableName
    dry_run: StrictBool = True
    segments: Annotated[StrictInt, Field(ge=1, le=10)] = 4
    sample_percentage: Annotated[float, Field(ge=0, le=100)] = 1
    assume_zone: str = "UTC"
    restart: StrictBool = False


def parameters_of(context: Mapping[str, Any]) -> MigrationParameters:
    """Return what the form or a REST call gave.

    :raises ParametersError: naming every unknown or unusable parameter
    """
    try:
        # The form checks types but lets unknown names through, and Airflow can be set to ignore the conf: both count here.
        return MigrationParameters(**{**context["params"], **(context["dag_run"].conf or {})})
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ParametersError(f"{'; '.join(wrong)}; correct the form") from error


def create_table(context: Mapping[str, Any]) -> None:
    """Make the job table unless it is there.

    :raises AirflowSkipException: in a dry run
    :raises TableShapeError: when there is a table of that name with another shape
    """
    from vectora_core.jobs import schema

    parameters = parameters_of(context)
    _skip_in_dry_run(parameters)
    client = wiring.aws_clients(load_settings()).client("dynamodb")
    made = schema.create_table(client, parameters.to_table)
    log.info("%s: %s", parameters.to_table, "made" if made else "there already")


def migrate(context: Mapping[str, Any]) -> dict[str, Any]:
    """Move what is not moved yet; a second try goes on where the first one was.

    :return: the report, without a verification
    """
    from vectora_core.jobs.migrate import migrate as move

    parameters = parameters_of(context)
    report = move(request_of(parameters, try_number=context["ti"].try_number), _resources())
    _log(report)
    if parameters.dry_run:
        log.info("dry run: nothing was written; switch it off in the form to move")
    return report.to_json()


def verify(context: Mapping[str, Any]) -> None:
    """Compare both tables; the report goes to the XCom key ``report``, whatever it says.

    :raises AirflowSkipException: after a dry run
    :raises AirflowFailException: when jobs are missing or differ
    """
    from airflow.sdk.exceptions import AirflowFailException

    from vectora_core.jobs.migrate import verify as compare
    from vectora_core.jobs.migration.report import verdict

    parameters = parameters_of(context)
    _skip_in_dry_run(parameters)
    report = compare(request_of(parameters, try_number=2), _resources())
    context["ti"].xcom_push(key=REPORT, value=report.to_json())
    _log(report)
    if wrong := verdict(report):
        raise AirflowFailException(wrong)


def _skip_in_dry_run(parameters: MigrationParameters) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    if parameters.dry_run:
        raise AirflowSkipException("dry run: nothing is written")


def request_of(parameters: MigrationParameters, *, try_number: int) -> MigrationRequest:
    """Return what the core is asked for."""
    from vectora_core.jobs.migration.request import MigrationRequest

    named = parameters.model_dump(exclude={"assume_zone", "restart"})
    # Only the first try begins anew: the next one is there to keep what the first has done.
    return MigrationRequest(**named, zone=parameters.assume_zone, restart=parameters.restart and try_number == 1)


def _resources() -> MigrationResources:
    from vectora_core.aws import ONCE
    from vectora_core.jobs.migrate import MigrationResources

    settings = load_settings()
    return MigrationResources(
        dynamodb=wiring.aws_clients(settings).client("dynamodb", config=ONCE),
        data=wiring.data_storage(settings),
        rules=wiring.extraction_rules(settings),
        retention_days=settings.jobs_retention_days,
        clock=wiring.utc_now,
    )


def _log(report: MigrationReport) -> None:
    from vectora_core.jobs.migration.report import lines

    for what, value in lines(report):
        log.info("%s: %s", what, value)
    for problem in report.problems:
        log.warning("not moved: %s", problem)
