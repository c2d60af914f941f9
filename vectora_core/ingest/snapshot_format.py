"""How one capture is stored: a line of JSON about it, then the body as it came, byte for byte. It reads and writes nothing.

{"format":1,"url":…,"final_url":…,"status":200,"headers":{…},"captured_at":"2026-11-21T10:15:00Z","sha256":…,"late":false}
<body>
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from vectora_core.ingest.types import Snapshot

FORMAT = 1
KEPT_HEADERS = frozenset(
    {"content-type", "content-language", "content-location", "date", "etag", "expires", "last-modified", "link"}
)
"""What parsing and conditional requests need; everything else (cookies above all) is nobody's business in a bucket."""

_HEADER_LIMIT = 1_048_576
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_FIELDS: Mapping[str, type] = {
    "url": str,
    "final_url": str,
    "status": int,
    "headers": dict,
    "captured_at": str,
    "sha256": str,
    "late": bool,
}


class NotASnapshotError(ValueError):
    """The bytes are not what was stored."""


def encode(snapshot: Snapshot) -> bytes:
    """Return the bytes a snapshot is stored as; ``captured_at`` is kept to the second, in UTC."""
    about = {
        "format": FORMAT,
        "url": snapshot.url,
        "final_url": snapshot.final_url,
        "status": snapshot.status,
        "headers": dict(sorted(snapshot.headers.items())),
        "captured_at": snapshot.captured_at.astimezone(UTC).strftime(_MOMENT),
        "sha256": snapshot.sha256,
        "late": snapshot.late,
    }
    return json.dumps(about, separators=(",", ":")).encode() + b"\n" + snapshot.body


def decode(data: bytes, *, source_key: str, path: str) -> Snapshot:
    """Return the snapshot stored under a path.

    :raises NotASnapshotError: when the bytes are cut short, changed or something else
    """
    line, end, body = data.partition(b"\n")
    if not end or len(line) > _HEADER_LIMIT:
        raise NotASnapshotError("its first line does not end")
    about = _about(line)
    if sha256(body).hexdigest() != about["sha256"]:
        raise NotASnapshotError(f"its body of {len(body):,} bytes is not the one that was captured")
    return Snapshot(
        source_key=source_key,
        url=about["url"],
        final_url=about["final_url"],
        status=about["status"],
        headers=about["headers"],
        body=body,
        captured_at=_moment(about["captured_at"]),
        late=about["late"],
        path=path,
    )


def _about(line: bytes) -> Mapping[str, Any]:
    try:
        about = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotASnapshotError("its first line is not JSON") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise NotASnapshotError(f"its first line does not describe a snapshot of format {FORMAT}")
    wrong = sorted(name for name, kind in _FIELDS.items() if type(about.get(name)) is not kind)
    if wrong:
        raise NotASnapshotError(f"its first line has no usable {', '.join(wrong)}")
    if not all(type(value) is str for value in about["headers"].values()):
        raise NotASnapshotError("its first line has no usable headers")
    return about


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except ValueError as error:
        raise NotASnapshotError("its first line has no usable captured_at") from error
