"""How much waits, read from the database by its indexes, at most once a second for all who ask."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from msgspec import Struct
from sqlalchemy import and_, func, select
from sqlalchemy.exc import SQLAlchemyError

from dialogue.model import Priority
from scheduler.hands import HANDS
from storage.database import Database, Tx
from storage.tables import inbox, is_lost, is_waiting, outbox

log = structlog.get_logger("mulakat.figures")

FRESH = 1.0  # seconds
PATIENCE = 2.0  # seconds that the database has
LATELY = timedelta(hours=1)
CHANNELS = tuple(HANDS)
PRIORITIES = tuple(int(one) for one in Priority)


class Figures(Struct, frozen=True):
    """`waiting`, `due`: how many; `waits`, `overdue`: seconds of the oldest of them. `lost`: messages given up, or of
    unknown outcome, within the last hour."""

    waiting: int
    waits: float
    due: int
    overdue: float
    lost: int


async def read(tx: Tx, now: datetime) -> Figures:
    """As it is now."""
    open_ = inbox.c.handled.is_(None)
    waiting, first = (await tx.execute(select(func.count(), func.min(inbox.c.id)).where(open_))).one()
    came = None
    if first is not None:
        came = (await tx.execute(select(inbox.c.at).where(inbox.c.id == first))).scalar_one_or_none()
    sorts = and_(outbox.c.channel.in_(CHANNELS), outbox.c.priority.in_(PRIORITIES))  # what the index begins with
    late = and_(is_waiting, sorts, outbox.c.due <= now)
    due, oldest = (await tx.execute(select(func.count(), func.min(outbox.c.due)).where(late))).one()
    lost = and_(outbox.c.settled > now - LATELY, is_lost)
    gone = (await tx.execute(select(func.count()).where(lost))).scalar_one()
    return Figures(waiting, _since(came, now), due, _since(oldest, now), gone)


def _since(then: datetime | None, now: datetime) -> float:
    return max((now - then).total_seconds(), 0.0) if then else 0.0


class Reader:
    """Asks the database once, however many ask at the same time; a reading that takes too long goes on alone."""

    def __init__(
        self, db: Database, clock: Callable[[], datetime], seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.db = db
        self.clock = clock
        self.seconds = seconds
        self._asked: asyncio.Task[Figures | None] | None = None
        self._at = 0.0

    async def figures(self) -> Figures | None:
        """None when the database doesn't answer in time."""
        asked = self._asked
        if asked is None or (asked.done() and self.seconds() - self._at >= FRESH):
            self._at = self.seconds()
            asked = self._asked = asyncio.create_task(self._read())
        try:
            return await asyncio.wait_for(asyncio.shield(asked), PATIENCE)
        except TimeoutError:
            return None

    async def _read(self) -> Figures | None:
        try:
            async with self.db.begin() as tx:
                return await read(tx, self.clock())
        except (SQLAlchemyError, OSError):
            log.error("the database doesn't answer", exc_info=True)
            return None

    async def close(self) -> None:
        """Wait for a reading that is on its way."""
        if self._asked:
            await asyncio.wait({self._asked}, timeout=PATIENCE)
