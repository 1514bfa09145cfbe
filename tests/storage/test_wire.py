"""What says nothing any more counts as lost; PostgreSQL's own time-outs aren't needed for it."""

import asyncio
import socket

import pytest
from sqlalchemy import select

from storage import wire
from storage.database import Database
from storage.lost import Lost
from tests.support.postgres import fresh_database


@pytest.mark.postgres
async def test_tcp_asks_whether_the_server_is_there() -> None:
    async with fresh_database() as url:
        db = Database(url)
        try:
            async with db.begin() as tx:
                await tx.execute(select(1))
                pooled = await tx.get_raw_connection()
                there = wire.socket_of(pooled.dbapi_connection)
                assert there.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                found = {
                    name: there.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name, _value in wire.OPTIONS
                }
                assert found == dict(wire.OPTIONS)
        finally:
            await db.close()


async def test_a_server_that_never_greets_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SILENT", 0.2)
    held = list[asyncio.StreamWriter]()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    db = Database(f"postgresql+asyncpg://nobody@127.0.0.1:{server.sockets[0].getsockname()[1]}/none?ssl=disable")
    try:
        with pytest.raises(Lost, match="no answer came"):
            async with db.begin():
                pass
    finally:
        await db.close()
        for writer in held:
            writer.close()
        server.close()
