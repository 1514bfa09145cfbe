"""The sweep: what outlived its time is erased. The times are `quality.md`'s, each a line of KEEPING."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, literal, update

from storage import seals
from storage.database import Database
from storage.outbox import forget_addresses
from storage.sessions import erase_unfinished
from storage.tables import challenges, inbox, outbox, slots, spends, visits
from storage.vault import Vault

log = structlog.get_logger("mulakat.sweep")

UNFINISHED = timedelta(hours=72)
CODES = timedelta(minutes=10)  # after they expire
SPENDS = timedelta(hours=25)  # the longest window they are counted in is 24 h
UNREADABLE = timedelta(days=7)
UPDATE_IDS = timedelta(days=30)
OUTBOX_BODIES = timedelta(days=7)
OUTBOX_ROWS = timedelta(days=180)  # of those with a key: told once, and a card is edited as long as its visit is kept
AUDIT = timedelta(days=400)
REQUESTS = timedelta(days=180)  # after the visit
ADDRESSES = 1_000  # looked at in one run: through a hundred thousand in less than two hours


class Sweep:
    """Run every minute by the metronome; each run takes a little."""

    def __init__(self, db: Database, vault: Vault, clock: Callable[[], datetime]) -> None:
        self.db = db
        self.vault = vault
        self.clock = clock
        self._looked = ""  # the address up to which they were looked through

    async def run(self) -> None:
        now = self.clock()
        async with self.db.begin() as tx:
            gone = await erase_unfinished(tx, self.vault, now - UNFINISHED)
            await tx.execute(delete(challenges).where(challenges.c.expires < now - CODES))
            await tx.execute(delete(spends).where(spends.c.at < now - SPENDS))
            await tx.execute(
                update(inbox)
                .where(
                    inbox.c.outcome == literal("unreadable", literal_execute=True), inbox.c.handled < now - UNREADABLE
                )
                .values(sealed=None)
            )
            await tx.execute(delete(inbox).where(inbox.c.handled < now - UPDATE_IDS))
            said = (outbox.c.settled < now - OUTBOX_BODIES, outbox.c.sealed.is_not(None))
            await tx.execute(delete(outbox).where(*said, outbox.c.key.is_(None)))
            await tx.execute(update(outbox).where(*said).values(sealed=None))
            # What was settled before then was written before then too, and for that there is an index.
            long_ago = now - OUTBOX_ROWS
            await tx.execute(delete(outbox).where(outbox.c.created < long_ago, outbox.c.settled < long_ago))
            looked = await forget_addresses(tx, self.vault, now, self._looked, ADDRESSES)
            await seals.purge(tx, self.vault, now - AUDIT)
            await tx.execute(delete(visits).where(visits.c.start < now - REQUESTS))
            await tx.execute(delete(slots).where(slots.c.start < now - REQUESTS))
        self._looked = looked
        await self.db.fold()
        if gone:
            log.info("unfinished answers erased", talks=gone)
