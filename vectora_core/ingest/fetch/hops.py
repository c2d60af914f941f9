"""Where a request goes, and where a redirect takes it: URLs and header fields checked, secrets left with their owner.

It sends nothing.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vectora_core.errors import FetchError
from vectora_core.ingest.fetch import failures
from vectora_core.ingest.types import Request

if TYPE_CHECKING:
    import httpx

_CONNECTION_FIELDS = frozenset({"host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer"})
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110 5.5, without what it calls obsolete


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One request to one host.

    :param url: http or https, with a host, without user, password and fragment
    :param headers: the source's own fields, which may be secrets
    """

    url: httpx.URL
    headers: Mapping[str, str] = field(repr=False)


def first_hop(request: Request) -> Hop:
    """Return where a request starts; a user and password in its URL become an Authorization field (RFC 7617).

    :raises FetchError: ``bad_url`` or ``bad_header``
    """
    try:
        headers = {name: _field_value(name, value) for name, value in request.headers.items()}
        url = _url(request.url)
    except FetchError as error:
        raise failures.named(request.url, error) from None
    if url.userinfo and "authorization" not in {name.lower() for name in headers}:
        headers["Authorization"] = "Basic " + b64encode(f"{url.username}:{url.password}".encode()).decode()
    return Hop(url=_bare(url), headers=headers)


def next_hop(hop: Hop, location: str) -> Hop:
    """Return where a redirect leads; the source's own header fields stay behind when that is somebody else.

    :param location: the Location field, relative or absolute (RFC 9110 10.2.2)
    :raises FetchError: ``bad_url``
    """
    url = _bare(_url(location, base=hop.url))
    return Hop(url=url, headers=hop.headers if _same_owner(hop.url, url) else {})


def _url(text: str, *, base: httpx.URL | None = None) -> httpx.URL:
    import httpx

    try:
        url = base.join(text) if base else httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise failures.bad_url("the URL cannot be read") from None  # its text may quote a password
    if url.scheme not in ("http", "https") or not url.host:
        raise failures.bad_url(f"redirected to {failures.redacted(text)}" if base else "this is not a web address")
    if not 0 < (url.port or 80) < 65536:
        raise failures.bad_url(f"there is no port {url.port}")
    return url


def _bare(url: httpx.URL) -> httpx.URL:
    return url.copy_with(username=None, password=None, fragment=None)


def _same_owner(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two URLs have one origin, or differ in a step from http to https on the standard ports."""
    if one.host != other.host:
        return False
    if (one.scheme, one.port) == (other.scheme, other.port):
        return True
    return (one.scheme, one.port, other.scheme, other.port) == ("http", None, "https", None)


def _field_value(name: str, value: str) -> str:
    stripped = value.strip()  # a secret read from a file often ends with a line feed
    if name.lower() in _CONNECTION_FIELDS or not _FIELD_NAME.fullmatch(name) or not _FIELD_VALUE.fullmatch(stripped):
        raise failures.bad_header(name)
    return stripped
