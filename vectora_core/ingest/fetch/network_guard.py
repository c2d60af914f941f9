"""The refusal of addresses a source must not lead to: private, loopback, link-local, reserved, cloud metadata.

It judges the address that is connected to, not the text of the host: names are resolved once, what they resolve to is
checked, and the connection goes to what was checked. So odd notations (``0x7f.1``), names of private machines, redirects
and DNS rebinding all meet the same door. TLS still verifies the host name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore

from vectora_core.errors import FetchError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""A host and a port in, its addresses out, best first; raises OSError when there are none."""

ADDRESSES_TRIED = 4
CONNECT_SECONDS = 3.0
"""How long an address may take while there is another to try; the last one has what is left of the request's time."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has allocated for public use (RFC 4291 2.4)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 2.1
_NOT_PUBLIC = (
    IPv4Network("192.0.0.0/24"),  # IETF protocol assignments, Oracle's metadata; Python 3.11.7 takes most of it for global
    IPv4Network("168.63.129.16/32"),  # Azure's metadata lies outside the ranges that are private by standard
    IPv6Network("3fff::/20"),  # documentation (RFC 9637)
)
_KINDS = {
    "is_unspecified": "an unspecified",
    "is_loopback": "a loopback",
    "is_link_local": "a link-local",
    "is_multicast": "a multicast",
    "is_private": "a private",
}


def refusal(address: str, allowed: Sequence[Network]) -> str | None:
    """Say what kind of address must not be connected to (``a loopback address``), or None when it may.

    :param address: an IP address as `socket.getaddrinfo` gives it, perhaps with a zone (``fe80::1%eth0``)
    :param allowed: private networks sources may live in
    """
    ip = ip_address(address.partition("%")[0])
    inner = _embedded(ip)
    if any(face in network for face in (ip, inner) for network in allowed):
        return None
    if _is_public(inner):
        return None
    return next((f"{kind} address" for name, kind in _KINDS.items() if getattr(inner, name)), "not a public address")


def _embedded(ip: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one that a gateway or the kernel would take it for, else the address."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _is_public(ip: Address) -> bool:
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    if any(ip in network for network in _NOT_PUBLIC):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, in a thread; the order is that of RFC 6724."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connections of httpcore, to checked addresses only.

    :param allowed: private networks sources may live in
    :param resolver: where the addresses of a host come from
    :param backend: connects to an address
    :raises FetchError: ``private_address``, ``dns`` or ``bad_url``, from connecting
    """

    def __init__(
        self,
        allowed: Sequence[Network],
        *,
        resolver: Resolve = resolve,
        backend: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolver
        self._backend = backend or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature; the fetcher's deadline holds over all
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect: the first address that answers, of those that passed."""
        *others, last = (await self._checked(host, port))[:ADDRESSES_TRIED]
        for address in others:
            try:
                return await self._backend.connect_tcp(address, port, CONNECT_SECONDS, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        """Refuse: no source lives there."""
        raise FetchError("a unix socket is no source", failure_class="private_address", transient=False)

    async def sleep(self, seconds: float) -> None:
        """Sleep (httpcore asks its backend)."""
        await self._backend.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[str]:
        addresses = await self._addresses(host, port)
        refused = {address: refusal(address, self._allowed) for address in addresses}
        passed = [address for address, why in refused.items() if why is None]
        if passed:
            return passed
        address, why = next(iter(refused.items()))
        raise FetchError(
            f"host {host} is {address}, {why}, and sources may not lead there; "
            "if it is yours, name its network in VECTORA_ALLOW_PRIVATE_NETWORKS",
            failure_class="private_address",
            transient=False,
        )

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except UnicodeError as error:  # a label of more than 63 characters, or an empty one
            raise FetchError(
                "the host name is none; check the URL in the source catalog", failure_class="bad_url", transient=False
            ) from error
        except OSError as error:
            raise _unresolved(host, error.strerror or str(error)) from error
        if not addresses:
            raise _unresolved(host, "no address")
        return addresses


def _unresolved(host: str, why: str) -> FetchError:
    return FetchError(
        f"host {host} does not resolve ({why}); check the URL in the source catalog, and the resolver if others fail too",
        failure_class="dns",
        transient=True,
    )
