"""Loads what every mapped ingest needs where task processes are forked from: once, instead of once per client.

The scheduler announces its start before its LocalExecutor forks the workers; what is imported by then costs a task neither
time nor memory (0.3 s of processor time a client, as much as all else that Airflow does for it: docs/benchmarks.md).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from airflow.listeners import hookimpl

log = logging.getLogger(__name__)

# Importing obstore starts no thread and no runtime; using it would, and that must not happen before a fork.
MODULES = (
    "vectora_airflow.ingest",
    "vectora_core.ingest.client",
    "vectora_core.ingest.discover",
    "vectora_core.ingest.fetch.network_guard",
    "vectora_core.ingest.parameters",
    "vectora_core.ingest.parsers.feed",
    "vectora_core.ingest.report",
    "regex",  # the patterns of content_filters
    "xml.sax.expatreader",  # what feedparser reads with
    # What is imported late by those that are: the event loop's side of httpcore, the parser behind feedparser, host names.
    "anyio._backends._asyncio",
    "xml.sax.expatreader",
    "encodings.idna",
)


@hookimpl
def on_starting(component: object) -> None:
    """Import the modules where it pays; see Airflow's lifecycle listeners."""
    from airflow.configuration import conf

    if forks_tasks(sys.argv, conf.get("core", "executor")):
        preload()


def forks_tasks(arguments: Sequence[str], executor: str) -> bool:
    """Tell whether a process forks task processes: the scheduler of a LocalExecutor, alone or beside others.

    :param arguments: of the command line, the program first
    :param executor: the value of ``[core] executor``
    """
    return list(arguments[1:2]) == ["scheduler"] and "LocalExecutor" in executor


def preload() -> None:
    """Import the modules and read the trusted certificates.

    What cannot be loaded is left for the task, which then fails with the reason in its own log.
    """
    for name in MODULES:
        try:
            import_module(name)
        except Exception:
            log.exception("vectora: %s could not be imported ahead", name)
            return
    _read_certificates()


def _read_certificates() -> None:
    from vectora_core.ingest.fetch.fetcher import tls_context, trusted_certificates

    with suppress(OSError):  # the task that needs them says so
        tls_context(ssl_verify=True, http2=True, trusted=trusted_certificates())
