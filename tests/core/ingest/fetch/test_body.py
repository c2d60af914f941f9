"""Bodies: limits before and after decompression, and what compressed data may look like."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.fetching import Place, at, fails, succeeds
from tests.fakes.misbehaving_server import answer, endless, raw
from vectora_core.errors import FetchError
from vectora_core.ingest.fetch.body import BodyDecoder

LIMIT = 10_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "X-GZip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate, identity": raw_deflate,
}


def decode(encoding: str, data: bytes, *, piece: int = 1 << 16, limit: int = LIMIT) -> bytes:
    body = BodyDecoder(encoding, limit=limit)
    for start in range(0, len(data), piece):
        body.feed(data[start : start + piece])
    return body.finish()


def refusal(encoding: str, data: bytes, *, piece: int = 1 << 16) -> FetchError:
    with pytest.raises(FetchError) as caught:
        decode(encoding, data, piece=piece)
    return caught.value


@given(encoding=st.sampled_from(sorted(PACKERS)), data=st.binary(max_size=500), piece=st.integers(1, 40))
def test_every_coding_gives_back_what_was_packed(encoding: str, data: bytes, piece: int) -> None:
    """Whatever the coding and however the network cuts it, the body is the one that was sent."""
    assert decode(encoding, PACKERS[encoding](data), piece=piece) == data


@given(encoding=st.sampled_from(["gzip", "deflate"]), data=st.binary(max_size=300), piece=st.integers(1, 40))
def test_any_bytes_give_a_body_or_a_fetch_error(encoding: str, data: bytes, piece: int) -> None:
    """Hostile bytes never raise anything else."""
    with suppress(FetchError):
        assert len(decode(encoding, data, piece=piece)) <= LIMIT


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_all_members_of_a_gzip_file_are_read(piece: int) -> None:
    """A gzip file may be several (RFC 1952 2.2); zero bytes behind them are padding."""
    assert decode("gzip", gzip.compress(b"one") + gzip.compress(b"two") + b"\0" * 9, piece=piece) == b"onetwo"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_that_ends_early_is_not_whole(encoding: str) -> None:
    """A cut connection is told as such, and may pass."""
    data = PACKERS[encoding](bytes(range(256)) * 4)
    for end in (1, 2, len(data) // 2, len(data) - 1):
        error = refusal(encoding, data[:end])
        assert (error.failure_class, error.transient) == ("protocol", True)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip;q=1", "x" * 5000])
def test_a_coding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    """Permanent, in a short message."""
    error = refusal(encoding, b"whatever")
    assert (error.failure_class, error.transient) == ("bad_encoding", False)
    assert len(str(error)) < 250


def test_what_is_not_what_it_claims_is_refused() -> None:
    """Plain text under Content-Encoding: gzip is the site's mistake."""
    assert refusal("gzip", b"<rss></rss>").failure_class == "bad_encoding"


@pytest.mark.parametrize("piece", [1, 64, 1 << 20])
def test_memory_does_not_follow_a_bomb(piece: int) -> None:
    """Decompression stops one byte beyond the limit, however large the piece that came from the network."""
    body = BodyDecoder("gzip", limit=LIMIT)
    bomb = gzip.compress(b"\0" * 5_000_000)
    with suppress(FetchError):
        for start in range(0, len(bomb), piece):
            body.feed(bomb[start : start + piece])
    assert len(body._body) == LIMIT + 1


def test_empty_members_do_not_go_on_for_ever() -> None:
    """What is received counts as well: members that hold nothing end at the limit too."""
    assert refusal("gzip", gzip.compress(b"") * 1000).failure_class == "too_large"


def test_a_declared_length_beyond_the_limit_is_refused_early() -> None:
    """Content-Length above the limit ends the fetch before the body: the server here never sends one."""

    async def story(place: Place) -> FetchError:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 5001\r\n\r\n"
        return await place.refusal(place.server.on("/feed", raw(head)))

    error = at(story, fetch_max_bytes=5000)
    assert (error.failure_class, error.transient, error.requests) == ("too_large", False, 1)
    assert "5,000 bytes" in str(error)
    assert "VECTORA_FETCH_MAX_BYTES" in str(error)


def test_an_endless_body_is_cut_off() -> None:
    """A body without a declared length ends at the limit."""
    assert fails(endless, fetch_max_bytes=100_000)[0].failure_class == "too_large"


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    """The limit itself is allowed, plain and compressed."""
    body = b"x" * 5000
    assert succeeds(answer(200, body), fetch_max_bytes=5000)[0].body == body
    packed = answer(200, gzip.compress(body), {"Content-Encoding": "gzip"})
    assert succeeds(packed, fetch_max_bytes=5000)[0].body == body


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compression_bomb_is_cut_off(coding: str) -> None:
    """The limit counts after decompression: 10 kB that would be 10 MB are refused."""
    bomb = b"\0" * 10_000_000
    packed = gzip.compress(bomb) if coding == "gzip" else zlib.compress(bomb)
    error, _ = fails(answer(200, packed, {"Content-Encoding": coding}), fetch_max_bytes=1_000_000)
    assert (error.failure_class, error.transient) == ("too_large", False)
