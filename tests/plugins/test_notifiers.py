"""The one message about a run: what it says, where it goes, and that it never breaks the report."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from vectora_airflow.notifiers import run_report
from vectora_core.ingest import report
from vectora_core.ingest.report import Found
from vectora_core.settings import SettingsError, load_settings


def document(failed: int, *, message: str = "every source failed: http 500") -> dict[str, Any]:
    ids = (*(f"client{n:04}" for n in range(failed)), "fine")
    summaries = {one: report.missing(one) for one in ids}
    for one in ids:
        summaries[one]["error"]["message"] = message
    summaries["fine"] |= {"status": "succeeded", "error": None, "items": 4}
    found = Found(client_ids=ids, discovered=len(ids), active=len(ids))
    return report.build(None, found, summaries, run_id="r1", execution_time_seconds=1)


def sent(caplog: pytest.LogCaptureFixture, failed: int, **settings: object) -> list[str]:
    caplog.set_level(logging.INFO)
    verdict = "failed" if failed else None
    run_report.notify(document(failed), verdict=verdict, settings=load_settings(**settings), context={})  # type: ignore[typeddict-item]
    return [record.getMessage() for record in caplog.records if "Vectora ingest" in record.getMessage()]


def test_one_message_lists_the_failed_clients_and_why(caplog: pytest.LogCaptureFixture) -> None:
    """Not one message per task."""
    (message,) = sent(caplog, 2)
    assert message.startswith("Vectora ingest failed: 2 of 3 clients failed\n")
    assert "client0000: every source failed: http 500" in message
    assert "client0001: every source failed: http 500" in message


def test_problems_only_keeps_quiet_over_a_success(caplog: pytest.LogCaptureFixture) -> None:
    """VECTORA_NOTIFY_WHEN=problems: a run that succeeded sends nothing, any other does."""
    assert sent(caplog, 0, notify_when="problems") == []
    assert len(sent(caplog, 1, notify_when="problems")) == 1


def test_a_channel_that_fails_does_not_keep_the_others_from_their_message(caplog: pytest.LogCaptureFixture) -> None:
    """sns without a topic is logged with the way out, and the log still has its message."""
    assert len(sent(caplog, 1, notify="sns,log")) == 1
    assert any(isinstance(record.exc_info[1], SettingsError) for record in caplog.records if record.exc_info)


def test_a_message_is_bounded_in_lines_and_width() -> None:
    """A thousand failed clients, or one with a novel for a reason, still make a message SNS takes (256 KB)."""
    subject, message = run_report.text_of(document(1000, message="x" * 5000 + "\n" + "y"), "failed")
    assert len(subject) <= 100
    assert len(message.encode()) < 256_000
    assert "… and 801 more; see the report" in message


def test_nobody_knows_a_channel_that_does_not_exist() -> None:
    """A typing error in VECTORA_NOTIFY is refused by name."""
    with pytest.raises(SettingsError, match="VECTORA_NOTIFY"):
        load_settings(notify="mail")
