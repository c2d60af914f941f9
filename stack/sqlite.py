"""A SQLite connection for commands that write beside a running Airflow: a savepoint takes the write lock at once.

With a write-ahead log a transaction that has read may not write any more once somebody else has written: SQLite answers
``database is locked`` without waiting, whatever the timeout (https://sqlite.org/isolation.html). Python's driver begins a
transaction before a write, but not before a ``SAVEPOINT``, which then starts by reading: ``airflow backfill create`` does so
for every run, while the scheduler already works on the one before.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Self

SAVEPOINT = "SAVEPOINT"


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, /, *parameters: Any) -> Self:
        if sql.startswith(SAVEPOINT) and not self.connection.in_transaction:
            super().execute("BEGIN IMMEDIATE")
        return super().execute(sql, *parameters)


class ImmediateConnection(sqlite3.Connection):
    """Waits for the write lock where a savepoint begins a transaction, instead of failing at its first write."""

    def cursor(self, *_: Any) -> sqlite3.Cursor:  # type: ignore[override]  # SQLAlchemy asks for no factory
        """Return a cursor that begins such a transaction."""
        return super().cursor(_Cursor)


CONNECT_ARGS = {"factory": ImmediateConnection}
