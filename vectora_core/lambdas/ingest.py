"""The ingest as an AWS Lambda: `lambda_handler(event, context)`, needing no Airflow.

The event holds the parameters of a run (`vectora_core.ingest.parameters`): ``{}`` ingests every active client,
``{"client_id": "acme"}`` that one, active or not. ``CONFIG_BUCKET`` and ``DATA_BUCKET`` name the buckets; where they are
not set, VECTORA_CONFIG_ROOT and VECTORA_DATA_ROOT hold.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from vectora_core.config.discovery import DiscoveredClient, discover
from vectora_core.errors import ParametersError, SettingsError, VectoraError
from vectora_core.ingest import manifest
from vectora_core.ingest.client import IngestResources, ingest_client
from vectora_core.ingest.discover import Moment, plan_run
from vectora_core.ingest.manifest import Writer
from vectora_core.ingest.parameters import parse_parameters
from vectora_core.ingest.run import Run, run_ingest
from vectora_core.ingest.window import RunPlan
from vectora_core.settings import load_settings, required_root
from vectora_core.storage import open_storage

log = logging.getLogger(__name__)

WRITER = Writer(task_id="lambda")


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """Ingest what the event asks for.

    :param event: run parameters, or ``{}``
    :param context: of the Lambda runtime; its ``aws_request_id`` names the run, so that AWS's own retries repeat it
    :return: ``{"statusCode", "body"}``; the body is JSON text. 200 with the run report, whose ``status`` says how it went;
        400 ``{"status": "invalid", "error"}`` for an event that cannot be used; 500 ``{"status": "failed", "error"}`` when
        nothing could run
    """
    try:
        if not isinstance(event, Mapping):
            raise ParametersError(f"the event is {type(event).__name__}, not an object; send {{}} to run all active clients")
        return _answer(200, run_ingest_for_active_clients(event, context).report)
    except ParametersError as error:
        return _answer(400, {"status": "invalid", "error": str(error)})
    except VectoraError as error:
        log.exception("nothing could run")
        return _answer(500, {"status": "failed", "error": str(error)})


def run_ingest_for_active_clients(event: Mapping[str, Any], context: Any = None) -> Run:
    """Ingest every active client, or the clients the event names; one failure never stops the others.

    :raises ParametersError: when the event cannot be used
    :raises VectoraError: when the configuration cannot be listed
    """
    resources = open_resources()
    return run_ingest(_plan(event, context, resources), resources, writer=WRITER)


def run_ingest_for_client(client_id: str, event: Mapping[str, Any] | None = None, context: Any = None) -> dict[str, Any]:
    """Ingest one client, active or not, and return its summary; no run report is written.

    :raises ParametersError: when the event cannot be used
    :raises StorageError: when its outputs cannot be written
    """
    resources = open_resources()
    plan = _plan({**(event or {}), "client_ids": [client_id]}, context, resources)
    return manifest.summary(ingest_client(client_id, plan, resources, WRITER))


def list_objects_with_prefix(bucket: str, prefix: str) -> list[str]:
    """Return the keys below a folder of a bucket, sorted; pages are followed to the end.

    :raises StorageError: when the bucket cannot be listed
    """
    return [found.path for found in open_storage(f"s3://{bucket}").list_objects(prefix)]


def list_client_configs(bucket: str) -> list[str]:
    """Return the keys of the client files of a configuration bucket, templates included."""
    keys = list_objects_with_prefix(bucket, "clients")
    return [key for key in keys if key.count("/") == 1 and key.endswith(".yaml")]


def load_all_client_configs(bucket: str) -> list[DiscoveredClient]:
    """Read every client file of a bucket, in parallel; a broken file is an entry like the others, never an exception."""
    return list(discover(open_storage(f"s3://{bucket}")).found)


def filter_active_clients(clients: Sequence[DiscoveredClient]) -> list[DiscoveredClient]:
    """Return the clients a daily run includes: active, and no template."""
    return [client for client in clients if client.active and not client.template]


def open_resources() -> IngestResources:
    """Open the buckets the environment names.

    :raises SettingsError: when neither buckets nor roots are set, or one of them is no such thing
    """
    settings = load_settings(config_root=_bucket_url("CONFIG_BUCKET"), data_root=_bucket_url("DATA_BUCKET"))
    return IngestResources(
        config=open_storage(required_root(settings, "config_root")),
        data=open_storage(required_root(settings, "data_root")),
        settings=settings,
        clock=_utc_now,
    )


def _plan(event: Mapping[str, Any], context: Any, resources: IngestResources) -> RunPlan:
    now = _utc_now()
    run_id = f"lambda__{getattr(context, 'aws_request_id', None) or now.isoformat()}"
    moment = Moment(run_after=now, data_interval=None, now=now)
    return plan_run(run_id, parse_parameters(event), moment, resources.data)


def _bucket_url(variable: str) -> str | None:
    bucket = os.environ.get(variable)
    if bucket and "/" in bucket:
        root = f"VECTORA_{variable.removesuffix('_BUCKET')}_ROOT"
        raise SettingsError(f"{variable} is {bucket!r}: give the name of a bucket alone, or {root} for s3://bucket/prefix")
    return f"s3://{bucket}" if bucket else None


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _answer(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body, ensure_ascii=False),
    }
