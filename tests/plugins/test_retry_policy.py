"""Which failures of a task are tried again, and after how long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction

from vectora_airflow.retry_policy import LONGEST_DELAY, TransientErrorRetryPolicy
from vectora_core.errors import ConfigError, FetchError, ParametersError, Problem, SourcesFailedError, StorageError

POLICY = TransientErrorRetryPolicy(timedelta(seconds=60))


@pytest.mark.parametrize(
    "error",
    [
        ConfigError([Problem(file="clients/a.yaml", line=1, key="x", message="unknown key")]),
        ParametersError("period_days: 0"),
        SourcesFailedError("every source failed", transient=False),
        FetchError("gone", failure_class="http_410", transient=False),
    ],
)
def test_permanent_errors_fail_at_once(error: Exception) -> None:
    """Trying again would not help."""
    assert POLICY.evaluate(error, 1, 3).action is RetryAction.FAIL


@pytest.mark.parametrize("error", [StorageError("down"), SourcesFailedError("every source failed", transient=True)])
def test_transient_errors_are_tried_again(error: Exception) -> None:
    """What may pass is tried again."""
    assert POLICY.evaluate(error, 1, 3).action is RetryAction.RETRY


def test_the_unforeseen_is_left_to_airflow() -> None:
    """An exception the core does not know follows the task's own retries."""
    assert POLICY.evaluate(ZeroDivisionError(), 1, 3).action is RetryAction.DEFAULT


@pytest.mark.parametrize(("try_number", "middle"), [(1, 60), (2, 120), (3, 240), (20, LONGEST_DELAY.total_seconds())])
def test_the_delay_doubles_within_its_spread_and_is_bounded(try_number: int, middle: float) -> None:
    """From half to one and a half of the doubled delay."""
    delays = [POLICY.evaluate(StorageError("down"), try_number, 30).retry_delay for _ in range(50)]
    assert all(timedelta(seconds=middle / 2) <= delay <= timedelta(seconds=middle * 1.5) for delay in delays if delay)
    assert None not in delays


def test_the_delay_is_random() -> None:
    """Clients of one broken host do not come back in the same second."""
    assert len({POLICY.evaluate(StorageError("down"), 1, 3).retry_delay for _ in range(20)}) > 1
