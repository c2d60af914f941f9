"""The Dockerfile's steps, as far as they go without an engine: its own commands, in a clean environment of its Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stack.places import REPOSITORY

pytestmark = pytest.mark.slow

_STEP = re.compile(r"^(RUN|COPY|ENV|USER|WORKDIR|FROM) (.+?)(?<!\\)$", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r"^--\w+=\S+\s+(?:\\\n\s*)?")
_SECONDS = 900


def steps() -> list[tuple[str, str]]:
    """Return the instructions, options of the engine left out."""
    text = re.sub(r"^#.*\n", "", (REPOSITORY / "Dockerfile").read_text(), flags=re.MULTILINE)
    text = text.replace("UV_CACHE_DIR=/opt/uv-cache ", "")  # a mount of the engine: here it is the cache of this machine
    return [(name, _OPTION.sub("", said).replace("\\\n", " ")) for name, said in _STEP.findall(text)]


def context() -> list[Path]:
    """Return what of the checkout an engine is given: .dockerignore refuses everything and then lets some through."""
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    return [REPOSITORY / line[1:] for line in lines if line.startswith("!")]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Carry the steps out below a folder instead of the root of an image."""
    root = tmp_path_factory.mktemp("image")
    inside = root / "opt/vectora"
    inside.mkdir(parents=True)
    environment = {"PATH": f"{root}/opt/venv/bin:{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin", "HOME": os.environ["HOME"]}
    kept = (
        "PIP_",
        "UV_",
        "SSL_",
        "REQUESTS_CA",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
    )  # how this machine reaches an index
    environment |= {name: value for name, value in os.environ.items() if name.upper().startswith(kept)}
    for name, said in steps():
        if name == "ENV":
            pairs = (pair.split("=", 1) for pair in said.split())
            environment |= {key: value.replace("/opt/", f"{root}/opt/") for key, value in pairs if key != "PATH"}
        if name == "COPY":
            *files, _ = said.split()
            for file in context() if files == ["."] else [REPOSITORY / one for one in files]:
                copy(file, inside)
        if name == "RUN" and not said.startswith("mkdir"):
            run(re.sub(r"(?<!\w)/opt/", f"{root}/opt/", said), inside, environment)
    return root


def index_environment() -> dict[str, str]:
    """Return how this machine reaches a package index; uv does not read what pip was told about a mirror."""
    kept = ("HOME", "PIP_", "UV_", "SSL_", "REQUESTS_CA", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
    found = {name: value for name, value in os.environ.items() if name.upper().startswith(kept)}
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    mirror = found.get("PIP_INDEX_URL") or subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return {"UV_DEFAULT_INDEX": mirror, **found} if mirror and "UV_INDEX_URL" not in found else found


def copy(file: Path, folder: Path) -> None:
    if file.is_dir():
        shutil.copytree(file, folder / file.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(file, folder)


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_what_is_installed_is_whole_and_is_what_the_stack_runs(image: Path) -> None:
    """No package misses another, every program of the compose file is there, and the DAGs can be read."""
    environment = {"PATH": f"{image}/opt/venv/bin:/usr/bin:/bin", "HOME": str(image), "AIRFLOW_HOME": str(image / "airflow")}
    folders = {f"AIRFLOW__CORE__{name.upper()}_FOLDER": f"{image}/opt/vectora/{name}" for name in ("dags", "plugins")}
    environment |= {**folders, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    inside = image / "opt/vectora"
    run(f"uv pip check --python {image}/opt/venv/bin/python", inside, environment)
    run("command -v airflow celery ministack vectora && python -m stack seed --help", inside, environment)
    read = "from airflow.dag_processing.dagbag import DagBag; b = DagBag(); print(sorted(b.dags), b.import_errors)"
    assert run(f'python -c "{read}"', inside, environment).splitlines()[-1] == (
        "['vectora_ingest', 'vectora_job_migration', 'vectora_job_states'] {}"
    )
