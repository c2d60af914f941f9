"""What goes wrong on demand: throttling, server errors, broken connections, slow answers. Sends nothing itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Literal

Kind = Literal["throttle", "fail", "reset", "delay"]


class ApiError(Exception):
    """An error answer of the API.

    :param code: its name in the service model, or what the gateway before the service says
    """

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def client_error(message: str) -> ApiError:
    """Return what Batch answers to a request that is wrong."""
    return ApiError("ClientException", f"Error executing request, Exception : {message}")


def throttled() -> ApiError:
    """Return what the gateway before Batch answers to too many requests; botocore repeats it by code and by status."""
    return ApiError("TooManyRequestsException", "Too Many Requests", HTTPStatus.TOO_MANY_REQUESTS)


def server_error() -> ApiError:
    """Return what Batch answers when it is ill."""
    return ApiError("ServerException", "Internal Error", HTTPStatus.INTERNAL_SERVER_ERROR)


@dataclass(kw_only=True)
class Fault:
    """One kind of trouble for the next requests.

    :param operation: None means every one
    :param times: how many requests it hits, after it let ``after`` of them pass
    """

    kind: Kind
    operation: str | None
    times: int
    after: int = 0
    seconds: float = 0.0

    def hits(self, operation: str) -> bool:
        """Return whether it hits a request, and count it."""
        if self.operation not in (None, operation) or self.times <= 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


class Faults:
    """The troubles that were asked for. ``given`` counts those that came, by kind and operation (``throttle ListJobs``)."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()
        self.given: Counter[str] = Counter()

    def add(self, fault: Fault) -> None:
        """Plan a trouble."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget the troubles that did not come yet."""
        with self._lock:
            self._faults.clear()

    def hit(self, operation: str) -> tuple[float, Kind | None]:
        """Return by how many seconds a request is delayed, and what happens to it then; at most one thing."""
        seconds, failure = 0.0, None
        with self._lock:
            for fault in self._faults:
                if fault.kind == "delay":
                    seconds += fault.seconds if fault.hits(operation) else 0.0
                elif failure is None and fault.hits(operation):
                    failure = fault.kind
            self._faults = [fault for fault in self._faults if fault.times > 0]
            if failure:
                self.given[f"{failure} {operation}"] += 1
        return seconds, failure
