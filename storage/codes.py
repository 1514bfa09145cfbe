"""One-time codes and whatever else is limited: issued, guessed, counted. The database decides who was in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, select, update

from dialogue.effects import Guess, Issue, Spend
from dialogue.model import Need, Talk
from dialogue.needs import Codes, Sending
from storage.database import Conflict, Tx, hold_key
from storage.tables import challenges, spends
from storage.vault import Vault
from visits.otp import Challenge

FLOW = timedelta(hours=1)  # codes of one flow are counted as far back as this; the codes themselves are erased sooner


def _flow(talk: str, purpose: str, address: str) -> str:
    """Under which what was sent in one flow is counted."""
    return f"flow:{talk}:{purpose}:{address}"


async def spend(tx: Tx, what: Spend, now: datetime, write: bool = True) -> None:
    """Count one more, unless that is too many. With `of`, the same thing again costs nothing."""
    await hold_key(tx, what.key)
    recent = and_(spends.c.key == what.key, spends.c.at > now - timedelta(seconds=what.seconds))
    if what.of and (await tx.execute(select(spends.c.id).where(recent, spends.c.of == what.of).limit(1))).first():
        return
    used = (await tx.execute(select(func.count()).where(recent))).scalar_one()
    if used >= what.count:
        raise Conflict(what.name)
    if write:
        await tx.execute(insert(spends).values(key=what.key, of=what.of, at=now))


async def issue(tx: Tx, vault: Vault, talk: Talk, effect: Issue, now: datetime) -> None:
    """The new code ends every older one of its talk and purpose. Its flow counts it, also when it is erased."""
    for one in effect.spends:
        await spend(tx, one, now)
    c = effect.challenge
    digest = vault.digest("address", c.address)
    await tx.execute(insert(spends).values(key=_flow(str(talk), c.purpose, digest), of=c.id, at=now))
    same = and_(challenges.c.talk == str(talk), challenges.c.purpose == c.purpose)
    await tx.execute(update(challenges).where(same).values(used=True))
    await tx.execute(
        insert(challenges).values(
            id=c.id,
            talk=str(talk),
            purpose=c.purpose,
            address_hash=digest,
            sealed=vault.seal(f"challenge:{c.id}", c.address.encode()),
            counter=c.counter,
            issued=c.issued,
            expires=c.expires,
            tries=0,
            used=False,
        )
    )


async def guess(tx: Tx, effect: Guess, now: datetime) -> None:
    """One comparison: only if nobody compared since this step looked."""
    for one in effect.spends:
        await spend(tx, one, now, write=not effect.right)
    done = await tx.execute(
        update(challenges)
        .where(
            challenges.c.id == effect.challenge,
            challenges.c.tries == effect.tries,
            challenges.c.tries < 5,
            challenges.c.used.is_(False),
            challenges.c.expires > now,
        )
        .values(tries=challenges.c.tries + 1, used=effect.right)
    )
    if done.rowcount != 1:
        raise Conflict("guess")


async def sendings(tx: Tx, vault: Vault, wanted: Sequence[Codes], now: datetime) -> dict[Need[Any], Any]:
    """What was sent for each talk and address: the codes that are still kept, and how many there were in all."""
    talks = {str(need.talk) for need in wanted}
    kept = select(challenges).where(challenges.c.talk.in_(talks), challenges.c.issued > now - FLOW)
    rows = (await tx.execute(kept.order_by(challenges.c.issued.desc(), challenges.c.id))).all()
    flows = {n: _flow(str(n.talk), n.purpose, vault.digest("address", n.address)) for n in dict.fromkeys(wanted)}
    counted = select(spends.c.key, func.count().label("sent"), func.max(spends.c.at).label("last"))
    recent = spends.c.key.in_(flows.values()) & (spends.c.at > now - FLOW)
    counts = {row.key: row for row in await tx.execute(counted.where(recent).group_by(spends.c.key))}
    out: dict[Need[Any], Any] = {}
    for need, flow in flows.items():
        sent = [
            Challenge(row.id, row.purpose, need.address, row.counter, row.issued, row.expires, row.tries, row.used)
            for row in rows
            if _flow(row.talk, row.purpose, row.address_hash) == flow
        ]
        count = counts.get(flow)
        newest, older = sent[0] if sent else None, tuple(sent[1:])
        out[need] = Sending(newest, older, count.sent if count else 0, count.last if count else None)
    return out
