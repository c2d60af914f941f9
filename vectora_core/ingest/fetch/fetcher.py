"""Fetching: one URL in, the bytes of its 2xx answer out; bounded in time, size, redirects, attempts and number at once.

It stores nothing (`snapshots` does) and reads no content (`parsers` do).

It drives httpx's transport layer, httpcore, rather than `httpx.AsyncClient`: the client writes whole URLs into the log,
keeps cookies, and carries foreign header fields over redirects. Proxies of the environment are not used: behind a proxy
the address that is connected to can no longer be checked. SSL_CERT_FILE and SSL_CERT_DIR are honoured.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from vectora_core.errors import FetchError
from vectora_core.ingest.fetch import failures
from vectora_core.ingest.fetch.body import ACCEPTED, BodyDecoder, too_large
from vectora_core.ingest.fetch.hops import Hop, first_hop, next_hop
from vectora_core.ingest.fetch.pacing import HostPacer, Pacer, Sleep
from vectora_core.ingest.types import Request, Response

if TYPE_CHECKING:
    import ssl

    import httpcore
    import httpx
    from tenacity import RetryCallState

    from vectora_core.settings import Settings

MAX_REDIRECTS = 5
RETRY_AFTER_LIMIT_SECONDS = 30.0
"""A server that asks for a longer pause is left alone in this run."""
BACKOFF_SECONDS, BACKOFF_LIMIT_SECONDS = 0.5, 15.0
IDLE_CONNECTION_SECONDS = 15.0

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/xml;q=0.9, application/json;q=0.9, text/html;q=0.9, */*;q=0.5"
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(kw_only=True)
class _Trip:
    """One call of `fetch` on its way: what it has used up so far."""

    request: Request
    attempts: int = 0
    requests: int = 0
    seconds_left: float = 0


class Fetcher:
    """Fetches for one run; an async context manager, to be used in one event loop.

    :param settings: limits, User-Agent and the private networks that are allowed
    :param clock: the present moment in UTC; a Retry-After that is a date counts from it
    :param pacer: who spaces the requests to one host; within this process unless given
    :param sleep: waits so many seconds, between attempts and requests
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        pacer: Pacer | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._pacer = pacer or HostPacer(sleep=sleep)
        self._in_flight = asyncio.Semaphore(settings.fetch_concurrency)
        self._per_host = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(settings.fetch_concurrency_per_host))
        self._pools: dict[tuple[bool, bool], httpcore.AsyncConnectionPool] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    async def fetch(self, request: Request) -> Response:
        """Return the 2xx answer to a GET, after redirects and attempts.

        :raises FetchError: with its class (``timeout``, ``dns``, ``connection``, ``tls``, ``protocol``, ``http_404`` …,
            ``too_large``, ``bad_encoding``, ``too_many_redirects``, ``private_address``, ``bad_url``, ``bad_header``)
            and the number of requests made; the transient ones have been tried `fetch_attempts` times
        """
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        trip = _Trip(request=request)
        attempts = AsyncRetrying(
            stop=stop_after_attempt(self._settings.fetch_attempts),
            retry=retry_if_exception(_worth_another),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return await attempts(self._attempt, trip)
        except FetchError as error:
            error.requests = trip.requests
            raise

    async def _attempt(self, trip: _Trip) -> Response:
        """Follow the URL to its answer; the time limit is for all its redirects together, waiting for a turn not counted."""
        trip.attempts += 1
        trip.seconds_left = _seconds(trip.request, self._settings)
        hop = first_hop(trip.request)
        for _ in range(MAX_REDIRECTS + 1):
            async with self._turn(hop.url.host, trip.request.min_interval_seconds):
                answer = await self._exchange(hop, trip)
            if isinstance(answer, Response):
                return answer
            hop = answer
        raise failures.named(trip.request.url, failures.too_many_redirects(MAX_REDIRECTS))

    @asynccontextmanager
    async def _turn(self, host: str, min_interval_seconds: float) -> AsyncIterator[None]:
        """Hold a place of the host and of the whole; who waits for its host's turn takes no place from other hosts."""
        async with self._per_host[host]:
            async with self._pacer.turn(host, min_interval_seconds):
                await self._in_flight.acquire()
            try:
                yield
            finally:
                self._in_flight.release()

    async def _exchange(self, hop: Hop, trip: _Trip) -> Response | Hop:
        """Send one request and read its answer; everything that can go wrong leaves here as a FetchError with its URL."""
        now = asyncio.get_running_loop().time
        started = now()
        try:
            pool = self._pool(trip)
            trip.requests, started = trip.requests + 1, now()  # loading certificates is not the server's time
            async with asyncio.timeout(trip.seconds_left):
                return await self._answer(hop, trip, pool)
        except FetchError as error:
            raise failures.named(str(hop.url), error) from error.__cause__
        except TimeoutError as error:
            limit = _seconds(trip.request, self._settings)
            raise failures.named(str(hop.url), failures.timed_out(limit)) from error
        except Exception as error:  # see of_exception: the HTTP stack lets through more than its own errors
            raise failures.named(str(hop.url), failures.of_exception(error)) from error
        finally:
            trip.seconds_left -= now() - started

    async def _answer(self, hop: Hop, trip: _Trip, pool: httpcore.AsyncConnectionPool) -> Response | Hop:
        import httpx

        answer = await pool.handle_async_request(self._message(hop))
        try:
            headers = httpx.Headers(answer.headers)
            if answer.status in _REDIRECTS and "location" in headers:
                return next_hop(hop, headers["location"])
            if not 200 <= answer.status < 300:
                raise failures.of_status(answer.status, headers, now=self._clock())
            body = await self._body(answer, headers)
        finally:
            await answer.aclose()
        return Response(
            url=str(hop.url), status=answer.status, headers=dict(headers.items()), body=body, requests=trip.requests
        )

    async def _body(self, answer: httpcore.Response, headers: httpx.Headers) -> bytes:
        limit = self._settings.fetch_max_bytes
        declared = headers.get("content-length", "")
        if declared.isdecimal() and float(declared) > limit:
            raise too_large(limit)
        body = BodyDecoder(headers.get("content-encoding", ""), limit=limit)
        async for chunk in answer.aiter_stream():
            body.feed(chunk)
        return body.finish()

    def _pool(self, trip: _Trip) -> httpcore.AsyncConnectionPool:
        """Return the connections for this attempt, made when they are first needed.

        HTTP/2 is for the first attempt: a connection that hangs would be shared by the next, and some servers only claim it.
        """
        kind = (trip.request.ssl_verify, trip.attempts == 1)
        if kind not in self._pools:
            self._pools[kind] = _make_pool(self._settings, ssl_verify=kind[0], http2=kind[1])
        return self._pools[kind]

    def _message(self, hop: Hop) -> httpcore.Request:
        import httpcore
        import httpx

        fields = httpx.Headers({"User-Agent": self._settings.user_agent, "Accept": _ACCEPT})
        fields.update(hop.headers)
        fields["Accept-Encoding"] = ACCEPTED  # what is decoded here, whatever the source would like
        built = httpx.Request("GET", hop.url, headers=fields)
        url = httpcore.URL(scheme=hop.url.raw_scheme, host=hop.url.raw_host, port=hop.url.port, target=hop.url.raw_path)
        return httpcore.Request(b"GET", url, headers=built.headers.raw)


def trusted_certificates(environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Return where the environment says the trusted certificates are: a file and a folder, empty for the usual ones."""
    return environ.get("SSL_CERT_FILE", ""), environ.get("SSL_CERT_DIR", "")


@lru_cache(maxsize=8)
def tls_context(*, ssl_verify: bool, http2: bool, trusted: tuple[str, str]) -> ssl.SSLContext:
    """Return the TLS side of all connections of a kind; reading the certificates takes 40 ms, so a process does it once.

    :param http2: httpcore writes the protocols it offers into the context: each of the two needs its own
    :param trusted: what `trusted_certificates` says now; httpx reads the same variables
    :raises OSError: when they cannot be read
    """
    import httpx

    return httpx.create_ssl_context(verify=ssl_verify)


def _make_pool(settings: Settings, *, ssl_verify: bool, http2: bool) -> httpcore.AsyncConnectionPool:
    import httpcore

    from vectora_core.ingest.fetch.network_guard import GuardedBackend

    try:
        tls = tls_context(ssl_verify=ssl_verify, http2=http2, trusted=trusted_certificates())
    except OSError as error:
        raise failures.unreadable_certificates(error) from error
    return httpcore.AsyncConnectionPool(
        ssl_context=tls,
        max_connections=None,  # the places of `_turn` are the limit
        max_keepalive_connections=settings.fetch_concurrency,
        keepalive_expiry=IDLE_CONNECTION_SECONDS,
        http2=http2,
        network_backend=GuardedBackend(settings.private_networks),
    )


def _seconds(request: Request, settings: Settings) -> float:
    return request.timeout_seconds or settings.fetch_timeout_seconds


def _worth_another(error: BaseException) -> bool:
    return isinstance(error, FetchError) and error.transient and (error.retry_after or 0) <= RETRY_AFTER_LIMIT_SECONDS


def _pause(state: RetryCallState) -> float:
    """Seconds before the next attempt: exponential with random jitter, and not less than the server asked for."""
    from tenacity import wait_exponential_jitter

    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, FetchError) else None
    backoff = wait_exponential_jitter(multiplier=BACKOFF_SECONDS, max=BACKOFF_LIMIT_SECONDS, jitter=BACKOFF_SECONDS)
    return (asked or 0) + float(backoff(state))
