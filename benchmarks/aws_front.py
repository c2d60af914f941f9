"""S3 and DynamoDB as the pages see them, with every request counted: `python -m benchmarks.aws_front`.

S3 is the embedded one, behind it. DynamoDB is made up here: a table of so many jobs whose index costs what it returns, as
the real one does; the embedded one sorts a whole partition for every query, 3 s of it at 100,000 rows.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from benchmarks.indexed_table import IndexedTable

LOCALHOST = "127.0.0.1"
COUNTS = "/_counts"
_SECONDS = 30
_NOT_PASSED_ON = frozenset({"connection", "transfer-encoding", "keep-alive", "date", "server"})


class Front(BaseHTTPRequestHandler):
    """Answers DynamoDB, passes S3 on, counts both."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are sent one after the other: the second would wait 40 ms
    table: ClassVar[IndexedTable]
    upstream: ClassVar[int]
    counts: ClassVar[Counter[str]] = Counter()
    local: ClassVar[threading.local] = threading.local()

    def do_GET(self) -> None:
        """Tell the counts, and forget them; everything else is S3's."""
        if self.path != COUNTS:
            self._pass_on()
            return
        counted = dict(Front.counts)
        Front.counts.clear()
        self._answer(200, json.dumps(counted).encode(), "application/json")

    def do_POST(self) -> None:
        """Answer DynamoDB."""
        api = self.headers.get("x-amz-target", "").rpartition(".")[2]
        if not api:
            self._pass_on()
            return
        Front.counts[f"dynamodb {api}"] += 1
        found = self.table.answer(api, json.loads(self._body()))
        self._answer(200, json.dumps(found).encode(), "application/x-amz-json-1.0")

    def do_PUT(self) -> None:
        """Pass on."""
        self._pass_on()

    def do_HEAD(self) -> None:
        """Pass on."""
        self._pass_on()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as its base names it
        """Keep quiet."""

    def _pass_on(self) -> None:
        Front.counts[f"s3 {self.command}"] += 1
        upstream = self._upstream()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_PASSED_ON}
        upstream.request(self.command, self.path, body=self._body(), headers=headers)
        answer = upstream.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _NOT_PASSED_ON and (name.lower() != "content-length" or self.command == "HEAD"):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _upstream(self) -> HTTPConnection:
        if not hasattr(self.local, "connection"):
            self.local.connection = HTTPConnection(LOCALHOST, self.upstream, timeout=_SECONDS)
        connection: HTTPConnection = self.local.connection
        return connection

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Read the command line and serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.aws_front", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", type=int, required=True)
    parser.add_argument("--jobs", type=int, required=True)
    arguments = parser.parse_args()
    Front.table = IndexedTable(arguments.jobs)
    Front.upstream = arguments.upstream
    ThreadingHTTPServer((LOCALHOST, arguments.port), Front).serve_forever()


if __name__ == "__main__":
    main()
