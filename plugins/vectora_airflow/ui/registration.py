"""What Airflow is told about the pages: where they are mounted, and where its own UI shows them. Imports nothing slow."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf

from vectora_airflow.ui.lazy_app import LazyApp

PREFIX = "/vectora"


def fastapi_apps() -> list[dict[str, Any]]:
    """Return the application and its place below Airflow's root."""
    return [{"app": LazyApp("vectora_airflow.ui.app", "application"), "url_prefix": PREFIX, "name": "Vectora"}]


def external_views(base_url: str | None = None) -> list[dict[str, Any]]:
    """Return where Airflow's UI shows the pages.

    :param base_url: Airflow's own, ``[api] base_url``, whose path every address begins with behind a reverse proxy
    """
    root = urlsplit(base_url if base_url is not None else conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    pages = f"{root}{PREFIX}"
    return [
        _view("Clients", "vectora-clients", "nav", f"{pages}/clients", pages, nav_top_level=True),
        _view("Jobs", "vectora-jobs", "nav", f"{pages}/jobs", pages, nav_top_level=True),
        _view("Clients", "vectora-run", "dag_run", f"{pages}/run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}", pages),
        _view(
            "Client",
            "vectora-instance",
            "task_instance",
            f"{pages}/instance?dag_id={{DAG_ID}}&run_id={{RUN_ID}}&task_id={{TASK_ID}}&map_index={{MAP_INDEX}}",
            pages,
        ),
    ]


def _view(name: str, route: str, destination: str, href: str, pages: str, **more: Any) -> dict[str, Any]:
    kind = "jobs" if "jobs" in route else "clients"
    icons = {"icon": f"{pages}/static/{kind}.svg", "icon_dark_mode": f"{pages}/static/{kind}-dark.svg"}
    return {"name": name, "url_route": route, "destination": destination, "href": href, **icons, **more}
