"""The settings of Vectora: VECTORA_* environment variables read once into one frozen object."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from vectora_core import __version__
from vectora_core.errors import SettingsError

Network = IPv4Network | IPv6Network


class Settings(BaseSettings):
    """Everything the environment decides; ``docs/configuration.md`` has the table, and a test holds both together."""

    model_config = SettingsConfigDict(env_prefix="VECTORA_", frozen=True, extra="ignore")

    config_root: str = Field("", description="where the configuration is: file:///folder or s3://bucket/prefix")
    data_root: str = Field(
        "", description="where ingested/, raw/ and runs/ are written: file:///folder or s3://bucket/prefix"
    )
    aws_conn_id: str = Field(
        "", description="Airflow connection that signs for S3, SNS, Batch and DynamoDB; empty: the usual AWS chain"
    )

    allow_private_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="CIDR ranges of private networks that sources may live in, separated by commas"
    )
    user_agent: str = Field(
        f"Vectora/{__version__} (news ingest; feed reader)",
        pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$",
        description="User-Agent header sent to sources",
    )
    fetch_timeout_seconds: float = Field(30, gt=0, le=600, description="limit of one request, from connect to last byte")
    fetch_attempts: int = Field(3, ge=1, le=10, description="attempts for one URL before its source counts as failed")
    fetch_max_bytes: int = Field(20_000_000, ge=1_000, description="limit of one response body, after decompression")
    fetch_concurrency: int = Field(16, ge=1, le=256, description="requests in flight per client")
    fetch_concurrency_per_host: int = Field(4, ge=1, le=64, description="requests in flight per client and host")
    max_detail_pages: int = Field(100, ge=0, description="detail pages fetched per source and run for full_article")
    raw_retention_days: int = Field(0, ge=0, description="days after which snapshots are deleted; 0 keeps them all")

    # Read by the DAG file too, while it is parsed: `vectora_airflow.defaults.heavy_limits`.
    ingest_heavy_queue: str = Field("heavy", description="queue of the heavy clients: those whose file names it")
    ingest_heavy_pool: str = Field("default_pool", description="pool of the heavy clients; it must be there")

    notify: Annotated[tuple[Literal["log", "sns"], ...], NoDecode] = Field(
        ("log",), description="where the one message per run goes, separated by commas: log, sns"
    )
    notify_when: Literal["always", "problems"] = Field("always", description="every run, or only runs that did not succeed")
    notify_sns_topic_arn: str = Field("", description="topic of the sns notification")

    jobs_table: str = Field(
        "MonitoringToolTest_V2", pattern=r"^[a-zA-Z0-9_.-]{3,255}$", description="DynamoDB table with one row per Batch job"
    )
    jobs_queues: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Batch job queues that are watched, separated by commas: NAME or ARN, each with @ROLE_ARN if need be"
    )
    jobs_retention_days: int = Field(
        90, ge=15, le=3650, description="days after its last change that a row is kept; DynamoDB deletes it some time later"
    )
    jobs_gone_after_minutes: int = Field(
        60, ge=0, description="minutes an open job may be unknown to Batch before its row says that it is gone"
    )
    jobs_stale_after_minutes: int = Field(
        45, ge=1, description="minutes after which an open job that neither sync nor event has seen is shown as stale"
    )
    jobs_batch_calls_per_second: float = Field(
        5, gt=0, le=100, description="calls to AWS Batch per second of one sync; submitters share the account's limit"
    )

    @field_validator("allow_private_networks", "notify", "jobs_queues", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("ingest_heavy_queue", "ingest_heavy_pool", mode="before")
    @classmethod
    def _blank_is_default(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str):
            return value.strip() or cls.model_fields[str(info.field_name)].default
        return value

    @field_validator("allow_private_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            ip_network(text)
        return value

    @cached_property
    def private_networks(self) -> tuple[Network, ...]:
        """The private networks sources may live in."""
        return tuple(ip_network(text) for text in self.allow_private_networks)


def load_settings(**overrides: object) -> Settings:
    """Read the environment.

    :param overrides: values that win over the environment, by field name; None leaves the environment's
    :raises SettingsError: naming every variable whose value cannot be used
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [f"VECTORA_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors()]
        raise SettingsError("; ".join(lines) + "; see docs/configuration.md") from error


def required_root(settings: Settings, name: Literal["config_root", "data_root"]) -> str:
    """Return a root URL that must be set.

    :raises SettingsError: when it is not
    """
    value: str = getattr(settings, name)
    if not value:
        raise SettingsError(f"VECTORA_{name.upper()} is not set: give file:///folder or s3://bucket/prefix")
    return value
