"""One message per run, to where VECTORA_NOTIFY says: the log, an SNS topic."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.notifier import BaseNotifier

from vectora_core.errors import SettingsError
from vectora_core.ingest import report as run_report
from vectora_core.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

log = logging.getLogger(__name__)

MOST_LINES = 200
LONGEST_LINE = 1_000
LONGEST_SUBJECT = 100  # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html


class LogNotifier(BaseNotifier):
    """Writes the message into the task's log.

    :param subject: one line
    :param message: the text
    """

    template_fields = ("subject", "message")

    def __init__(self, *, subject: str, message: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.subject = subject
        self.message = message

    def notify(self, context: Context) -> None:
        """Log it."""
        log.info("%s\n%s", self.subject, self.message)


def notify(report: Mapping[str, Any], *, verdict: str | None, settings: Settings, context: Context) -> None:
    """Send the one message of a run. A channel that fails is logged: the report is stored already, and stays true.

    :param verdict: why the run counts as failed; None when it does not
    """
    if settings.notify_when == "problems" and report["status"] == "succeeded" and not verdict:
        return
    subject, message = text_of(report, verdict)
    for channel in settings.notify:
        try:
            CHANNELS[channel](subject, message, settings).notify(context)
        except Exception:  # whatever a channel raises, the others get their message
            log.exception("the %s notification of run %s was not sent", channel, report["run_id"])


def text_of(report: Mapping[str, Any], verdict: str | None) -> tuple[str, str]:
    """Return subject and message: the run, then every failed client with its reason, bounded."""
    state = "failed" if verdict else report["status"]
    subject = f"Vectora ingest {state}: {report['clients_failed']} of {report['clients_processed']} clients failed"
    lines = [line.replace("\n", " | ")[:LONGEST_LINE] for line in run_report.lines(report)]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} more; see the report"]
    return subject[:LONGEST_SUBJECT], "\n".join([*lines, *([f"verdict: {verdict}"] if verdict else [])])


def _to_log(subject: str, message: str, settings: Settings) -> BaseNotifier:
    return LogNotifier(subject=subject, message=message)


def _to_sns(subject: str, message: str, settings: Settings) -> BaseNotifier:
    from airflow.providers.amazon.aws.notifications.sns import SnsNotifier  # boto3: only where a topic is set

    if not settings.notify_sns_topic_arn:
        raise SettingsError("VECTORA_NOTIFY names sns: set VECTORA_NOTIFY_SNS_TOPIC_ARN too")
    return SnsNotifier(
        aws_conn_id=settings.aws_conn_id or None,
        target_arn=settings.notify_sns_topic_arn,
        subject=subject,
        message=message,
        region_name=settings.notify_sns_topic_arn.split(":")[3] or None,
    )


CHANNELS: dict[str, Callable[[str, str, Settings], BaseNotifier]] = {"log": _to_log, "sns": _to_sns}
