"""One look at the whole database as it is at one moment, while others write: read-only, and in nobody's way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Tx


class NoDatabase(Exception):
    """There is nothing to look at."""


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Tx]:
    """SQLite: a second connection that can only read: it writes no page and no checkpoint, so that it is safe beside
    the bot with every version. PostgreSQL: REPEATABLE READ READ ONLY."""
    where = make_url(url)
    sqlite = where.get_backend_name() == "sqlite"
    engine = create_async_engine(_read_only(where) if sqlite else where, hide_parameters=True)
    if sqlite:
        event.listen(engine.sync_engine, "connect", _plain)
        event.listen(engine.sync_engine, "begin", _begin)
    try:
        async with engine.connect() as connection:
            if not sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with connection.begin():
                yield connection
    finally:
        await engine.dispose()


def _read_only(where: URL) -> URL:
    path = Path(where.database or "").absolute()
    if not path.is_file():
        raise NoDatabase(f"There is no database at {path}: look at MULAKAT_DATABASE_URL.")
    return where.set(database="file:" + quote(str(path)), query={"mode": "ro", "uri": "true"})


def _plain(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
