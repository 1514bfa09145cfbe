"""The end of a connection, as the other side sees it when a machine forgot it."""

import asyncio
import socket
import struct


def reset(transport: asyncio.Transport) -> None:
    """With RST, and not with FIN."""
    line = transport.get_extra_info("socket")
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
