"""What went wrong with a request, as a FetchError: its class, whether it may pass, and the way out.

It sends nothing: URLs, statuses and exceptions in, errors out. The messages get their URL in one place, `named`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from vectora_core.errors import FetchError

if TYPE_CHECKING:
    from ssl import SSLError

_SHOWN = 300
_SECRET_NAMES = (
    *("key", "token", "secret", "password", "passwd", "pwd", "signature", "sig", "auth", "credential", "session"),
    *("sessionid", "code", "sid"),
)
_USERINFO = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]*@")
_PARAMETER = re.compile(r"([?&;])([^=&;#?]*)=([^&;#]*)")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")

_PASSING_4XX = frozenset({408, 425, 429})
_LASTING_5XX = frozenset({501, 505})
_WAYS_OUT = {
    401: "give the source its credentials in `headers`",
    403: "the site refuses this client: see `headers` of the source and VECTORA_USER_AGENT",
    404: "check the URL in the source catalog",
    410: "check the URL in the source catalog",
    429: "raise min_request_interval_seconds of the source",
}


def redacted(url: str) -> str:
    """Return a URL for messages and logs: one line, at most 300 characters, without user, password and query secrets."""
    shown = _USERINFO.sub(r"\1//***@", url)
    shown = _PARAMETER.sub(_without_secret, shown)
    shown = _INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", shown)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"


def _without_secret(match: re.Match[str]) -> str:
    secret = unquote(match[2]).lower().endswith(_SECRET_NAMES)
    return f"{match[1]}{match[2]}=***" if secret else match[0]


def named(url: str, error: FetchError) -> FetchError:
    """Return the error with the URL it belongs to in front of its message."""
    return FetchError(
        f"{redacted(url)}: {error}",
        failure_class=error.failure_class,
        transient=error.transient,
        retry_after=error.retry_after,
    )


def of_status(status: int, headers: Mapping[str, str], *, now: datetime) -> FetchError:
    """Return the error of an answer that is not 2xx and not a redirect.

    :param headers: names in any case the mapping understands; only Retry-After is read
    :param now: the moment Retry-After counts from, when it is a date
    """
    transient = status in _PASSING_4XX or (status >= 500 and status not in _LASTING_5XX)
    usual = "try again later" if transient else "check the URL in the source catalog and what the site says there"
    return FetchError(
        f"answered {status}{_phrase(status)}; {_WAYS_OUT.get(status, usual)}",
        failure_class=f"http_{status}",
        transient=transient,
        retry_after=retry_after(headers.get("retry-after"), now=now) if transient else None,
    )


def _phrase(status: int) -> str:
    """The standard's words for it, not the server's: those may be anything."""
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Return the seconds a Retry-After field asks to wait (RFC 9110 10.2.3: a number or a date), or None."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def timed_out(seconds: float) -> FetchError:
    """Return the error of an answer that was not whole when its time was over."""
    return FetchError(
        f"no whole answer within {seconds:g} s; try again later, or raise timeout_seconds of the source "
        "or VECTORA_FETCH_TIMEOUT_SECONDS",
        failure_class="timeout",
        transient=True,
    )


def bad_url(why: str) -> FetchError:
    """Return the error of a URL, given or redirected to, that cannot be fetched."""
    return FetchError(
        f"{why}; only http and https URLs of a host can be fetched, check the URL in the source catalog",
        failure_class="bad_url",
        transient=False,
    )


def too_many_redirects(limit: int) -> FetchError:
    """Return the error of a chain of redirects that does not end."""
    return FetchError(
        f"redirected more than {limit} times; check the URL in a browser and give its last address",
        failure_class="too_many_redirects",
        transient=False,
    )


def bad_header(name: str) -> FetchError:
    """Return the error of a header field that must not or cannot be sent; its value is a secret and stays unsaid."""
    return FetchError(
        f"header {name[:80]!r} cannot be sent: it is one of the connection's own, or its name or value has characters "
        "that HTTP does not allow; check `headers` of the source and the variables they name",
        failure_class="bad_header",
        transient=False,
    )


def unreadable_certificates(error: OSError) -> FetchError:
    """Return the error of trusted certificates that cannot be loaded (an SSLError of their content is an OSError too)."""
    return FetchError(
        f"the trusted certificates cannot be loaded ({error.strerror or _text(error)}); "
        "check SSL_CERT_FILE and SSL_CERT_DIR, or unset them",
        failure_class="tls",
        transient=False,
    )


def of_exception(error: Exception) -> FetchError:
    """Return what an exception of the HTTP stack means.

    Hostile bytes come out of it as more than its own tree (`ssl.SSLError` from a record cut in two, KeyError from HTTP/2
    frames of streams that never were), so whatever is not known is the server's answer: ``protocol``.
    """
    import httpcore

    broken_tls = _tls_error(error)
    if broken_tls:
        return _of_tls(broken_tls)
    if isinstance(error, (httpcore.TimeoutException, TimeoutError)):
        return FetchError(
            "the host does not take the connection in time; try again later", failure_class="timeout", transient=True
        )
    if isinstance(error, (httpcore.NetworkError, OSError)):
        return FetchError(
            f"the connection failed ({_text(error) or 'closed by the other side'}); try again later",
            failure_class="connection",
            transient=True,
        )
    return FetchError(
        f"the answer is not HTTP or ends early ({_text(error)}); try again later, and check the URL and its port",
        failure_class="protocol",
        transient=True,
    )


def _tls_error(error: BaseException) -> SSLError | None:
    """Find the TLS error an exception was made of; an end of the stream in TLS is a lost connection, not a bad one."""
    import ssl

    cause: BaseException | None = error
    for _ in range(8):
        if cause is None or isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return None
        if isinstance(cause, ssl.SSLError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def _of_tls(error: SSLError) -> FetchError:
    why = getattr(error, "verify_message", None) or error.reason or "handshake failed"
    return FetchError(
        f"no trusted TLS connection ({why}); the site must fix its certificate, "
        "or say `ssl_verify: false` in the source's extractor",
        failure_class="tls",
        transient=False,
    )


def _text(error: Exception) -> str:
    text = _INVISIBLE.sub(" ", str(error) or type(error).__name__)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
