"""Retries by the core's errors: what may pass is tried again after a random delay, the rest fails at once."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy

from vectora_core.errors import VectoraError

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

LONGEST_DELAY = timedelta(minutes=30)


class TransientErrorRetryPolicy(RetryPolicy):
    """Reads ``transient`` of a `VectoraError`; leaves every other exception to Airflow's own rule.

    The delay doubles with every try and is drawn at random from half to one and a half of that: Airflow's own jitter is
    the same for every map index, so that all clients of a broken host would come back in the same second.

    :param delay: before the second try
    """

    def __init__(self, delay: timedelta) -> None:
        self.delay = delay

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Decide by the error; see `RetryPolicy.evaluate`."""
        if not isinstance(exception, VectoraError):
            return RetryDecision.default()
        if not exception.transient:
            return RetryDecision.fail(reason=f"{exception.failure_class}: trying again would not help")
        longest = min(self.delay * 2 ** (try_number - 1), LONGEST_DELAY)
        delay = longest * random.uniform(0.5, 1.5)  # noqa: S311  # spreads load, keeps no secret
        return RetryDecision.retry(delay=delay, reason=f"{exception.failure_class} may pass")
