"""SQLite: one process runs the bot on a database, and no second one beside it.

The second would take for left over what the first has on its way, and say it again
(docs/adr/0006-sqlite-one-connection.md).
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from sqlalchemy.engine import make_url

from channels.base import OperatorError

log = structlog.get_logger("mulakat")

PATIENCE = 12.0  # seconds: whoever was told to stop ends within ten
PAUSE = 0.2


@asynccontextmanager
async def alone(database_url: str) -> AsyncIterator[None]:
    """Until the end of it, or of the process. Raises OperatorError while another one runs."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for tried in range(int(PATIENCE / PAUSE)):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not tried:
                    log.warning("another process runs on this database", seconds=PATIENCE)
                await asyncio.sleep(PAUSE)
        else:
            raise OperatorError(
                f"Another process runs the bot on {url.database}, and on SQLite there is one. Stop that first; "
                "several processes need PostgreSQL (docs/operate.md)."
            )
        yield
    finally:
        os.close(file)
