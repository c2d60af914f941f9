"""An embedded AWS that all tests share: a bucket each, and a job table each."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest

from stack import embedded_aws
from stack.ports import free_ports
from stack.processes import Children
from tests.fakes.jobs import NewTable, make_table


@pytest.fixture(scope="session")
def _aws_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("aws"), free_ports().aws
    with Children(environment={"PATH": os.environ["PATH"], "HOME": str(folder)}, logs=folder / "logs") as children:
        children.start(
            "aws", embedded_aws.aws_command(), extra=embedded_aws.aws_server_environment(port, folder, keep=False)
        )
        children.wait_until(lambda: embedded_aws.is_ready(port), what="an answer of the embedded AWS", timeout=120)
        yield port


@pytest.fixture
def new_bucket(_aws_port: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Makes an empty bucket and returns its name; the environment leads every S3 client to the embedded S3."""
    for name, value in embedded_aws.aws_client_environment(_aws_port).items():
        monkeypatch.setenv(name, value)

    def make() -> str:
        bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        httpx.put(f"{embedded_aws.endpoint(_aws_port)}/{bucket}", trust_env=False).raise_for_status()
        return bucket

    return make


@pytest.fixture
def new_table(new_bucket: Callable[[], str]) -> NewTable:
    """Makes an empty job table and returns it; the environment leads every AWS client to the embedded DynamoDB."""
    return make_table
