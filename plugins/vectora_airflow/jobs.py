"""What the tasks of `vectora_job_states` do beside the sensor: which queues are watched in a run, and how."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from vectora_core.errors import ParametersError
from vectora_core.settings import load_settings

log = logging.getLogger(__name__)

MOST_QUEUES = 100
NO_QUEUES = (
    "no job queue is named: set VECTORA_JOBS_QUEUES to the queues that are watched (NAME or ARN, separated by commas), "
    "or give job_queues in the form"
)


def _queues(value: object) -> object:
    """Take a list of texts without blanks, each once."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{value!r} is not a list of names or ARNs")
    if not all(one.strip() for one in value):
        raise ValueError("one of them is empty; leave it out")
    return tuple(dict.fromkeys(one.strip() for one in value))


class JobWatchParameters(BaseModel):
    """What one run watches; `vectora_airflow.defaults.jobs_params` explains each to people.

    :param job_queues: NAME or ARN, each with @ROLE_ARN if need be; empty means those of VECTORA_JOBS_QUEUES
    :param job_name_prefix: wait only for jobs whose names begin so
    :param deadline_minutes: after these the watch ends
    :param poke_seconds: between two syncs
    :param fail_on_timeout: whether jobs that are still open then make it fail
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    job_queues: Annotated[tuple[str, ...], BeforeValidator(_queues), Field(max_length=MOST_QUEUES)] = ()
    job_name_prefix: Annotated[str, Field(max_length=128)] | None = None
    deadline_minutes: Annotated[StrictInt, Field(ge=1, le=10_080)] = 13
    poke_seconds: Annotated[StrictInt, Field(ge=5, le=3600)] = 60
    fail_on_timeout: StrictBool = False


def parse_parameters(values: Mapping[str, Any]) -> JobWatchParameters:
    """Check what the form or a REST call gave; None means not given.

    :raises ParametersError: naming every unknown or unusable parameter
    """
    try:
        return JobWatchParameters(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise ParametersError("; ".join(_message(one) for one in error.errors())) from error


def _message(error: Any) -> str:
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        known = JobWatchParameters.model_fields
        close = difflib.get_close_matches(name, known, n=1)
        return f"{name}: unknown parameter, " + (f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}")
    return f"{name}: {str(error['msg']).removeprefix('Value error, ')}"


def list_job_queues(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Decide which queues this run watches.

    :return: the arguments of one `BatchJobStatesSensor` a queue; whether a queue exists is for its sensor to find out, so
        that a broken one fails alone
    :raises ParametersError: when the run asks for something unknown, or, started by hand, names no queue
    :raises AirflowSkipException: when a scheduled run has no queue: whoever does not use Batch sees no red runs
    """
    from airflow.sdk.exceptions import AirflowSkipException

    run = context["dag_run"]
    # The form checks types but lets unknown names through, and Airflow can be set to ignore the conf: both count here.
    parameters = parse_parameters({**context["params"], **(run.conf or {})})
    queues = parameters.job_queues or tuple(dict.fromkeys(load_settings().jobs_queues))
    if not queues:
        if run.run_type in ("scheduled", "backfill"):
            raise AirflowSkipException(NO_QUEUES)
        raise ParametersError(NO_QUEUES)
    log.info("%d queues: %s", len(queues), ", ".join(queues))
    return [
        {
            "job_queue": queue,
            "job_name_prefix": parameters.job_name_prefix,
            "deadline": parameters.deadline_minutes * 60,
            "poke_interval": parameters.poke_seconds,
            "fail_on_timeout": parameters.fail_on_timeout,
        }
        for queue in queues
    ]
