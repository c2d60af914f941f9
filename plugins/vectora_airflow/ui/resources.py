"""What a view works with: storages, the job table and the clock, made once per process and kept while credentials last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from time import monotonic, sleep
from typing import Annotated, Any

from fastapi import Depends

from vectora_airflow import wiring
from vectora_core import aws
from vectora_core.jobs.dynamodb import TableRequests
from vectora_core.jobs.queries import JobQueries
from vectora_core.s3 import INTERACTIVE
from vectora_core.settings import Settings, load_settings
from vectora_core.storage import Storage

_KEPT_SECONDS = 900
_making = Lock()


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Where a view reads; it writes nowhere.

    :param clock: the time, aware, in UTC
    """

    settings: Settings
    clock: Callable[[], datetime]

    @property
    def config(self) -> Storage:
        """The configuration.

        :raises SettingsError: when VECTORA_CONFIG_ROOT is not set
        """
        found: Storage = _kept("config", self.settings)
        return found

    @property
    def data(self) -> Storage:
        """Outputs, reports and statistics.

        :raises SettingsError: when VECTORA_DATA_ROOT is not set
        """
        found: Storage = _kept("data", self.settings)
        return found

    def jobs(self) -> JobQueries:
        """Return the job table, with a count of requests of its own."""
        requests = TableRequests(_kept("dynamodb", self.settings), self.settings.jobs_table)
        return JobQueries(requests, clock=self.clock, sleep=sleep)


def resources() -> Resources:
    """Return the resources of this process."""
    return Resources(settings=load_settings(), clock=wiring.utc_now)


ResourcesDep = Annotated[Resources, Depends(resources)]


def _kept(kind: str, settings: Settings) -> Any:
    with _making:  # a session of boto3 makes one client at a time
        return _made(kind, settings, int(monotonic() / _KEPT_SECONDS))


@lru_cache(maxsize=8)
def _made(kind: str, settings: Settings, period: int) -> Any:
    match kind:
        case "config":
            return wiring.config_storage(settings, patience=INTERACTIVE)
        case "data":
            return wiring.data_storage(settings, patience=INTERACTIVE)
        case _:
            return wiring.aws_clients(settings).client("dynamodb", config=aws.INTERACTIVE)
