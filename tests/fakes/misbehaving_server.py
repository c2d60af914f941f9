"""An HTTP server on 127.0.0.1 that does what real ones do wrong: hang, drip, reset, lie about lengths, redirect for ever.

It speaks plain bytes, so that it can answer what no HTTP library would. A path is given behaviours that follow one another;
the last one stays.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as it arrived; header names in lower case."""

    target: str
    version: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Line:
    """The connection a behaviour answers on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


Behaviour = Callable[[Line], Awaitable[None]]


def answer(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None, *, length: int | None = None
) -> Behaviour:
    """A whole answer; ``length`` is what Content-Length claims."""
    fields = {"Content-Length": str(len(body) if length is None else length), **(headers or {})}
    head = f"HTTP/1.1 {status} Whatever\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    return raw(head.encode() + body)


def redirect(location: str, status: int = 302) -> Behaviour:
    """An answer that leads elsewhere."""
    return answer(status, headers={"Location": location})


def raw(data: bytes) -> Behaviour:
    """These bytes, whatever they mean; the connection stays open while it may."""

    async def behave(line: Line) -> None:
        await line.send(data)

    return behave


def then_close(behaviour: Behaviour) -> Behaviour:
    """A behaviour after which the connection is closed in order."""

    async def behave(line: Line) -> None:
        await behaviour(line)
        line.writer.close()

    return behave


async def hang(line: Line) -> None:
    """Nothing, for ever."""
    await asyncio.Event().wait()


async def drip(line: Line) -> None:
    """A body that never ends, a byte at a time."""
    await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        await line.send(b".")
        await asyncio.sleep(0.01)


async def drip_header(line: Line) -> None:
    """A header that never ends, a byte at a time."""
    await line.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        await line.send(b".")
        await asyncio.sleep(0.01)


async def reset(line: Line) -> None:
    """A connection torn down without a word (RST)."""
    line.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.writer.transport.abort()


async def endless(line: Line) -> None:
    """A body without a declared length that never ends, as fast as it goes."""
    await line.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await line.send(b"x" * 65536)


@dataclass
class MisbehavingServer:
    """The server; an async context manager that listens while it is entered.

    :param tls: what it speaks TLS with, if it does
    """

    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    _behaviours: dict[str, list[Behaviour]] = field(default_factory=lambda: defaultdict(list))
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def on(self, path: str, *behaviours: Behaviour) -> str:
        """Give a path its behaviours, one after the other, the last one for ever; returns its URL."""
        self._behaviours[path] = list(behaviours)
        return self.url(path)

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [request.target for request in self.received]

    async def first_request(self) -> None:
        """Wait until somebody has asked for something."""
        await self._arrived.wait()

    async def all_gone(self) -> None:
        """Wait until every connection has been closed by its client."""
        await asyncio.gather(*self._open)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(Line(reader=reader, writer=writer)))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, line: Line) -> None:
        self.connections += 1
        try:
            while request := await _read_request(line.reader):
                self.received.append(request)
                self._arrived.set()
                await self._behave(request, line)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has had enough
        finally:
            line.writer.transport.abort()

    async def _behave(self, request: Received, line: Line) -> None:
        script = self._behaviours.get(request.target.partition("?")[0]) or [answer(404)]
        await (script.pop(0) if len(script) > 1 else script[0])(line)


async def _read_request(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    _, target, version = first.split(" ")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Received(target=target, version=version, headers=fields)
