"""Which addresses are refused, and that the address judged is the address connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.fetching import Place, at
from vectora_core.errors import FetchError
from vectora_core.ingest.fetch.network_guard import CONNECT_SECONDS, GuardedBackend, refusal

PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "a loopback address"),
        ("127.255.255.254", "a loopback address"),
        ("0.0.0.0", "an unspecified address"),
        ("10.1.2.3", "a private address"),
        ("172.16.0.1", "a private address"),
        ("192.168.1.1", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("100.64.0.1", "not a public address"),
        ("100.100.100.200", "not a public address"),
        ("168.63.129.16", "not a public address"),
        ("192.0.0.192", "not a public address"),
        ("192.0.2.1", "a private address"),
        ("198.18.0.1", "a private address"),
        ("224.0.0.1", "a multicast address"),
        ("240.0.0.1", "a private address"),
        ("255.255.255.255", "a private address"),
        ("::", "an unspecified address"),
        ("::1", "a loopback address"),
        ("::127.0.0.1", "not a public address"),
        ("fe80::1%eth0", "a link-local address"),
        ("fec0::1", "not a public address"),
        ("fd00:ec2::254", "a private address"),
        ("ff02::1", "a multicast address"),
        ("2001:db8::1", "a private address"),
        ("2001::1", "a private address"),
        ("::ffff:127.0.0.1", "a loopback address"),
        ("::ffff:10.0.0.1", "a private address"),
        ("64:ff9b::a9fe:a9fe", "a link-local address"),
        ("64:ff9b:1::808:808", "not a public address"),
        ("2002:7f00:1::", "a loopback address"),
        ("4000::1", "not a public address"),
        ("3fff::1", "not a public address"),
    ],
)
def test_what_is_not_public_is_refused(address: str, why: str) -> None:
    """Every range that is not the public internet, in IPv4, IPv6 and IPv4 inside IPv6, with its kind."""
    refused = refusal(address, ())
    assert refused is not None
    assert refused == why or why == "not a public address"


@pytest.mark.parametrize("address", [*PUBLIC, "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "172.32.0.1"])
def test_what_is_public_passes(address: str) -> None:
    """Public addresses need no setting, also behind NAT64."""
    assert refusal(address, ()) is None


@pytest.mark.parametrize(
    ("address", "network", "passes"),
    [
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("::1", "127.0.0.0/8", False),
        ("::1", "::1/128", True),
        ("169.254.169.254", "10.0.0.0/8", False),
    ],
)
def test_a_named_network_is_opened_and_no_other(address: str, network: str, passes: bool) -> None:
    """VECTORA_ALLOW_PRIVATE_NETWORKS opens exactly what it names."""
    assert (refusal(address, [ip_network(network)]) is None) is passes


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_passes(address: Any) -> None:
    """Whatever else is refused: no address outside the global ranges passes, and judging never raises."""
    if refusal(str(address), ()) is None:
        assert not (address.is_private and getattr(address, "ipv4_mapped", None) is None)
        assert not any((address.is_loopback, address.is_link_local, address.is_multicast, address.is_unspecified))


class Connector(httpcore.AsyncNetworkBackend):
    """Notes whom it was asked to connect to; those in ``down`` do not answer."""

    def __init__(self, *down: str) -> None:
        self.asked: list[tuple[str, float | None]] = []
        self._down = down

    async def connect_tcp(self, host: str, port: int, timeout: Any = None, *_: Any, **__: Any) -> Any:  # noqa: ASYNC109
        self.asked.append((host, timeout))
        if host in self._down:
            raise httpcore.ConnectError(f"{host} is down")
        return httpcore.AsyncMockStream([])


class Resolver:
    """Answers with these, one after the other, and counts."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        answer = self._answers[self.asked]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


def connect(resolver: Resolver, connector: Connector, *, host: str = "news.example") -> None:
    asyncio.run(GuardedBackend((), resolver=resolver, backend=connector).connect_tcp(host, 443, timeout=9))


def test_the_checked_address_is_the_one_connected_to() -> None:
    """A name that changes between check and connection (DNS rebinding) gains nothing: it is resolved once."""
    resolver, connector = Resolver([PUBLIC[0]], ["127.0.0.1"]), Connector()
    connect(resolver, connector)
    assert (resolver.asked, connector.asked) == (1, [(PUBLIC[0], 9)])


def test_of_several_addresses_only_those_that_pass_are_used() -> None:
    """A private address among public ones is never connected to, whatever its place and who is down."""
    resolver, connector = Resolver(["10.0.0.1", PUBLIC[1], "127.0.0.1", PUBLIC[0]]), Connector(PUBLIC[1])
    connect(resolver, connector)
    assert connector.asked == [(PUBLIC[1], CONNECT_SECONDS), (PUBLIC[0], 9)]


def test_when_no_address_answers_the_last_failure_is_told() -> None:
    """All addresses down: the error is the connection's own."""
    with pytest.raises(httpcore.ConnectError, match="down"):
        connect(Resolver(list(PUBLIC)), Connector(*PUBLIC))


def test_a_private_address_is_refused_by_name() -> None:
    """The message names host, address, kind and the setting; no connection is made."""
    connector = Connector()
    with pytest.raises(
        FetchError, match=r"news\.example is 10\.0\.0\.1, a private .*VECTORA_ALLOW_PRIVATE_NETWORKS"
    ) as caught:
        connect(Resolver(["10.0.0.1"]), connector)
    assert (caught.value.failure_class, caught.value.transient, connector.asked) == ("private_address", False, [])


@pytest.mark.parametrize(
    ("answer", "failure_class", "transient"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "dns", True),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "dns", True),
        ((), "dns", True),
        (UnicodeError("label too long"), "bad_url", False),
    ],
)
def test_a_name_that_does_not_resolve_is_told_as_such(answer: Any, failure_class: str, transient: bool) -> None:
    """The resolver's failures become FetchError here."""
    with pytest.raises(FetchError) as caught:
        connect(Resolver(answer), Connector())
    assert (caught.value.failure_class, caught.value.transient) == (failure_class, transient)


def test_unix_sockets_are_refused() -> None:
    """There is no way around the check through the file system."""
    with pytest.raises(FetchError):
        asyncio.run(GuardedBackend(()).connect_unix_socket("/run/docker.sock"))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "localhost",
        "LOCALHOST.",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "0",
    ],
)
def test_odd_notations_of_this_machine_are_refused(host: str) -> None:
    """The system's resolver says what a host means, and that is what is judged; a notation it does not know is no way in."""

    async def story(place: Place) -> tuple[FetchError, int]:
        return await place.refusal(f"http://{host}:{place.server.port}/"), place.server.connections

    error, connections = at(story, allow_private_networks="")
    assert connections == 0
    assert error.failure_class == "private_address" or host in {"0177.0.0.1", "LOCALHOST."}


def test_addresses_of_the_test_are_public() -> None:
    """The fixtures of this module mean what they say."""
    assert all(ip_address(address).is_global for address in PUBLIC)
