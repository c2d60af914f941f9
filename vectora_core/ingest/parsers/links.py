"""Links as they stand in a source, made absolute http(s) URLs or refused; canonical forms are ``dedup``'s."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urldefrag, urljoin, urlsplit

MAX_LENGTH = 4_000  # the longest URL servers and proxies commonly take is 8,000; real links are under 1,000

_HEADER_LINK = re.compile(r"<([^<>]*)>([^<>]*)")
_NEXT = re.compile(r"""(?:^|;)\s*rel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|'[^']*\bnext\b[^']*'|next\b)""", re.IGNORECASE)


def absolute(base: str, link: str) -> str | None:
    """Resolve a link (RFC 3986 5).

    :param base: the URL of the page or feed, or what that declares as its base
    :param link: what stands in ``href``
    :returns: an http(s) URL with a host, or None: another scheme, a place on the same page, or no URL at all
    """
    link = link.strip()
    if not link or link.startswith("#") or len(link) > MAX_LENGTH:
        return None
    try:
        if (given := urlsplit(link)).scheme and not given.netloc:  # mailto:…, and https:/// which urljoin would complete
            return None
        url = urljoin(base, link)
        parts = urlsplit(url)
        parts.port  # noqa: B018 (reading it is what checks it)
    except ValueError:  # http://[unclosed, ports beyond 65535
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s<>\"]", parts.netloc):
        return None
    return re.sub(r"[\x00-\x20\x7f]|\s", lambda char: quote(char[0]), url)  # a blank of any kind: the next reader strips it


def same_page(url: str) -> str:
    """Return what two links to one page share: the URL without its fragment, its scheme and its final slash."""
    return urldefrag(url).url.rstrip("/").partition("://")[2]


def next_in_header(headers: Mapping[str, str]) -> str | None:
    """Return the target of ``Link: <…>; rel=next`` (RFC 8288), as written; None when there is none."""
    for target, parameters in _HEADER_LINK.findall(headers.get("link", "")[:MAX_LENGTH]):
        if _NEXT.search(parameters):
            return str(target)
    return None


def next_page(snapshot_url: str, base: str, link: str | None) -> str | None:
    """Resolve the link to the next page; None when it is missing, unusable, the page itself, or on another host."""
    url = absolute(base, link) if link else None
    if url is None or same_page(url) == same_page(snapshot_url):
        return None
    return url if urlsplit(url).hostname == urlsplit(snapshot_url).hostname else None
