"""The core of Vectora: configuration, ingest and jobs as a library that imports no Airflow."""

__version__ = "0.1.0"
