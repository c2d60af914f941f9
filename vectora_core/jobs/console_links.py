"""Addresses of a job in the AWS console: its page, and its log. Does no I/O, and does not know whether anything is there.

Regions and names come from events, that is from strangers: what does not look like AWS's own gives no link. The forms are
those of Airflow's own links (airflow.providers.amazon.aws.links).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

LOG_GROUP: Final = "/aws/batch/job"
"""Where Batch writes logs unless the job definition says otherwise."""

_REGION: Final = re.compile(r"[a-z]{2}(-gov)?-[a-z]{4,12}-\d{1,2}", re.ASCII)
_JOB_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}([:#]\d{1,6})?", re.ASCII)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html (logStreamName)
_LOG_STREAM: Final = re.compile(r"[^:*\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,512}")
_HOSTS: Final = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
_HOST: Final = "console.aws.amazon.com"


def job_url(region: str, job_id: str) -> str | None:
    """Return the page of a job in the console; None when region or id cannot be of AWS."""
    if not (_REGION.fullmatch(region) and _JOB_ID.fullmatch(job_id)):
        return None
    return f"https://{_host(region)}/batch/home?region={region}#jobs/detail/{quote(job_id, safe=':')}"


def log_url(region: str, log_stream: str) -> str | None:
    """Return the page of a log stream of Batch in the console; None when region or stream cannot be of AWS."""
    if not (_REGION.fullmatch(region) and _LOG_STREAM.fullmatch(log_stream)):
        return None
    place = f"log-groups/log-group/{_twice(LOG_GROUP)}/log-events/{_twice(log_stream)}"
    return f"https://{_host(region)}/cloudwatch/home?region={region}#logsV2:{place}"


def _host(region: str) -> str:
    return next((host for beginning, host in _HOSTS.items() if region.startswith(beginning)), _HOST)


def _twice(text: str) -> str:
    """As the console writes a name: percent-encoded twice, with ``$`` in the place of ``%`` (``$252F`` is a slash)."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")
