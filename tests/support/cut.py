"""The scissors: all connections to a PostgreSQL database of a stage's own, ended at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from tests.support.postgres import plain, server
from tests.support.ready_made import on_postgresql
from tests.support.stage import Stage, staged


@dataclass(slots=True)
class Cut:
    """Ends all connections to the stage's database."""

    admin: Any
    database: str
    times: int = 0
    one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self) -> None:
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1"
        async with self.one:
            self.times += bool(await self.admin.fetchval(ended, self.database))


@asynccontextmanager
async def ground(folder: Path) -> AsyncIterator[tuple[Stage, Cut]]:
    admin = await asyncpg.connect(plain(server()))
    try:
        async with on_postgresql() as url, staged(folder, url) as stage:
            yield stage, Cut(admin, str(make_url(url).database))
    finally:
        await admin.close()
