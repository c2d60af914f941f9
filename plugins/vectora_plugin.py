"""Registers Vectora with Airflow; defines nothing."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from vectora_airflow import preload


class VectoraPlugin(AirflowPlugin):
    """The plugin Airflow lists under this name; views and listeners are added to it as they come."""

    name = "vectora"
    listeners = [preload]  # noqa: RUF012  # as Airflow declares it
