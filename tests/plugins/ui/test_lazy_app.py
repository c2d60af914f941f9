"""The application behind the plugin: made once, at the first request, and made again when that failed."""

from __future__ import annotations

import asyncio
import sys
from threading import Barrier, Event
from types import ModuleType
from typing import Any

import pytest

from vectora_airflow.ui.lazy_app import LazyApp


class Factory:
    """Makes applications that note what they are asked; counts how many it made."""

    def __init__(self, failures: int = 0) -> None:
        self.made, self.failures = 0, failures
        self.asked: list[Any] = []
        self.slow: Event | None = None
        self.begun = Event()

    def application(self) -> Any:
        self.made += 1
        self.begun.set()
        assert not self.slow or self.slow.wait(5), "the loop stood still"
        if self.made <= self.failures:
            raise RuntimeError("not yet")

        async def app(scope: Any, receive: Any, send: Any) -> None:
            self.asked.append((scope, receive, send))

        return app


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch) -> Factory:
    module, found = ModuleType("an_application"), Factory()
    module.application = found.application  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "an_application", module)
    return found


def test_nothing_is_made_before_somebody_asks(factory: Factory) -> None:
    """Not even its module is imported: every process of Airflow holds one of these."""
    LazyApp("no_such_module", "application")
    LazyApp("an_application", "application")
    assert factory.made == 0


def test_every_request_goes_to_the_one_application(factory: Factory) -> None:
    """As it came."""
    app = LazyApp("an_application", "application")
    for number in range(3):
        asyncio.run(app({"number": number}, "receive", "send"))
    assert factory.made == 1
    assert factory.asked == [({"number": number}, "receive", "send") for number in range(3)]


def test_requests_that_come_together_make_one(factory: Factory) -> None:
    """While it is made, which takes a second, the loop of the API server goes on."""
    factory.slow = Event()

    async def together() -> None:
        app = LazyApp("an_application", "application")
        requests = asyncio.gather(*(app({}, None, None) for _ in range(5)))
        assert factory.slow is not None
        assert await asyncio.to_thread(factory.begun.wait, 10)  # this loop turns, or it would not come to the next line
        factory.slow.set()
        await requests

    asyncio.run(together())
    assert factory.made == 1
    assert len(factory.asked) == 5


def test_one_that_could_not_be_made_is_tried_again(factory: Factory) -> None:
    """The first reader sees the error, the next one the page."""
    factory.failures = 1
    app = LazyApp("an_application", "application")
    with pytest.raises(RuntimeError, match="not yet"):
        asyncio.run(app({}, None, None))
    asyncio.run(app({}, None, None))
    assert len(factory.asked) == 1


def test_several_loops_can_use_one(factory: Factory) -> None:
    """Two threads, each with a loop of its own, when it is there already."""
    app = LazyApp("an_application", "application")
    asyncio.run(app({}, None, None))
    barrier = Barrier(2)

    async def ask() -> None:
        await asyncio.to_thread(barrier.wait, 10)
        await asyncio.gather(*(app({}, None, None) for _ in range(50)))

    async def both() -> None:
        await asyncio.gather(*(asyncio.to_thread(lambda: asyncio.run(ask())) for _ in range(2)))

    asyncio.run(both())
    assert len(factory.asked) == 101
