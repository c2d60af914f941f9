"""The strict fake of AWS Batch in this process, with a clock that tests move.

with running_batch() as batch:
    job_id = batch.fake.submit("pre-1", "demo-high")
    batch.fake.play(job_id, "RUNNING")
    batch.client().describe_jobs(jobs=[job_id])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from stack.embedded_aws import CREDENTIALS
from stack.fake_batch.clock import Clock
from stack.fake_batch.model import QUEUES, FakeBatch
from stack.fake_batch.server import in_thread, make_server, url_of

ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)


@dataclass(frozen=True, kw_only=True)
class RunningBatch:
    """A fake that answers at a URL."""

    url: str
    fake: FakeBatch

    @property
    def environment(self) -> Mapping[str, str]:
        """What leads every client of Batch to it."""
        region = self.fake.names.region
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL_BATCH": self.url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, config: Config = ONCE, **arguments: Any) -> Any:
        """A boto3 client of it, which repeats nothing by itself."""
        return boto3.client(
            "batch",
            endpoint_url=self.url,
            region_name=self.fake.names.region,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=config,
            **arguments,
        )


@contextmanager
def running_batch(
    *,
    clock: Clock | None = None,
    region: str = "us-east-1",
    account: str = "123456789012",
    queues: Iterable[str] = QUEUES,
) -> Iterator[RunningBatch]:
    """A fake of one region of one account; without a clock it stands at 2025-12-23T13:47:15.776Z until it is moved."""
    server, fake = make_server(0, fake=FakeBatch(clock=clock, region=region, account=account, queues=queues))
    with server:
        thread = in_thread(server)
        try:
            yield RunningBatch(url=url_of(server), fake=fake)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def fake_batch() -> Iterator[RunningBatch]:
    """Import it into a test module (``from tests.fakes.batch import fake_batch``) to get a fake for each test."""
    with running_batch() as batch:
        yield batch
