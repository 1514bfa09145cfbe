"""A PostgreSQL database of a test's own, made and thrown away beside the one that MULAKAT_TEST_POSTGRES names.

Where it names none, the tests that need one are skipped, and listed.
"""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import URL, make_url

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]  # for a test on each of them


def server() -> URL:
    """The one that is there for tests; without one the test is skipped."""
    named = os.environ.get("MULAKAT_TEST_POSTGRES", "")
    if not named:
        pytest.skip("no PostgreSQL: set MULAKAT_TEST_POSTGRES=postgresql+asyncpg://user@host/name")
    return make_url(named)


def plain(url: URL) -> str:
    """As asyncpg itself wants it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@asynccontextmanager
async def fresh_database(template: str = "") -> AsyncIterator[str]:
    """The URL of an empty database, or of a copy of a template."""
    there = server()
    name = f"mulakat_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(plain(there))
    try:
        await admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        try:
            yield there.set(database=name).render_as_string(hide_password=False)
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
