"""A second API server on the database of a running stack, behind nginx and below a path: the same pages elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from stack.airflow import component_command, component_environment
from stack.local import Stack
from stack.ports import LOCALHOST, free_ports
from stack.reverse_proxy import reverse_proxy_command


@contextmanager
def proxied(stack: Stack, path_prefix: str) -> Iterator[str]:
    """Start both, return the URL that browsers use, and stop them again."""
    ports = free_ports()
    assert ports.proxy
    url = f"http://{LOCALHOST}:{ports.proxy}{path_prefix}"
    extra = {"AIRFLOW__API__PORT": str(ports.ui), "AIRFLOW__API__BASE_URL": url}
    folder = stack.options.folder / "proxy"
    command = reverse_proxy_command(folder, port=ports.proxy, upstream_port=ports.ui, path_prefix=path_prefix)
    stack.children.start("proxied-proxy", command)
    server = component_command("api-server")
    stack.children.start("proxied-api-server", server, extra={**component_environment("api-server", stack.home), **extra})

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/api/v2/monitor/health", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    stack.children.wait_until(answers, what="an answer of the API server behind the proxy", timeout=180)
    try:
        yield url
    finally:
        for name in ("proxied-api-server", "proxied-proxy"):
            stack.children.stop_one(name)
