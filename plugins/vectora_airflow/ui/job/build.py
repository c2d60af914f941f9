"""A row of the job table -> what is said of the job. Does no I/O, and nothing that strangers wrote makes it fail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from vectora_airflow.ui.job.event import event_of
from vectora_airflow.ui.job.model import AttemptView, ChildrenView, FailureView, FreshnessView, JobView, Outcome, PhaseView
from vectora_airflow.ui.job.words import FAILURES, attempt_in_words
from vectora_core.jobs.attributes import FULL_EVENT, to_document
from vectora_core.jobs.console_links import job_url, log_url
from vectora_core.jobs.failures import FailureKind, exit_code_meaning
from vectora_core.jobs.freshness import freshness
from vectora_core.jobs.states import OPEN, STATUSES
from vectora_core.jobs.sync_health import QueueHealth
from vectora_core.jobs.timeline import Attempt, Phase, attempts_of, phases_of
from vectora_core.jobs.times import EPOCH
from vectora_core.jobs.types import JobRecord

_MILLISECOND: Final = timedelta(milliseconds=1)


def job_view(record: JobRecord, health: QueueHealth | None, *, table: str, now: datetime, stale_after: timedelta) -> JobView:
    """Return what is said of a job.

    :param record: with its full event
    :param health: how the last sync of its queue was; None when nobody asked
    :param now: aware
    :param stale_after: how long ago an open job may have been looked at
    """
    attempts = attempts_of(record)
    outcomes = {one.number: _outcome(record, one, is_last=one is attempts[-1]) for one in attempts}
    phases = [_phase(one, outcomes) for one in phases_of(record, now)]
    return JobView(
        table=table,
        job={column: value for column, value in to_document(record).items() if column != FULL_EVENT},
        is_open=record.status in OPEN and record.gone is None,
        freshness=_freshness(record, health, now, stale_after),
        failure=_failure(record),
        exit_code_meaning=_meaning(record.exit_code),
        attempt_in_words=attempt_in_words(record, attempts),
        attempts=[_attempt(one, record, outcomes[one.number], now) for one in attempts],
        phases=phases,
        waited_seconds=sum(one.seconds for one in phases if one.attempt is None),
        ran_seconds=sum(one.seconds for one in phases if one.attempt is not None),
        children=_children(record),
        event=event_of(record),
        console_url=job_url(record.region, record.job_id),
        log_url=_log_url(record, next((one.log_stream for one in reversed(attempts) if one.log_stream), record.log_stream)),
    )


def _outcome(record: JobRecord, attempt: Attempt, *, is_last: bool) -> Outcome:
    if record.status == "RUNNING" and is_last:
        return "running" if record.gone is None else "unknown"
    return "succeeded" if record.status == "SUCCEEDED" and is_last else "failed"


def _attempt(attempt: Attempt, record: JobRecord, outcome: Outcome, now: datetime) -> AttemptView:
    started, stopped = _moment(attempt.started_at_ms), _moment(attempt.stopped_at_ms)
    until = now if outcome == "running" else stopped
    return AttemptView(
        number=attempt.number,
        outcome=outcome,
        started_at=started,
        stopped_at=stopped,
        seconds=max(0.0, (until - started).total_seconds()) if started and until else None,
        exit_code=attempt.exit_code,
        exit_code_meaning=_meaning(attempt.exit_code),
        reason=attempt.reason,
        log_stream=attempt.log_stream,
        log_url=_log_url(record, attempt.log_stream),
    )


def _phase(phase: Phase, outcomes: dict[int, Outcome]) -> PhaseView:
    return PhaseView(
        kind=phase.kind.value,
        attempt=phase.attempt,
        outcome=None if phase.attempt is None else outcomes[phase.attempt],
        start=EPOCH + phase.start * _MILLISECOND,
        end=EPOCH + phase.end * _MILLISECOND,
        seconds=(phase.end - phase.start) / 1000,
        ongoing=phase.ongoing,
    )


def _freshness(record: JobRecord, health: QueueHealth | None, now: datetime, stale_after: timedelta) -> FreshnessView:
    known = freshness(record, {record.job_queue: health} if health else {}, now, stale_after)
    return FreshnessView(
        state=known.value,
        in_words=known.in_words,
        synced_at=health.synced_at if health else None,
        problem=health.problem if health else None,
    )


def _failure(record: JobRecord) -> FailureView | None:
    if record.status != "FAILED":
        return None
    kind = record.failure_kind or FailureKind.UNKNOWN.value
    in_words, remedy = FAILURES.get(kind, FAILURES[FailureKind.UNKNOWN])
    return FailureView(kind=kind, in_words=in_words, remedy=remedy)


def _children(record: JobRecord) -> ChildrenView | None:
    if record.array_size is None and not record.array_summary:
        return None
    summary = record.array_summary or {}
    counts = {status: summary[status] for status in STATUSES if summary.get(status, 0) > 0}
    size = max(record.array_size or 0, sum(counts.values()))
    return ChildrenView(size=size, by_status=counts, uncounted=size - sum(counts.values()))


def _meaning(exit_code: int | None) -> str | None:
    return None if exit_code is None else exit_code_meaning(exit_code)


def _log_url(record: JobRecord, log_stream: str | None) -> str | None:
    return log_url(record.region, log_stream) if log_stream else None


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else EPOCH + milliseconds * _MILLISECOND
