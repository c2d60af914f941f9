"""Imported by a Celery worker when it starts (`imports` of its configuration): loads what every mapped ingest needs.

Its processes are forked from it, and the tasks from those: what is imported by then costs a task nothing (`preload`).
"""

from __future__ import annotations

from vectora_airflow.preload import preload

preload()
