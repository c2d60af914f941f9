"""The ports of the local stack, all on 127.0.0.1: fixed ones for ``make up``, free ones for the demo and for tests."""

from __future__ import annotations

import errno
import os
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from stack.errors import StackError

LOCALHOST = "127.0.0.1"
SITE_DEFAULT = 8600
BATCH_DEFAULT = 4567
# Below the ranges from which Linux (32768-) and macOS (49152-) take the source ports of outgoing connections: a port found
# free here is not taken by one of those before its server binds it.
_FREE_RANGE = range(20_000, 32_000)
_TRIES = 200


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The TCP ports of one stack on 127.0.0.1.

    :param proxy: of the reverse proxy before the UI, where there is one; `make up` has none
    """

    ui: int
    aws: int
    site: int
    batch: int
    proxy: int | None = None


@dataclass(frozen=True, kw_only=True)
class PortSetting:
    """What a port is for, its default, and the environment variable that changes it."""

    purpose: str
    default: int
    variable: str


FIXED: dict[str, PortSetting] = {
    "ui": PortSetting(purpose="the Airflow UI", default=8080, variable="VECTORA_UI_PORT"),
    "aws": PortSetting(purpose="the embedded AWS", default=4566, variable="VECTORA_AWS_PORT"),
    "site": PortSetting(purpose="the demo web site", default=SITE_DEFAULT, variable="VECTORA_SITE_PORT"),
    "batch": PortSetting(purpose="the fake of AWS Batch", default=BATCH_DEFAULT, variable="VECTORA_BATCH_PORT"),
}

_PARTS = (*FIXED, "proxy")


def fixed_ports(environment: Mapping[str, str] = os.environ) -> Ports:
    """Return the ports of ``make up``: the defaults, or what the environment says.

    :raises StackError: when a variable is no port, or two of them are the same
    """
    chosen = {name: _port_from(environment, setting) for name, setting in FIXED.items()}
    if len(set(chosen.values())) < len(chosen):
        names = ", ".join(f"{FIXED[name].variable}={port}" for name, port in chosen.items())
        raise StackError(f"two parts of the stack have the same port: {names}; give each its own")
    return Ports(**chosen)


def require_free(ports: Ports) -> None:
    """Make sure that nobody listens on the fixed ports.

    :raises StackError: naming the port, who has it, and the variable that chooses another
    """
    for name, setting in FIXED.items():
        port: int = getattr(ports, name)
        if not _can_bind(port):
            raise StackError(
                f"port {port} ({setting.purpose}) is in use by {owner_of(port)}: "
                f"stop that, or choose another port: make up {setting.variable}={port + 1}"
            )


def free_ports() -> Ports:
    """Return different ports that nobody uses, one for each part, the reverse proxy too.

    :raises StackError: when 127.0.0.1 cannot be bound at all
    """
    return Ports(**dict(zip(_PARTS, free_port_numbers(len(_PARTS)), strict=True)))


def free_port_numbers(count: int) -> list[int]:
    """Return so many different ports that nobody uses.

    :raises StackError: when there are none, or 127.0.0.1 cannot be bound at all
    """
    held: list[socket.socket] = []
    try:
        for _ in range(_TRIES):
            if len(held) == count:
                return [one.getsockname()[1] for one in held]
            listener = _bound(random.choice(_FREE_RANGE))  # noqa: S311 - no secret: any free port does
            if listener:
                held.append(listener)
    finally:
        for listener in held:
            listener.close()
    raise StackError(f"no free port between {_FREE_RANGE.start} and {_FREE_RANGE.stop} on {LOCALHOST}: stop some servers")


def owner_of(port: int) -> str:
    """Return who listens on a port, as far as the system tells: ``python3 (pid 4711)``, or ``another program``."""
    try:
        listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
        owner = next(one.pid for one in listening if one.laddr and one.laddr.port == port and one.pid)
        return f"{psutil.Process(owner).name()} (pid {owner})"
    except (StopIteration, psutil.Error):
        return "another program"


def _port_from(environment: Mapping[str, str], setting: PortSetting) -> int:
    text = environment.get(setting.variable, "") or str(setting.default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise StackError(f"{setting.variable}={text!r} is not a port: give a number between 1024 and 65535")
    return int(text)


def _can_bind(port: int) -> bool:
    listener = _bound(port)
    if listener:
        listener.close()
    return listener is not None


def _bound(port: int) -> socket.socket | None:
    """Bind a port the way servers do (SO_REUSEADDR: a closed connection in TIME_WAIT is no owner); None when it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOCALHOST, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise StackError(
            f"{LOCALHOST}:{port} cannot be bound ({error.strerror}): the local stack needs the loopback "
            "interface, and a port above 1023"
        ) from error
    return listener
