"""Engine and transactions. SQLite: one connection, BEGIN IMMEDIATE, and synchronous=FULL unless it is asked not to."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from storage import driver, wire
from storage.lost import Lost, held, lost, why

Tx = AsyncConnection

BUSY = f"busy_timeout={driver.BUSY}"
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL loses acknowledged commits when the power fails
    "foreign_keys=ON",
    BUSY,
    "secure_delete=ON",
    "temp_store=MEMORY",
    # Pages: 16 MB. What is folded into the file is written twice and waited for, while nothing else is committed.
    "wal_autocheckpoint=4000",
)


class Conflict(Exception):
    """The database refused what a step asked for: somebody was faster, or a limit is reached."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Database:
    """One engine. A pool of one on SQLite: a second writer only waits, or fails with "database is locked"."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"hide_parameters": True}
        if self.sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            options |= {
                "poolclass": AsyncAdaptedQueuePool,
                "pool_size": 1,
                "max_overflow": 0,
                "pool_timeout": 60,
            }
        else:
            options["connect_args"] = {"timeout": wire.SILENT}
        self._unwaited = self._on_disk = 0  # transactions that didn't wait for the disk, and those of them on it
        self._syncing = asyncio.Lock()
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        if self.sqlite:
            event.listen(self.engine.sync_engine, "do_connect", driver.connect)
            event.listen(self.engine.sync_engine, "connect", _prepare)
            event.listen(self.engine.sync_engine, "begin", _begin_immediate)
        else:
            event.listen(self.engine.sync_engine, "connect", wire.watched)
            event.listen(self.engine.sync_engine, "checkout", _known_alive)

    @asynccontextmanager
    async def begin(self, synced: bool = True) -> AsyncIterator[Tx]:
        """A transaction that writes: committed at the end, rolled back on any exception. Raises Lost. synced=False:
        SQLite doesn't wait for the disk. A killed process loses nothing by it, a power cut all since the last commit
        that was waited for, or `sync`."""
        reached = False
        try:
            async with self._connected(synced) as connection, connection.begin():
                reached = True
                yield connection
        except Exception as error:
            if not (held(error) if self.sqlite else lost(error, reached)):
                raise
            raise Lost(why(error, reached)) from error

    @asynccontextmanager
    async def _connected(self, synced: bool) -> AsyncIterator[AsyncConnection]:
        async with self.engine.connect() as connection:
            if synced or not self.sqlite:
                yield connection
                return
            with driver.unsynced(await connection.get_raw_connection()):
                yield connection
            self._unwaited += 1

    async def sync(self) -> None:
        """What was committed without waiting for the disk is on it when this returns. Others commit meanwhile."""
        async with self._syncing:
            upto = self._unwaited
            if upto > self._on_disk:
                await asyncio.to_thread(driver.to_disk, f"{self.url.database}-wal")
                self._on_disk = upto

    async def fold(self) -> None:
        """SQLite: the write-ahead log goes into the file and is emptied, so that what was erased is not left in it. A
        backup that reads isn't waited for, the next time folds: the bot would stand still meanwhile."""
        if self.sqlite:
            async with self.engine.connect() as connection:
                await driver.fold(await connection.get_raw_connection())

    async def close(self) -> None:
        await self.engine.dispose()

    def describe(self) -> str:
        """For logs: the address without a password."""
        return self.url.render_as_string(hide_password=True)


@asynccontextmanager
async def attempt(tx: Tx) -> AsyncIterator[None]:
    """What is undone by itself when it raises; the transaction goes on."""
    if tx.dialect.name == "postgresql":
        async with tx.begin_nested():
            yield
        return
    with driver.savepoint(tx):
        yield


def _known_alive(connection: Any, _record: Any, _proxy: Any) -> None:
    """What ended while it lay in the pool is seen by the driver. To ask the server each time would take round trips."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    connection.connection.dbapi_connection.begin()


def sqlite_version() -> tuple[int, int, int]:
    return sqlite3.sqlite_version_info[:3]


def insert_for(tx: Tx) -> Any:
    """The dialect's INSERT that knows ON CONFLICT."""
    dialect: Dialect = tx.dialect
    return postgresql.insert if dialect.name == "postgresql" else sqlite.insert


async def hold_key(tx: Tx, key: str) -> None:
    """PostgreSQL: whoever counts the same thing waits until this transaction ends. SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
