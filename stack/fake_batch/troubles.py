"""Everything a test can make go wrong with the fake: refused and broken requests, slow ones, and answers that are behind."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock

from stack.fake_batch.clock import Clock
from stack.fake_batch.faults import Fault, Faults
from stack.fake_batch.store import READS, Lag, Store


class Troubles:
    """The part of the fake that misbehaves on demand. ``faults.given`` counts what came of it."""

    lock: RLock
    clock: Clock
    store: Store
    faults: Faults

    def throttle(self, operation: str | None = None, times: int = 1, *, after: int = 0) -> None:
        """Answer TooManyRequestsException (429) to the next requests.

        :param operation: None means all of them
        :param after: requests of that operation that still pass
        """
        self.faults.add(Fault(kind="throttle", operation=operation, times=times, after=after))

    def fail(self, operation: str | None = None, times: int = 1, *, after: int = 0) -> None:
        """Answer ServerException (500) to the next requests."""
        self.faults.add(Fault(kind="fail", operation=operation, times=times, after=after))

    def reset(self, operation: str | None = None, times: int = 1, *, after: int = 0) -> None:
        """Break the connection of the next requests (TCP RST) instead of an answer."""
        self.faults.add(Fault(kind="reset", operation=operation, times=times, after=after))

    def delay(self, seconds: float, operation: str | None = None, times: int = 1, *, after: int = 0) -> None:
        """Answer the next requests late, in real time."""
        self.faults.add(Fault(kind="delay", operation=operation, times=times, after=after, seconds=seconds))

    def lag(
        self, *, seconds: float = 0.0, answers: int = 0, operations: Sequence[str] = READS, job_id: str | None = None
    ) -> None:
        """Let ListJobs and DescribeJobs see what changes from now on later, also that there is a new job.

        :param seconds: after so much time on the fake's clock
        :param answers: after so many answers of that operation; both 0 ends the lag for later changes
        :param job_id: for one job only; else for all that have no lag of their own
        """
        with self.lock:
            for operation in operations:
                self.store.lags[operation, job_id] = Lag(seconds=seconds, answers=answers)

    def settle(self) -> None:
        """Show everything as it is, and end every lag."""
        with self.lock:
            self.store.lags.clear()
            for view in self.store.views.values():
                view.settle()

    def rewind(
        self, job_id: str, *, answers: int = 1, seconds: float = 0.0, operations: Sequence[str] = ("DescribeJobs",)
    ) -> None:
        """Show the state that a job had before (or that it is not known) once more, as another replica of Batch would.

        :param answers: how many answers show it; ``seconds`` for how long they do
        """
        with self.lock:
            for operation in operations:
                lag = Lag(seconds=seconds, answers=answers)
                self.store.rewind(job_id, operation, now=self.clock.now(), lag=lag)
