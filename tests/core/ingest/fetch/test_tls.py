"""HTTPS: certificates verified against the host name although the connection goes to a checked address; HTTP/2."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from tests.fakes.certificates import self_signed, server_context
from tests.fakes.fetching import Place, at
from tests.fakes.misbehaving_server import answer
from vectora_core.errors import FetchError
from vectora_core.ingest.types import Response


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for localhost that this process trusts."""
    pem = self_signed(tmp_path, host="localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    return pem


async def on_localhost(place: Place) -> Response:
    place.server.on("/feed", answer(200, b"ok"))
    return await place.fetch(place.server.url("/feed", host="localhost"))


def test_a_trusted_certificate_of_the_host_is_taken(trusted: Path) -> None:
    """The connection goes to 127.0.0.1, the certificate is checked for localhost, and SSL_CERT_FILE counts."""
    assert at(on_localhost, tls=server_context(trusted)).body == b"ok"


def test_an_untrusted_certificate_is_refused_and_the_way_out_is_named(tmp_path: Path) -> None:
    """Self-signed: permanent, one attempt, nothing asked, and the message names ssl_verify."""

    async def story(place: Place) -> tuple[FetchError, int]:
        url = place.server.on("/feed", answer(200))
        return await place.refusal(url.replace("127.0.0.1", "localhost")), len(place.server.received)

    error, received = at(story, tls=server_context(self_signed(tmp_path, host="localhost")))
    assert (error.failure_class, error.transient, error.requests, received) == ("tls", False, 1, 0)
    assert "ssl_verify: false" in str(error)
    assert "self-signed certificate" in str(error)


def test_a_certificate_of_another_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusted, but for another name: refused like the untrusted one."""
    pem = self_signed(tmp_path, host="elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))

    async def story(place: Place) -> FetchError:
        return await place.refusal(place.server.url("/feed", host="localhost"))

    assert at(story, tls=server_context(pem)).failure_class == "tls"


def test_ssl_verify_false_takes_any_certificate_for_that_request_only(tmp_path: Path) -> None:
    """The extractor's switch opens this source and no other."""

    async def story(place: Place) -> tuple[Response, FetchError]:
        url = place.server.on("/feed", answer(200, b"ok"))
        return await place.fetch(url, ssl_verify=False), await place.refusal(url)

    response, error = at(story, tls=server_context(self_signed(tmp_path, host="localhost")))
    assert response.body == b"ok"
    assert error.failure_class == "tls"


def test_https_on_a_plain_port_is_a_tls_error() -> None:
    """A server that does not speak TLS at all: permanent, class tls."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    async def story(place: Place) -> FetchError:
        async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
            return await place.refusal(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed")

    error = at(story)
    assert (error.failure_class, error.transient) == ("tls", False)


def test_certificates_that_cannot_be_loaded_are_told_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wrong SSL_CERT_FILE is this machine's mistake, and the message says where."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))

    async def story(place: Place) -> FetchError:
        return await place.refusal(place.server.url("/feed"))

    error = at(story)
    assert (error.failure_class, error.transient, error.requests) == ("tls", False, 0)
    assert "SSL_CERT_FILE" in str(error)


def test_http_2_is_spoken_where_it_is_offered(trusted: Path) -> None:
    """A server that offers h2 is asked in it."""

    async def story(place: Place) -> Response:
        async with await asyncio.start_server(_speak_http_2, "127.0.0.1", 0, ssl=_h2(trusted)) as server:
            port = server.sockets[0].getsockname()[1]
            return await place.fetch(f"https://localhost:{port}/feed")

    response = at(story)
    assert (response.body, response.headers["content-type"], response.requests) == (b"two", "text/plain", 1)


def test_a_server_that_only_claims_http_2_is_asked_in_http_1(trusted: Path) -> None:
    """The second attempt goes over HTTP/1.1."""

    async def story(place: Place) -> Response:
        return await on_localhost(place)

    response = at(story, tls=_h2(trusted))
    assert (response.body, response.requests) == (b"ok", 2)


def _h2(pem: Path) -> ssl.SSLContext:
    return server_context(pem, alpn=("h2", "http/1.1"))


async def _speak_http_2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the first request of a connection with a word."""
    connection = H2Connection(config=H2Configuration(client_side=False))
    connection.initiate_connection()
    while data := await reader.read(65536):
        for event in connection.receive_data(data):
            if isinstance(event, RequestReceived):
                connection.send_headers(event.stream_id, [(":status", "200"), ("content-type", "text/plain")])
                connection.send_data(event.stream_id, b"two", end_stream=True)
        writer.write(connection.data_to_send())
    writer.close()
