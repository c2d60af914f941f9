"""A web site of a test's own on 127.0.0.1: pages by path, a count of requests, and gates that hold answers back."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from xml.sax.saxutils import escape


@dataclass
class Answer:
    """What a path answers; ``gate`` holds it back until it is set."""

    body: bytes
    content_type: str = "application/rss+xml"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    gate: threading.Event | None = None


class NewsSite:
    """A real HTTP server; ``asked`` counts requests by path, ``arrived`` is set with the first request to a gated path."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()
        self.arrived = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """The address of the site, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> NewsSite:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for answer in self.pages.values():
            if answer.gate:
                answer.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(site) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                site.asked[path] += 1
                answer = site.pages.get(path, Answer(body=b"not here", status=404, content_type="text/plain"))
                if answer.gate:
                    site.arrived.set()
                    answer.gate.wait(120)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Keep the terminal quiet."""

        return Handler


@dataclass(frozen=True, kw_only=True)
class Article:
    """One article of a feed; ``published`` None leaves the date out."""

    title: str
    link: str
    published: datetime | None
    text: str = "Something happened, and this sentence says what it was in a few more words."


def rss(articles: Sequence[Article], *, title: str = "News") -> bytes:
    """Return an RSS 2.0 feed."""
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.link)}</link>"
        + (f"<pubDate>{format_datetime(one.published)}</pubDate>" if one.published else "")
        + f"<description>{escape(one.text)}</description></item>"
        for one in articles
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{escape(title)}</title>'
        f"<link>http://127.0.0.1/</link><description>x</description>{items}</channel></rss>"
    ).encode()
