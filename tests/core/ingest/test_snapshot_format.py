"""The bytes of a snapshot: what goes in comes out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.ingest.snapshot_format import NotASnapshotError, decode, encode
from vectora_core.ingest.types import Snapshot

moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
made = st.builds(
    Snapshot,
    source_key=st.just("wire"),
    url=st.text(),
    final_url=st.text(),
    status=st.integers(200, 299),
    headers=st.dictionaries(st.text(), st.text()),
    body=st.binary(),
    captured_at=moments.map(lambda moment: moment.replace(microsecond=0)),
    late=st.booleans(),
    path=st.just("raw/wire/x-0.snapshot"),
)


@given(made)
def test_a_snapshot_survives_its_bytes(snapshot: Snapshot) -> None:
    """Decoding gives back every field and the very bytes of the body; encoding again gives the same bytes."""
    data = encode(snapshot)
    read = decode(data, source_key="wire", path="raw/wire/x-0.snapshot")
    assert read == snapshot
    assert encode(read) == data


@given(made, st.data())
def test_a_changed_byte_of_the_body_is_noticed(snapshot: Snapshot, draw: st.DataObject) -> None:
    """Cutting anything off the end is noticed, whatever the body was."""
    data = encode(snapshot)
    end = draw.draw(st.integers(0, len(data) - 1))
    with pytest.raises(NotASnapshotError):
        decode(data[:end], source_key="wire", path="p")


@given(st.binary() | st.binary().map(lambda data: b'{"format":1}\n' + data))
def test_any_bytes_give_a_snapshot_or_the_one_error(data: bytes) -> None:
    """Foreign bytes raise nothing else."""
    with pytest.raises(NotASnapshotError):
        decode(data, source_key="wire", path="p")
