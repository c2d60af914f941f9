"""Where a command finds the job table: the command line, then the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectora_core.errors import ParametersError, SettingsError

if TYPE_CHECKING:
    from vectora_core.aws import AwsClients
    from vectora_core.jobs.job_queues import Place
    from vectora_core.jobs.table import JobStateTable
    from vectora_core.settings import Settings

Table = Annotated[str | None, typer.Option("--table", help="The job table. Default: VECTORA_JOBS_TABLE.")]
Region = Annotated[
    str | None, typer.Option("--region", help="Where the job table is. Default: the region of AWS's settings.")
]

_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")  # the rule of DynamoDB


def table_name(settings: Settings, table: str | None) -> str:
    """Return the name of the job table.

    :raises ParametersError: when what the command line says can be no name
    """
    if table is not None and not _NAME.fullmatch(table):
        raise ParametersError(f"--table {table!r} can be no table: 3 to 255 of letters, digits, _ . and -; check it")
    return table or settings.jobs_table


def open_client(region: str | None, *, once: bool = False) -> Any:
    """Return a client of DynamoDB.

    :param once: it tries once, for who counts and repeats by itself
    :raises ParametersError: when the region can be none
    :raises SettingsError: when the AWS settings of the environment cannot be used
    """
    from vectora_core.aws import ONCE, PATIENT, AwsClients

    with _settings_checked(region):
        return AwsClients().client("dynamodb", region, config=ONCE if once else PATIENT)


def batch_client(place: Place, clients: AwsClients | None = None) -> Any:
    """Return a client of AWS Batch that tries once: who asks counts, paces and repeats.

    :raises SettingsError: when the AWS settings of the environment cannot be used, or a role cannot be assumed
    """
    from vectora_core.aws import ONCE, AwsClients

    with _settings_checked():
        return (clients or AwsClients()).client("batch", place.region, place.role_arn, ONCE)


@contextmanager
def _settings_checked(region: str | None = None) -> Iterator[None]:
    """Tell what the SDK says of the environment, and of a region of the command line, in our words."""
    from botocore.exceptions import BotoCoreError, InvalidRegionError

    try:
        yield
    except (BotoCoreError, ValueError) as error:  # an unknown AWS_PROFILE, an endpoint that is no URL
        if region is not None and isinstance(error, InvalidRegionError):
            raise ParametersError(f"--region {region!r} can be no region; give one such as eu-west-1") from error
        raise SettingsError(f"the AWS settings cannot be used: {error}; check the AWS_ variables and files") from error


def open_table(settings: Settings, table: str | None, region: str | None) -> JobStateTable:
    """Open the job table; whether it is there shows when it is asked.

    :raises ParametersError: when table or region can be none
    """
    from vectora_core.cli import roots
    from vectora_core.jobs.table import JobStateTable

    name = table_name(settings, table)
    return JobStateTable(open_client(region), name, clock=lambda: roots.utc_now())
