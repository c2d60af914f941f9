"""Ports: free ones are free, and whoever is in the way of a fixed one is named."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from stack.errors import StackError
from stack.ports import LOCALHOST, Ports, fixed_ports, free_ports, require_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((LOCALHOST, 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_differ_and_can_be_bound() -> None:
    """As many servers can start on them at once."""
    ports = free_ports()
    given = (ports.ui, ports.aws, ports.site, ports.batch, ports.proxy)
    servers = [socket.create_server((LOCALHOST, port)) for port in given if port]
    assert len({server.getsockname()[1] for server in servers}) == 5
    for server in servers:
        server.close()


def test_the_fixed_ports_have_defaults_that_the_environment_changes() -> None:
    """What `make help` says."""
    assert fixed_ports({}) == Ports(ui=8080, aws=4566, site=8600, batch=4567)
    changed = fixed_ports({"VECTORA_UI_PORT": "9090", "VECTORA_AWS_PORT": "", "VECTORA_BATCH_PORT": "9091"})
    assert changed == Ports(ui=9090, aws=4566, site=8600, batch=9091)


@pytest.mark.parametrize("text", ["80x", "0", "65536", "-1", "8080.5", "٣٠٠٠"])
def test_a_variable_that_is_no_port_is_refused_by_name(text: str) -> None:
    """Named with its value, before anything starts."""
    with pytest.raises(StackError, match=r"^VECTORA_SITE_PORT='.+' is not a port: give a number"):
        fixed_ports({"VECTORA_SITE_PORT": text})


def test_two_parts_with_one_port_are_refused() -> None:
    """Both variables are in the message."""
    with pytest.raises(StackError, match=r"same port: VECTORA_UI_PORT=4566, VECTORA_AWS_PORT=4566"):
        fixed_ports({"VECTORA_UI_PORT": "4566"})


def test_a_port_in_use_is_one_sentence_with_the_port_who_has_it_and_the_way_out(taken: int) -> None:
    """The owner is this very process."""
    free = free_ports()
    with pytest.raises(StackError) as refused:
        require_free(replace(free, aws=taken))
    message = str(refused.value)
    assert message.startswith(f"port {taken} (the embedded AWS) is in use by ")
    assert f"(pid {os.getpid()})" in message
    assert message.endswith(f"choose another port: make up VECTORA_AWS_PORT={taken + 1}")
    assert "\n" not in message


def test_a_server_on_all_addresses_is_in_the_way_as_well() -> None:
    """127.0.0.1 is one of all addresses."""
    free = free_ports()
    with socket.create_server(("0.0.0.0", 0)) as server, pytest.raises(StackError, match="the demo web site"):
        require_free(replace(free, site=server.getsockname()[1]))


def test_free_fixed_ports_pass() -> None:
    """Nothing is said when nothing is in the way."""
    require_free(free_ports())
