"""Builds at run time what the tasks work with: settings, stores, clock. The one place of the Airflow side that does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from vectora_core.errors import SettingsError
from vectora_core.s3 import Patience
from vectora_core.settings import Settings, load_settings, required_root
from vectora_core.storage import Storage, open_storage

if TYPE_CHECKING:
    from vectora_core.aws import AwsClients
    from vectora_core.ingest.client import IngestResources
    from vectora_core.jobs.extraction import Rules
    from vectora_core.jobs.job_queues import Place
    from vectora_core.jobs.sync import SyncResources

# A session and its clients cost 0.13 s of processor time, and the credentials of a role that they assume hold for an hour.
_CLIENTS_SECONDS = 900
_building_clients = Lock()  # a session of boto3 makes one client at a time; clients may be used by several threads


def config_storage(settings: Settings, *, patience: Patience | None = None) -> Storage:
    """Open the store of the configuration.

    :param patience: how long an operation may take where somebody waits; None is as long as it takes
    """
    return _storage("config_root", settings, patience)


def data_storage(settings: Settings, *, patience: Patience | None = None) -> Storage:
    """Open the store of captures, outputs and reports.

    :param patience: how long an operation may take where somebody waits; None is as long as it takes
    """
    return _storage("data_root", settings, patience)


def _storage(root: Literal["config_root", "data_root"], settings: Settings, patience: Patience | None) -> Storage:
    return open_storage(required_root(settings, root), credential_provider=aws_credentials(settings), patience=patience)


def resources() -> IngestResources:
    """Return what one client's ingest works with."""
    from vectora_core.config.placement import heavy_place
    from vectora_core.ingest.client import IngestResources  # the fetch stack; discovery and report do without

    settings = load_settings()
    return IngestResources(
        config=config_storage(settings),
        data=data_storage(settings),
        settings=settings,
        clock=utc_now,
        heavy=heavy_place(settings),
    )


def utc_now() -> datetime:
    """Return the time of the clock, in UTC."""
    return datetime.now(UTC)


def aws_credentials(settings: Settings) -> Callable[[], Any] | None:
    """Return a provider of the credentials of VECTORA_AWS_CONN_ID for obstore; None leaves the usual AWS chain."""
    if not settings.aws_conn_id:
        return None

    def credentials() -> dict[str, Any]:
        found = _connection_session(settings.aws_conn_id, "s3").get_credentials()
        if found is None:
            raise SettingsError(f"the connection {settings.aws_conn_id!r} of VECTORA_AWS_CONN_ID has no AWS credentials")
        frozen = found.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": getattr(found, "_expiry_time", None),
        }

    return credentials


def job_resources() -> tuple[SyncResources, str]:
    """Return what one sync of jobs works with, and the region of what names none. Each sync counts calls of its own."""
    from vectora_core.aws import ONCE
    from vectora_core.jobs.sync import SyncResources
    from vectora_core.jobs.table import JobStateTable

    settings = load_settings()
    with _building_clients:
        clients = aws_clients(settings)
        dynamodb = clients.client("dynamodb")

    def batch(place: Place) -> Any:
        with _building_clients:
            return clients.client("batch", place.region, place.role_arn, ONCE)

    resources = SyncResources(
        batch=batch,
        table=JobStateTable(dynamodb, settings.jobs_table, clock=utc_now),
        data=data_storage(settings),
        rules=extraction_rules(settings),
        clock=utc_now,
        retention_days=settings.jobs_retention_days,
        gone_after_minutes=settings.jobs_gone_after_minutes,
        calls_per_second=settings.jobs_batch_calls_per_second,
    )
    return resources, clients.region


def extraction_rules(settings: Settings) -> Rules:
    """Return the rules of the configuration, else those that hold without a file.

    :raises ConfigError: with every problem of the file
    """
    from vectora_core.config.extraction_rules import load_extraction_rules
    from vectora_core.jobs.extraction import DEFAULT_RULES, parse_rules

    written = load_extraction_rules(config_storage(settings)) if settings.config_root else {}
    return parse_rules(written) if written else DEFAULT_RULES


def aws_clients(settings: Settings) -> AwsClients:
    """Return the clients of this process; made anew every quarter of an hour.

    :raises SettingsError: when the connection of VECTORA_AWS_CONN_ID is not there
    """
    return _aws_clients(settings.aws_conn_id, int(monotonic() / _CLIENTS_SECONDS))


@lru_cache(maxsize=1)
def _aws_clients(conn_id: str, period: int) -> AwsClients:
    from vectora_core.aws import AwsClients  # boto3: only what looks at jobs pays for it

    return AwsClients(_connection_session(conn_id, "batch") if conn_id else None)


def _connection_session(conn_id: str, service: str) -> Any:
    """Return a session of boto3 signed by a connection; imports it, so only where a connection signs.

    :raises SettingsError: when the connection is not there
    """
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        AwsBaseHook.get_connection(conn_id)  # the hook itself would fall back to whatever the environment holds
    except AirflowNotFoundException as error:
        raise SettingsError(f"there is no connection {conn_id!r}, which VECTORA_AWS_CONN_ID names; add it") from error
    return AwsBaseHook(aws_conn_id=conn_id, client_type=service).get_session()
