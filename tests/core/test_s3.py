"""How patient S3 is asked: a page that nobody answers ends with the reason, and does not hang."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.fakes.misbehaving_server import Behaviour, MisbehavingServer, drip, hang
from vectora_core.errors import StorageError
from vectora_core.s3 import INTERACTIVE, Patience, s3_store
from vectora_core.storage import Storage, open_storage

BRIEF = Patience(connect_seconds=0.2, request_seconds=0.2, retries=1)


@pytest.fixture(autouse=True)
def _signed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken and where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


READS: dict[str, Callable[[Storage], object]] = {
    "get": lambda storage: storage.get("a"),
    "folders": lambda storage: storage.list_folders("a"),
    "list": lambda storage: storage.list_objects("a"),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_port_where_nobody_listens_is_an_error(
    closed_port: int, monkeypatch: pytest.MonkeyPatch, read: Callable[[Storage], object]
) -> None:
    """After as many tries as were allowed, which the message says."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(StorageError, match="check the URL, the credentials and the network") as caught:
        read(open_storage("s3://bucket", patience=Patience(connect_seconds=9, request_seconds=9, retries=1)))
    assert "after 1 retries" in str(caught.value)
    assert caught.value.transient is True


@pytest.mark.parametrize("behaviour", [hang, drip], ids=["never answers", "never ends"])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_server_that_never_comes_to_an_end_is_an_error(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[Storage], object], behaviour: Behaviour
) -> None:
    """Nobody would wait for it; this test only ends because of the limit."""

    async def ask() -> object:
        async with MisbehavingServer() as server:
            for path in ("/bucket", "/bucket/a"):
                server.on(path, behaviour)
            monkeypatch.setenv("AWS_ENDPOINT_URL", server.url(""))
            return await asyncio.to_thread(read, open_storage("s3://bucket", patience=BRIEF))

    with pytest.raises(StorageError, match="cannot be reached") as caught:
        asyncio.run(ask())
    assert caught.value.transient is True


def test_without_limits_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ingest and the syncs go on waiting as long as they did."""
    store = s3_store("bucket", "")
    assert store.retry_config is None
    assert set(store.client_options or {}) == {"allow_http"}


def test_who_waits_at_a_page_waits_seconds() -> None:
    """Both the request and its repetition are bounded."""
    store = s3_store("bucket", "prefix", patience=INTERACTIVE)
    retries = store.retry_config or {}
    assert (retries["max_retries"], retries["retry_timeout"]) == (1, timedelta(seconds=8))
    options = store.client_options or {}
    assert (str(options["connect_timeout"]), str(options["timeout"])) == ("2s", "8s")
