"""Leases: what one of several processes may do at a time (poll, seal, keep deadlines). An expired one is anybody's."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select

from storage.database import Tx, hold_key, insert_for
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


async def take_part(tx: Tx, kind: str, holder: str, now: datetime, seconds: float) -> int:
    """Say for `seconds` more that this process takes part in something; how many do, this one counted. One at a time,
    so that of two that begin together the second knows of the first."""
    await hold_key(tx, f"lease:{kind}")
    await take(tx, f"{kind}:{holder}", holder, now, seconds)
    all_of_them = leases.c.name.startswith(f"{kind}:", autoescape=True)
    await tx.execute(delete(leases).where(all_of_them, leases.c.until <= now))
    return int((await tx.execute(select(func.count()).where(all_of_them))).scalar_one())


async def void(tx: Tx) -> None:
    """At the start of the only process there can be: whoever held one is gone."""
    await tx.execute(delete(leases))


async def give_back(tx: Tx, holder: str) -> None:
    """At the end of a process: the next one needn't wait."""
    await tx.execute(delete(leases).where(leases.c.holder == holder))
