"""Requests to one DynamoDB table: counted by API name, and what goes wrong told in our words.

It does not know what the table holds. The client is passed in; its own retries are set by whoever builds it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from vectora_core.errors import JobTableError

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
NOT_THERE: Final = "ResourceNotFoundException"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_MAY_PASS: Final = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
    }
)
_REFUSED: Final = frozenset({"AccessDeniedException", "AccessDenied", "NotAuthorized"})


class TableRequests:
    """Sends requests to one table; may be used from several threads.

    :param client: a boto3 ``dynamodb`` client
    :ivar calls: requests by API name (``PutItem``, ``Query`` …); each page of a query is one
    :ivar retries: requests the SDK had to repeat, nearly always because DynamoDB throttled
    :raises JobTableError: from `call`, saying whether asking later may help
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._counting = threading.Lock()
        self.name = name
        self.calls: Counter[str] = Counter()
        self.retries = 0

    def call(self, api: str, **arguments: Any) -> dict[str, Any]:
        """Send one request that names the table itself, or else gets its name, and return the answer.

        :param api: the method of the client, ``put_item``
        """
        if "RequestItems" not in arguments:
            arguments["TableName"] = self.name
        self._count(api)
        try:
            answer: dict[str, Any] = getattr(self._client, api)(**arguments)
        except ClientError as error:
            self._count_retries(error.response)
            if code_of(error) == CONDITION_FAILED:
                raise ConditionFailedError(error.response.get("Item")) from error
            raise translated(error, self.name) from error
        except BotoCoreError as error:
            raise translated(error, self.name) from error
        self._count_retries(answer)
        return answer

    def _count(self, api: str) -> None:
        with self._counting:
            self.calls["".join(word.capitalize() for word in api.split("_"))] += 1

    def _count_retries(self, answer: Mapping[str, Any]) -> None:
        with self._counting:
            self.retries += answer.get("ResponseMetadata", {}).get("RetryAttempts", 0)


class ConditionFailedError(Exception):
    """A conditional write was refused.

    :ivar item: the row as it is, where the request asked for it and there is one
    """

    def __init__(self, item: Mapping[str, Any] | None) -> None:
        super().__init__("the condition of a write does not hold")
        self.item = item


def code_of(error: ClientError) -> str:
    """Return the code AWS gave an error, ``ThrottlingException``."""
    return str(error.response.get("Error", {}).get("Code", ""))


def translated(error: ClientError | BotoCoreError, name: str) -> JobTableError:
    """Return what an error of the SDK means for the table of that name."""
    if not isinstance(error, ClientError):
        return JobTableError(
            f"the job table {name} is out of reach: {error}; check the network, the region and the credentials",
            transient=isinstance(error, (HTTPClientError, NoConnectionError)),
        )
    code = code_of(error)
    if code == NOT_THERE:
        return JobTableError(
            f"the job table {name} does not exist; make it by `vectora jobs create-table`, or check table and region",
            transient=False,
        )
    if code in _REFUSED:
        return JobTableError(f"the job table {name}: not allowed: {error}; add it to the IAM policy", transient=False)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MAY_PASS or status >= 500:
        return JobTableError(f"the job table {name} did not keep up: {error}; try again later", transient=True)
    return JobTableError(f"the job table {name} refused: {error}; check the request and the credentials", transient=False)
