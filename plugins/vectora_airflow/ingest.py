"""What the tasks of `vectora_ingest` do: take what Airflow knows, call the core, hand on what the next task needs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from time import monotonic
from typing import TYPE_CHECKING, Any

from vectora_airflow import wiring
from vectora_core.errors import StorageError, VectoraError
from vectora_core.ingest.types import HEAVY_TASK, INGEST_TASK, Instance
from vectora_core.settings import Settings, load_settings
from vectora_core.storage import Storage

if TYPE_CHECKING:
    from vectora_core.config.discovery import DiscoveredClient

log = logging.getLogger(__name__)

DISCOVER = "discover_clients"
OUTPUT_ALIAS = "vectora_client_output"
LOST_STATES = frozenset({"failed", "upstream_failed", "removed"})


def discover_clients(context: Mapping[str, Any]) -> list[dict[str, str]]:
    """Decide whom this run ingests, and for when.

    :return: one ``{client_id, sha256}`` for each ordinary client; the heavy ones go to the XCom key ``heavy``, the plan to
        ``plan``, the numbers to ``found``
    :raises VectoraError: when the parameters or the configuration root cannot be used; ``error`` then says why
    """
    try:
        return _discovered(context)
    except VectoraError as error:
        context["ti"].xcom_push(key="error", value=str(error))
        raise


def _discovered(context: Mapping[str, Any]) -> list[dict[str, str]]:
    from vectora_core.ingest.discover import Moment, find_clients, plan_run
    from vectora_core.ingest.parameters import parse_parameters

    settings = load_settings()
    run = context["dag_run"]
    scheduled = run.run_type in ("scheduled", "backfill")
    moment = Moment(
        run_after=run.run_after,
        data_interval=(run.data_interval_start, run.data_interval_end) if scheduled else None,
        now=wiring.utc_now(),
    )
    # The form checks types but lets unknown names through, and Airflow can be set to ignore the conf: both count here.
    parameters = parse_parameters({**context["params"], **(run.conf or {})})
    plan = plan_run(run.run_id, parameters, moment, wiring.data_storage(settings))
    clients, found = find_clients(plan, wiring.config_storage(settings))
    ordinary, heavy = _by_task(clients, settings)
    _refuse_too_many(len(ordinary), "clients")
    _refuse_too_many(len(heavy), "heavy clients")
    numbers = f"{len(ordinary)} clients and {len(heavy)} heavy ones"
    log.info("%s, interval %s, until %s", numbers, plan.interval.key, plan.window_end.isoformat())
    context["ti"].xcom_push(key="plan", value=plan.to_json())
    context["ti"].xcom_push(key="found", value=asdict(found) | {"critical": sorted(found.critical)})
    context["ti"].xcom_push(key="heavy", value=heavy)
    return ordinary


def _by_task(clients: Sequence[DiscoveredClient], settings: Settings) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return what the two tasks are mapped over: the ordinary clients and the heavy ones."""
    from vectora_core.config.placement import heavy_place, is_heavy

    place = heavy_place(settings)
    lists: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    for client in clients:
        lists[is_heavy(client.asked, place)].append({"client_id": client.client_id, "sha256": client.sha256})
    return lists


def _refuse_too_many(clients: int, kind: str) -> None:
    from airflow.sdk.configuration import conf

    most = conf.getint("core", "max_map_length")
    if clients > most:
        raise VectoraError(
            f"{clients} {kind} are more than Airflow maps at once ({most}): raise AIRFLOW__CORE__MAX_MAP_LENGTH "
            "(up to about 4,000), or split them over several runs with client_ids"
        )


def ingest_client(client: Mapping[str, str], plan: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Ingest one client; its summary goes to the XCom key ``summary``, also when it failed.

    :raises VectoraError: the client's error, which the retry policy reads
    """
    from vectora_core.ingest import client as core
    from vectora_core.ingest import manifest
    from vectora_core.ingest.window import RunPlan

    ti = context["ti"]
    writer = manifest.Writer(task_id=ti.task_id, map_index=ti.map_index, try_number=ti.try_number)
    result = core.ingest_client(client["client_id"], RunPlan.from_json(plan), wiring.resources(), writer)
    for outcome in result.outcomes:
        log.info("%s: %s %s %s", outcome.source_key, outcome.outcome, dict(outcome.counts), outcome.error or "")
    ti.xcom_push(key="summary", value=manifest.summary(result))
    if result.error:
        raise result.error
    log.info(
        "%s: %s, %d items (%d new) in %s",
        client["client_id"],
        result.status,
        len(result.items),
        result.items_new,
        result.output,
    )


def report_run(context: Mapping[str, Any]) -> dict[str, Any]:
    """Write the report of the run, send an asset event per stored output and the one message, whatever happened before.

    :return: ``{report, status, verdict}``; verdict is why the run counts as failed, or None
    """
    from vectora_airflow.notifiers.run_report import notify
    from vectora_core.ingest import report, store

    settings = load_settings()
    document = _report(context)
    verdict = report.verdict(document, tolerated_failure_percentage=_tolerated(document, context))
    path = None
    if not document["dry_run"]:
        data = wiring.data_storage(settings)
        path = store.save_report(data, document)
        _send_asset_events(document, data.url, context)
        if context["dag_run"].run_type == "scheduled":
            _prune_captures(data, settings.raw_retention_days)
    notify(document, verdict=verdict, settings=settings, context=context)  # type: ignore[arg-type]
    return {"report": path, "status": document["status"], "verdict": verdict}


def _prune_captures(data: Storage, keep_days: int) -> None:
    """Obey the retention once a day; what cannot be deleted today is deleted tomorrow, and the report stays true."""
    from vectora_core.ingest.snapshots import prune

    try:
        deleted = prune(data, keep_days=keep_days, today=wiring.utc_now().date())
        log.info("%d captures older than %d days were deleted", deleted, keep_days)
    except StorageError:
        log.exception("captures older than %d days could not all be deleted", keep_days)


def check_failures(decision: Mapping[str, Any]) -> None:
    """Set the colour of the run.

    :raises AirflowFailException: when the run counts as failed; the report says why
    """
    from airflow.sdk.exceptions import AirflowFailException

    if decision["verdict"]:
        raise AirflowFailException(decision["verdict"])


def _report(context: Mapping[str, Any]) -> dict[str, Any]:
    from vectora_core.ingest import report
    from vectora_core.ingest.window import RunPlan

    started = monotonic()
    ti, run = context["ti"], context["dag_run"]
    plan = ti.xcom_pull(task_ids=DISCOVER, key="plan", map_indexes=-1)
    found = ti.xcom_pull(task_ids=DISCOVER, key="found", map_indexes=-1)
    heavy = ti.xcom_pull(task_ids=DISCOVER, key="heavy", map_indexes=-1) or []
    asked = [DISCOVER, INGEST_TASK, HEAVY_TASK]
    states = ti.get_task_states(dag_id=run.dag_id, task_ids=asked, run_ids=[run.run_id]).get(run.run_id, {})
    error = None if states.get(DISCOVER) == "success" else _discovery_error(ti, states)
    clients = report.Found(client_ids=(), discovered=0, active=0)
    if found and not error:
        clients = report.Found(
            **found | {"client_ids": tuple(found["client_ids"]), "critical": frozenset(found["critical"])}
        )
    instances = report.instances_of(clients.client_ids, {one["client_id"] for one in heavy})
    return report.build(
        RunPlan.from_json(plan) if plan else None,
        clients,
        _summaries(instances, ti, states),
        run_id=run.run_id,
        execution_time_seconds=(wiring.utc_now() - run.start_date).total_seconds()
        if run.start_date
        else monotonic() - started,
        error=error,
        instances=instances,
    )


def _discovery_error(ti: Any, states: Mapping[str, Any]) -> str:
    said = ti.xcom_pull(task_ids=DISCOVER, key="error", map_indexes=-1)
    return said or f"discovery ended {states.get(DISCOVER) or 'without a state'}; see the log of {DISCOVER}"


def _summaries(instances: Mapping[str, Instance], ti: Any, states: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Join what the instances said with the state Airflow has for them; by client id, never by position.

    XCom positions shift when an instance said nothing; the map index of a state is the client's place in its task's list.
    A task that was never mapped, because what gives its list failed, has one state for all.
    """
    from vectora_core.ingest import report

    summaries: dict[str, dict[str, Any]] = {}
    for task_id in {instance.task_id for instance in instances.values()}:
        said = ti.xcom_pull(task_ids=task_id, key="summary") or []
        summaries |= {one["client_id"]: one for one in ([said] if isinstance(said, dict) else said) if one}
    for client_id, (task_id, index) in instances.items():
        state = states.get(f"{task_id}_{index}", states.get(task_id))
        summary = summaries.get(client_id)
        if summary is None or (state in LOST_STATES and not summary["error"]):
            summaries[client_id] = (summary or {}) | report.missing(client_id, state)
    return summaries


def _tolerated(document: Mapping[str, Any], context: Mapping[str, Any]) -> float:
    parameters = (document["plan"] or {}).get("parameters", {})
    return float(parameters.get("tolerated_failure_percentage", 0))


def _send_asset_events(document: Mapping[str, Any], data_url: str, context: Mapping[str, Any]) -> None:
    """Send one event per stored output through one alias: later DAGs then start once, with all of them."""
    from airflow.sdk import Asset, AssetAlias

    events = context["outlet_events"][AssetAlias(OUTPUT_ALIAS)]
    for client_id, result in document["client_results"].items():
        if result["output"]:
            extra = {
                "client_id": client_id,
                "run_id": document["run_id"],
                "items": result["items"],
                "items_new": result["items_new"],
                "path": result["output"],
                "sha256": result["output_sha256"],
            }
            events.add(Asset(name=f"vectora/{client_id}", uri=f"{data_url}/ingested/{client_id}"), extra=extra)
