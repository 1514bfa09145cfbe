"""PostgreSQL's wire: a server that says nothing any more, since its machine or the way to it is gone, counts as lost.

TCP itself would wait for it a quarter of an hour. A statement that takes long is no silence: the server's machine
answers for it. docs/adr/0021-a-lost-database.md
"""

import socket
from typing import Any

SILENT = 20  # seconds

OPTIONS = (  # https://man7.org/linux/man-pages/man7/tcp.7.html; other systems have some of them
    ("TCP_KEEPIDLE", SILENT // 4),  # nothing came for so long: ask whether it is there,
    ("TCP_KEEPINTVL", SILENT // 4),  # and again,
    ("TCP_KEEPCNT", 3),  # so many times
    ("TCP_USER_TIMEOUT", SILENT * 1000),  # ms until something that was sent has to be acknowledged
)


def watched(connection: Any, _record: Any) -> None:
    """For SQLAlchemy's event `connect`. A socket in the file system is on this machine, and needs none of it."""
    there = socket_of(connection)
    if there.family == socket.AF_UNIX:
        return
    there.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in OPTIONS:
        if number := getattr(socket, name, None):
            there.setsockopt(socket.IPPROTO_TCP, number, value)


def socket_of(connection: Any) -> Any:
    """asyncpg shows it nowhere else; it is pinned."""
    return connection.driver_connection._transport.get_extra_info("socket")
