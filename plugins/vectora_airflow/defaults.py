"""What the DAG files need while they are parsed: schedule, limits and the trigger form. Imports nothing that is slow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import CronDataIntervalTimetable, Param

SWITCHED_OFF = frozenset({"off", "none", ""})
JOBS_RETRY_DELAY = timedelta(minutes=1)
NAMES = {"type": "string", "minLength": 1, "pattern": r"\S"}


def ingest_schedule(environ: Mapping[str, str] = os.environ) -> CronDataIntervalTimetable | None:
    """Return the timetable of the daily ingest: midnight UTC unless VECTORA_INGEST_SCHEDULE says otherwise, or off.

    ``@daily`` alone would be a trigger timetable, whose data interval is empty.

    :raises ValueError: when the setting is no cron expression
    """
    expression = environ.get("VECTORA_INGEST_SCHEDULE", "0 0 * * *").strip()
    if expression.lower() in SWITCHED_OFF:
        return None
    return CronDataIntervalTimetable(expression, timezone="UTC")


def whole_number(name: str, default: int, *, least: int, environ: Mapping[str, str] = os.environ) -> int:
    """Return a setting that is a whole number.

    :raises ValueError: naming the variable, when it is not, or is less than ``least``
    """
    text = environ.get(name, "").strip() or str(default)
    if not text.isdigit() or int(text) < least:
        raise ValueError(f"{name}={text!r} is not a whole number from {least} on; see docs/configuration.md")
    return int(text)


def ingest_limits(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return how often, how long and how many at once: keyword arguments of the mapped ingest task."""
    return {
        "retries": whole_number("VECTORA_INGEST_RETRIES", 3, least=0, environ=environ),
        "execution_timeout": timedelta(minutes=whole_number("VECTORA_INGEST_TIMEOUT_MINUTES", 30, least=1, environ=environ)),
        "max_active_tis_per_dagrun": whole_number("VECTORA_INGEST_CLIENTS_AT_ONCE", 16, least=1, environ=environ),
    }


def heavy_limits(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return where heavy clients run: keyword arguments of their mapped task. Settings reads the same variables."""
    return {
        "queue": environ.get("VECTORA_INGEST_HEAVY_QUEUE", "").strip() or "heavy",
        "pool": environ.get("VECTORA_INGEST_HEAVY_POOL", "").strip() or "default_pool",
    }


def retry_delay(environ: Mapping[str, str] = os.environ) -> timedelta:
    """Return the delay before the second try; later ones double it."""
    return timedelta(seconds=whole_number("VECTORA_INGEST_RETRY_DELAY_SECONDS", 60, least=0, environ=environ))


def jobs_schedule(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the cron expression (UTC) of the watch over Batch jobs: every quarter of an hour unless VECTORA_JOBS_SCHEDULE
    says otherwise, or off. A watch has no data interval: it looks at now.
    """
    expression = environ.get("VECTORA_JOBS_SCHEDULE", "*/15 * * * *").strip()
    return None if expression.lower() in SWITCHED_OFF else expression


def jobs_params(environ: Mapping[str, str] = os.environ) -> dict[str, Param]:
    """Return the trigger form of `vectora_job_states`: the parameters of `vectora_airflow.jobs`."""
    return {
        "job_queues": Param(
            [],
            type="array",
            items=NAMES,
            maxItems=100,
            title="Job queues",
            description_md="Names or ARNs, each with `@ROLE_ARN` if need be. Empty: those of `VECTORA_JOBS_QUEUES`.",
        ),
        "job_name_prefix": Param(
            None,
            type=["null", "string"],
            maxLength=128,
            title="Wait only for jobs named",
            description_md="How their names begin. All jobs of the queues are synced whatever stands here.",
        ),
        "deadline_minutes": Param(
            whole_number("VECTORA_JOBS_DEADLINE_MINUTES", 13, least=1, environ=environ),
            type="integer",
            minimum=1,
            maximum=10_080,
            title="Minutes to watch",
            description_md="After these the watch ends, whatever is still open.",
        ),
        "poke_seconds": Param(
            whole_number("VECTORA_JOBS_POKE_SECONDS", 60, least=5, environ=environ),
            type="integer",
            minimum=5,
            maximum=3600,
            title="Seconds between syncs",
            description_md="How far behind the table may be.",
        ),
        "fail_on_timeout": Param(
            False,
            type="boolean",
            title="Fail when jobs are still open",
            description_md="At the end of the minutes. Otherwise the watch is green and says how many there are.",
        ),
    }


def ingest_params() -> dict[str, Param]:
    """Return the trigger form: the parameters of `vectora_core.ingest.parameters`, typed and explained for people.

    The form refuses wrong types and values; unknown names and contradictions are refused by discovery.
    """
    return _who() | _when() | _how()


def _who() -> dict[str, Param]:
    return {
        "client_ids": Param(
            [],
            type="array",
            items=NAMES,
            title="Clients",
            description_md="Ids of the clients to run, **active or not**, one a line. Empty: all active clients.",
        ),
        "sources": Param(
            [],
            type="array",
            items=NAMES,
            title="Sources",
            description_md="Fetch only these source keys. The items go to the run's own folder, the day's file stays whole.",
        ),
    }


def _when() -> dict[str, Param]:
    return {
        "period_days": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=3650,
            title="Days to look back",
            description_md="Instead of each client's own `pipeline.default_period_days`.",
        ),
        "from_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="From",
            description_md="First day (UTC) of publication dates to take. Not together with days to look back.",
        ),
        "to_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="To",
            description_md="Last day (UTC), inclusive. Empty: up to the moment of the run.",
        ),
    }


def _how() -> dict[str, Param]:
    return {
        "ingestion_mode": Param(
            None,
            type=["null", "string"],
            enum=[None, "strict", "balanced", "broad"],
            title="Mode",
            description_md="`broad`: window and content filters only. `balanced`: each source's own profile. "
            "`strict`: also the strict profile, and no undated items. Empty: as each client says, else balanced.",
        ),
        "force_refresh": Param(
            False,
            type="boolean",
            title="Fetch again",
            description_md="Fetch what was captured for this interval already once more.",
        ),
        "dry_run": Param(
            False, type="boolean", title="Dry run", description_md="Do everything but write; the log says what would be."
        ),
        "tolerated_failure_percentage": Param(
            0,
            type="number",
            minimum=0,
            maximum=100,
            title="Tolerated failures (%)",
            description_md="The run stays green while no more than this share of its clients failed, and no critical one.",
        ),
        "only_failed_of_run": Param(
            None,
            type=["null", "string"],
            maxLength=250,
            title="Only the failed clients of run",
            description_md="A run id. Runs the clients that failed in it again, with its interval and parameters.",
        ),
    }
