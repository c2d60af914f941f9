"""What is answered when something is wrong: a page for people, JSON for programs, each with the way out."""

from __future__ import annotations

import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from vectora_airflow.ui.rendering import page
from vectora_core.errors import (
    AwsServiceError,
    ConfigError,
    ParametersError,
    SettingsError,
    StorageError,
    VectoraError,
)

log = logging.getLogger(__name__)

_TITLES: Final = {
    400: "This address cannot be used",
    401: "You are not logged in",
    403: "You may not see this",
    404: "There is nothing here",
    405: "These pages change nothing",
    503: "Something these pages need does not answer",
}
_NO_SESSION: Final = (403, "Invalid JWT token")
"""What Airflow says of a token that somebody else signed, as after a restart with other secrets: its own UI logs in then."""
_WAYS_OUT: Final = {
    401: "Your session has ended, or there was none: log in to Airflow again, then open this page once more.",
    403: "Your Airflow user lacks the permission to read the runs of this DAG: ask an administrator of Airflow for it.",
    404: "Check the address, or start from the list of clients or jobs.",
    405: "Whatever changes something is sent to Airflow's own API.",
    500: "The log of Airflow's API server has the details.",
}
_STATUS: Final[dict[type[VectoraError], int]] = {
    ParametersError: 400,
    StorageError: 503,
    AwsServiceError: 503,
    ConfigError: 503,
    SettingsError: 503,
}


def install(app: FastAPI) -> None:
    """Let an application answer so."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(VectoraError, _known)
    app.add_exception_handler(Exception, _unforeseen)


def answer(request: Request, status: int, message: str) -> Response:
    """Return what says that a request came to nothing.

    :param message: what is wrong; for programs all there is, for people beside the way out
    """
    path: str = request.scope["path"]  # request.url would also need a query that is UTF-8
    if path.removeprefix(request.scope.get("root_path", "")).startswith("/api/"):
        return JSONResponse({"detail": message, "way_out": _WAYS_OUT.get(status)}, status_code=status)
    said = {"title": _TITLES.get(status, "Something went wrong"), "message": message, "way_out": _WAYS_OUT.get(status)}
    return page(request, "wrong.html", status=status, code=status, **said)


def _refused(request: Request, error: Any) -> Response:
    status = 401 if (error.status_code, error.detail) == _NO_SESSION else error.status_code
    found = answer(request, status, str(error.detail))
    found.headers.update(error.headers or {})
    return found


def _invalid(request: Request, error: Any) -> Response:
    wrong = "; ".join(f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors())
    return answer(request, 400, wrong)


def _known(request: Request, error: Any) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    if status >= 500:
        log.warning("%s: %s", request.scope["path"], error)
    return answer(request, status, str(error))


def _unforeseen(request: Request, error: Any) -> Response:
    log.error("%s: unforeseen", request.scope["path"], exc_info=error)
    return answer(request, 500, f"unforeseen {type(error).__name__}")
