"""What `make up` leaves behind, and that `make down` never stops anybody else."""

from __future__ import annotations

import dataclasses
import os
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from stack import state, up
from stack.errors import StackError
from stack.lock import held, is_held
from stack.stopping import Stopped, signals_raise

OURS = state.Running(
    pid=os.getpid(), started=state.own_start(), mark="no such mark", phase="ready", url="u", site="s", aws="a", batch="b"
)


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    """And names a process that runs."""
    state.write(tmp_path / "state.json", OURS)
    found = state.read(tmp_path / "state.json")
    assert found == OURS
    process = state.process_of(OURS)
    assert process
    assert process.pid == os.getpid()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_broken_state_is_no_state(tmp_path: Path, text: str) -> None:
    """A crash while writing must not keep anybody from starting again."""
    (tmp_path / "state.json").write_text(text)
    assert state.read(tmp_path / "state.json") is None


def test_a_pid_that_belongs_to_somebody_else_by_now_is_not_ours() -> None:
    """The pid is the same, the start is not."""
    assert state.process_of(dataclasses.replace(OURS, started=OURS.started - 60)) is None


def test_down_leaves_the_new_owner_of_an_old_pid_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pid in the state is that of this test, which survives."""
    state.write(tmp_path / "state.json", dataclasses.replace(OURS, started=OURS.started - 60))
    assert up.down(tmp_path) == 0
    assert "ended without make down; 0 processes were left" in capsys.readouterr().out
    assert state.read(tmp_path / "state.json") is None


def test_down_says_when_nothing_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And is content with it."""
    assert up.down(tmp_path) == 0
    assert capsys.readouterr().out == "nothing is running\n"


def test_status_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, as service scripts do."""
    assert up.status(tmp_path) == 3
    assert "nothing is running" in capsys.readouterr().out


def test_a_second_up_says_how_to_get_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the passwords of the first, also that of whoever may only look."""
    state.write(tmp_path / "state.json", OURS)
    assert up.up(tmp_path) == 0
    said = capsys.readouterr().out
    assert said.startswith("already running\n")
    known = up.airflow.load_secrets(tmp_path / "airflow")
    assert f"Airflow  u  user admin, password {known.password}\n" in said
    assert f"to look only: user viewer, password {known.viewer_password}\n" in said


def test_a_running_stack_is_not_filled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for it is told how."""
    state.write(tmp_path / "state.json", OURS)
    assert up.up(tmp_path, demo=True) == 0
    assert "make down, then make up DEMO=1" in capsys.readouterr().out


def test_an_up_that_is_just_starting_is_not_disturbed(tmp_path: Path) -> None:
    """Its lock is held, its state is not written yet."""
    with held(tmp_path / "lock", busy="no"), pytest.raises(StackError, match="is starting the stack right now"):
        up.up(tmp_path)


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    """The second one is told who, and after the end of the first there is none."""
    with held(tmp_path / "lock", busy="busy: {pid}"):
        assert is_held(tmp_path / "lock")
        with pytest.raises(StackError, match=f"^busy: {os.getpid()}$"), held(tmp_path / "lock", busy="busy: {pid}"):
            pass
    assert not is_held(tmp_path / "lock")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_once_and_does_not_disturb_cleaning_up(number: signal.Signals) -> None:
    """Later signals are ignored until the block is left; then everything is as before."""
    before = signal.getsignal(number)
    cleaned = []

    def clean_up() -> None:
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)
        cleaned.append("whole")

    with ExitStack() as block:
        stopped = block.enter_context(pytest.raises(Stopped))
        block.enter_context(signals_raise())
        block.callback(clean_up)
        os.kill(os.getpid(), number)
    assert stopped.value.exit_code == 128 + number
    assert cleaned == ["whole"]
    assert signal.getsignal(number) is before
