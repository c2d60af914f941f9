"""Serves the fake of Batch on 127.0.0.1, so that boto3 talks to it through ``AWS_ENDPOINT_URL_BATCH``."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
import uuid
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final
from urllib.parse import unquote, urlsplit

from stack.errors import StackError
from stack.fake_batch import script
from stack.fake_batch.clock import RealClock
from stack.fake_batch.control import PREFIX, controlled
from stack.fake_batch.faults import ApiError, server_error, throttled
from stack.fake_batch.model import QUEUES, FakeBatch
from stack.fake_batch.operations import answer
from stack.fake_batch.protocol import ShapeError, operation_at, parsed, serialised
from stack.ports import LOCALHOST

_MOST_BYTES: Final = 10 * 1024 * 1024
_SIGNED_FOR: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request,"
)
_ABORT: Final = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close sends RST


def serve(port: int, *, host: str = LOCALHOST, demo: bool = False) -> None:
    """Serve the fake until the process is stopped.

    :param port: 0 takes a free one; the address is printed
    :param demo: whether the scripted jobs begin at once
    :raises StackError: when the port is in use
    """
    try:
        server, fake = make_server(port, host=host, fake=FakeBatch(clock=RealClock()))
    except OSError as error:
        raise StackError(f"port {port} cannot be bound ({error.strerror}): choose another with --port") from error
    with server:
        print(f"fake of AWS Batch on {url_of(server)} (queues {', '.join(fake.queues)})", flush=True)
        if demo:
            script.start(fake)
        server.serve_forever(poll_interval=0.1)


def make_server(
    port: int = 0, *, host: str = LOCALHOST, queues: Iterable[str] = QUEUES, fake: FakeBatch | None = None
) -> tuple[ThreadingHTTPServer, FakeBatch]:
    """Return a bound server that is not serving yet, and the fake it serves.

    :param queues: names of the queues of a new fake, which stands still until its clock is moved
    """
    serving = fake or FakeBatch(queues=queues)

    class Handler(_Handler):
        fake = serving

    return _Server((host, port), Handler), serving


def url_of(server: ThreadingHTTPServer) -> str:
    """Return the address of a server: what ``AWS_ENDPOINT_URL_BATCH`` is set to."""
    return f"http://{LOCALHOST}:{server.server_address[1]}"


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that is to be reset gets no orderly end before."""
        if request.fileno() >= 0 and request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_ABORT)) == _ABORT:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is no error of the fake."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    fake: ClassVar[FakeBatch]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
        """Log nothing: requests are counted."""

    def do_POST(self) -> None:
        path = unquote(urlsplit(self.path).path)
        try:
            body = self._body()
            if path.startswith(PREFIX):
                done = controlled(self.fake, path.removeprefix(PREFIX), body, demo=lambda: script.start(self.fake))
                self._send(200, json.dumps({"result": done}).encode())
            else:
                self._serve(path, body)
        except ApiError as error:
            self._send_error(error)
        except ShapeError as error:
            self._send_error(ApiError("FakeIsWrong", str(error), 500))

    do_GET = do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 - named by the standard library

    def _serve(self, path: str, body: bytes) -> None:
        operation = operation_at(self.command, path)
        with self.fake.lock:
            self.fake.calls[operation] += 1
        seconds, failure = self.fake.faults.hit(operation)
        time.sleep(seconds)
        if failure == "reset":
            self._reset()
        elif failure:
            raise throttled() if failure == "throttle" else server_error()
        else:
            self._require_signature()
            self._send(200, serialised(operation, answer(self.fake, operation, parsed(operation, body))))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit() and int(length) <= _MOST_BYTES):
            self.close_connection = True
            raise ApiError("RequestEntityTooLarge", f"a body of {length} bytes is too large", 413)
        return self.rfile.read(int(length))

    def _require_signature(self) -> None:
        """Refuse what the gateway of AWS would refuse: no signature, or one for another service or region."""
        signed = _SIGNED_FOR.match(self.headers.get("Authorization", ""))
        if signed is None:
            raise ApiError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
        if (signed["service"], signed["region"]) != ("batch", self.fake.names.region):
            said = f"Credential should be scoped to a valid region and service, not {signed['region']}/{signed['service']}"
            raise ApiError("InvalidSignatureException", said, 403)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self.close_connection = True

    def _send_error(self, error: ApiError) -> None:
        self._send(error.status, json.dumps({"message": error.message}).encode(), error=error.code)

    def _send(self, status: int, body: bytes, *, error: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(body)


def in_thread(server: ThreadingHTTPServer) -> threading.Thread:
    """Serve in a thread of its own until ``server.shutdown()`` is called."""
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), name="fake-batch", daemon=True)
    thread.start()
    return thread
