"""The zips of both Lambdas (`make lambda-packages`): the same bytes whenever the sources and the lock file are the same.

It uploads nothing and knows no account; `docs/lambda.md` says how to deploy them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stack import lambda_wheels
from stack.errors import StackError
from stack.places import CONFIGS, REPOSITORY, below_repository
from vectora_core.config.yaml_document import parse_yaml
from vectora_core.jobs.extraction import parse_rules

CORE: Final = REPOSITORY / "vectora_core"
RULES: Final = CONFIGS / "canonical" / "jobs" / "extraction_rules.yaml"
RULES_IN_ZIP: Final = "extraction_rules.json"
INGEST_ROOTS: Final = (
    "beautifulsoup4",
    "dateparser",
    "feedparser",
    "htmldate",
    "httpx[http2]",
    "jmespath",
    "lxml",
    "obstore",
    "py3langid",
    "pydantic",
    "pydantic-settings",
    "pypdf",
    "pyyaml",
    "regex",
    "tenacity",
    "trafilatura",
    "w3lib",
)
"""What the ingest needs of `pyproject.toml`; a test holds both together."""
NOT_IN_INGEST: Final = ("__main__.py", "aws.py", "cli/", "jobs/", "lambdas/job_state")

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_UNZIPPED: Final = 262_144_000
MOST_UPLOADED_DIRECTLY: Final = 52_428_800
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)  # zip knows no time before
_OF_THE_INSTALLER: Final = frozenset({"INSTALLER", "RECORD", "REQUESTED"})  # RECORD has the commands, which have paths

Files = dict[str, bytes | Path]


@dataclass(frozen=True, kw_only=True)
class Package:
    """One zip that was built; sizes in bytes.

    :param sha256: in hexadecimal; ``code_sha256`` is the same as Lambda's ``CodeSha256`` has it
    :param needs: the C library that its wheels ask for, or nothing
    """

    path: Path
    zipped: int
    unzipped: int
    files: int
    sha256: str
    code_sha256: str
    needs: str


def lambda_packages(out: Path, *, only: str | None = None, as_json: bool = False) -> int:
    """Build the zips into a folder and print what they are.

    :param only: one of `LAMBDAS`; None builds all
    :raises StackError: when one cannot be built, or Lambda would not take it
    """
    built = [build(name, out) for name in LAMBDAS if only in (None, name)]
    print(json.dumps([_as_json(one) for one in built], indent=2) if as_json else "\n".join(_table(built)))
    return 0


def build(name: str, out: Path) -> Package:
    """Build one of `LAMBDAS`.

    :raises StackError: when it cannot be built, or is larger than Lambda takes
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=out) as scratch:
        files, needs = LAMBDAS[name](Path(scratch))
        unzipped = sum(len(one) if isinstance(one, bytes) else one.stat().st_size for one in files.values())
        refuse_oversize(name, unzipped)
        fresh = Path(scratch) / f"{name}.zip"
        write_zip(fresh, files)
        path = fresh.replace(out / fresh.name)
    digest = hashlib.sha256(path.read_bytes())
    return Package(
        path=path,
        zipped=path.stat().st_size,
        unzipped=unzipped,
        files=len(files),
        sha256=digest.hexdigest(),
        code_sha256=base64.b64encode(digest.digest()).decode(),
        needs=needs,
    )


def write_zip(path: Path, files: Files) -> None:
    """Write a zip whose bytes depend on names and contents alone."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o644 << 16  # Lambda reads it as another user
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = files[name]
            package.writestr(entry, content if isinstance(content, bytes) else content.read_bytes())


def refuse_oversize(name: str, unzipped: int) -> None:
    """Make sure that Lambda takes a package.

    :raises StackError: when it does not
    """
    if unzipped > MOST_UNZIPPED:
        raise StackError(
            f"{name}.zip would have {unzipped / 1e6:,.1f} MB unzipped and Lambda takes {MOST_UNZIPPED / 1e6:,.1f}: "
            "leave packages out, or deploy a container image (docs/lambda.md)"
        )


def _job_state(_: Path) -> tuple[Files, str]:
    """What importing the handler really loads, and the extraction rules."""
    files: Files = {path.relative_to(REPOSITORY).as_posix(): path for path in _loaded_by("vectora_core.lambdas.job_state")}
    return files | compiled_rules(RULES), ""


def _ingest(scratch: Path) -> tuple[Files, str]:
    """The core without its other ends, and the locked packages that the ingest needs."""
    pins, wheels = scratch / "requirements.txt", scratch / "wheels"
    locked = (REPOSITORY / "requirements.txt").read_text()
    pins.write_text(lambda_wheels.locked(locked, lambda_wheels.closure(INGEST_ROOTS)))
    print("make lambda-packages: fetching the locked packages for ingest.zip (half a minute)", file=sys.stderr)
    lambda_wheels.install(pins, wheels)
    files: Files = {
        **{path.relative_to(wheels).as_posix(): path for path in _shipped(wheels)},
        **{f"{CORE.name}/{path.relative_to(CORE).as_posix()}": path for path in _shipped(CORE) if _of_the_ingest(path)},
    }
    tags = {path.parent.name.partition("-")[0]: path.read_text() for path in wheels.glob("*.dist-info/WHEEL")}
    minor, which = lambda_wheels.glibc_needed(tags)
    return files, f"glibc 2.{minor} ({', '.join(which)})"


LAMBDAS: Final[dict[str, Callable[[Path], tuple[Files, str]]]] = {"job_state": _job_state, "ingest": _ingest}
"""What there is to build: how its files are found, with what they need of the system."""


def compiled_rules(path: Path) -> Files:
    """Return the extraction rules as the Lambda reads them; nothing where there is no such file: its own rules hold then.

    :raises StackError: when they cannot be used
    """
    if not path.exists():
        return {}
    document, problems = parse_yaml(below_repository(path), path.read_bytes())
    if document is None or problems:
        raise StackError("; ".join(map(str, problems)))
    try:
        parse_rules(document.data)
    except ValueError as error:
        raise StackError(f"{below_repository(path)}: {error}") from error
    return {RULES_IN_ZIP: (json.dumps(document.data, indent=2, ensure_ascii=False) + "\n").encode()}


def _loaded_by(module: str) -> list[Path]:
    """Return the files of Vectora that an import loads, in a process of its own."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); __import__(sys.argv[2]); "
        "print(*(m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] == 'vectora_core'), sep='\\n')"
    )
    command = [sys.executable, "-I", "-B", "-c", script, str(REPOSITORY), module]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"{module} cannot be imported ({done.stderr.strip().rpartition(chr(10))[2]}): run make install")
    return [Path(line) for line in done.stdout.splitlines()]


def _shipped(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that belong into a zip: no caches, no commands, nothing the installer wrote for itself."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and "__pycache__" not in parts and parts[0] != "bin" and path.name not in _OF_THE_INSTALLER:
            yield path


def _of_the_ingest(path: Path) -> bool:
    return not path.relative_to(CORE).as_posix().startswith(NOT_IN_INGEST)


def _as_json(package: Package) -> dict[str, str | int]:
    return {**vars(package), "path": str(package.path)}


def _table(packages: list[Package]) -> Iterator[str]:
    rows = [("package", "zipped", "unzipped", "files", "sha256", "needs")]
    rows += [
        (below_repository(one.path), _size(one.zipped), _size(one.unzipped), str(one.files), one.sha256, one.needs)
        for one in packages
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for one in packages:
        if one.zipped > MOST_UPLOADED_DIRECTLY:
            yield f"{below_repository(one.path)} is larger than 50 MB: upload it to S3 and deploy it from there"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
