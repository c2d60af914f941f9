"""Opens an S3 bucket for obstore: endpoint, region, credentials, and how long it may take. It reads and writes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obstore.store import S3Store

from vectora_core.errors import StorageError

if TYPE_CHECKING:  # there for type checkers alone
    from obstore.store import ClientConfig, RetryConfig

_SIGNED_BY_ENVIRONMENT = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long one operation may take: a request as often as it is sent, and the pauses between.

    :param connect_seconds: for a connection to stand
    :param request_seconds: for a request, from its connection to the last byte of the answer; none is repeated after so long
    :param retries: how often a request that failed is sent again
    """

    connect_seconds: float
    request_seconds: float
    retries: int


INTERACTIVE = Patience(connect_seconds=2, request_seconds=8, retries=1)
"""Somebody waits for a page: 16 seconds at most. Without any limits obstore takes 3 minutes and 10 retries."""


def s3_store(
    bucket: str, prefix: str, *, credential_provider: Callable[[], Any] | None = None, patience: Patience | None = None
) -> S3Store:
    """Open a bucket, or a folder of it; whether it is there shows when it is used.

    :param prefix: the folder; empty for the whole bucket
    :param credential_provider: where the credentials come from; the default is the environment, the container or the
        instance, and the shared AWS files where those exist
    :param patience: how long an operation may take; None is as long as obstore has it
    :raises StorageError: when the shared AWS files cannot be used
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    options: dict[str, Any] = {"region": _region()}
    if endpoint:
        options["endpoint"] = endpoint
    client: ClientConfig = {"allow_http": bool(endpoint and endpoint.startswith("http://"))}
    retries: RetryConfig | None = None
    if patience:
        request = timedelta(seconds=patience.request_seconds)
        client |= {"connect_timeout": timedelta(seconds=patience.connect_seconds), "timeout": request}
        retries = {"max_retries": patience.retries, "retry_timeout": request}
    return S3Store(
        bucket,
        prefix=prefix or None,
        config=options,  # type: ignore[arg-type]  # a TypedDict; built key by key
        client_options=client,
        retry_config=retries,
        credential_provider=credential_provider or _shared_files_provider(),
    )


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _shared_files_provider() -> Any | None:
    """Credentials of the shared AWS files: obstore reads the environment and the instance, but not those files."""
    if any(os.environ.get(name) for name in _SIGNED_BY_ENVIRONMENT):
        return None
    shared = os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or Path.home() / ".aws" / "credentials"
    if not (os.environ.get("AWS_PROFILE") or Path(shared).exists()):
        return None
    from botocore.exceptions import BotoCoreError
    from obstore.auth.boto3 import Boto3CredentialProvider  # boto3 costs 0.6 s: only where it is needed

    try:
        return Boto3CredentialProvider()
    except (BotoCoreError, ValueError) as error:
        problem = StorageError(f"no AWS credentials: {error}; check AWS_PROFILE and the shared AWS files")
        problem.transient = False
        raise problem from error
