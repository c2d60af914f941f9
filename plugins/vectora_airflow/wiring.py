"""Builds at run time what the tasks work with: settings, stores, clock. The one place of the Airflow side that does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vectora_core.errors import SettingsError
from vectora_core.settings import Settings, load_settings, required_root
from vectora_core.storage import Storage, open_storage

if TYPE_CHECKING:
    from vectora_core.ingest.client import IngestResources


def config_storage(settings: Settings) -> Storage:
    """Open the store of the configuration."""
    return open_storage(required_root(settings, "config_root"), credential_provider=aws_credentials(settings))


def data_storage(settings: Settings) -> Storage:
    """Open the store of captures, outputs and reports."""
    return open_storage(required_root(settings, "data_root"), credential_provider=aws_credentials(settings))


def resources() -> IngestResources:
    """Return what one client's ingest works with."""
    from vectora_core.ingest.client import IngestResources  # the fetch stack; discovery and report do without

    settings = load_settings()
    return IngestResources(config=config_storage(settings), data=data_storage(settings), settings=settings, clock=utc_now)


def utc_now() -> datetime:
    """Return the time of the clock, in UTC."""
    return datetime.now(UTC)


def aws_credentials(settings: Settings) -> Callable[[], Any] | None:
    """Return a provider of the credentials of VECTORA_AWS_CONN_ID for obstore; None leaves the usual AWS chain."""
    if not settings.aws_conn_id:
        return None

    def credentials() -> dict[str, Any]:
        from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook  # boto3: only where a connection signs

        session = AwsBaseHook(aws_conn_id=settings.aws_conn_id, client_type="s3").get_session()
        found = session.get_credentials()
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
