"""Verifies one segment of the old table: every job must be in the new one, and a sample must be right. Writes nothing.

It shares with the migration only how a row is read, not what was counted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final

from vectora_core.jobs.attributes import from_attributes, to_attributes
from vectora_core.jobs.migration.old_rows import OldState, Reading, job_id_of, later, read_row
from vectora_core.jobs.migration.old_table import OldTable
from vectora_core.jobs.migration.patience import Patience
from vectora_core.jobs.migration.state import NAMED
from vectora_core.jobs.table import JobStateTable
from vectora_core.jobs.types import JobRecord

STATE_COLUMNS: Final = (
    *("status", "status_reason", "attempts", "max_attempts", "exit_code", "failure_kind", "log_stream"),
    *("created_at", "started_at", "stopped_at", "is_cancelled", "is_terminated", "array_size", "array_summary"),
    *("job_name", "job_queue", "job_definition", "region", "account"),
)
_PARTS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Verifying:
    """What verifying a segment works with.

    :param percentage: of jobs whose state is computed again, 0 to 100
    :param stopped: whether to end after this page
    """

    old: OldTable
    new: JobStateTable
    patience: Patience
    reading: Reading
    percentage: float
    stopped: Callable[[], bool]


@dataclass(kw_only=True)
class Findings:
    """What was found so far.

    :param counts: ``jobs``, ``without_state``, ``missing``, ``sampled``, ``newer``, ``mismatches``
    """

    counts: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    mismatching: list[str] = field(default_factory=list)


def verify_segment(segment: int, segments: int, verifying: Verifying) -> Findings:
    """Look every job of a segment up in the new table, and compare a sample."""
    findings, last = Findings(), None
    for page in verifying.old.pages(segment, segments, keys_only=True):
        found = dict.fromkeys(job_id for item in page.items if (job_id := job_id_of(item)))
        job_ids = [job_id for job_id in found if job_id != last]
        last = next(reversed(found), last)
        _look_up(job_ids, findings, verifying)
        if verifying.stopped():
            break
    return findings


def in_sample(job_id: str, percentage: float) -> bool:
    """Return whether a job belongs to the sample: always the same jobs, evenly out of all."""
    place = int.from_bytes(hashlib.sha256(job_id.encode()).digest()[:8], "big") % _PARTS
    return place < percentage / 100 * _PARTS


def differences(expected: OldState, row: JobRecord) -> list[str]:
    """Return the columns in which a row is not what the old table says; none where the row is newer.

    :param expected: of an old row without its event nothing is compared that only the event can say
    """
    record = from_attributes(to_attributes(expected.record))
    if row.state_order > record.state_order:
        return []
    if row.state_order < record.state_order:
        return ["state_order"]
    return [
        name
        for name in STATE_COLUMNS
        if getattr(row, name) != (value := getattr(record, name)) and (expected.complete or value)
    ]


def _look_up(job_ids: Sequence[str], findings: Findings, verifying: Verifying) -> None:
    rows = verifying.patience(verifying.new.get_many, job_ids, consistent=True)
    for job_id in job_ids:
        sampled = in_sample(job_id, verifying.percentage)
        findings.counts["jobs"] += 1
        findings.counts["sampled"] += sampled
        if sampled or job_id not in rows:
            _compare(job_id, rows.get(job_id), findings, verifying)


def _compare(job_id: str, row: JobRecord | None, findings: Findings, verifying: Verifying) -> None:
    expected = _computed(job_id, verifying)
    if expected is None:
        findings.counts["without_state"] += 1
        return
    if row is None:
        findings.counts["missing"] += 1
        _name(findings.missing, job_id)
    elif wrong := differences(expected, row):
        findings.counts["mismatches"] += 1
        _name(findings.mismatching, f"{job_id} ({', '.join(wrong)})")
    else:
        findings.counts["newer"] += row.state_order > expected.record.state_order


def _computed(job_id: str, verifying: Verifying) -> OldState | None:
    """Return the latest state of a job, out of all its old rows."""
    read = (read_row(item, verifying.reading) for item in verifying.old.rows_of(job_id))
    states = (found for found in read if isinstance(found, OldState))
    return reduce(later, states, None)


def _name(names: list[str], name: str) -> None:
    if len(names) < NAMED:
        names.append(name)
