"""The ways in which the product is run: each database with each door to Telegram.

An ordinary run plays each story on one or two of them, `make prove` all of it on all four.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

import pytest

from tests.conftest import PROVE
from tests.support.postgres import fresh_database


@dataclass(frozen=True, slots=True)
class Way:
    database: str
    door: str

    def __str__(self) -> str:
        return f"{self.database}-{self.door}"


SQLITE_POLLING, SQLITE_WEBHOOK = Way("sqlite", "polling"), Way("sqlite", "webhook")
POSTGRES_POLLING, POSTGRES_WEBHOOK = Way("postgresql", "polling"), Way("postgresql", "webhook")
ALL = (SQLITE_POLLING, SQLITE_WEBHOOK, POSTGRES_POLLING, POSTGRES_WEBHOOK)


def ways(*ordinary: Way) -> list[object]:
    """As parameters of a test."""
    chosen = ALL if PROVE else ordinary
    marks = {"sqlite": (), "postgresql": (pytest.mark.postgres,)}
    return [pytest.param(way, id=str(way), marks=marks[way.database]) for way in chosen]


@asynccontextmanager
async def settings(way: Way) -> AsyncIterator[dict[str, str]]:
    """What a town that is run this way is set to."""
    chosen = webhook() if way.door == "webhook" else {}
    if way.database == "sqlite":
        yield chosen
        return
    async with fresh_database() as url:
        yield chosen | {"MULAKAT_DATABASE_URL": url}


def webhook(path: str = "") -> dict[str, str]:
    """With a port that was free just now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        at = f"127.0.0.1:{free.getsockname()[1]}"
    return {"MULAKAT_WEBHOOK_URL": f"http://{at}{path}", "MULAKAT_LISTEN": at}
