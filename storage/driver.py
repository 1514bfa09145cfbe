"""SQLite's statements run on the event loop itself: one takes less time than to hand it to a thread and back.

What waits for the disk or for another process is left to aiosqlite's thread: a COMMIT of something, and a BEGIN
IMMEDIATE that can't have the lock at once. docs/adr/0023-statements-on-the-loop.md
"""

import os
import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import aiosqlite
from sqlalchemy import Dialect
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import PoolProxiedConnection

BUSY = 10_000  # milliseconds that another process is waited for


async def _nothing() -> None:
    """SQLAlchemy wants to see that a driver waits for something."""


def execute(raw: sqlite3.Connection, operation: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
    """Every statement passes here, or below."""
    return raw.execute(operation, parameters)


def executemany(raw: sqlite3.Connection, operation: str, parameters: Sequence[Sequence[Any]]) -> sqlite3.Cursor:
    return raw.executemany(operation, parameters)


def sqlite_of(tx: AsyncConnection) -> sqlite3.Connection:
    """SQLite's own connection, under a transaction of SQLAlchemy's."""
    found = tx.sync_connection.connection.dbapi_connection if tx.sync_connection else None
    assert isinstance(found, Connection)
    return found._raw


@contextmanager
def savepoint(tx: AsyncConnection) -> Iterator[None]:
    """What is undone by itself when it raises."""
    raw = sqlite_of(tx)
    execute(raw, "SAVEPOINT attempt", ())
    try:
        yield
    except BaseException:
        execute(raw, "ROLLBACK TO attempt", ())
        raise
    finally:
        execute(raw, "RELEASE attempt", ())


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """As SQLAlchemy's own, which goes to the thread four times a statement."""

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self.await_(_nothing())
        cursor = execute(self._connection._conn, operation, parameters or ())
        self.description = cursor.description
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid or 0
        if cursor.description:
            self._rows = deque(cursor.fetchall())
        cursor.close()

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        self.await_(_nothing())
        cursor = executemany(self._connection._conn, operation, seq_of_parameters)
        self.description = None
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid or 0
        cursor.close()


class Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ("_changes",)

    def cursor(self, server_side: bool = False) -> AsyncAdapt_aiosqlite_cursor:
        return super().cursor(server_side) if server_side else Cursor(self)

    def begin(self) -> None:
        raw = self._raw
        self._changes = raw.total_changes
        raw.execute("PRAGMA busy_timeout=0")
        try:
            raw.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        finally:
            raw.execute(f"PRAGMA busy_timeout={BUSY}")
        self.await_(self._connection.execute("BEGIN IMMEDIATE"))

    def commit(self) -> None:
        if self._raw.total_changes == self._changes:
            self._raw.commit()
        else:
            super().commit()

    def rollback(self) -> None:
        """The pool asks for it each time a connection comes back, in case somebody had forgotten."""
        if self._raw.in_transaction:
            super().rollback()

    @property
    def _raw(self) -> sqlite3.Connection:
        raw: sqlite3.Connection = self._connection._conn
        return raw


def connect(dialect: Dialect, _record: Any, args: Any, options: dict[str, Any]) -> Connection:
    """For SQLAlchemy's event `do_connect`."""
    made = dialect.connect(*args, **options | {"check_same_thread": False})
    assert isinstance(made, AsyncAdapt_aiosqlite_connection)
    return Connection(made.dbapi, made._connection)


NORMAL = 1  # https://sqlite.org/pragma.html#pragma_synchronous


@contextmanager
def unsynced(connection: PoolProxiedConnection) -> Iterator[None]:
    """Commits in here don't wait for the disk."""
    raw = _raw(connection)._conn
    ((level,),) = raw.execute("PRAGMA synchronous").fetchall()
    raw.execute(f"PRAGMA synchronous={min(level, NORMAL)}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA synchronous={level}")


def to_disk(log: str) -> None:
    """What a commit with synchronous=FULL does with the write-ahead log, for those before it that didn't wait. SQLite
    keeps no lock on this file, so that closing it here takes none away (https://sqlite.org/howtocorrupt.html, 2.2)."""
    there = os.open(log, os.O_RDWR)
    try:
        getattr(os, "fdatasync", os.fsync)(there)  # macOS has only the other
    finally:
        os.close(there)


async def fold(connection: PoolProxiedConnection) -> None:
    """A checkpoint, on the thread; no reader is waited for. Every row is fetched: a statement left open would hold up
    commits."""
    raw = _raw(connection)
    await raw.execute_fetchall("PRAGMA busy_timeout=0")
    try:
        await raw.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        await raw.execute_fetchall(f"PRAGMA busy_timeout={BUSY}")


def _raw(connection: PoolProxiedConnection) -> aiosqlite.Connection:
    raw = connection.driver_connection
    assert isinstance(raw, aiosqlite.Connection)
    return raw
