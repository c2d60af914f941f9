"""A TCP proxy that keeps every request back for a while, as a network would: `python -m benchmarks.slow_proxy`.

One chunk from the client counts as one request, which holds for reads over HTTP/1.1: no body, and no pipelining.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

_CHUNK = 2**18
LOCALHOST = "127.0.0.1"


async def serve(port: int, upstream: int, delay: float) -> None:
    """Pass everything on until the process is ended.

    :param port: to listen on, on 127.0.0.1
    :param upstream: port of the server behind
    :param delay: seconds that a request is kept back
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            answers, requests = await asyncio.open_connection(LOCALHOST, upstream)
            await asyncio.gather(_pass_on(reader, requests, delay), _pass_on(answers, writer, 0))

    server = await asyncio.start_server(connected, LOCALHOST, port, backlog=1024)
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            if delay:
                await asyncio.sleep(delay)
            writer.write(chunk)
            await writer.drain()
    writer.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slow_proxy", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", type=int, required=True)
    parser.add_argument("--delay", type=float, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.upstream, arguments.delay))


if __name__ == "__main__":
    main()
