"""A PostgreSQL database of a test's own, made and thrown away beside the one that MULAKAT_TEST_POSTGRES names."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.engine import make_url

SERVER = os.environ.get("MULAKAT_TEST_POSTGRES", "")


@asynccontextmanager
async def fresh_database() -> AsyncIterator[str]:
    """The URL of an empty database."""
    server = make_url(SERVER)
    name = f"mulakat_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(server.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
