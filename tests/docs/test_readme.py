"""The README keeps its word: its commands, run one after the other, give what it shows."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from stack.demo_site.server import make_server
from tests.docs.pages import PAGES, ROOT, blocks, section
from tests.fakes.command_line import Answer, answer_of
from vectora_core.cli import roots

CLIENT = "configs/clients/contoso_labs.yaml"
MINUTES = section("README.md", "## Add a client in five minutes")
COMMANDS = [line for block in blocks("README.md", "bash", within=MINUTES) for line in block.splitlines()]
(FILLED_IN,) = blocks("README.md", "yaml", within=MINUTES)


@pytest.fixture(params=["2026-03-10T00:10", "2026-03-10T23:50"])
def now(request: pytest.FixtureRequest) -> datetime:
    """Early and late on a day: what is promised does not hang on the hour."""
    return datetime.fromisoformat(request.param).replace(tzinfo=UTC)


@pytest.fixture
def checkout(tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the sample configuration, whose sources are served."""
    with make_server(0, day_of=now.date) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        shutil.copytree(ROOT / "configs", tmp_path / "configs")
        catalog = tmp_path / "configs/canonical/sources/source_catalog.yaml"
        catalog.write_text(catalog.read_text().replace(":8600/", f":{server.server_address[1]}/"))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(roots, "utc_now", lambda: now)
        yield tmp_path
        server.shutdown()
        thread.join()


def run_line(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer | None:
    """Do what a shell does with a line of the README; the tests have their environment already."""
    program, *words = shlex.split(line, comments=True)
    if program == "export":
        name, _, value = words[0].partition("=")
        monkeypatch.setenv(name, value)
    elif program == "cp":
        shutil.copy(*words)
        Path(CLIENT).write_text(FILLED_IN)  # what the reader is told to do next
    elif program == "vectora":
        return answer_of(tuple(words), capsys)
    else:
        assert program == "source"
    return None


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_commands_of_the_readme_add_a_client(
    checkout: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No problem is found, the preview says what the README shows, and the ingest writes as many items."""
    answers = {line: run_line(line, monkeypatch, capsys) for line in COMMANDS}
    said = {line: answer for line, answer in answers.items() if answer}
    assert [line.split()[1] for line in said] == ["config", "preview", "ingest"]
    assert {line: answer.code for line, answer in said.items()} == dict.fromkeys(said, 0)
    check, preview, _ = said.values()
    assert "no problems" in check.err
    promised = next(block for block in blocks("README.md", "text") if "Would write" in block)
    shown = squeezed(preview.out)
    for line in squeezed(promised):
        beginning = line.removesuffix("…").rstrip()
        assert any(one.startswith(beginning) for one in shown), line
    items = json.loads((checkout / f".vectora/data/ingested/contoso_labs/{now:%Y/%m/%d}/items.json").read_text())
    assert f"Would write {len(items)} items" in promised


def test_the_typing_error_of_the_readme_is_told_in_these_words(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """File, line, key and remedy."""
    (checkout / CLIENT).write_text(FILLED_IN.replace("source_bouquets_enabled", "source_bouqets_enabled"))
    answer = answer_of(("config", "check"), capsys)
    text = " ".join(PAGES["README.md"].split())
    promised = re.search(r"`(clients/contoso_labs\.yaml:\d+: [^`]*)`", text)
    assert promised
    assert answer.code == 1
    assert promised[1] in answer.out.splitlines()


def test_the_table_of_the_demo_is_what_the_samples_give(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same clients, statuses, sources and numbers of items."""
    monkeypatch.setenv("VECTORA_ALLOW_PRIVATE_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("VECTORA_FETCH_ATTEMPTS", "1")
    results = answer_of(("ingest", "--json"), capsys).json["client_results"]
    (shown,) = (block for block in blocks("README.md", "text") if "make demo" in block)
    rows = re.findall(r"^ +(\w+) +(succeeded|partial|failed) +(\d+)/(\d+) +(\d+) +(\d+) ", shown, re.MULTILINE)
    names = ("status", "sources_ok", "sources_failed", "items", "items_new")
    given = [(client_id, *(str(result[name]) for name in names)) for client_id, result in results.items()]
    assert rows == given
