"""Clients of DynamoDB with something in between: they end, are throttled, or refuse one item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Off(Exception):
    """Stands for the end of the process."""


class Client:
    """A boto3 client with something in between."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(**arguments: Any) -> Any:
            self.before(name, arguments)
            return method(**arguments)

        return call

    def before(self, name: str, arguments: dict[str, Any]) -> None:
        raise NotImplementedError


class Cut(Client):
    """Ends at a request of one kind, after so many that were answered."""

    def __init__(self, client: Any, *, at: str = "scan", after: int) -> None:
        super().__init__(client)
        self._at, self._left = at, after

    def before(self, name: str, arguments: dict[str, Any]) -> None:
        self._left -= name == self._at
        if self._left < 0:
            raise Off


def _error(client: Any, code: str, status: int) -> Exception:
    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    found: Exception = client.exceptions.ClientError(answer, "PutItem")
    return found


class Throttled(Client):
    """Refuses every few requests."""

    def __init__(self, client: Any, *, every: int) -> None:
        super().__init__(client)
        self._every, self._calls, self.refused = every, 0, 0

    def before(self, name: str, arguments: dict[str, Any]) -> None:
        self._calls += 1
        if self._calls % self._every == 0:
            self.refused += 1
            raise _error(self._client, "ThrottlingException", 400)


class Refusing(Client):
    """Takes every item but one."""

    def __init__(self, client: Any, job_id: str) -> None:
        super().__init__(client)
        self._job_id = job_id

    def before(self, name: str, arguments: dict[str, Any]) -> None:
        if name == "put_item" and arguments["Item"]["jobId"]["S"] == self._job_id:
            raise _error(self._client, "ValidationException", 400)
