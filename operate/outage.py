"""While the database is away: one looks for it, after pauses that grow, and all who were stopped by it go on then."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import select

from handlers.intake import unless
from storage.database import Database
from storage.lost import Lost

log = structlog.get_logger("mulakat.outage")

FIRST, LONGEST = 0.1, 5.0  # seconds between two looks: twice as long each time

Work = Callable[[], Awaitable[None]]


class Outage:
    """Around each loop and each beat of the metronome. Whatever else goes wrong in them is not its business."""

    def __init__(self, db: Database, stop: asyncio.Event) -> None:
        self.db = db
        self.stop = stop
        self._looking: asyncio.Task[None] | None = None

    @property
    def on(self) -> bool:
        return self._looking is not None and not self._looking.done()

    async def outlived(self, work: Work) -> None:
        """A loop, begun anew each time the database is back, until it's over or `stop` is set."""
        while True:
            try:
                return await work()
            except Lost:
                await self.over()
            if self.stop.is_set():
                return

    async def beat(self, job: Work) -> None:
        """A beat of the metronome, left out while the database is away: the next one comes."""
        if self.on:
            return
        try:
            await job()
        except Lost:
            self._look()

    async def over(self) -> None:
        """Wait until the database is back, or `stop` is set."""
        await asyncio.shield(self._look())

    def _look(self) -> asyncio.Task[None]:
        if self._looking is None or not self.on:
            self._looking = asyncio.create_task(self._until_back())
        return self._looking

    async def _until_back(self) -> None:
        pause = FIRST
        while True:
            log.warning("the database is away", seconds=pause)
            await unless(self.stop, asyncio.sleep(pause))
            try:
                if await unless(self.stop, self._there()):
                    log.warning("the database is back")
                    return
            except Lost:
                pause = min(pause * 2, LONGEST)
            if self.stop.is_set():
                return

    async def _there(self) -> bool:
        async with self.db.begin() as tx:
            await tx.execute(select(1))
        return True

    async def end(self) -> None:
        """`stop` is set: nobody looks any more."""
        if self._looking:
            await asyncio.gather(self._looking, return_exceptions=True)
