"""scripts/system-packages.sh: installs where it may, says what to install where it may not, and does nothing otherwise."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stack.places import REPOSITORY

SCRIPT = REPOSITORY / "scripts" / "system-packages.sh"
INSTALLING = 'case "$*" in *install*) touch "$BIN/chromium"; chmod +x "$BIN/chromium" ;; esac'
MISSING_LISTS = f'case "$*" in *update*) touch "$BIN/updated" ;; *) [ -f "$BIN/updated" ] || exit 100; {INSTALLING} ;; esac'


class Machine:
    """A PATH with a few programs of the real one, and others that only note that they were called."""

    def __init__(self, folder: Path, *, user: int = 0) -> None:
        self.bin = folder
        folder.mkdir()
        for name in ("bash", "dirname", "mkdir", "sleep", "timeout", "touch", "chmod", "env", "head"):
            found = next(Path(one) / name for one in ("/usr/bin", "/bin") if (Path(one) / name).exists())
            (folder / name).symlink_to(found)
        self.program("id", f"echo {user}")

    def program(self, name: str, body: str) -> None:
        """Add a program that notes its arguments and whether it may start services, and does something."""
        note = f'echo "{name} $* RUNLEVEL=$RUNLEVEL SYSTEMD_OFFLINE=$SYSTEMD_OFFLINE" >>"$BIN/calls"'
        (self.bin / name).write_text(f"#!/usr/bin/env bash\n{note}\n{body}\n")
        (self.bin / name).chmod(0o755)

    def calls(self, name: str) -> list[str]:
        """Return how a program was called."""
        noted = self.bin / "calls"
        lines = noted.read_text().splitlines() if noted.exists() else []
        return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]

    def run(self, *packages: str) -> subprocess.CompletedProcess[str]:
        """Run the script as it runs once it has the lock."""
        environment = {"PATH": str(self.bin), "BIN": str(self.bin), "VECTORA_PACKAGES_LOCKED": "1"}
        command = [str(self.bin / "bash"), str(SCRIPT), *packages]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    """Under any name; nothing is said, and apt is not asked."""
    machine = Machine(tmp_path / "bin")
    machine.program("google-chrome", "")
    machine.program("apt-get", "")
    done = machine.run("chromium")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.calls("apt-get") == []


def test_root_on_debian_gets_what_is_missing_and_no_service_is_started(tmp_path: Path) -> None:
    """With nothing that is only recommended; a second run has nothing to do."""
    machine = Machine(tmp_path / "bin")
    machine.program("apt-get", INSTALLING)
    assert machine.run("chromium").returncode == 0
    [call] = machine.calls("apt-get")
    assert call.endswith("install --no-install-recommends --yes chromium RUNLEVEL=1 SYSTEMD_OFFLINE=1")
    assert "-o DPkg::Lock::Timeout=" in call
    assert machine.run("chromium").stderr == ""
    assert len(machine.calls("apt-get")) == 1


def test_lists_that_are_missing_or_old_are_fetched(tmp_path: Path) -> None:
    """When the first try finds no package."""
    machine = Machine(tmp_path / "bin")
    machine.program("apt-get", MISSING_LISTS)
    done = machine.run("chromium")
    assert done.returncode == 0
    assert "not installed" not in done.stderr
    assert [" update" in call for call in machine.calls("apt-get")] == [False, True, False]


@pytest.mark.parametrize("user", [0, 1000])
def test_where_it_may_not_or_cannot_it_says_what_to_install(tmp_path: Path, user: int) -> None:
    """One sentence, and what does not need them goes on: the tests that do fail by themselves."""
    machine = Machine(tmp_path / "bin", user=user)
    machine.program("apt-get", '[[ "$*" == *update* ]] || exit 100')
    done = machine.run("chromium")
    assert done.returncode == 0
    assert (
        "not installed, and what needs them will fail: chromium. Install them (Debian: sudo apt-get install" in done.stderr
    )
    assert bool(machine.calls("apt-get")) is (user == 0)


def test_a_system_without_apt_is_told_the_same(tmp_path: Path) -> None:
    """Root or not."""
    done = Machine(tmp_path / "bin").run("chromium")
    assert (done.returncode, "elsewhere: Chromium or Chrome, and nginx, on the PATH" in done.stderr) == (0, True)


def test_other_packages_are_none_of_its_business(tmp_path: Path) -> None:
    """A misspelt one would never be installed."""
    done = Machine(tmp_path / "bin").run("chromum")
    assert done.returncode == 2
    assert "chromum is none of its packages" in done.stderr


def test_whoever_waited_for_another_one_looks_again(tmp_path: Path) -> None:
    """One at a time: the script starts itself anew once it has the lock."""
    machine = Machine(tmp_path / "bin")
    machine.program("apt-get", INSTALLING)
    machine.program("flock", 'touch "$BIN/chromium"; chmod +x "$BIN/chromium"; shift 5; exec "$@"')
    environment = {"PATH": str(machine.bin), "BIN": str(machine.bin)}
    command = [str(machine.bin / "bash"), str(SCRIPT), "chromium"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.calls("apt-get") == []
    assert len(machine.calls("flock")) == 1
