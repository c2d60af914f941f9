"""The packages of the ingest's zip: all that is needed, as it is locked, and nothing that the hashes do not know."""

from __future__ import annotations

import base64
import hashlib
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from stack.errors import StackError
from stack.lambda_packages import INGEST_ROOTS
from stack.lambda_wheels import closure, glibc_needed, install, locked
from stack.places import REPOSITORY

NOT_NEEDED = {"apache-airflow[amazon]", "boto3", "numpy", "rich", "typer"}
LOCK = """\
alpha==1.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via beta
beta-two==2.0 ; sys_platform == 'linux' \\
    --hash=sha256:{b}
    # via
    #   alpha
beta-two==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:{a}
gamma==3.0 \\
    --hash=sha256:{a}
""".format(a="a" * 64, b="b" * 64)


def test_the_roots_are_those_of_the_project() -> None:
    """Without the engine, the command line, and what Lambda has."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(INGEST_ROOTS) == {re.split(r"[><=]", one)[0] for one in project} - NOT_NEEDED


def test_the_closure_has_what_the_roots_need() -> None:
    """Extras included; AWS's own and Airflow left out."""
    found = closure(INGEST_ROOTS)
    assert {"h2", "hpack", "numpy", "pydantic-core", "six"} <= found
    assert not {"boto3", "botocore", "apache-airflow", "rich", "socksio"} & found
    assert "h2" not in closure(["httpx"])
    assert closure(["boto3"]) == set()


def test_what_is_not_installed_is_named() -> None:
    """With the way out."""
    with pytest.raises(StackError, match=r"^no-such-package is not installed: run make install$"):
        closure(["no-such-package"])


def test_the_pins_are_those_of_the_lock_file() -> None:
    """With all hashes; those for Lambda's Linux, whatever this runs on."""
    assert locked(LOCK, {"alpha", "beta-two"}).splitlines() == [
        f"alpha==1.0 --hash=sha256:{'a' * 64} --hash=sha256:{'b' * 64}",
        f"beta-two==2.0 --hash=sha256:{'b' * 64}",
    ]
    with pytest.raises(StackError, match=r"does not have delta: run make lock"):
        locked(LOCK, {"alpha", "delta"})


def test_the_real_lock_file_has_every_one() -> None:
    """And names no index."""
    names = closure(INGEST_ROOTS)
    pins = locked((REPOSITORY / "requirements.txt").read_text(), names)
    assert len(pins.splitlines()) == len(names)
    assert "://" not in pins


def wheel(folder: Path) -> Path:
    """Write a wheel of two files, and a command."""
    path = folder / "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    content = {
        "tiny.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={digest(text)},{len(text)}\n" for name, text in content.items())
    with zipfile.ZipFile(path, "w") as package:
        for name, text in {**content, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            package.writestr(name, text)
    return path


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def test_wheels_are_unpacked_when_their_hashes_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """pip's own settings lead to the index, here a folder."""
    path = wheel(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    pins = tmp_path / "pins.txt"
    pins.write_text(f"tiny==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n")
    install(pins, tmp_path / "right")
    assert {"tiny.py", "tiny-1.0.dist-info"} <= {one.name for one in (tmp_path / "right").iterdir()}
    pins.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(StackError, match="could not be fetched"):
        install(pins, tmp_path / "wrong")
    assert "DO NOT MATCH THE HASHES" in capfd.readouterr().err


def test_the_c_library_that_wheels_ask_for() -> None:
    """Of the tags of one wheel the oldest holds, of all wheels the newest."""
    tags = {
        "old": "Tag: cp311-cp311-manylinux_2_17_x86_64\nTag: cp311-cp311-manylinux2014_x86_64\n",
        "new": "Tag: cp311-cp311-manylinux_2_28_x86_64\nTag: cp311-cp311-manylinux_2_27_x86_64\n",
        "pure": "Tag: py3-none-any\n",
    }
    assert glibc_needed(tags) == (27, ["new"])
    assert glibc_needed({"pure": tags["pure"]}) == (17, ["pure"])
