"""`make demo` as a person runs it: what it shows, what it leaves, and that it always stops everything."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from stack.lock import held
from tests.stack.commands import processes_of, read_until, said_by, stack_command

pytestmark = pytest.mark.slow


def test_the_demo_shows_three_clients_and_six_jobs_and_leaves_the_outputs(tmp_path: Path) -> None:
    """Exit code 0; one client is partial, the jobs are as they ended; files are where it says; nothing runs afterwards."""
    (tmp_path / "ingested" / "last_time").mkdir(parents=True)
    code, said = said_by("demo", tmp_path, {})
    assert code == 0, said
    rows = dict(re.findall(r"^ +(\w+) +(succeeded|partial|failed) +\d+/\d+ ", said, flags=re.MULTILINE))
    assert sorted(rows.values()) == ["partial", "succeeded", "succeeded"]
    for client in rows:
        assert f"ingest_client {client}: success" in said
        [path] = re.findall(rf"^ +{client} .* (\S+items\.json)", said, flags=re.MULTILINE)
        assert json.loads(Path(path).read_bytes())
    [report] = re.findall(r"^run report: (\S+)$", said, flags=re.MULTILINE)
    assert json.loads(Path(report).read_bytes())["clients_processed"] == 3
    jobs = re.findall(r"^ +(\S+) +demo-(?:high|low) +(\w+) +(\d) of \d +(\d+|-) ", said, flags=re.MULTILINE)
    assert sorted((name.split("-")[0], status) for name, status, *_ in jobs) == [
        ("frames", "FAILED"),
        ("pack", "SUCCEEDED"),
        ("pre", "FAILED"),
        ("pre", "SUCCEEDED"),
        ("pre", "SUCCEEDED"),
        ("watch", "FAILED"),
    ]
    assert ("SUCCEEDED", "2", "0") in [found[1:] for found in jobs]  # the one that was interrupted and tried again
    assert "1 FAILED, 4 SUCCEEDED" in said
    assert not (tmp_path / "ingested" / "last_time").exists()
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "moment"), [(signal.SIGTERM, "aws and site ready"), (signal.SIGINT, "triggered through the REST API")]
)
def test_a_signal_stops_everything_that_was_started(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    """While it starts, and while tasks run."""
    with stack_command("demo", tmp_path) as demo:
        read_until(demo, moment)
        assert processes_of(tmp_path)
        demo.send_signal(number)
        rest, _ = demo.communicate(timeout=30)
    assert demo.returncode == 128 + number
    assert f"make demo: stopped by {number.name}, and everything it had started with it" in rest
    assert processes_of(tmp_path) == []


def test_a_second_demo_at_the_same_time_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """Both would write the same folder."""
    with held(tmp_path / "lock", busy=""):
        code, said = said_by("demo", tmp_path, {})
    assert code == 1
    assert re.fullmatch(r"make demo: another `make demo` is running here \(pid \d+\): wait for it, or stop it\n", said)
