"""The body of a response, decompressed piece by piece and never beyond its limit.

It reads no network: chunks in, bytes out. A decoder of its own because those of httpx decompress a chunk whole (64 MB of
memory for 64 KB of a gzip bomb), stop after the first member of a gzip file, and take a body that was cut short for whole.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from vectora_core.errors import FetchError

if TYPE_CHECKING:
    from zlib import _Decompress

ACCEPTED = "gzip, deflate"
"""What `BodyDecoder` understands, as an Accept-Encoding (RFC 9110 12.5.3)."""

_GZIP = b"\x1f\x8b"
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_CODINGS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


class BodyDecoder:
    """Collects one body.

    :param encoding: the Content-Encoding of the response; empty for none
    :param limit: most bytes, as received and after decompression
    :raises FetchError: ``too_large``; ``bad_encoding`` for a coding that was not asked for or data that is not in it;
        ``protocol`` (transient) when the data ends early
    """

    def __init__(self, encoding: str, *, limit: int) -> None:
        self._coding = _coding(encoding)
        self._limit = limit
        self._received = 0
        self._body = bytearray()
        self._held = b""
        self._stream: _Decompress | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next piece as it came from the network."""
        self._received += len(chunk)
        self._check(self._received)
        if self._coding:
            self._inflate(self._held + chunk)
        else:
            self._body += chunk

    def finish(self) -> bytes:
        """Return the whole body; to be called when the network has no more."""
        if self._coding and self._received and not (self._stream and self._stream.eof):
            raise FetchError(
                "the compressed body ends early; the connection was cut, try again later",
                failure_class="protocol",
                transient=True,
            )
        return bytes(self._body)

    def _inflate(self, data: bytes) -> None:
        while data:
            if self._stream is None or self._stream.eof:
                if len(data) == 1:  # two bytes tell the kinds apart
                    break
                if self._stream and not (self._coding == "gzip" and data.startswith(_GZIP)):
                    return  # padding behind the last member
                self._stream = zlib.decompressobj(_bits(self._coding, data))
            data = self._one_member(self._stream, data)
        self._held = data

    def _one_member(self, stream: _Decompress, data: bytes) -> bytes:
        room = self._limit - len(self._body) + 1
        try:
            self._body += stream.decompress(data, room)
        except zlib.error as error:
            raise FetchError(
                f"the body is not {self._coding} although its Content-Encoding says so ({error}); the site must fix it",
                failure_class="bad_encoding",
                transient=False,
            ) from error
        self._check(len(self._body))
        return stream.unused_data

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise too_large(self._limit)


def too_large(limit: int) -> FetchError:
    """Return the error of a body beyond its limit."""
    return FetchError(
        f"the body is larger than {limit:,} bytes; check that the URL is the list and not an archive, "
        "or raise VECTORA_FETCH_MAX_BYTES",
        failure_class="too_large",
        transient=False,
    )


def _coding(encoding: str) -> str:
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if not names:
        return ""
    if len(names) > 1 or names[0] not in _CODINGS:
        raise FetchError(
            f"the body is encoded as {encoding[:80]!r}, which was not asked for; the site must obey Accept-Encoding",
            failure_class="bad_encoding",
            transient=False,
        )
    return _CODINGS[names[0]]


def _bits(coding: str, data: bytes) -> int:
    """Return zlib's window bits: `deflate` means zlib data (RFC 9110 8.4.1.2), but some servers leave its header out."""
    if coding == "gzip":
        return _GZIP_BITS
    wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    return _ZLIB_BITS if wrapped else _RAW_BITS
