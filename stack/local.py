"""The local stack as a whole: what it consists of, in which order it starts, and what one can ask of it.

with Stack(StackOptions(folder=tmp_path)) as stack:
    stack.wait_for_dag()
    run_id = stack.trigger({"client_ids": ["acme"]})
    assert stack.wait(run_id)["state"] == "success"
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Any

import httpx
import psutil

from stack import airflow, embedded_aws
from stack.api import FINISHED, AirflowApi, Json
from stack.errors import StackError
from stack.migration import finish_migration, start_migration
from stack.options import (
    StackOptions,
    airflow_url,
    batch_url,
    config_root,
    data_root,
    has_batch,
    home_of,
    public_url,
    site_url,
    stack_environment,
)
from stack.places import command
from stack.ports import free_ports
from stack.processes import Children, marked
from stack.reverse_proxy import reverse_proxy_command
from vectora_core.jobs.schema import create_table
from vectora_core.settings import Settings
from vectora_core.storage import Storage, open_storage

INGEST = "vectora_ingest"
JOBS = "vectora_job_states"
OURS = (INGEST, JOBS, "vectora_job_migration")
JOBS_TABLE = str(Settings.model_fields["jobs_table"].default)
_START_SECONDS = 120.0
_PARSE_SECONDS = 60.0
_KEEP_GRACE_SECONDS = 10.0
_GRACE_SECONDS = 1.0  # what nobody starts again need not be put in order: the scheduler alone would take 6 s


class Stack:
    """A running local stack, as a context manager.

    ``seconds`` has the duration of each phase of the start, ``ports`` the ports, ``api`` the REST client, ``environment``
    what the components run with, ``config`` and ``data`` the storages of both roots.

    :param tell: called with a few words when a phase of the start is over
    :raises StackError: when a part cannot start, or stopped while something waited for it
    """

    def __init__(self, options: StackOptions, *, tell: Callable[[str], None] = lambda what: None) -> None:
        self.options = options
        self._tell = tell
        self.ports = options.ports or free_ports()
        self.seconds: dict[str, float] = {}
        self.home = home_of(options)
        self.logs = options.folder / "logs"
        self.secrets = airflow.load_secrets(self.home)
        self.environment = stack_environment(options, self.ports, self.secrets)
        grace = _KEEP_GRACE_SECONDS if options.keep else _GRACE_SECONDS
        self.children = Children(environment=self.environment, logs=self.logs, grace_seconds=grace)
        self.api = self.api_of(airflow.ADMIN)

    def __enter__(self) -> Stack:
        with ExitStack() as undo:
            undo.enter_context(self.children)
            undo.callback(self.api.close)  # first, or the API server waits for its connections
            self._start()
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._undo.close()

    @property
    def url(self) -> str:
        """Where Airflow's API server is."""
        return airflow_url(self.options, self.ports)

    @property
    def public_url(self) -> str:
        """Where browsers find the Airflow UI: the same, unless a reverse proxy is before it."""
        return public_url(self.options, self.ports)

    @property
    def site_url(self) -> str:
        """Where the demo web site is."""
        return site_url(self.ports)

    @property
    def batch_url(self) -> str:
        """Where the fake of AWS Batch is; `stack.fake_batch.control` says what it can be told there."""
        return batch_url(self.ports)

    @property
    def config_root(self) -> str:
        """The URL of the configuration."""
        return config_root(self.options)

    @property
    def data_root(self) -> str:
        """The URL of the outputs."""
        return data_root(self.options)

    @property
    def jobs_table(self) -> str:
        """The name of the table of Batch jobs, which is there whenever the fake of Batch is."""
        return self.environment.get("VECTORA_JOBS_TABLE", JOBS_TABLE)

    @cached_property
    def config(self) -> Storage:
        """The configuration."""
        return self._storage(self.options.config_root, embedded_aws.CONFIG_BUCKET)

    @cached_property
    def data(self) -> Storage:
        """The outputs."""
        return self._storage(self.options.data_root, embedded_aws.DATA_BUCKET)

    @cached_property
    def _mirror(self) -> embedded_aws.Mirror:
        return embedded_aws.Mirror(at=self.ports.aws, configs=self.options.configs, site=self.site_url)

    def login_of(self, user: str) -> tuple[str, str] | None:
        """Return name and password of one of `stack.airflow.USERS`; None where nobody is asked for any."""
        return None if self.options.all_admins else (user, self.secrets.password_of(user))

    def api_of(self, user: str) -> AirflowApi:
        """Return a REST client that is one of `stack.airflow.USERS`; whoever asks for it closes it."""
        return AirflowApi(self.url, self.login_of(user))

    def wait_for_dag(self, dag_id: str = INGEST, *, timeout: float = _PARSE_SECONDS) -> None:
        """Wait until Airflow knows a DAG, and unpause it.

        :param timeout: seconds
        :raises StackError: also at once when a DAG file cannot be read
        """

        def is_there() -> bool:
            if errors := self.api.import_errors():
                raise StackError(f"{errors[0]['filename']} cannot be read:\n{errors[0]['stack_trace']}")
            return self.api.has_dag(dag_id)

        self.children.wait_until(is_there, what=f"the DAG {dag_id}", timeout=timeout)
        self.api.unpause(dag_id)

    def trigger(self, conf: Mapping[str, Any] | None = None, *, dag_id: str = INGEST, **fields: Any) -> str:
        """Start a run through the REST API and return its id; see ``AirflowApi.trigger``."""
        return self.api.trigger(dag_id, conf or {}, **fields)

    def run_of(self, run_id: str, *, dag_id: str = INGEST) -> Json:
        """Return a run as the REST API tells it."""
        return self.api.dag_run(dag_id, run_id)

    def wait(self, run_id: str, *, dag_id: str = INGEST, timeout: float = 300) -> Json:
        """Wait for the end of a run and return it; its ``state`` is ``success`` or ``failed``.

        :param timeout: seconds
        """
        self.children.wait_until(
            lambda: self.run_of(run_id, dag_id=dag_id)["state"] in FINISHED, what=f"the end of {run_id}", timeout=timeout
        )
        return self.run_of(run_id, dag_id=dag_id)

    def task_instances(self, run_id: str, *, dag_id: str = INGEST) -> list[Json]:
        """Return the task instances of a run, mapped ones one by one."""
        return self.api.task_instances(dag_id, run_id)

    def clear(self, run_id: str, *task_ids: str | tuple[str, int], dag_id: str = INGEST, **fields: Any) -> Json:
        """Clear task instances of a run; see ``AirflowApi.clear``."""
        return self.api.clear(dag_id, run_id, list(task_ids), **fields)

    def airflow(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run an ``airflow`` command in the environment of the stack (``backfill create`` …) and return what came of it."""
        return subprocess.run(
            [command("airflow"), *arguments],
            env={**self.environment, **airflow.command_environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def processes(self) -> list[psutil.Process]:
        """Return every process of the stack, down to the task instances."""
        return marked(self.children.mark)

    def restart(self, component: str) -> None:
        """Stop a component with all its children, and start it again."""
        self.children.stop_one(component)
        self._start_component(component)

    def mirror_changes(self) -> None:
        """Bring the config bucket up to date with the folder it is filled from: new, changed and deleted files."""
        if self.options.aws and not self.options.config_root:
            self._mirror.update()

    def _start_component(self, component: str) -> None:
        extra = airflow.component_environment(component, self.home)
        self.children.start(component, airflow.component_command(component), extra=extra)

    def _start(self) -> None:
        begun = time.monotonic()
        self._start_servers()
        migrating = bool(self.options.components) and start_migration(self.options, self.children)
        self._fill_aws()
        self._note("aws and site", begun)
        if migrating:
            finish_migration(self.options, self.children)
        self._note("database", begun)
        for component in self.options.components:
            self._start_component(component)
        if "api-server" in self.options.components:
            self.children.wait_until(self.api.is_ready, what="an answer of the API server", timeout=_START_SECONDS)
            if self.options.path_prefix:
                self._wait_for_answer(f"{self.public_url}/api/v2/monitor/health", "the reverse proxy")
        self._note("airflow", begun)

    def _start_servers(self) -> None:
        ports, folder = self.ports, self.options.folder / "aws"
        if self.options.path_prefix:
            self.children.start("proxy", self._proxy_command())
        if self.options.aws:
            folder.mkdir(parents=True, exist_ok=True)
            extra = embedded_aws.aws_server_environment(ports.aws, folder, keep=self.options.keep)
            self.children.start("aws", embedded_aws.aws_command(), extra=extra)
        if has_batch(self.options):
            self.children.start("batch", [sys.executable, "-m", "stack", "batch", "--port", str(ports.batch)])
        if self.options.site:
            today = ["--today", self.options.today.isoformat()] if self.options.today else []
            self.children.start("site", [sys.executable, "-m", "stack", "site", "--port", str(ports.site), *today])

    def _proxy_command(self) -> list[str]:
        if self.ports.proxy is None:
            raise StackError("a path prefix needs a reverse proxy, and that a port: give one as `proxy` of the ports")
        return reverse_proxy_command(
            self.options.folder / "proxy",
            port=self.ports.proxy,
            upstream_port=self.ports.ui,
            path_prefix=self.options.path_prefix,
        )

    def _fill_aws(self) -> None:
        if self.options.aws:
            self.children.wait_until(
                lambda: embedded_aws.is_ready(self.ports.aws), what="an answer of the embedded AWS", timeout=_START_SECONDS
            )
            embedded_aws.make_buckets(self.ports.aws)
            self.mirror_changes()
        if has_batch(self.options):
            create_table(embedded_aws.dynamodb(self.ports.aws), self.jobs_table)
            self._wait_for_answer(f"{self.batch_url}/_fake/state", "the fake of AWS Batch")
        if self.options.site:
            self._wait_for_answer(self.site_url, "the demo web site")

    def _wait_for_answer(self, url: str, who: str) -> None:
        def answers() -> bool:
            try:
                return httpx.get(url, timeout=2, trust_env=False).is_success
            except httpx.TransportError:
                return False

        self.children.wait_until(answers, what=f"an answer of {who}", timeout=_START_SECONDS)

    def _note(self, phase: str, begun: float) -> None:
        self.seconds[phase] = time.monotonic() - begun - sum(self.seconds.values())
        self._tell(f"{phase} ready")

    def _storage(self, root: str | None, bucket: str) -> Storage:
        return open_storage(root) if root else embedded_aws.open_bucket(self.ports.aws, bucket)
