"""A small client of Airflow's REST API (stable, ``/api/v2``): what the demo, the tests and the benchmarks ask for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from stack.errors import StackError

Json = dict[str, Any]
FINISHED = frozenset({"success", "failed"})
_PAGE = 100
_ANSWER_SECONDS = 90  # several turns of waiting for the lock of the database
_BUSY_PAUSE_SECONDS = 0.5
_TRIES = 5


class AirflowApi:
    """One Airflow, spoken to as its administrator.

    :param url: of the API server, without a trailing slash
    :param login: user and password; None when the server takes everybody as administrator
    :raises StackError: from every method, when the server refuses what was asked
    """

    def __init__(self, url: str, login: tuple[str, str] | None = None) -> None:
        self._http = httpx.Client(base_url=url, timeout=_ANSWER_SECONDS, trust_env=False)
        self._login = login

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def is_ready(self) -> bool:
        """Return whether the server answers."""
        try:
            return self._http.get("/api/v2/monitor/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def unhealthy(self, components: frozenset[str] | set[str]) -> list[str]:
        """Return which of the components have not reported in yet (``scheduler``, ``dag_processor``, ``triggerer``)."""
        health = self.get("/monitor/health")
        return sorted(name for name in components if (health.get(name) or {}).get("status") != "healthy")

    def get(self, path: str, **query: Any) -> Json:
        """Ask for something below ``/api/v2``."""
        return self.request("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Send something below ``/api/v2``."""
        return self.request("POST", path, json=dict(body))

    def patch(self, path: str, body: Mapping[str, Any]) -> Json:
        """Change something below ``/api/v2``."""
        return self.request("PATCH", path, json=dict(body))

    def request(self, method: str, path: str, **details: Any) -> Json:
        """Send one request and return the JSON of its answer; logs in first where that is still to be done."""
        if "Authorization" not in self._http.headers:
            self._http.headers["Authorization"] = f"Bearer {self._token()}"
        answer = self._answer(method, f"/api/v2{path}", **details)
        if not answer.is_success:
            raise StackError(f"airflow refused {method} {path} with {answer.status_code}: {answer.text[:500]}")
        body: Json = answer.json() if answer.content else {}
        return body

    def _answer(self, method: str, path: str, **details: Any) -> httpx.Response:
        """Send a request; again when the database was busy, and when one that only asks got no answer in time."""
        for tries_left in reversed(range(_TRIES)):
            try:
                answer = self._http.request(method, path, **details)
            except httpx.TransportError as error:
                if not tries_left or method != "GET":
                    raise StackError(f"airflow did not answer {method} {path} ({error!r}); see api-server.log") from error
            else:
                if not (tries_left and _was_busy(answer)):
                    return answer
                time.sleep(_BUSY_PAUSE_SECONDS)
        raise AssertionError  # the last try returns or raises

    def has_dag(self, dag_id: str) -> bool:
        """Return whether the DAG processor has read a DAG."""
        listed = self.get("/dags", dag_id_pattern=dag_id, limit=_PAGE)["dags"]
        return any(dag["dag_id"] == dag_id for dag in listed)

    def import_errors(self) -> list[Json]:
        """Return the DAG files that could not be read, each with its ``filename`` and ``stack_trace``."""
        errors: list[Json] = self.get("/importErrors")["import_errors"]
        return errors

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run a DAG."""
        self.patch(f"/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, Any], **fields: Any) -> str:
        """Start a run and return its id.

        :param fields: further fields of the request (``dag_run_id``, ``logical_date``, ``data_interval_start``, ``note`` …)
        """
        run_id: str = self.post(f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": dict(conf), **fields})[
            "dag_run_id"
        ]
        return run_id

    def dag_run(self, dag_id: str, run_id: str) -> Json:
        """Return one run."""
        return self.get(_run_path(dag_id, run_id))

    def task_instances(self, dag_id: str, run_id: str) -> list[Json]:
        """Return every task instance of a run, mapped ones one by one."""
        return list(self._task_instances(dag_id, run_id))

    def _task_instances(self, dag_id: str, run_id: str) -> Iterator[Json]:
        offset = 0
        while True:
            page = self.get(f"{_run_path(dag_id, run_id)}/taskInstances", limit=_PAGE, offset=offset, order_by="id")[
                "task_instances"
            ]
            yield from page
            offset += len(page)
            if len(page) < _PAGE:
                return

    def task_log(self, instance: Json) -> str:
        """Return the log of the latest try of a task instance."""
        path = f"{_run_path(instance['dag_id'], instance['dag_run_id'])}/taskInstances/{instance['task_id']}/logs"
        pages = self.get(f"{path}/{instance['try_number']}", map_index=instance["map_index"], full_content=True)["content"]
        return "\n".join(_log_line(one) for one in pages)

    def clear(self, dag_id: str, run_id: str, task_ids: list[str | tuple[str, int]], **fields: Any) -> Json:
        """Clear task instances so that they run again.

        :param task_ids: tasks, or (task, map index) for one instance of a mapped one
        :param fields: further fields of the request (``include_downstream`` …)
        """
        body = {"dry_run": False, "dag_run_id": run_id, "only_failed": False, "task_ids": task_ids, **fields}
        return self.post(f"/dags/{dag_id}/clearTaskInstances", body)

    def _token(self) -> str:
        """Log in; the server may be asked before it is quite up."""
        deadline = time.monotonic() + 10
        while True:
            answer = self._ask_for_token()
            if answer.is_success:
                return str(answer.json()["access_token"])
            if time.monotonic() > deadline:
                raise StackError(f"airflow gave no token ({answer.status_code}): {answer.text[:300]}")
            time.sleep(0.2)

    def _ask_for_token(self) -> httpx.Response:
        if self._login is None:
            return self._http.get("/auth/token")
        user, password = self._login
        return self._http.post("/auth/token", json={"username": user, "password": password})


def _was_busy(answer: httpx.Response) -> bool:
    """Whether SQLite refused (``database is locked``); Airflow hides that word, and nothing has been changed then."""
    return answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR and '"Database error"' in answer.text


def _run_path(dag_id: str, run_id: str) -> str:
    return f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"


def _log_line(message: Any) -> str:
    """Return one line of a structured log as text, with the fields that an exception or a group carries."""
    if not isinstance(message, dict):
        return str(message)
    details = message.get("error_detail") or []
    raised = [f"{one.get('exc_type')}: {one.get('exc_value')}" for one in details if isinstance(one, dict)]
    return " ".join([str(message.get("event", "")), *raised])
