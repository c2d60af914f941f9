"""Why clients failed, cut to what a page can show: the first clients of each cause, the table has the others."""

from __future__ import annotations

from collections.abc import Iterable

from vectora_airflow.ui.run.model import AffectedClient, Cause, SourceMessage
from vectora_core.ingest import causes as core

MOST_CAUSES = 30
MOST_CLIENTS = 20
MOST_SOURCES = 5
LONGEST_MESSAGE = 600
LONGEST_NAME = 200


def shown(found: Iterable[core.Cause], *, failed: bool) -> list[Cause]:
    """Return the causes of the clients that count as failed, or of those that do not.

    :param found: as `vectora_core.ingest.causes.group_by_cause` gives them, in its order
    """
    pairs = ((cause, [client for client in cause.clients if client.failed is failed]) for cause in found)
    return [_cause(cause, clients) for cause, clients in pairs if clients]


def cut(text: str, longest: int) -> str:
    """Return a text, or its beginning with a sign that there is more."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def _cause(cause: core.Cause, clients: list[core.AffectedClient]) -> Cause:
    return Cause(
        failure_class=cause.failure_class,
        means=cause.means,
        remedy=cause.remedy,
        transient=cause.transient,
        clients_total=len(clients),
        clients=[_client(client) for client in clients[:MOST_CLIENTS]],
    )


def _client(client: core.AffectedClient) -> AffectedClient:
    sources = sorted(client.sources.items())
    return AffectedClient(
        client_id=client.client_id,
        name=cut(client.name, LONGEST_NAME),
        status=client.status,
        task_id=client.task_id,
        map_index=client.map_index,
        message=cut(client.message, LONGEST_MESSAGE),
        sources=[SourceMessage(source_key=key, message=cut(said, LONGEST_MESSAGE)) for key, said in sources[:MOST_SOURCES]],
        sources_left_out=max(0, len(sources) - MOST_SOURCES),
    )
