"""The trigger form of `vectora_job_migration`, needed while its DAG is parsed. Imports nothing that is slow."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

TABLE = {"type": "string", "pattern": r"^[a-zA-Z0-9_.-]{3,255}$"}


def params() -> dict[str, Param]:
    """Return the form: the parameters of `vectora_airflow.job_migration`, typed and explained for people."""
    return _tables() | _how()


def _tables() -> dict[str, Param]:
    return {
        "from_table": _table(
            "From", "The old table: keys `jobId` and `timestamp`, a row per state. It is only read.", "MonitoringToolTest"
        ),
        "to_table": _table("To", "The job table; made when it is missing.", "MonitoringToolTest_V2"),
        "dry_run": Param(
            True,
            type="boolean",
            title="Dry run",
            description_md="Read everything, write nothing, and say what would be written. **Switch it off to move.**",
        ),
    }


def _how() -> dict[str, Param]:
    return {
        "segments": Param(
            4,
            type="integer",
            minimum=1,
            maximum=10,
            title="Segments",
            description_md="Parts of the old table that are read at once. More is quicker and takes more of its capacity.",
        ),
        "sample_percentage": Param(
            1,
            type="number",
            minimum=0,
            maximum=100,
            title="Sample (%)",
            description_md="Every job is looked up afterwards; of this share the state is computed again and compared.",
        ),
        "assume_zone": Param(
            "UTC",
            type="string",
            minLength=1,
            title="Time zone of old times",
            description_md="For times that were written without one, such as `Europe/Paris`. The events' own times win.",
        ),
        "restart": Param(
            False,
            type="boolean",
            title="Begin anew",
            description_md="Forget how far an earlier migration came. No row of the job table is deleted or goes back.",
        ),
    }


def _table(title: str, description: str, default: str) -> Param:
    schema: dict[str, Any] = TABLE | {"title": title, "description_md": description}
    return Param(default, **schema)
