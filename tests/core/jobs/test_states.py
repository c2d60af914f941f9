"""The order of states: what it is made of, what absorbs what, and what it refuses."""

from __future__ import annotations

from itertools import pairwise

import pytest

from vectora_core.jobs.states import MOST_ATTEMPTS, MOST_MILLISECONDS, OPEN, STATUSES, TERMINAL, is_open, state_order

NOON = 1_766_491_200_000


def order(status: str, attempts: int = 0, milliseconds: int = NOON, from_event: bool = True) -> str:
    return state_order(status, attempts=attempts, milliseconds=milliseconds, from_event=from_event)


def test_it_is_a_text_of_fixed_width() -> None:
    """DynamoDB compares texts: `0.AAA.R.T.S` while open, `1.AAA.R.S.T` once terminal, every part padded."""
    assert order("RUNNING", 2) == "0.002.4.1766491200000.1"
    assert order("RUNNING", 2, from_event=False) == "0.002.4.1766491200000.0"
    assert order("SUCCEEDED", 12) == "1.012.6.1.1766491200000"
    assert order("FAILED", from_event=False, milliseconds=7) == "1.000.5.0.0000000000007"
    everything = [order(status, n, ms) for status in STATUSES for n in (0, MOST_ATTEMPTS) for ms in (0, MOST_MILLISECONDS)]
    assert {len(one) for one in everything} == {len("0.000.0.0000000000000.0")}


def test_open_and_terminal_states_are_all_states() -> None:
    """Seven of them; a sync lists the open ones in the order in which jobs move."""
    assert (*OPEN, *TERMINAL) == STATUSES
    assert OPEN == ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
    assert [status for status in STATUSES if is_open(status)] == list(OPEN)


def test_a_job_moves_forward_through_its_states() -> None:
    """Within an attempt the rank decides, whatever the clocks say: they differ by seconds."""
    moving = [order(status, milliseconds=NOON - 1000 * place) for place, status in enumerate(STATUSES)]
    assert moving == sorted(moving)
    assert len(set(moving)) == len(STATUSES)


def test_a_retry_moves_forward() -> None:
    """Back from RUNNING to RUNNABLE, with one finished attempt more and even with an earlier time."""
    life = [
        order("RUNNING", 0),
        order("RUNNABLE", 1, NOON - 2000),
        order("RUNNING", 1, NOON - 2000),
        order("RUNNABLE", 2, 0),
    ]
    assert all(one < other for one, other in pairwise(life))
    assert order("RUNNING", 9) < order("RUNNABLE", 10)


@pytest.mark.parametrize("end", TERMINAL)
@pytest.mark.parametrize("status", OPEN)
def test_the_end_absorbs(status: str, end: str) -> None:
    """No open state comes after a terminal one, whatever its attempts, time and source."""
    latest = order(status, MOST_ATTEMPTS, MOST_MILLISECONDS)
    assert latest < order(end, 0, 0, from_event=False)


def test_time_decides_between_two_looks_at_the_same_state() -> None:
    """While it is open (a reason or a flag may have come), and the event before the sync in the same millisecond."""
    assert order("RUNNING", milliseconds=NOON) < order("RUNNING", milliseconds=NOON + 1, from_event=False)
    assert order("RUNNING", from_event=False) < order("RUNNING", from_event=True)


def test_an_event_wins_over_a_sync_that_saw_the_same_end() -> None:
    """Whenever the sync asked: the event is what AWS said of the end."""
    assert order("FAILED", milliseconds=MOST_MILLISECONDS, from_event=False) < order("FAILED", milliseconds=0)
    assert order("FAILED", milliseconds=NOON) < order("FAILED", milliseconds=NOON + 1)


@pytest.mark.parametrize("status", ["", "running", "RUNNING ", "CANCELLED", "TIMEOUT", None, 4, ["RUNNING"]])
def test_an_unknown_status_is_an_error(status: object) -> None:
    """Never a default: the message says which there are."""
    with pytest.raises(ValueError, match=r"is not a state of an AWS Batch job; there are SUBMITTED, .*, SUCCEEDED"):
        order(status)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="is not a state"):
        is_open(status)  # type: ignore[arg-type]


@pytest.mark.parametrize("attempts", [-1, MOST_ATTEMPTS + 1])
def test_attempts_that_do_not_fit_are_an_error(attempts: int) -> None:
    """A longer number would break the comparison of texts."""
    with pytest.raises(ValueError, match="attempts are not between 0 and 999"):
        order("RUNNING", attempts)


@pytest.mark.parametrize("milliseconds", [-1, MOST_MILLISECONDS + 1])
def test_times_that_do_not_fit_are_an_error(milliseconds: int) -> None:
    """Before 1970, or after 2286."""
    with pytest.raises(ValueError, match="is not a time in milliseconds since 1970"):
        order("RUNNING", milliseconds=milliseconds)
