"""How far a migration is: its plan and a checkpoint a segment, in the data root, so that a killed one goes on.

It does not move anything.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from vectora_core.errors import ParametersError, StorageError
from vectora_core.storage import Storage, path_segment

NAMED: Final = 20
_PLAN = "plan.json"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What must stay the same until a migration is finished.

    :param source: which table the rows come from, beyond its name (ARN, id); ``target`` likewise
    :param zone: of times without one
    :param finished_at: ISO 8601 UTC; None while there is something to do
    """

    from_table: str
    to_table: str
    source: str
    target: str
    segments: int
    zone: str
    started_at: str
    finished_at: str | None = None


@dataclass(kw_only=True)
class Progress:
    """How far one segment is.

    :param next_key: where its next page begins; None before the first
    :param open_job: the job of the last row read: its rows may go on
    :param carried: the key of its latest row, which is not written yet
    :param counts: rows, jobs, and what became of them
    :param problems: the first that were met, in words
    """

    next_key: Any = None
    open_job: str | None = None
    carried: Any = None
    finished: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def name_problem(self, words: str) -> None:
        """Keep the first few problems: a million of them would not be read."""
        if len(self.problems) < NAMED:
            self.problems.append(words)


class MigrationState:
    """Plan and checkpoints of one migration below ``jobs/{to}/migrations/{from}/``.

    :raises StorageError: from every method
    """

    def __init__(self, data: Storage, *, from_table: str, to_table: str) -> None:
        self._data = data
        self._all = f"jobs/{path_segment(to_table)}/migrations"
        self.folder = f"{self._all}/{path_segment(from_table)}"

    def plan(self) -> Plan | None:
        """Return the plan of the migration that was begun, or None."""
        found = self._read(f"{self.folder}/{_PLAN}")
        return Plan(**found) if found else None

    def write_plan(self, plan: Plan) -> None:
        """Store the plan."""
        self._write(_PLAN, asdict(plan))

    def check(self, plan: Plan) -> None:
        """Check a plan against what was begun before.

        :raises ParametersError: when that is unfinished, or was for other tables, and differs
        """
        before = self.plan()
        if before:
            _refuse_another(before, plan)
        for path in (entry.path for entry in self._data.list_objects(self._all)):
            if path.endswith(f"/{_PLAN}") and path != f"{self.folder}/{_PLAN}" and (other := self._read(path)):
                _refuse_beside(Plan(**other), self._data.url_of(path.removesuffix(f"/{_PLAN}")))

    def progress(self, segment: int) -> Progress:
        """Return how far a segment is."""
        found = self._read(self._segment_path(segment)) or {}
        return Progress(**found | {"counts": Counter(found.get("counts", {}))})

    def write_progress(self, segment: int, progress: Progress) -> None:
        """Store how far a segment is; everything before must be in the table by then."""
        document = vars(progress) | {"counts": dict(progress.counts)}
        self._write(self._segment_path(segment).rpartition("/")[2], document)

    def report(self) -> dict[str, Any] | None:
        """Return the report of the migration, or None."""
        return self._read(f"{self.folder}/report.json")

    def write_report(self, report: Mapping[str, Any]) -> str:
        """Store the report and return its URL."""
        self._write("report.json", report)
        return self._data.url_of(f"{self.folder}/report.json")

    def forget(self) -> None:
        """Delete plan and checkpoints; the plan last, so that a killed deletion is seen."""
        plan = f"{self.folder}/{_PLAN}"
        paths = [entry.path for entry in self._data.list_objects(self.folder)]
        self._data.delete_many([path for path in paths if path != plan])
        self._data.delete_many([path for path in paths if path == plan])

    def _segment_path(self, segment: int) -> str:
        return f"{self.folder}/segment-{segment}.json"

    def _read(self, path: str) -> dict[str, Any] | None:
        data = self._data.find(path)
        if data is None:
            return None
        try:
            found: dict[str, Any] = json.loads(data)
        except ValueError as error:
            broken = StorageError(f"{self._data.url_of(path)} is not what a migration wrote; begin anew with --restart")
            broken.transient = False
            raise broken from error
        return found

    def _write(self, name: str, document: Mapping[str, Any]) -> None:
        text = json.dumps(document, ensure_ascii=False, indent=1)
        self._data.put(f"{self.folder}/{name}", text.encode("utf-8", "replace") + b"\n")


def _refuse_another(before: Plan, plan: Plan) -> None:
    what = f"the migration of {before.from_table} into {before.to_table} begun at {before.started_at}"
    if (before.source, before.target) != (plan.source, plan.target):
        raise ParametersError(
            f"{what} was of another table ({before.source} into {before.target}); begin anew with --restart"
        )
    if before.zone != plan.zone:
        raise ParametersError(
            f"{what} reads times without a zone in {before.zone}, not {plan.zone}; "
            f"say --assume-zone {before.zone}, or begin anew with --restart"
        )
    if not before.finished_at and before.segments != plan.segments:
        raise ParametersError(
            f"{what} is unfinished and has {before.segments} segments, not {plan.segments}; "
            f"go on with --segments {before.segments}, or begin anew with --restart"
        )


def _refuse_beside(other: Plan, folder: str) -> None:
    if not other.finished_at:
        raise ParametersError(
            f"the migration of {other.from_table} into {other.to_table} begun at {other.started_at} is unfinished; "
            f"finish it with --from {other.from_table}, or give it up: delete {folder}"
        )
