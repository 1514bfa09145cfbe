"""Leases: what one of several processes may do at a time (poll, seal, keep deadlines). An expired one is anybody's."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_

from storage.database import Tx, insert_for
from storage.tables import leases


async def take(tx: Tx, name: str, holder: str, now: datetime, seconds: float) -> bool:
    """Take it, or keep it for `seconds` more; false while another process holds it."""
    statement = insert_for(tx)(leases).values(name=name, holder=holder, until=now + timedelta(seconds=seconds))
    mine = or_(leases.c.until <= now, leases.c.holder == holder)
    change = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": statement.excluded.holder, "until": statement.excluded.until},
        where=mine,
    )
    return (await tx.execute(change)).rowcount == 1


async def void(tx: Tx) -> None:
    """At the start of the only process there can be: whoever held one is gone."""
    await tx.execute(delete(leases))


async def give_back(tx: Tx, holder: str) -> None:
    """At the end of a process: the next one needn't wait."""
    await tx.execute(delete(leases).where(leases.c.holder == holder))
