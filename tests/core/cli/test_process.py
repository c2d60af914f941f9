"""The command as a process: what it imports, and how it gets on with pipes, terminals, encodings and Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.command_line import Vectora, command, environment, files, publish
from tests.fakes.config_tree import ConfigTree
from tests.fakes.news_site import NewsSite
from vectora_core import __version__

HEAVY = ("httpx", "bs4", "feedparser", "trafilatura", "dateparser", "py3langid", "boto3", "airflow", "jmespath", "pypdf")


@pytest.fixture
def newsroom(configs: ConfigTree, site: NewsSite) -> ConfigTree:
    configs.source("news", publish(site, "/news.xml", "Première nouvelle 🙂", now=datetime.now(UTC)))
    configs.client("acme", ["news"])
    configs.client("beta", ["news"])
    return configs


def test_help_and_version(vectora_process: Vectora) -> None:
    """Both answer on stdout; the help names the exit codes."""
    version = vectora_process("--version")
    assert (version.code, version.out, version.err) == (0, f"{__version__}\n", "")
    shown = vectora_process("--help")
    assert (shown.code, shown.err) == (0, "")
    assert "Exit codes: 0 succeeded or partial, 1 clients failed or problems found, 2" in shown.out


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], (*HEAVY, "pydantic", "obstore", "yaml", "rich.table")),
        (["config", "check"], tuple(name for name in HEAVY if name not in ("bs4", "jmespath"))),
        (["clients", "list", "--json"], tuple(name for name in HEAVY if name not in ("bs4", "jmespath"))),
        (["snapshots", "prune"], HEAVY),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_imports_only_what_it_works_with(
    vectora_process: Vectora, newsroom: ConfigTree, arguments: list[str], spared: tuple[str, ...]
) -> None:
    """Imports are most of what a short command costs (httpx 0.4 s, trafilatura with its models over a second)."""
    script = (
        "import sys; from vectora_core.cli.app import run; code = run(sys.argv[1:]);"
        "sys.exit(code or ' '.join(sorted(set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=environment(),
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    imported = done.stderr.split()
    assert "vectora_core.cli.app" in imported, done.stderr
    assert [name for name in spared if name in imported] == []


def test_streams_and_exit_code_of_a_real_run(vectora_process: Vectora, newsroom: ConfigTree, data: Path) -> None:
    """One JSON document on stdout, nothing on stderr where there is nothing to say."""
    found = vectora_process("ingest", "--json")
    assert (found.code, found.err) == (0, "")
    assert found.json["total_items_ingested"] == 2
    assert len([path for path in files(data) if path.endswith("items.json")]) == 2


def test_any_encoding_of_stdout_will_do(vectora_process: Vectora, newsroom: ConfigTree) -> None:
    """What cannot be written is escaped, in JSON so that it is read back as it was."""
    found = vectora_process("ingest", "--dry-run", "--json", PYTHONIOENCODING="ascii")
    assert found.json["client_results"]["acme"]["would_write"][0]["title"] == "Première nouvelle 🙂"
    shown = vectora_process("preview", newsroom.folder / "clients/acme.yaml", PYTHONIOENCODING="ascii")
    assert (shown.code, "Premi\\xe8re nouvelle" in shown.out) == (0, True)


def test_a_pipe_gets_whole_rows_however_narrow_the_terminal(vectora_process: Vectora, configs: ConfigTree) -> None:
    """One row a line, nothing cut and nothing folded: what follows a pipe is a program, or a pager."""
    configs.source("a_source_with_quite_a_long_key_that_would_fold", "https://news.example/feed.xml")
    configs.client("a_client_with_quite_a_long_id_that_would_fold", ["a_sauce_with_quite_a_long_key_that_would_fold"])
    (row,) = [line for line in vectora_process("clients", "list", COLUMNS="40").out.splitlines() if "a_client" in line]
    assert "a_client_with_quite_a_long_id_that_would_fold " in row
    assert "did you mean a_source_with_quite_a_long_key_that_would_fold?" in row


def test_nobody_reading_is_no_error(vectora_process: Vectora, newsroom: ConfigTree, data: Path) -> None:
    """`vectora … | head`: quiet, the run is finished and its exit code is true."""
    newsroom.client("lost", ["newz"])
    for arguments, code in ((["ingest"], 1), (["config", "check"], 1), (["config", "schema"], 0)):
        process = subprocess.Popen(
            command(*arguments), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        assert process.wait(60) == code
        assert "Broken" not in said
        assert "Traceback" not in said
    assert [path for path in files(data) if path.endswith("report.json")]


@pytest.mark.parametrize("closed", ["1", "2"])
def test_a_stream_that_was_closed_from_the_start_is_no_error(
    vectora_process: Vectora, newsroom: ConfigTree, closed: str
) -> None:
    """`vectora … 2>&-`: what goes to the other stream is there, and the exit code is true."""
    shell = ["bash", "-c", f'exec "$@" {closed}>&-', "bash", *command("config", "check", "--json")]
    done = subprocess.run(shell, env=environment(), capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 0
    assert (done.stdout == "", done.stderr == "") == (closed == "1", closed == "2")


def test_a_thread_of_the_storage_library_cannot_spoil_the_end(vectora_process: Vectora, newsroom: ConfigTree) -> None:
    """One that is still inside a callback into Python, while the interpreter is finalized, would abort the process."""
    script = """
import sys, threading, time
from asyncio.selector_events import BaseSelectorEventLoop as Loop
finalizing, wake = threading.Event(), Loop._write_to_self

def wake_and_linger(loop):
    wake(loop)
    if threading.current_thread() is not threading.main_thread():
        finalizing.wait()

class Finalized:
    def __del__(self, set=finalizing.set, give_way=time.sleep):
        set()
        give_way(1)

Loop._write_to_self = wake_and_linger
sys.modules["finalized"] = Finalized()
sys.argv[1:] = ["config", "check", "--json"]
from vectora_core.cli.app import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, check=False, timeout=60)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_nobody_listening_on_stderr_is_no_error_either(vectora_process: Vectora, newsroom: ConfigTree) -> None:
    """The answer still comes."""
    process = subprocess.Popen(
        command("config", "check", "--json"), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    process.stderr.close()
    with process.stdout:
        assert json.loads(process.stdout.read()) == []
    assert process.wait(60) == 0


def test_ctrl_c_ends_at_once_with_one_line(
    vectora_process: Vectora, newsroom: ConfigTree, site: NewsSite, data: Path
) -> None:
    """Exit code 130; clients in flight are not waited for, and no report says they were done."""
    site.pages["/news.xml"].gate = threading.Event()
    process = subprocess.Popen(
        command("ingest", "--json"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # whatever runs the tests ignores
    )
    assert site.arrived.wait(60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err == "vectora: interrupted\n"
    assert json.loads(out) == {"error": "interrupted", "exit_code": 130}
    assert [path for path in files(data) if not path.endswith(".claim-1")] == []


def test_a_terminal_sees_a_progress_bar(vectora_process: Vectora, newsroom: ConfigTree) -> None:
    """On stderr, one step a client; stdout keeps the answer alone."""
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(
        command("ingest", "--json"),
        env=environment(TERM="xterm-256color", COLUMNS="100"),
        stdout=subprocess.PIPE,
        stderr=its_end,
        text=True,
    )
    os.close(its_end)
    shown = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while read := os.read(terminal, 65_536):
            shown += read
    os.close(terminal)
    assert process.stdout
    with process.stdout:
        assert json.loads(process.stdout.read())["status"] == "succeeded"
    assert process.wait(60) == 0
    assert b"ingest" in shown
    assert b"2/2" in shown
