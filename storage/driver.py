"""SQLite's statements run on the event loop itself: one takes less time than to hand it to a thread and back.

What waits for the disk or for another process stays on aiosqlite's thread: BEGIN IMMEDIATE, COMMIT, checkpoints.
"""

from collections import deque
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
)


async def _nothing() -> None:
    """SQLAlchemy wants to see that a driver waits for something."""


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """As SQLAlchemy's own, which goes to the thread four times a statement."""

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self.await_(_nothing())
        cursor = self._connection._conn.execute(operation, parameters or ())
        self.description = cursor.description
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        if cursor.description:
            self._rows = deque(cursor.fetchall())
        cursor.close()

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        self.await_(_nothing())
        cursor = self._connection._conn.executemany(operation, seq_of_parameters)
        self.description = None
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class Connection(AsyncAdapt_aiosqlite_connection):
    def cursor(self, server_side: bool = False) -> AsyncAdapt_aiosqlite_cursor:
        return super().cursor(server_side) if server_side else Cursor(self)


def connect(dialect: Dialect, _record: Any, args: Any, options: dict[str, Any]) -> Connection:
    """For SQLAlchemy's event `do_connect`."""
    made = dialect.connect(*args, **options | {"check_same_thread": False})
    assert isinstance(made, AsyncAdapt_aiosqlite_connection)
    return Connection(made.dbapi, made._connection)
