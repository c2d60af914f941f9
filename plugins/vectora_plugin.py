"""Registers Vectora with Airflow; defines nothing."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from vectora_airflow import preload
from vectora_airflow.ui import registration


class VectoraPlugin(AirflowPlugin):
    """The plugin Airflow lists under this name."""

    name = "vectora"
    listeners = [preload]  # noqa: RUF012  # as Airflow declares it
    fastapi_apps = registration.fastapi_apps()
    external_views = registration.external_views()
