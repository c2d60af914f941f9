"""What a migration and its verification found and cost: what the command prints and the data root keeps. Does no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from vectora_core.jobs.migration.state import NAMED, Progress

SKIPPED: Final = "skipped."


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What something cost the process that did it.

    :param peak_memory_mb: most that the process had in memory since it began, in 1,000,000 bytes
    :param calls: requests by API name
    :param throttles: requests that had to be repeated
    """

    seconds: float
    peak_memory_mb: float
    calls: Mapping[str, int]
    throttles: int


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a look at both tables found.

    :param jobs: jobs of the old table
    :param without_state: those that none of their rows can become a state of
    :param missing: those that the new table lacks; ``missing_jobs`` names the first
    :param sampled: jobs whose state was computed again from their old rows
    :param newer: those of the sample whose new row is further than the old table
    :param mismatches: those of the sample whose new row differs; ``mismatching_jobs`` names the first, with their columns
    """

    verified_at: str
    jobs: int
    without_state: int
    missing: int
    sampled: int
    newer: int
    mismatches: int
    missing_jobs: tuple[str, ...]
    mismatching_jobs: tuple[str, ...]
    cost: Cost


@dataclass(frozen=True, kw_only=True)
class MigrationReport:
    """One migration; the counts are of all its processes together where it was killed and resumed, the cost of the last one.

    :param zone: of old times without one
    :param resumed: an earlier process had read some of the rows
    :param finished_before: there was nothing left to do
    :param rows: old rows read
    :param jobs: jobs found in them
    :param written: rows written; of a dry run: that it would write
    :param late: refused, as the row is further; ``duplicate``: refused, as the row has this state
    :param refused: DynamoDB cannot hold them
    :param without_state: jobs that none of their rows can become a state of
    :param skipped: rows by reason: ``unknown_job``, ``unreadable``, ``array_child``, ``node``, …
    :param problems: the first unreadable and refused ones
    """

    from_table: str
    to_table: str
    dry_run: bool
    segments: int
    zone: str
    started_at: str
    finished_at: str | None = None
    resumed: bool = False
    finished_before: bool = False
    rows: int = 0
    jobs: int = 0
    written: int = 0
    late: int = 0
    duplicate: int = 0
    refused: int = 0
    without_state: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    cost: Cost | None = None
    verification: Verification | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, which `report_from_json` reads."""
        return asdict(self)


def report_from_json(document: Mapping[str, Any]) -> MigrationReport:
    """Return the report of what `MigrationReport.to_json` gave."""
    verification = document["verification"]
    if verification:
        names = {name: tuple(verification[name]) for name in ("missing_jobs", "mismatching_jobs")}
        verification = Verification(**{**verification, **names, "cost": Cost(**verification["cost"])})
    cost = Cost(**document["cost"]) if document["cost"] else None
    problems = tuple(document["problems"])
    return MigrationReport(**{**document, "problems": problems, "cost": cost, "verification": verification})


def counted(segments: Iterable[Progress]) -> dict[str, Any]:
    """Return the counts of all segments as fields of a report."""
    counts: Counter[str] = Counter()
    problems: list[str] = []
    for progress in segments:
        counts.update(progress.counts)
        problems += progress.problems
    skipped = {name.removeprefix(SKIPPED): count for name, count in sorted(counts.items()) if name.startswith(SKIPPED)}
    plain = {name: count for name, count in counts.items() if not name.startswith(SKIPPED)}
    return {**plain, "skipped": skipped, "problems": tuple(problems[:NAMED])}


def verdict(report: MigrationReport) -> str | None:
    """Return why a migration does not count as verified, or None."""
    found = report.verification
    if not found or not (found.missing or found.mismatches):
        return None
    wrong = [f"{found.missing} of {found.jobs} jobs are missing in {report.to_table}"] if found.missing else []
    wrong += [f"{found.mismatches} of {found.sampled} sampled jobs differ"] if found.mismatches else []
    first = (*found.missing_jobs, *found.mismatching_jobs)[0]
    return f"{'; '.join(wrong)}, the first is {first}; migrate again with --restart, which changes no row that is right"


def lines(report: MigrationReport) -> list[tuple[str, object]]:
    """Return the report as names and values for people."""
    would = "would be " if report.dry_run else ""
    found: list[tuple[str, object]] = [
        ("old rows read", report.rows),
        ("jobs found", report.jobs),
        (f"{would}written", report.written),
        (f"{would}refused: late", report.late),
        (f"{would}refused: duplicate", report.duplicate),
        ("refused by DynamoDB", report.refused),
        ("jobs without a readable row", report.without_state),
        *((f"rows skipped: {reason}", count) for reason, count in report.skipped.items()),
    ]
    checked = report.verification
    if report.cost:
        found += _cost("", report.cost)
    if checked:
        found += [
            ("verified: old jobs", checked.jobs),
            ("verified: missing", checked.missing),
            ("verified: sampled", checked.sampled),
            ("verified: newer in the new table", checked.newer),
            ("verified: mismatches", checked.mismatches),
            *_cost("verified: ", checked.cost),
        ]
    return found


def _cost(what: str, cost: Cost) -> list[tuple[str, object]]:
    calls = ", ".join(f"{count} {name}" for name, count in sorted(cost.calls.items()))
    return [
        (f"{what}seconds", f"{cost.seconds:.1f}"),
        (f"{what}peak memory", f"{cost.peak_memory_mb:.0f} MB"),
        (f"{what}requests", calls or 0),
        (f"{what}throttled", cost.throttles),
    ]
