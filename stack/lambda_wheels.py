"""The locked packages a Lambda needs beside AWS's own, in a folder: wheels for Lambda's Linux, whatever runs here.

It resolves nothing: names come from what is installed, versions and hashes from `requirements.txt`. pip installs them, so
whoever told pip about a mirror need not tell anybody again.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stack.errors import StackError

IN_RUNTIME = frozenset({"boto3", "botocore"})
"""What every Python runtime of Lambda has already."""

MACHINE = "x86_64"
NEWEST_GLIBC = 26
"""Wheels may ask for glibc 2.26 at most, that of the python3.11 runtime (Amazon Linux 2)."""

_PLATFORMS = [f"manylinux_2_{minor}_{MACHINE}" for minor in range(NEWEST_GLIBC, 16, -1)] + [f"manylinux2014_{MACHINE}"]
_LINUX: dict[str, str] = {
    **{name: str(value) for name, value in default_environment().items()},
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": MACHINE,
}


def closure(roots: Iterable[str]) -> set[str]:
    """Return the names of some packages and of all they need on Lambda, AWS's own left out; normalised (PEP 503).

    :param roots: requirements such as ``httpx[http2]``; they must be installed here
    :raises StackError: when one is not
    """
    known: dict[str, set[str]] = {}
    waiting = [Requirement(root) for root in roots]
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), {"", *wanted.extras}
        if name in IN_RUNTIME or extras <= known.get(name, set()):
            continue
        known.setdefault(name, set()).update(extras)
        waiting += [needed for needed in _needs(name) if _holds(needed.marker, known[name])]
    return set(known)


def locked(requirements: str, names: set[str]) -> str:
    """Return the part of a lock file that pins some packages, with all their hashes.

    :param requirements: text of the file, as `make lock` writes it
    :raises StackError: when the file has not all of them
    """
    pins = {}
    for line in re.sub(r" *\\\n *", " ", requirements).splitlines():
        pin, *hashes = line.split(" --hash=")
        wanted = Requirement(pin) if hashes else None
        if wanted and canonicalize_name(wanted.name) in names and _holds(wanted.marker, {""}):
            words = [f"{wanted.name}{wanted.specifier}", *hashes]
            pins[canonicalize_name(wanted.name)] = " --hash=".join(words)
    if names - pins.keys():
        raise StackError(f"requirements.txt does not have {', '.join(sorted(names - pins.keys()))}: run make lock")
    return "\n".join(pins[name] for name in sorted(pins)) + "\n"


def install(pins: Path, folder: Path) -> None:
    """Unpack the wheels of a lock file into a folder; what pip says goes to the terminal.

    :raises StackError: when one is missing or is not what the hashes say
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-warn-conflicts"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile", "--target", str(folder)]
    command += ["--python-version", "3.11", "--implementation", "cp", "--requirement", str(pins)]
    command += [word for platform in _PLATFORMS for word in ("--platform", platform)]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise StackError("the locked packages could not be fetched for Lambda; is the package index reachable?")


def glibc_needed(tags_of: Mapping[str, str]) -> tuple[int, list[str]]:
    """Return the minor version of the glibc 2 that some wheels need, and which of them need it; 17 is the least there is.

    :param tags_of: the WHEEL file of each package by its name; of several tags the oldest one holds
    """
    needs = {name: _oldest(re.findall(r"manylinux(?:_2_)?(\d+)_", text)) for name, text in tags_of.items()}
    most = max(needs.values(), default=17)
    return most, sorted(name for name, minor in needs.items() if minor == most)


def _oldest(found: list[str]) -> int:
    return min((17 if one == "2014" else int(one) for one in found), default=17)


def _needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(text) for text in requires(name) or []]
    except PackageNotFoundError as error:
        raise StackError(f"{name} is not installed: run make install") from error


def _holds(marker: Marker | None, extras: set[str]) -> bool:
    return marker is None or any(marker.evaluate({**_LINUX, "extra": extra}) for extra in extras)
