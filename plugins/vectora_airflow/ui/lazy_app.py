"""An ASGI application built at its first request: every process of Airflow loads the plugin, one serves the pages."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any


class LazyApp:
    """Stands for an application until somebody asks it for something.

    :param module: where the application is made
    :param factory: name of the function that makes it, without arguments
    """

    def __init__(self, module: str, factory: str) -> None:
        self._module = module
        self._factory = factory
        self._app: Any = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request; https://asgi.readthedocs.io/en/latest/specs/main.html."""
        if self._app is None:
            async with self._making:  # the first requests come together; one that fails leaves the next to try again
                self._app = self._app or await asyncio.to_thread(self._make)
        await self._app(scope, receive, send)

    def _make(self) -> Any:
        return getattr(import_module(self._module), self._factory)()
