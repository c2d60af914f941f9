"""Which interval a run has and which publication dates it takes; pure, `now` is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from vectora_core.errors import ParametersError
from vectora_core.ingest.parameters import RunParameters, parse_parameters
from vectora_core.ingest.types import Interval, Window

DEFAULT_PERIOD_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """All a run decides once, so that clearing a task later does not move it.

    :param run_id: id of the run
    :param interval: the data interval; names the snapshots
    :param window_end: end of every client's window, UTC, exclusive
    :param refresh: the stamp under which a forced refresh captures, or None
    :param parameters: what was asked for
    """

    run_id: str
    interval: Interval
    window_end: datetime
    refresh: str | None
    parameters: RunParameters

    @property
    def day(self) -> date:
        """The last day the window covers: the folder of the outputs."""
        return (self.window_end - timedelta(microseconds=1)).date()

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON values, for XCom and reports."""
        return {
            "run_id": self.run_id,
            "interval": {"start": self.interval.start.isoformat(), "end": self.interval.end.isoformat()},
            "window_end": self.window_end.isoformat(),
            "refresh": self.refresh,
            "parameters": self.parameters.as_json(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> RunPlan:
        """Read back what `to_json` gave."""
        return cls(
            run_id=values["run_id"],
            interval=Interval(
                start=datetime.fromisoformat(values["interval"]["start"]),
                end=datetime.fromisoformat(values["interval"]["end"]),
            ),
            window_end=datetime.fromisoformat(values["window_end"]),
            refresh=values["refresh"],
            parameters=parse_parameters(values["parameters"]),
        )


def plan_interval_run(run_id: str, *, start: datetime, end: datetime, parameters: RunParameters, now: datetime) -> RunPlan:
    """Plan a scheduled or backfill run: its data interval is the interval, and its end the end of the window."""
    return _plan(run_id, Interval(start=_utc(start), end=_utc(end)), _utc(end), parameters, now)


def plan_manual_run(run_id: str, *, run_after: datetime, parameters: RunParameters, now: datetime) -> RunPlan:
    """Plan any other run: the interval is the UTC hour of ``run_after``, the window ends at ``run_after``."""
    hour = _utc(run_after).replace(minute=0, second=0, microsecond=0)
    interval = Interval(start=hour, end=hour + timedelta(hours=1))
    return _plan(run_id, interval, _utc(run_after), parameters, now)


def plan_failed_rerun(
    run_id: str,
    *,
    earlier: RunPlan,
    failed_client_ids: tuple[str, ...],
    parameters: RunParameters,
    now: datetime,
) -> RunPlan:
    """Plan the re-run of an earlier run's failed clients: its interval, window and parameters, but for those clients.

    :param parameters: of the new run; ``dry_run`` and tolerance are its own, ``force_refresh`` refreshes once more
    :raises ParametersError: when nobody failed in that run
    """
    if not failed_client_ids:
        raise ParametersError(f"run {earlier.run_id} has no failed clients: there is nothing to run again")
    inherited = earlier.parameters.model_copy(
        update={
            "client_ids": failed_client_ids,
            "only_failed_of_run": None,
            "dry_run": parameters.dry_run,
            "force_refresh": parameters.force_refresh or earlier.parameters.force_refresh,
            "tolerated_failure_percentage": parameters.tolerated_failure_percentage,
        }
    )
    return RunPlan(
        run_id=run_id,
        interval=earlier.interval,
        window_end=earlier.window_end,
        refresh=_refresh_stamp(now) if parameters.force_refresh else earlier.refresh,
        parameters=inherited,
    )


def client_window(plan: RunPlan, *, default_period_days: int | None) -> Window:
    """Return the window of one client.

    :param default_period_days: of the client's file; None means 7
    :raises ParametersError: when the window would be empty
    """
    if plan.parameters.from_date:
        start = _midnight(plan.parameters.from_date)
    else:
        start = plan.window_end - timedelta(days=plan.parameters.period_days or default_period_days or DEFAULT_PERIOD_DAYS)
    return Window(start=start, end=plan.window_end)


def _plan(run_id: str, interval: Interval, end: datetime, parameters: RunParameters, now: datetime) -> RunPlan:
    if parameters.to_date:
        end = _midnight(parameters.to_date) + timedelta(days=1)
    if parameters.from_date and _midnight(parameters.from_date) >= end:
        raise ParametersError(
            f"from_date {parameters.from_date} is not before the end of the window, {end.isoformat()}; give an earlier day"
        )
    refresh = _refresh_stamp(now) if parameters.force_refresh else None
    return RunPlan(run_id=run_id, interval=interval, window_end=end, refresh=refresh, parameters=parameters)


def _refresh_stamp(now: datetime) -> str:
    return f"{_utc(now):%Y%m%dT%H%M%SZ}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
