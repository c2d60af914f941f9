"""Addresses: of the pages, of Airflow's own pages beside them, and of the web outside. Knows no page by what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

_HTTP = frozenset({"http", "https"})


@dataclass(frozen=True, kw_only=True)
class Links:
    """Where everything is, as the browser has to ask for it.

    :param base: the path the pages are mounted at, with the prefix of a reverse proxy: ``/airflow/vectora``
    :param airflow: the path of Airflow itself, without a slash at its end
    """

    base: str
    airflow: str

    def page(self, path: str, **query: Any) -> str:
        """Return the address of a page of ours; what is None or empty is left out, lists are given once per element.

        :param path: below the mount, such as ``clients``
        """
        pairs = [(name, one) for name, value in query.items() for one in _each(value)]
        asked = urlencode(pairs, quote_via=quote, errors="replace")
        return f"{self.base}/{path}" + (f"?{asked}" if asked else "")

    def dag(self, dag_id: str) -> str:
        """Return the address of a DAG in Airflow's UI."""
        return f"{self.airflow}/dags/{_segment(dag_id)}"

    def run(self, dag_id: str, run_id: str) -> str:
        """Return the address of a run in Airflow's UI."""
        return f"{self.dag(dag_id)}/runs/{_segment(run_id)}"

    def task_instance(self, dag_id: str, run_id: str, task_id: str, map_index: int | None = None) -> str:
        """Return the address of a task instance in Airflow's UI, which shows its log.

        :param map_index: -1 for a task that is not mapped; None for all instances of a mapped one
        """
        task = f"{self.run(dag_id, run_id)}/tasks/{_segment(task_id)}"
        if map_index is None:
            return f"{task}/mapped"
        return task if map_index < 0 else f"{task}/mapped/{map_index}"

    def trigger(self, dag_id: str) -> str:
        """Return where Airflow's REST API takes new runs of a DAG."""
        return f"{self.airflow}/api/v2/dags/{_segment(dag_id)}/dagRuns"

    @property
    def login(self) -> str:
        """Where Airflow lets people in."""
        return f"{self.airflow}/api/v2/auth/login"


def external(url: str | None) -> str | None:
    """Return a link to the web outside, or None for what is no http or https URL of a host: strangers wrote it."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _HTTP and bool(parts.hostname)
    except ValueError:
        return None
    return url if usable and url.isprintable() else None


def _segment(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _each(value: Any) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [str(one) for one in values if one is not None and one != ""]
