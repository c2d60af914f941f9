"""Clients of the AWS SDK: one per service, region and role, with the credentials of the role."""

from __future__ import annotations

import socket
from collections.abc import Callable

import boto3
import pytest
from botocore.config import Config

from tests.fakes.jobs import NOW
from vectora_core.aws import DEFAULT_REGION, INTERACTIVE, ONCE, AwsClients
from vectora_core.errors import JobTableError, SettingsError
from vectora_core.jobs.table import JobStateTable

ROLE = "arn:aws:iam::210987654321:role/reader"


@pytest.fixture
def clients(new_bucket: Callable[[], str]) -> AwsClients:
    """Of the embedded AWS, to which the fixture of buckets leads every client."""
    new_bucket()
    return AwsClients()


def key_of(client: object) -> str:
    return str(client._request_signer._credentials.access_key)  # type: ignore[attr-defined]


def test_a_client_is_built_once_for_a_service_a_region_and_a_role(clients: AwsClients) -> None:
    """Connections and credentials are kept; another region is another client."""
    here = clients.client("batch", "eu-west-1", None, ONCE)
    assert clients.client("batch", "eu-west-1", None, ONCE) is here
    assert clients.client("batch", "eu-west-3", None, ONCE).meta.region_name == "eu-west-3"
    assert here.meta.config.retries["total_max_attempts"] == 1


def test_a_role_signs_with_its_own_credentials(clients: AwsClients) -> None:
    """Those that AssumeRole grants (STS), in the region that was asked for; without a role those of the session."""
    mine = clients.client("batch", "eu-west-1")
    others = clients.client("batch", "eu-west-1", ROLE)
    assert key_of(mine) == "local"
    assert key_of(others) not in ("", "local")
    assert others.meta.region_name == "eu-west-1"
    assert others.meta.config.retries != ONCE.retries


def test_a_role_that_cannot_be_assumed_is_refused_by_name() -> None:
    """With the reason, and where to look; here nobody answers."""
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    clients = AwsClients(session)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
        patched.setattr("vectora_core.aws.PATIENT", ONCE)
        with pytest.raises(SettingsError, match=f"the role {ROLE} cannot be assumed: .*check its trust policy"):
            clients.client("batch", "us-east-1", ROLE)


def test_without_a_region_there_is_a_default_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the session goes before it."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert AwsClients().region == DEFAULT_REGION
    assert AwsClients(boto3.Session(region_name="eu-west-1")).region == "eu-west-1"


def test_who_waits_at_a_page_is_told_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """After two tries, each of them bounded; this test only ends because of the limit (a shorter one here)."""
    assert INTERACTIVE.retries == {"mode": "standard", "total_max_attempts": 2}
    assert (INTERACTIVE.connect_timeout, INTERACTIVE.read_timeout) == (2, 10)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{silent.getsockname()[1]}")
        client = AwsClients(session).client("dynamodb", config=INTERACTIVE.merge(Config(read_timeout=0.2)))
        table = JobStateTable(client, "jobs", clock=lambda: NOW)
        with pytest.raises(JobTableError, match="the job table jobs is out of reach") as caught:
            table.get("a")
    assert caught.value.transient
