"""What one local stack is made of, and the environment that follows from it. Starts nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from stack import airflow, embedded_aws
from stack.errors import StackError
from stack.fake_batch.model import QUEUES
from stack.places import CACHE, CONFIGS, DAGS, PLUGINS
from stack.ports import LOCALHOST, Ports

_PATH_PREFIX = re.compile(r"(/[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """What one stack is made of.

    :param folder: everything it writes is below it: ``airflow/``, ``logs/``, ``aws/``
    :param ports: None takes free ones
    :param configs: folder that the config bucket is filled from
    :param config_root: another configuration instead of that bucket, used as it is (``file:///…``)
    :param data_root: another place for the outputs than the data bucket
    :param aws: whether there is an embedded AWS at all; without it both roots must be given
    :param batch: whether the fake of AWS Batch runs beside the embedded AWS, which has none of its own
    :param site: whether the demo web site runs
    :param path_prefix: below which a reverse proxy (nginx) serves Airflow, such as ``/airflow``; empty means no proxy
    :param components: which parts of Airflow run (keys of ``stack.airflow.COMPONENTS``)
    :param parallelism: task instances running at once
    :param all_admins: nobody is asked for a password
    :param quick: see ``AirflowSettings``
    :param keep: the database and the buckets of the last start are used again
    :param cache: folder of migrated databases; None migrates anew
    :param environment: further variables for Airflow, which win over the stack's
    :param today: the day that the demo web site is written for; None means the day it is asked
    """

    folder: Path
    ports: Ports | None = None
    configs: Path = CONFIGS
    config_root: str | None = None
    data_root: str | None = None
    dags: Path = DAGS
    plugins: Path = PLUGINS
    aws: bool = True
    batch: bool = True
    site: bool = True
    path_prefix: str = ""
    components: tuple[str, ...] = tuple(airflow.COMPONENTS)
    parallelism: int = 4
    all_admins: bool = True
    quick: bool = True
    keep: bool = False
    cache: Path | None = CACHE
    environment: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None

    def __post_init__(self) -> None:
        """Refuse a path prefix that is none.

        :raises StackError: naming it
        """
        if not _PATH_PREFIX.fullmatch(self.path_prefix):
            raise StackError(f"path_prefix {self.path_prefix!r} is not a path: give one such as /airflow, or nothing")


def home_of(options: StackOptions) -> Path:
    """Return the folder of the stack's Airflow."""
    return options.folder / "airflow"


def config_root(options: StackOptions) -> str:
    """Return the URL of the configuration."""
    return options.config_root or f"s3://{embedded_aws.CONFIG_BUCKET}"


def data_root(options: StackOptions) -> str:
    """Return the URL of the outputs."""
    return options.data_root or f"s3://{embedded_aws.DATA_BUCKET}"


def has_batch(options: StackOptions) -> bool:
    """Return whether there is a fake of Batch: without an embedded AWS the account is a real one."""
    return options.aws and options.batch


def batch_url(ports: Ports) -> str:
    """Return the URL of the fake of Batch."""
    return f"http://{LOCALHOST}:{ports.batch}"


def site_url(ports: Ports) -> str:
    """Return the URL of the demo web site."""
    return f"http://{LOCALHOST}:{ports.site}"


def airflow_url(options: StackOptions, ports: Ports) -> str:
    """Return the URL of the API server itself, which knows the path prefix too."""
    return f"http://{LOCALHOST}:{ports.ui}{options.path_prefix}"


def public_url(options: StackOptions, ports: Ports) -> str:
    """Return the URL that browsers use: that of the reverse proxy where there is one."""
    return f"http://{LOCALHOST}:{ports.proxy}{options.path_prefix}" if options.path_prefix else airflow_url(options, ports)


def stack_environment(options: StackOptions, ports: Ports, secrets: airflow.Secrets) -> dict[str, str]:
    """Return the whole environment of the components of Airflow and, through them, of the tasks."""
    settings = airflow.AirflowSettings(
        home=home_of(options),
        port=ports.ui,
        dags=options.dags,
        plugins=options.plugins,
        secrets=secrets,
        parallelism=options.parallelism,
        all_admins=options.all_admins,
        path_prefix=options.path_prefix,
        public_url=public_url(options, ports),
        quick=options.quick,
    )
    return {
        **airflow.inherited_environment(),
        **airflow.airflow_environment(settings),
        **(embedded_aws.aws_client_environment(ports.aws) if options.aws else {}),
        **({"AWS_ENDPOINT_URL_BATCH": batch_url(ports)} if has_batch(options) else {}),
        "VECTORA_CONFIG_ROOT": config_root(options),
        "VECTORA_DATA_ROOT": data_root(options),
        "VECTORA_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        "VECTORA_INGEST_SCHEDULE": "off",
        "VECTORA_JOBS_SCHEDULE": "off",
        **({"VECTORA_JOBS_QUEUES": ",".join(QUEUES)} if has_batch(options) else {}),
        "VECTORA_INGEST_RETRIES": "1",
        "VECTORA_INGEST_RETRY_DELAY_SECONDS": "1",
        **options.environment,
    }
