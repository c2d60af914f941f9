"""Queues as people name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.errors import JobQueueError
from vectora_core.jobs.job_queues import Place, WatchedQueue, parse_queue, region_and_account

ARN = "arn:aws:batch:eu-west-1:123456789012:job-queue/other"
ROLE = "arn:aws:iam::210987654321:role/path/reader@home"


@pytest.mark.parametrize(
    ("text", "queue"),
    [
        ("media", WatchedQueue(name_or_arn="media", region="us-east-1")),
        (f" media@{ROLE} ", WatchedQueue(name_or_arn="media", region="us-east-1", role_arn=ROLE)),
        (ARN, WatchedQueue(name_or_arn=ARN, region="eu-west-1")),
        (f"{ARN}@{ROLE}", WatchedQueue(name_or_arn=ARN, region="eu-west-1", role_arn=ROLE)),
    ],
)
def test_a_queue_is_a_name_or_an_arn_with_or_without_a_role(text: str, queue: WatchedQueue) -> None:
    """An ARN says its region, a name is in the default one; what was read is written the same."""
    assert parse_queue(text, default_region="us-east-1") == queue
    assert str(queue) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "médía",
        "media@",
        "@" + ROLE,
        "me dia",
        "-media",
        "a" * 129,
        "media@role",
        ARN + "/x",
        ARN[:-6],
        "media@" + ARN,
    ],
)
def test_what_names_no_queue_is_refused(text: str) -> None:
    """The message quotes what was given and ends with what it should be."""
    with pytest.raises(JobQueueError, match="give ") as refused:
        parse_queue(text, default_region="us-east-1")
    assert repr(text) in str(refused.value)


@given(st.text())
def test_any_text_is_a_queue_or_refused(text: str) -> None:
    """Settings and command lines are hostile."""
    try:
        queue = parse_queue(text, default_region="us-east-1")
    except JobQueueError:
        return
    assert parse_queue(str(queue), default_region="us-east-1") == queue


def test_the_account_is_that_of_the_arn_or_else_of_the_role() -> None:
    """A queue that is shared lies in the account its ARN names, whoever looks at it."""
    assert parse_queue(f"{ARN}@{ROLE}", default_region="x").account == "123456789012"
    assert parse_queue(f"media@{ROLE}", default_region="x").account == "210987654321"
    assert parse_queue("media", default_region="x").account is None
    assert Place(region="x").account is None


def test_region_and_account_come_out_of_an_arn() -> None:
    """Rows get both; what is no ARN of a queue is refused."""
    assert region_and_account(ARN) == ("eu-west-1", "123456789012")
    with pytest.raises(JobQueueError, match="has to be arn"):
        region_and_account("media")
