"""What finding the clients costs against reading the same files and doing nothing with them."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import newsroom
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Result, Row, median
from stack import embedded_aws
from stack.local import Stack
from stack.options import StackOptions
from stack.ports import LOCALHOST, free_ports
from vectora_core.config.discovery import discover
from vectora_core.config.yaml_document import parse_yaml
from vectora_core.storage import READS_IN_FLIGHT, Storage, open_storage

LATENCY = 0.02
_PROXY_SECONDS = 20.0
_PLACES = {
    "slow": f"S3 with {LATENCY * 1000:.0f} ms a request",
    "s3": "S3 without latency",
    "file": "a local folder",
}


@dataclass(frozen=True, kw_only=True)
class _Spent:
    """Seconds of the clock and of the processor."""

    wall: float
    cpu: float


def measure(*, clients: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Discover the clients in three places, in turn with plain reads of the same objects."""
    files = dict(map(newsroom.client_file, range(clients)))
    found: dict[str, list[_Spent]] = {place: [] for place in _PLACES}
    read: dict[str, list[_Spent]] = {place: [] for place in _PLACES}
    with _places(files) as places:
        tell(f"discovery: {clients} client files in S3 and in a folder")
        for number in range(rounds):
            for place, storage in places.items():
                found[place].append(_spent(lambda storage=storage: _discover(storage, clients)))  # type: ignore[misc]
                read[place].append(_spent(lambda storage=storage: storage.get_many(files)))  # type: ignore[misc]
            tell(f"discovery: round {number + 1} of {rounds}")
    parsing = [_spent(lambda: [parse_yaml(path, data) for path, data in files.items()]) for _ in range(rounds)]
    return _result(found, read, parsing, files)


def _discover(storage: Storage, clients: int) -> None:
    found = sum(client.active for client in discover(storage).found)
    if found != clients:
        raise BenchmarkError(f"{found} of {clients} clients found: the figures would say nothing")


def _spent(work: Callable[[], object]) -> _Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return _Spent(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


@contextmanager
def _places(files: dict[str, bytes]) -> Iterator[dict[str, Storage]]:
    """Put the files into the embedded S3 and into a folder; the same S3 is behind the proxy that is slow."""
    with TemporaryDirectory(prefix="vectora-bench-") as name:
        folder = Path(name)
        local = open_storage((folder / "configs").as_uri())
        for path, data in files.items():
            local.put(path, data)
        options = StackOptions(
            folder=folder / "stack", configs=folder / "configs", data_root=local.url, site=False, components=()
        )
        with Stack(options) as stack:
            port = _start_proxy(stack)
            bucket = embedded_aws.CONFIG_BUCKET
            yield {"slow": embedded_aws.open_bucket(port, bucket), "s3": stack.config, "file": local}


def _start_proxy(stack: Stack) -> int:
    port = free_ports().site
    numbers = {"--port": port, "--upstream": stack.ports.aws, "--delay": LATENCY}
    arguments = [str(part) for pair in numbers.items() for part in pair]
    stack.children.start("proxy", [sys.executable, "-m", "benchmarks.slow_proxy", *arguments])
    stack.children.wait_until(lambda: _listens(port), what="the slow proxy", timeout=_PROXY_SECONDS)
    return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOCALHOST, port)) == 0


def _result(
    found: dict[str, list[_Spent]], read: dict[str, list[_Spent]], parsing: list[_Spent], files: dict[str, bytes]
) -> Result:
    rows = []
    for place, words in _PLACES.items():
        walls = tuple(one.wall for one in found[place]), tuple(one.wall for one in read[place])
        cpus = tuple(one.cpu for one in found[place]), tuple(one.cpu for one in read[place])
        rows.append(Row(what=f"{words}: time", unit="s", values=walls[0], peer=walls[1]))
        rows.append(Row(what=f"{words}: processor time", unit="s", values=cpus[0], peer=cpus[1]))
    rows.append(Row(what="of it reading the YAML: processor time", unit="s", values=tuple(one.cpu for one in parsing)))
    lines = next(iter(files.values())).count(b"\n")
    reads_per_second = len(files) / median([one.wall for one in read["s3"]])
    return Result(
        name="discovery",
        title=f"Discovering {len(files):,} clients ({lines} lines of YAML each)",
        measured="discovery",
        peer=f"the same objects read with {READS_IN_FLIGHT} in flight, and nothing done with them",
        rows=tuple(rows),
        notes=(
            f"The embedded S3 answered {reads_per_second:,.0f} reads a second, on the same cores: both sides wait for it.",
            "In a local folder nothing is waited for, and discovery is the reading of YAML.",
        ),
    )
