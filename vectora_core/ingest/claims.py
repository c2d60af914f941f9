"""Says in storage that a URL is being fetched, so that clients that run at the same moment do not all fetch it.

A claim is advice and no lock: whoever finds one waits until it is gone, some seconds at most; everybody looks for the
capture then, and fetches if there is none. So a process that dies holds nobody up for longer, and a source that is down is
not asked by one after the other. It does not fetch and does not look into captures.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from vectora_core.errors import ObjectNotFoundError, StorageError
from vectora_core.storage import Storage

WAIT = timedelta(seconds=10)
"""How long a claim counts; most sources answer within one or two."""
_POLL_SECONDS = 0.2
_MOST_CLAIMS = 1_000  # of one URL in one interval: who meets so many old ones fetches without


@asynccontextmanager
async def claimed(storage: Storage, path: str, *, clock: Callable[[], datetime]) -> AsyncIterator[None]:
    """Claim a capture that is missing for the time of the context, or wait for whoever has done so before.

    Claims are objects beside the capture, ``….snapshot.claim-1``; one that is too old, because its process died, is followed
    by the next.

    :param path: of the capture
    :param clock: the present moment, with its zone; clocks that differ make somebody wait for less, or fetch twice
    :raises StorageError: when the storage does not answer
    """
    claim = await _claim(storage, path, clock)
    try:
        yield
    finally:
        if claim is not None:
            with suppress(StorageError):  # who may not delete leaves it behind: it counts for seconds
                await storage.delete_async(claim)


async def _claim(storage: Storage, path: str, clock: Callable[[], datetime]) -> str | None:
    """Return the claim that was made, or None when another one's is over."""
    for number in range(1, _MOST_CLAIMS):
        claim = f"{path}.claim-{number}"
        now = clock().astimezone(UTC)
        if await storage.create_async(claim, now.isoformat().encode()):
            return claim
        made = await _made(storage, claim)
        if made is None or await _is_over(storage, claim, WAIT - (now - made)):
            return None
    return None


async def _is_over(storage: Storage, claim: str, left: timedelta) -> bool:
    """Wait for the end of a claim; False at once when it is too old to wait for."""
    if left <= timedelta(0):
        return False
    for _ in range(int(min(left, WAIT).total_seconds() / _POLL_SECONDS)):
        await asyncio.sleep(_POLL_SECONDS)
        if await _made(storage, claim) is None:
            break
    return True


async def _made(storage: Storage, claim: str) -> datetime | None:
    """Return when a claim was made, None when it is gone; one that nobody can read is as good as an old one."""
    try:
        return datetime.fromisoformat((await storage.get_async(claim)).decode()).astimezone(UTC)
    except ObjectNotFoundError:
        return None
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
