"""Clients of the AWS SDK, one per service, region and role: the one place of the core that builds them.

It does not know what they are used for. boto3 costs 0.6 s to import: only what talks to Batch and DynamoDB imports this.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from vectora_core.errors import SettingsError

DEFAULT_REGION = "us-east-1"
_SESSION_NAME = "vectora"
# Who calls counts, paces and repeats by itself: a retry inside the SDK would be neither seen nor reported.
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
PATIENT = Config(
    retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=5, read_timeout=30, max_pool_connections=32
)
INTERACTIVE = Config(  # somebody waits for a page: 24 s at most a request, then the reason is shown instead
    retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=10, max_pool_connections=32
)


class AwsClients:
    """Builds clients and keeps them; they may be used from several threads.

    :param session: what signs where no role is named; None is the usual AWS chain
    """

    def __init__(self, session: boto3.Session | None = None) -> None:
        self._session = session or boto3.Session()
        self.client = cache(self._client)

    @property
    def region(self) -> str:
        """The region where no ARN names one."""
        return self._session.region_name or DEFAULT_REGION

    def _client(self, service: str, region: str | None = None, role_arn: str | None = None, config: Config = PATIENT) -> Any:
        """Return a client.

        :param role_arn: a role that is assumed first (in another account, for example); its credentials hold for an hour
        :raises SettingsError: when the role cannot be assumed
        """
        session = self._assume(role_arn) if role_arn else self._session
        return session.client(service, region_name=region or self.region, config=config)

    def _assume(self, role_arn: str) -> boto3.Session:
        sts = self._session.client("sts", region_name=self.region, config=PATIENT)
        try:
            granted = sts.assume_role(RoleArn=role_arn, RoleSessionName=_SESSION_NAME)["Credentials"]
        except (BotoCoreError, ClientError) as error:
            raise SettingsError(f"the role {role_arn} cannot be assumed: {error}; check its trust policy") from error
        return boto3.Session(
            aws_access_key_id=granted["AccessKeyId"],
            aws_secret_access_key=granted["SecretAccessKey"],
            aws_session_token=granted["SessionToken"],
            region_name=self.region,
        )
