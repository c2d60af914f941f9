"""Who is to be ingested by a run, and for when: decided once, before any client starts."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vectora_core.config.catalog_files import load_catalog
from vectora_core.config.discovery import DiscoveredClient, Discovery, discover, followed_sources
from vectora_core.errors import ParametersError
from vectora_core.ingest import store
from vectora_core.ingest.parameters import RunParameters
from vectora_core.ingest.report import Found
from vectora_core.ingest.window import RunPlan, plan_failed_rerun, plan_interval_run, plan_manual_run
from vectora_core.storage import Storage


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When a run takes place, all in UTC.

    :param run_after: when the run was asked for
    :param data_interval: of a scheduled or backfill run; None for any other, whatever was inferred for it
    :param now: the clock
    """

    run_after: datetime
    data_interval: tuple[datetime, datetime] | None
    now: datetime


def plan_run(run_id: str, parameters: RunParameters, moment: Moment, data: Storage) -> RunPlan:
    """Resolve interval, window and parameters of a run.

    :param data: where the report of ``only_failed_of_run`` is
    :raises ParametersError: when the parameters contradict each other or name a run that is not there
    """
    if parameters.only_failed_of_run:
        earlier = store.load_report(data, parameters.only_failed_of_run)
        if not earlier["plan"]:
            raise ParametersError(f"run {parameters.only_failed_of_run} failed before it had a plan; start a new one")
        return plan_failed_rerun(
            run_id,
            earlier=RunPlan.from_json(earlier["plan"]),
            failed_client_ids=tuple(earlier["failed_client_ids"]),
            parameters=parameters,
            now=moment.now,
        )
    if moment.data_interval:
        start, end = moment.data_interval
        return plan_interval_run(run_id, start=start, end=end, parameters=parameters, now=moment.now)
    return plan_manual_run(run_id, run_after=moment.run_after, parameters=parameters, now=moment.now)


def find_clients(plan: RunPlan, config: Storage) -> tuple[tuple[DiscoveredClient, ...], Found]:
    """Return the clients a run is to ingest, sorted by id, and the numbers its report quotes.

    :raises ParametersError: when ``sources`` names a source nobody knows or nobody of the asked clients follows
    :raises StorageError: when the configuration cannot be listed
    """
    discovery = discover(config, client_ids=plan.parameters.client_ids)
    clients = _chosen(discovery, plan.parameters)
    if plan.parameters.sources:
        clients = _following(clients, plan.parameters.sources, config)
    found = Found(
        client_ids=tuple(client.client_id for client in clients),
        discovered=sum(client.known and not client.template for client in discovery.found),
        active=sum(client.active and not client.template for client in discovery.found),
        critical=frozenset(client.client_id for client in clients if client.critical),
    )
    return clients, found


def _chosen(discovery: Discovery, parameters: RunParameters) -> tuple[DiscoveredClient, ...]:
    asked = set(parameters.client_ids)
    chosen = [
        client
        for client in discovery.found
        if (client.client_id in asked if asked else client.active and not client.template)
    ]
    return tuple(sorted(chosen, key=lambda client: client.client_id))


def _following(clients: Sequence[DiscoveredClient], sources: Sequence[str], config: Storage) -> tuple[DiscoveredClient, ...]:
    """Narrow to the clients that follow one of the sources; a typing error never means nobody, or everybody."""
    catalog = load_catalog(config)
    if catalog.sources.unusable:
        return tuple(clients)  # each of them fails with the mistake of that file
    unknown = [key for key in sources if key not in catalog.source_keys]
    if unknown:
        close = difflib.get_close_matches(unknown[0], catalog.source_keys, n=1)
        hint = f", did you mean {close[0]}?" if close else "; `vectora config check` lists what is there"
        raise ParametersError(f"sources: {unknown[0]!r} is not in the source catalog{hint}")
    following = tuple(client for client in clients if set(sources) & followed_sources(client, catalog))
    if clients and not following:
        raise ParametersError(f"sources: none of the {len(clients)} clients follows {', '.join(sources)}")
    return following
