"""Where in Airflow a client is ingested: with the ordinary clients, or with the heavy ones. It does no I/O.

Airflow maps neither queue nor pool: the task of the heavy clients has one of each, and a client that names either gets both.
Where there is no Airflow nobody asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vectora_core.config.document import Document
from vectora_core.config.entry_checks import mapping
from vectora_core.errors import Problem
from vectora_core.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Place:
    """The queue and the pool of a task."""

    queue: str
    pool: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a client's file says of queue and pool, as it is written there; None where it says nothing."""

    queue: str | None = None
    pool: str | None = None


NOTHING_ASKED = Asked()
ORDINARY = Place(queue="default", pool="default_pool")


def heavy_place(settings: Settings) -> Place:
    """Return the queue and the pool of the heavy clients."""
    return Place(queue=settings.ingest_heavy_queue, pool=settings.ingest_heavy_pool)


def asked_of(document: Document) -> Asked:
    """Return what a client's file asks for; what is no text is left to the check of its values."""
    section = mapping(document.data.get("ingest"))
    queue, pool = section.get("queue"), section.get("pool")
    return Asked(queue=queue if isinstance(queue, str) else None, pool=pool if isinstance(pool, str) else None)


def is_heavy(asked: Asked, heavy: Place) -> bool:
    """Whether a client belongs to the heavy ones: it names another queue or pool than the ordinary one, and they are there.

    One that names what is not there is ordinary: its mistake is told at once, and waits for no worker of the heavy queue.
    """
    names_other = asked.queue not in (None, ORDINARY.queue) or asked.pool not in (None, ORDINARY.pool)
    return names_other and _is_there(asked.queue, "queue", heavy) and _is_there(asked.pool, "pool", heavy)


def place_of(asked: Asked, heavy: Place) -> Place:
    """Return where a client whose file has no mistake is ingested."""
    return heavy if is_heavy(asked, heavy) else ORDINARY


def check_place(document: Document, heavy: Place, *, in_ordinary_task: bool = False) -> Iterator[Problem]:
    """Check that the queue and the pool a client names are there.

    :param in_ordinary_task: whether an instance of the ordinary task asks, in which no heavy client may run
    """
    asked = asked_of(document)
    for key, name in (("queue", asked.queue), ("pool", asked.pool)):
        if not _is_there(name, key, heavy):
            yield document.problem(("ingest", key), _not_there(str(name), key, heavy))
    if in_ordinary_task and is_heavy(asked, heavy):
        key = "queue" if asked.queue not in (None, ORDINARY.queue) else "pool"
        message = "makes it a heavy client, which it was not when this run looked for its clients; start a new run for it"
        yield document.problem(("ingest", key), message)


def _is_there(name: str | None, key: str, heavy: Place) -> bool:
    return name in (None, getattr(ORDINARY, key), getattr(heavy, key))


def _not_there(name: str, key: str, heavy: Place) -> str:
    known = list(dict.fromkeys((getattr(ORDINARY, key), getattr(heavy, key))))
    there = f"is only {known[0]}; name it" if len(known) == 1 else f"are {known[0]} and {known[1]}; name one of them"
    shown = name if len(name) <= 60 else f"{name[:60]}…"
    return f"{shown!r} is no {key} for clients: there {there}, or set VECTORA_INGEST_HEAVY_{key.upper()}"
