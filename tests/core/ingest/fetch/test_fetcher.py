"""One URL through the fetcher, against a server that misbehaves on purpose."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.fetching import Place, at, fails, succeeds
from tests.fakes.misbehaving_server import (
    Behaviour,
    Line,
    MisbehavingServer,
    answer,
    drip,
    drip_header,
    hang,
    raw,
    redirect,
    reset,
    then_close,
)
from vectora_core.errors import FetchError
from vectora_core.ingest.types import Request


def test_a_plain_answer_comes_back_whole() -> None:
    """Status, lower-case header names, body and final URL are those of the answer; one request was made."""
    response, place = succeeds(answer(200, b"<rss/>", {"Content-Type": "application/rss+xml", "X-A": "1"}))
    assert (response.status, response.body, response.requests) == (200, b"<rss/>", 1)
    assert response.headers["content-type"] == "application/rss+xml"
    assert response.url == place.server.url("/feed")


def test_the_request_says_who_asks() -> None:
    """User-Agent is the setting's, Accept prefers feeds, and only codings that are decoded are asked for."""
    _, place = succeeds(answer(200), user_agent="Vectora-Test/1 (+https://example.org)")
    sent = place.server.received[0].headers
    assert sent["user-agent"] == "Vectora-Test/1 (+https://example.org)"
    assert sent["accept"].startswith("application/atom+xml, application/rss+xml")
    assert sent["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in sent


def test_http_1_0_without_a_length_ends_with_the_connection() -> None:
    """An HTTP/1.0 answer is whole when its connection is closed."""
    response, _ = succeeds(then_close(raw(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>old</p>")))
    assert response.body == b"<p>old</p>"


@pytest.mark.parametrize("behaviour", [hang, drip, drip_header], ids=lambda one: one.__name__)
def test_the_deadline_holds_from_connect_to_last_byte(behaviour: Behaviour) -> None:
    """A server that hangs, or sends a byte now and then, costs no more than the time limit of each attempt."""
    error, place = fails(behaviour, fetch_timeout_seconds=0.2, fetch_attempts=2)
    assert (error.failure_class, error.transient, error.requests) == ("timeout", True, 2)
    assert "no whole answer within 0.2 s" in str(error)
    assert place.server.connections == 2, "the second attempt must not share a connection that hangs"


def test_the_source_may_have_its_own_deadline() -> None:
    """timeout_seconds of the request wins over the setting."""

    async def story(place: Place) -> FetchError:
        return await place.refusal(place.server.on("/feed", hang), timeout_seconds=0.05)

    assert "within 0.05 s" in str(at(story, fetch_attempts=1))


def test_a_slow_chain_of_redirects_has_one_deadline() -> None:
    """The redirects of an attempt share its time: six hops do not get six limits."""

    async def slowly(line: Line) -> None:
        await asyncio.sleep(0.15)
        await redirect("/feed")(line)

    error, place = fails(slowly, fetch_timeout_seconds=0.35, fetch_attempts=1)
    assert error.failure_class == "timeout"
    assert len(place.server.received) <= 3


@pytest.mark.parametrize(
    ("behaviour", "failure_class"),
    [
        (reset, "connection"),
        (then_close(raw(b"")), "protocol"),
        (then_close(raw(b"\x16\x03\x01 220 ESMTP ready\r\n\r\n")), "protocol"),
        (then_close(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")), "protocol"),
        (then_close(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf")), "protocol"),
        (then_close(raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")), "protocol"),
        (then_close(raw(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n")), "protocol"),
    ],
    ids=["reset", "closed", "not-http", "short", "bad-chunk", "negative-length", "endless-header"],
)
def test_a_broken_connection_may_pass(behaviour: Behaviour, failure_class: str) -> None:
    """Resets, closed connections and bytes that are not HTTP are tried again, and then the failure names the URL."""
    error, place = fails(behaviour, fetch_attempts=2)
    assert (error.failure_class, error.transient, error.requests) == (failure_class, True, 2)
    assert str(error).startswith(place.server.url("/feed"))


def test_a_refused_connection_may_pass() -> None:
    """Nobody listens on the port: transient, class connection."""

    async def story(place: Place) -> FetchError:
        async with MisbehavingServer() as other:
            url = other.url("/feed")
        return await place.refusal(url)

    error = at(story)
    assert (error.failure_class, error.transient, error.requests) == ("connection", True, 3)


def test_two_failures_then_success() -> None:
    """A transient failure is tried again, with growing random pauses; all requests are counted."""
    response, place = succeeds(answer(500), answer(500), answer(200, b"ok"))
    assert (response.body, response.requests) == (b"ok", 3)
    assert 0.5 <= place.pauses[0] <= 1.0
    assert 1.0 <= place.pauses[1] <= 1.5


@pytest.mark.parametrize(
    ("status", "transient"),
    [
        *((status, False) for status in (304, 400, 401, 403, 404, 410, 451, 501, 505)),
        *((status, True) for status in (408, 425, 429, 500, 502, 503, 504, 520)),
    ],
)
def test_every_status_has_its_class(status: int, transient: bool) -> None:
    """Anything but 2xx is an error named after its status; only those that may pass are tried again."""
    error, _ = fails(answer(status), fetch_attempts=2)
    assert (error.failure_class, error.transient, error.requests) == (f"http_{status}", transient, 2 if transient else 1)
    assert f"answered {status}" in str(error)


def test_a_permanent_error_says_the_way_out() -> None:
    """404 names the catalog, 403 the headers and the User-Agent."""
    assert "check the URL in the source catalog" in str(fails(answer(404))[0])
    assert "VECTORA_USER_AGENT" in str(fails(answer(403))[0])


@pytest.mark.parametrize("value", ["7", "Sat, 21 Nov 2026 10:15:07 GMT"])
def test_retry_after_is_waited_for(value: str) -> None:
    """429 with Retry-After, in seconds or as a date, is tried again after that time and some jitter."""
    response, place = succeeds(answer(429, headers={"Retry-After": value}), answer(200, b"ok"))
    assert response.body == b"ok"
    assert len(place.pauses) == 1
    assert 7 <= place.pauses[0] <= 8.1


@pytest.mark.parametrize("value", ["31", "Sun, 22 Nov 2026 10:15:00 GMT", "9" * 500])
def test_a_long_retry_after_ends_the_attempts(value: str) -> None:
    """A server that wants more than 30 s is left alone; the failure stays transient."""
    error, place = fails(answer(503, headers={"Retry-After": value}))
    assert (error.failure_class, error.transient, error.requests, place.pauses) == ("http_503", True, 1, [])
    assert error.retry_after is not None


@pytest.mark.parametrize("value", ["soon", "-3", "", "Sat, 99 Nov 2026 10:15:07 GMT", "1e9", "²"])
def test_a_senseless_retry_after_is_no_retry_after(value: str) -> None:
    """What is neither a number nor a date leaves the usual pause."""

    async def senseless(line: Line) -> None:
        head = f"HTTP/1.1 503 x\r\nContent-Length: 0\r\nRetry-After: {value}\r\n\r\n"
        await raw(head.encode("utf-8"))(line)

    _, place = succeeds(senseless, answer(200))
    assert place.pauses[0] <= 1.0


def test_no_cookie_comes_back() -> None:
    """What a server sets is not sent to it again."""

    async def story(place: Place) -> Place:
        url = place.server.on("/feed", answer(200, headers={"Set-Cookie": "id=1; Path=/"}))
        await place.fetch(url)
        await place.fetch(url)
        return place

    place = at(story)
    assert all("cookie" not in request.headers for request in place.server.received)
    assert place.server.connections == 1, "a connection that is in order is used again"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "//host/feed",
        "file:///etc/passwd",
        "http:///x",
        "http://[::1",
        "http://h:99999/",
        "http://h/\0",
        "http://h/\ud800",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    """Nothing is sent for a URL that is not http or https with a host and a port there is."""

    async def story(place: Place) -> FetchError:
        return await place.refusal(url)

    error = at(story)
    assert (error.failure_class, error.transient, error.requests) == ("bad_url", False, 0)


def test_a_host_name_that_is_none_is_refused() -> None:
    """A label longer than DNS allows is the URL's mistake; it does not escape as UnicodeError."""

    async def story(place: Place) -> FetchError:
        return await place.refusal(f"http://{'a' * 70}.example/")

    assert at(story).failure_class == "bad_url"


@pytest.mark.parametrize(
    ("name", "value"), [("X-Key", "s3cret\r\nX-Evil: 1"), ("X-Key", "s3cret\u2026"), ("X Key", "s3cret"), ("Host", "s3cret")]
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(name: str, value: str) -> None:
    """Line breaks in values, the connection's own fields: permanent, and the secret is not in the chain of causes."""

    async def story(place: Place) -> FetchError:
        return await place.refusal(place.server.url("/feed"), headers={name: value})

    error = at(story)
    assert (error.failure_class, error.transient) == ("bad_header", False)
    assert error.__cause__ is None
    assert "s3cret" not in str(error)
    assert repr(name) in str(error)


def test_a_header_value_loses_its_line_feed() -> None:
    """A secret from a file often ends with a line feed; it is sent without."""

    async def story(place: Place) -> Place:
        await place.fetcher.fetch(Request(url=place.server.on("/feed", answer(200)), headers={"X-Key": "abc\n"}))
        return place

    assert at(story).server.received[0].headers["x-key"] == "abc"


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy nobody could check the address; the environment's is ignored."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert succeeds(answer(200, b"direct"))[0].body == b"direct"
