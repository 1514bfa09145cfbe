"""A database with its schema and every jail, made once in a process of tests: each test begins with a copy."""

import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import asyncpg

from operate.prepare import JAILS, claim_key, migrate
from storage import jails
from storage.database import Database
from storage.vault import Vault
from tests.support.postgres import fresh_database, plain, server

SECRET = bytes(range(32))

_template = f"mulakat_{uuid.uuid4().hex[:12]}"  # on PostgreSQL
_there = False


async def _furnish(url: str) -> None:
    db = Database(url)
    try:
        await migrate(db)
        async with db.begin() as tx:
            await claim_key(tx, Vault(SECRET))
            await jails.import_rows(tx, jails.read_csv(JAILS))
    finally:
        await db.close()


@cache
def _kept() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="mulakat-tests-")


async def on_sqlite(folder: Path) -> str:
    """The URL of a copy in this folder."""
    made = Path(_kept().name) / "mulakat.db"
    if not made.exists():
        await _furnish(f"sqlite+aiosqlite:///{made}")
    (folder / "data").mkdir(parents=True, exist_ok=True)
    shutil.copy(made, folder / "data")
    return f"sqlite+aiosqlite:///{folder}/data/mulakat.db"


@asynccontextmanager
async def on_postgresql() -> AsyncIterator[str]:
    """The URL of a copy, which is thrown away."""
    global _there
    if not _there:
        await _asked(f"CREATE DATABASE {_template}")
        _there = True
        await _furnish(server().set(database=_template).render_as_string(hide_password=False))
    async with fresh_database(_template) as url:
        yield url


async def thrown_away() -> None:
    """At the end of all tests."""
    if _there:
        await _asked(f"DROP DATABASE {_template} WITH (FORCE)")


async def _asked(words: str) -> None:
    admin = await asyncpg.connect(plain(server()))
    try:
        await admin.execute(words)
    finally:
        await admin.close()
