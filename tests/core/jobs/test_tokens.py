"""Tokens of paged queries: they read no more than their query, and a forged one is a wrong parameter."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.jobs import NOW, NewTable, job
from vectora_core.errors import ParametersError
from vectora_core.jobs.filters import JobFilter
from vectora_core.jobs.table import JobStateTable

HOUR = timedelta(hours=1)


def token(**changed: Any) -> str:
    document = {"q": JobFilter(statuses=("FAILED",)).fingerprint("jobs"), "after": {}, "done": [], **changed}
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


FORGED = {
    "empty": "",
    "garbled": "%%%",
    "not ASCII": "ü",
    "no JSON": base64.urlsafe_b64encode(b"{").decode(),
    "no mapping": base64.urlsafe_b64encode(b"[]").decode(),
    "no text": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "deep": base64.urlsafe_b64encode(b"[" * 10_000).decode(),
    "long": "A" * 50_000,
    "another query": token(q="0" * 16),
    "no positions": token(after=3),
    "another part": token(after={"RUNNING": ["2026-03-10T00:00:00.000Z", "a"]}),
    "another width": token(after={"FAILED": ["a"]}),
    "no texts": token(after={"FAILED": [{"S": "x"}, 1]}),
    "an empty text": token(after={"FAILED": ["2026-03-10T00:00:00.000Z", ""]}),
    "an endless text": token(after={"FAILED": ["2026-03-10T00:00:00.000Z", "x" * 3_000]}),
    "done elsewhere": token(done=["open"]),
    "done with nothing": token(done=[{}]),
    "nothing done": token(done=None),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_a_wrong_parameter(forged: str) -> None:
    """Never a crash, and no request is made."""
    table = JobStateTable(None, "jobs", clock=lambda: NOW)
    with pytest.raises(ParametersError, match="next_token: "):
        table.get_jobs_by_status("FAILED", next_token=forged)


def test_a_token_is_of_its_query_its_table_and_its_times(new_table: NewTable) -> None:
    """Also when its positions are changed to lie outside."""
    table, other = new_table(), new_table()
    table.put_many(job(f"j{n}", "FAILED", minutes_ago=n) for n in range(7))
    found = table.get_jobs_by_status("FAILED", limit=2).next_token
    assert found
    for wrong in (
        lambda: table.get_jobs_by_status("RUNNING", next_token=found),
        lambda: table.get_failed_jobs(since=NOW - HOUR, next_token=found),
        lambda: other.get_jobs_by_status("FAILED", next_token=found),
    ):
        with pytest.raises(ParametersError, match="it is of another query"):
            wrong()
    assert len(table.get_jobs_by_status("FAILED", limit=5, next_token=found).jobs) == 5
    wanted = JobFilter(statuses=("FAILED",), since=NOW - HOUR, until=NOW)
    for outside in ("2020-01-01T00:00:00.000Z", "2030"):
        forged = token(q=wanted.fingerprint(table.name), after={"FAILED": [outside, "a"]})
        with pytest.raises(ParametersError, match="it does not fit this query"):
            table.find_jobs(wanted, next_token=forged)
