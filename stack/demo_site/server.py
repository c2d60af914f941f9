"""Serves the demo web site, with conditional requests (RFC 9110 13.1.2), so that clients can try them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from stack.demo_site.pages import Answer, site
from stack.errors import StackError
from stack.ports import LOCALHOST

_NOT_FOUND = Answer(body=b"there is no such page\n", content_type="text/plain; charset=utf-8", status=404)


def serve(port: int, *, host: str = LOCALHOST, url: str = "", today: date | None = None) -> None:
    """Serve the site until the process is stopped.

    :param port: 0 takes a free one; the address is printed
    :param url: where its readers find it, which its links say; empty is that address
    :param today: the day everything is dated from; None is the day (UTC) of each request
    :raises StackError: when the port is in use
    """
    try:
        made = make_server(port, host=host, url=url, day_of=lambda: today or datetime.now(UTC).date())
    except OSError as error:
        raise StackError(f"port {port} cannot be bound ({error.strerror}): choose another with --port") from error
    with made as server:
        print(f"demo site on http://{host}:{server.server_address[1]}/", flush=True)
        server.serve_forever(poll_interval=0.1)


def make_server(port: int, *, host: str = LOCALHOST, url: str = "", day_of: Callable[[], date]) -> ThreadingHTTPServer:
    """Return a bound server that is not serving yet.

    :param day_of: asked for the day at every request
    """

    class Handler(_SiteHandler):
        pages_today = staticmethod(lambda: pages(server.server_address[1], day_of()))

    pages = lru_cache(maxsize=2)(lambda at, day: site(url or f"http://{LOCALHOST}:{at}", day))
    server = _Server((host, port), Handler)
    return server


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # the default of 5 turns away a hundred clients that come at once


class _SiteHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages_today: Callable[[], dict[str, Answer]]

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        answer = self.pages_today().get(urlsplit(self.path).path, _NOT_FOUND)
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
        known = answer.status == HTTPStatus.OK and self.headers.get("If-None-Match") == tag
        body = b"" if known else answer.body
        self.send_response(HTTPStatus.NOT_MODIFIED if known else answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        self.end_headers()
        if with_body:
            self.wfile.write(body)
