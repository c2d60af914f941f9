"""The SQLite connection of commands that write beside a running Airflow."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stack.sqlite import CONNECT_ARGS


def connection(path: Path, **arguments: Any) -> sqlite3.Connection:
    found = sqlite3.connect(path, timeout=0.01, **arguments)
    found.execute("PRAGMA journal_mode=WAL")
    found.execute("CREATE TABLE IF NOT EXISTS runs (name TEXT)")
    return found


def test_plain_sqlite_refuses_to_write_in_a_savepoint_once_somebody_else_has_written(tmp_path: Path) -> None:
    """The reason for the class: without it the write fails at once, and no timeout helps."""
    with closing(connection(tmp_path / "a.db")) as command, closing(connection(tmp_path / "a.db")) as scheduler:
        command.execute("SAVEPOINT one")
        command.execute("SELECT * FROM runs").fetchall()
        scheduler.execute("INSERT INTO runs VALUES ('of the scheduler')")
        scheduler.commit()
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            command.execute("INSERT INTO runs VALUES ('of the backfill')")


def test_a_savepoint_takes_the_write_lock_so_that_its_own_writes_pass(tmp_path: Path) -> None:
    """Who comes second waits; what the savepoint read stays true until the commit, and both writes are there."""
    with (
        closing(connection(tmp_path / "a.db", **CONNECT_ARGS)) as command,
        closing(connection(tmp_path / "a.db")) as scheduler,
    ):
        cursor = command.cursor()
        cursor.execute("SAVEPOINT one")
        cursor.execute("SELECT * FROM runs").fetchall()
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            scheduler.execute("INSERT INTO runs VALUES ('of the scheduler')")
        cursor.execute("INSERT INTO runs VALUES (?)", ("of the backfill",))
        cursor.execute("RELEASE SAVEPOINT one")
        command.commit()
        scheduler.execute("INSERT INTO runs VALUES ('of the scheduler')")
        scheduler.commit()
        assert len(command.execute("SELECT * FROM runs").fetchall()) == 2
