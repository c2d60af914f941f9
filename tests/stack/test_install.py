"""The install: lock files that belong to no machine, and a sentence where something is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from stack.places import REPOSITORY

LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")


def locked(name: str) -> dict[str, str]:
    text = (REPOSITORY / name).read_text()
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", text, flags=re.MULTILINE)
    return {canonicalize_name(package): version for package, version in found}


def project() -> dict[str, object]:
    loaded: dict[str, object] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    return loaded


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_exact_and_has_hashes(name: str) -> None:
    """What is not, pip would refuse only on the day somebody installs."""
    text = re.sub(r"\\\n", " ", (REPOSITORY / name).read_text())
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"\S+==\S+ ", line), line
        assert "--hash=sha256:" in line, line


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_belongs_to_no_machine(name: str) -> None:
    """No index, no host, no path."""
    text = (REPOSITORY / name).read_text()
    assert not re.search(r"https?:|file:|@ |--index|--extra-index|--find-links|(^|\s)/", text, flags=re.MULTILINE)


def test_the_lock_files_have_what_the_project_asks_for() -> None:
    """In a version that it accepts; `make lock` was not forgotten."""
    described = project()["project"]
    assert isinstance(described, dict)
    wanted = [*described["dependencies"], *described["optional-dependencies"]["stack"]]
    check(wanted, locked("requirements.txt"))
    groups = project()["dependency-groups"]
    assert isinstance(groups, dict)
    check(groups["dev"], locked("requirements-dev.txt"))


def check(wanted: list[str], versions: Mapping[str, str]) -> None:
    for text in wanted:
        requirement = Requirement(text)
        assert Version(versions[canonicalize_name(requirement.name)]) in requirement.specifier, text


def test_both_lock_files_agree() -> None:
    """The tests run with what is shipped."""
    shipped, tested = locked("requirements.txt"), locked("requirements-dev.txt")
    assert {name: tested[name] for name in shipped.keys() & tested.keys()} == {
        name: shipped[name] for name in shipped.keys() & tested.keys()
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "scripts")
    for name in (*LOCKS, "pyproject.toml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


def install(checkout: Path, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "scripts/install.sh"],
        cwd=checkout,
        env={**os.environ, "PYTHON": python},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def python_that(checkout: Path, script: str) -> str:
    python = checkout / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return str(python)


def test_no_python_311_is_one_sentence(checkout: Path) -> None:
    """What was tried, and how to get one."""
    old = python_that(checkout, "exit 1")
    done = install(checkout, old)
    assert done.returncode == 1
    assert done.stderr.startswith(f"make install: no Python 3.11 found (tried {old}): install it (Debian: apt install")
    assert done.stderr.count("\n") == 1


def test_a_python_without_venv_is_one_sentence(checkout: Path) -> None:
    """Debian ships it apart; nothing half-made is left."""
    bare = python_that(checkout, 'case "$1" in -c) exit 0;; *) echo "ensurepip is not available"; exit 1;; esac')
    done = install(checkout, bare)
    assert done.returncode == 1
    assert "apt install python3.11-venv" in done.stderr
    assert "ensurepip is not available" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()


def test_nothing_is_installed_twice(checkout: Path) -> None:
    """The stamp has the lock files' checksum and the folder: the second time says and does nothing."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    function = "source <(sed -n '/^stamp_of()/,/^}/p' scripts/install.sh); stamp_of requirements-uv.txt requirements.txt"
    stamp = subprocess.run(["bash", "-c", function], cwd=checkout, capture_output=True, text=True, check=True).stdout
    (checkout / ".venv" / ".installed").write_text(stamp)
    done = install(checkout, "/nonexistent")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
