"""The control API of the fake for other processes: ``POST /_fake/METHOD`` with the arguments as JSON.

The methods are those of `FakeBatch` by their own names; it is no part of Batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from stack.fake_batch.faults import ApiError
from stack.fake_batch.jobs import Json
from stack.fake_batch.model import FakeBatch

PREFIX: Final = "/_fake/"
METHODS: Final = (
    "create_queue",
    "delete_queue",
    "submit",
    "submit_many",
    "move",
    "play",
    "explain",
    "fail_attempt",
    "interrupt",
    "cancel",
    "terminate",
    "forget",
    "advance",
    "throttle",
    "fail",
    "reset",
    "delay",
    "lag",
    "settle",
    "rewind",
    "blocked_event",
)
_MOST_EVENTS: Final = 1000


def controlled(fake: FakeBatch, name: str, body: bytes, *, demo: Callable[[], object]) -> Any:
    """Do what a control request says and return its result, which is JSON.

    :param name: the path after the prefix: a method, or ``state``, ``events``, ``demo``
    :param demo: starts the scripted demo
    :raises ApiError: when there is no such method, or it refused
    """
    try:
        arguments = json.loads(body or b"{}")
        if name in METHODS:
            return getattr(fake, name)(**arguments)
        if name == "demo":
            demo()
            return None
        return {"state": _state, "events": _events}[name](fake, arguments)
    except KeyError as error:
        raise ApiError("NotFound", f"{name}: there is no {error}", 404) from error
    except (ValueError, TypeError) as error:
        raise ApiError("BadRequest", f"{name}: {error}") from error


def _state(fake: FakeBatch, arguments: Json) -> Json:
    with fake.lock:
        return {
            "now": fake.clock.now(),
            "calls": dict(fake.calls),
            "largest": dict(fake.largest),
            "faults": dict(fake.faults.given),
            "queues": {queue.name: queue.arn for queue in fake.queues.values()},
            "jobs": len(fake.store.jobs),
            "events": len(fake.log),
        }


def _events(fake: FakeBatch, arguments: Json) -> Json:
    """Return the events after the first ``after``, at most a thousand."""
    after = int(arguments.get("after", 0))
    with fake.lock:
        events = list(islice(fake.log.since(after), _MOST_EVENTS))
    return {"events": events, "after": after + len(events)}
