"""This process's part of the rate that the server allows to all: each has a row that it renews, and counts the others'.

A newcomer sends nothing until those that were there before can have noticed it, so that the sum is never too much.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.rate import Rate
from storage import leases
from storage.database import Database

EVERY = 2.0  # seconds
GONE = 10.0  # seconds without renewing after which a process counts as dead
NOTICED = timedelta(seconds=3 * EVERY)


class Share:
    """`run` at the start, before anything is sent, and then at each beat."""

    def __init__(self, db: Database, rate: Rate, clock: Callable[[], datetime], holder: str) -> None:
        self.db = db
        self.rate = rate
        self.clock = clock
        self.holder = holder
        self._opens: datetime | None = None

    async def run(self) -> None:
        now = self.clock()
        async with self.db.begin() as tx:
            processes = await leases.take_part(tx, "post", self.holder, now, GONE)
        if self._opens is None:
            self._opens = now if processes == 1 else now + NOTICED
        self.rate.share(processes if now >= self._opens else 0)
