"""Repeats a request that may help later, with growing random pauses, and counts how often it had to.

It does not know what the request is. Clients that are used with it do not repeat anything by themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from vectora_core.errors import JobTableError

ATTEMPTS: Final = 12  # the pauses add up to two minutes, on average half of that
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 20.0

Answer = TypeVar("Answer")


class Patience:
    """May be used from several threads.

    :param sleep: waits so many seconds
    :ivar throttles: requests that were repeated
    """

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._counting = threading.Lock()
        self._retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
            retry=retry_if_exception(_may_pass),
            before_sleep=self._count,
            sleep=sleep,
            reraise=True,
        )
        self.throttles = 0

    def __call__(self, request: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
        """Return the answer of the request.

        :raises JobTableError: that of its last attempt
        """
        return self._retrying.copy()(request, *arguments, **named)

    def _count(self, _: RetryCallState) -> None:
        with self._counting:
            self.throttles += 1


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, JobTableError) and error.transient
