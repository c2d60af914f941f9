"""Every command the documentation names exists, and every command is in the documentation."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from tests.docs.pages import PAGES, ROOT, everywhere_in_code, section
from vectora_core.cli.app import app

VECTORA = typer.main.get_command(app)
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
EXPLAINED = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def command_lines(program: str) -> list[tuple[str, list[str]]]:
    """Return page and words of each command line of a program, without pipes and comments."""
    found = []
    for page, line in everywhere_in_code():
        if line.strip().startswith(f"{program} "):
            found.append((page, shlex.split(line.strip().partition(" | ")[0], comments=True)[1:]))
    return found


def all_commands(command: Any = VECTORA, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that lead to it."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, child in command.commands.items():
        yield from all_commands(child, (*path, name))


def options_of(command: Any) -> set[str]:
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts) if name.startswith("--")}


@pytest.mark.parametrize(("page", "words"), command_lines("vectora"), ids=lambda value: str(value)[:60])
def test_a_vectora_command_exists_with_its_options(page: str, words: list[str]) -> None:
    """Pasted into a terminal it is understood."""
    command: Any = VECTORA
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"{page}: vectora has no command {words[0]!r}"
        command = command.commands[words.pop(0)]
    known = options_of(command) | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_vectora_command_and_option_is_documented() -> None:
    """docs/cli.md has a heading for each command, and names its options there."""
    for path, command in all_commands():
        heading = next(
            line for line in PAGES["docs/cli.md"].splitlines() if line.startswith(f"### `vectora {' '.join(path)}")
        )
        missing = {name for name in options_of(command) - {"--help"} if f"`{name}`" not in section("docs/cli.md", heading)}
        assert missing == set(), heading


def test_every_make_command_named_exists() -> None:
    """In the documentation, and in what the targets and scripts tell people."""
    named = {words[0] for _, words in command_lines("make") if words and re.fullmatch(r"[a-z-]+", words[0])}
    assert named
    assert named <= TARGETS


def test_every_make_command_is_in_the_help_and_in_the_documentation() -> None:
    """`make help` prints what the Makefile explains; each of them is in the README or in docs/."""
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    text = "\n".join(PAGES.values())
    for target in EXPLAINED:
        assert re.search(rf"^  make {target} ", said, re.MULTILINE), target
        assert re.search(rf"make {target}\b", text), target
    assert {"install-dev"} >= TARGETS - EXPLAINED


def test_every_airflow_command_is_understood_by_airflow() -> None:
    """Its own parser takes each line."""
    from airflow.cli.cli_parser import get_parser

    lines = [words for _, words in command_lines("airflow") if len(words) > 2]
    assert lines
    for words in lines:
        get_parser().parse_args(words)


def test_the_arguments_of_a_backfill_exist() -> None:
    """Those of the table in docs/operations.md, too."""
    from airflow.cli.cli_parser import get_parser

    base = ["backfill", "create", "--dag-id", "x", "--from-date", "2026-03-01", "--to-date", "2026-03-02"]
    cells = re.findall(r"\| `(--[^`]+)`", section("docs/operations.md", "## Past days"))
    assert len(cells) >= 5
    for cell in cells:
        get_parser().parse_args([*base, *shlex.split(cell)])
