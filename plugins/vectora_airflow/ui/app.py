"""The application: its routes, its headers, its answers to mistakes. GET alone: whatever changes something is Airflow's."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles

from vectora_airflow.ui import answers
from vectora_airflow.ui.client import routes as client
from vectora_airflow.ui.clients import routes as clients
from vectora_airflow.ui.job import routes as job
from vectora_airflow.ui.jobs import routes as jobs
from vectora_airflow.ui.rendering import STATIC, links_of
from vectora_airflow.ui.run import routes as run
from vectora_airflow.ui.security_headers import SecurityHeaders
from vectora_core import __version__

_ABOUT = (
    "The clients, runs and jobs of Vectora, for programs: what the pages show. Every route takes Airflow's own login "
    "(`Authorization: Bearer`, see `/auth/token`) and the permission to read the runs of the DAG. All of them are GET; to "
    "start something, use Airflow's API. Times are ISO 8601 in UTC."
)


def application() -> SecurityHeaders:
    """Return what Airflow's API server mounts: the application, and its headers around every answer."""
    return SecurityHeaders(create_app())


def create_app() -> FastAPI:
    """Return the application itself."""
    app = FastAPI(
        title="Vectora",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    answers.install(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for routes in (clients, client, run, jobs, job):
        app.include_router(routes.router)
    _add_start(app)
    return app


def _add_start(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False, dependencies=[Depends(get_user)])
    def start(request: Request) -> RedirectResponse:
        """Lead to the clients."""
        return RedirectResponse(links_of(request).page("clients"))

    @app.get("/api/openapi.json", include_in_schema=False, dependencies=[Depends(get_user)])
    def openapi(request: Request) -> dict[str, Any]:
        """Describe the routes for programs; https://spec.openapis.org/oas/v3.1.0."""
        described = app.openapi()
        paths = {path: one for path, one in described["paths"].items() if path.startswith("/api/")}
        return {**described, "paths": paths, "servers": [{"url": links_of(request).base}]}
