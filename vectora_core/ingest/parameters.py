"""The parameters of a run: one model for the trigger form, the CLI, the Lambda event and backfills.

It checks what can be checked without looking anywhere; whether a client or a source exists is discovery's.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, ValidationError, model_validator

from vectora_core.config.models import RunMode
from vectora_core.errors import ParametersError

MAX_PERIOD_DAYS = 3650
YEARS = range(1990, 2101)

_GIVEN_WITH_A_FAILED_RUN = frozenset({"only_failed_of_run", "dry_run", "force_refresh", "tolerated_failure_percentage"})


def _iso_date(value: object) -> object:
    """Take ISO 8601 dates only: pydantic would also read a number as days since 1970."""
    day = value if type(value) is date else None
    if isinstance(value, str) and len(value) == 10:
        with suppress(ValueError):
            day = date.fromisoformat(value)
    if day is None:
        raise ValueError(f"{value!r} is not a date; write it as YYYY-MM-DD")
    if day.year not in YEARS:
        raise ValueError(f"{day} is out of range; give a year from {YEARS[0]} to {YEARS[-1]}")
    return day


def _ids(value: object) -> object:
    """Take a list of texts without blanks, each once: a blank would otherwise mean nobody, or everybody."""
    if isinstance(value, str):
        raise ValueError(f"{value!r} is not a list; write it as [{value!r}]")
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        return value
    if not all(one.strip() for one in value):
        raise ValueError("one of them is empty; leave it out")
    return tuple(dict.fromkeys(one.strip() for one in value))


def _percentage(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is not a number; give a percentage from 0 to 100")
    return value


Ids = Annotated[tuple[str, ...], BeforeValidator(_ids)]
IsoDate = Annotated[date, BeforeValidator(_iso_date)]


class RunParameters(BaseModel):
    """What one run is asked to do; everything empty means all active clients with their own settings.

    :param client_ids: run these clients, active or not
    :param sources: fetch only these of the sources a client follows
    :param period_days: look back so many days, instead of the client's own period
    :param from_date: take items from this day (UTC) on; excludes ``period_days``
    :param to_date: take items up to and including this day (UTC)
    :param ingestion_mode: ``broad``, ``balanced`` or ``strict``, instead of the client's own mode
    :param force_refresh: fetch again what was captured for this interval already
    :param dry_run: do everything but write
    :param only_failed_of_run: run id of an earlier run; re-runs its failed clients with its interval and parameters
    :param tolerated_failure_percentage: share of clients that may fail before the run counts as failed
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_ids: Ids = ()
    sources: Ids = ()
    period_days: Annotated[StrictInt, Field(ge=1, le=MAX_PERIOD_DAYS)] | None = None
    from_date: IsoDate | None = None
    to_date: IsoDate | None = None
    ingestion_mode: RunMode | None = None
    force_refresh: StrictBool = False
    dry_run: StrictBool = False
    only_failed_of_run: Annotated[str, Field(min_length=1, max_length=250)] | None = None
    tolerated_failure_percentage: Annotated[float, BeforeValidator(_percentage), Field(ge=0, le=100)] = 0

    @model_validator(mode="after")
    def _do_not_contradict(self) -> RunParameters:
        if self.from_date and self.to_date and self.from_date > self.to_date:
            raise ValueError(f"from_date {self.from_date} is after to_date {self.to_date}; swap them")
        if self.from_date and self.period_days:
            raise ValueError("from_date and period_days both say where the window starts; give one of them")
        together = self.given() - _GIVEN_WITH_A_FAILED_RUN
        if self.only_failed_of_run and together:
            raise ValueError(
                f"only_failed_of_run takes interval and parameters from that run; leave out {', '.join(sorted(together))}"
            )
        return self

    def given(self) -> set[str]:
        """Return the names of the parameters that differ from their defaults."""
        fields = type(self).model_fields
        return {name for name, field in fields.items() if getattr(self, name) != field.default}

    def as_json(self) -> dict[str, Any]:
        """Return the given parameters as JSON values; `parse_parameters` reads them back."""
        return self.model_dump(mode="json", include=self.given())


def parse_parameters(values: Mapping[str, Any]) -> RunParameters:
    """Check what a form, an event or a command line gave.

    :param values: parameters by name; ``client_id`` is taken as ``client_ids`` of one; None means not given
    :raises ParametersError: naming every unknown or unusable parameter, and contradictions
    """
    given = _with_single_client({name: value for name, value in values.items() if value is not None})
    unknown = [_unknown(name) for name in given if name not in RunParameters.model_fields]
    known = {name: value for name, value in given.items() if name in RunParameters.model_fields}
    try:
        parameters = RunParameters(**known)
    except ValidationError as error:
        raise ParametersError("; ".join(unknown + [_message(one) for one in error.errors()])) from error
    if unknown:
        raise ParametersError("; ".join(unknown))
    return parameters


def _with_single_client(given: dict[str, Any]) -> dict[str, Any]:
    client_id = given.pop("client_id", None)
    if client_id is None:
        return given
    if given.get("client_ids", []) not in ([], (), [client_id]):
        raise ParametersError("client_id and client_ids name different clients; give one of them")
    return given | {"client_ids": [client_id]}


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, RunParameters.model_fields, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(RunParameters.model_fields)}"
    return f"{name}: unknown parameter, {hint}"


def _message(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"] if isinstance(part, (str, int)))
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {text}" if name else text
