"""`docs/cli.md` and the command say the same: every command, option and exit code, and the examples work when pasted."""

from __future__ import annotations

import re
import shlex
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from stack.demo_site.server import make_server
from stack.ports import SITE_DEFAULT
from tests.fakes.command_line import NOW, answer_of
from vectora_core.cli import roots
from vectora_core.cli.app import app
from vectora_core.cli.terminal import Exit

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/cli.md").read_text()
SECTIONS = {
    found[1].removesuffix(" CLIENT_FILE"): found[2]
    for found in re.finditer(r"^### `vectora ([^`]+)`\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL)
}
EXAMPLES = re.findall(
    r"^vectora (.+?)(?: \| .*)?$", "\n".join(re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)), re.MULTILINE
)


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command with its whole name."""
    for key, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name}{key} ")
        else:
            yield name + key, command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_every_command_has_its_section() -> None:
    """And every section its command."""
    assert set(SECTIONS) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    """Where its command is, at least by one of its names; and no option is explained that is not there."""
    options = [{*one.opts, *one.secondary_opts} for one in COMMANDS[name].params if one.opts[0].startswith("--")]
    prose = re.sub(r"```.*?```", "", SECTIONS[name], flags=re.DOTALL)
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose)) - {"--help", "--version"}
    assert [one for one in options if not one & written] == []
    assert written - {part for one in options for part in one} == set()


def test_every_exit_code_is_explained() -> None:
    """In the table, and no other."""
    table = TEXT.partition("## Exit codes")[2].partition("## Output")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == sorted(int(code) for code in Exit)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The sample configuration in a folder, and the demo site that it follows."""
    with make_server(0, day_of=NOW.date) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        shutil.copytree(ROOT / "configs", tmp_path / "configs")
        for path in (tmp_path / "configs/canonical/sources").iterdir():
            text = path.read_text().replace(f":{SITE_DEFAULT}/", f":{server.server_address[1]}/")
            path.write_text(text)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("VECTORA_ALLOW_PRIVATE_NETWORKS", "127.0.0.0/8")
        monkeypatch.setenv("VECTORA_FETCH_ATTEMPTS", "1")
        monkeypatch.setattr(roots, "utc_now", lambda: NOW)
        yield tmp_path
        server.shutdown()
        thread.join()


def test_the_examples_work_when_pasted(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a checkout, one after the other."""
    assert len(EXAMPLES) >= 9
    for example in EXAMPLES:
        found = answer_of(tuple(shlex.split(example)), capsys)
        assert found.code == 0, f"{example}: {found.err}"
    items = list((checkout / ".vectora/data").rglob("items.json"))
    assert [path.parent.name for path in items if "ingested" in path.parts] == ["10"]
