"""One-time codes and whatever else is limited: issued, guessed, counted. The database decides who was in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, and_, bindparam, func, insert, select, update

from dialogue.effects import Guess, Issue, Spend
from dialogue.model import Need, Talk
from dialogue.needs import Codes, Sending
from storage.columns import Utc
from storage.database import Conflict, Tx, hold_key
from storage.tables import challenges, spends
from storage.vault import Vault
from visits.otp import Challenge

FLOW = timedelta(hours=1)  # codes of one flow are counted as far back as this; the codes themselves are erased sooner


def _flow(talk: str, purpose: str, address: str) -> str:
    """Under which what was sent in one flow is counted."""
    return f"flow:{talk}:{purpose}:{address}"


_recent = and_(spends.c.key == bindparam("key_"), spends.c.at > bindparam("since", type_=Utc))
USED = select(func.count()).where(_recent)
COUNTED = select(spends.c.id).where(_recent, spends.c.of == bindparam("of_")).limit(1)
SPENT = insert(spends)


async def spend(tx: Tx, wanted: Sequence[Spend], now: datetime, write: bool = True) -> None:
    """Count one more of each, unless one is too many. With `of`, the same thing again costs nothing."""
    rows: list[dict[str, object]] = []
    for what in wanted:
        await hold_key(tx, what.key)
        recent = {"key_": what.key, "since": now - timedelta(seconds=what.seconds)}
        if what.of and (await tx.execute(COUNTED, recent | {"of_": what.of})).first():
            continue
        same = sum(row["key"] == what.key for row in rows)
        if (await tx.execute(USED, recent)).scalar_one() + same >= what.count:
            raise Conflict(what.name)
        rows.append({"key": what.key, "of": what.of, "at": now})
    if write and rows:
        await tx.execute(SPENT, rows)


_same = and_(challenges.c.talk == bindparam("talk_"), challenges.c.purpose == bindparam("purpose_"))
ENDED = update(challenges).where(_same).values(used=True)


async def issue(tx: Tx, vault: Vault, talk: Talk, effect: Issue, now: datetime) -> None:
    """The new code ends every older one of its talk and purpose. Its flow counts it, also when it is erased."""
    await spend(tx, effect.spends, now)
    c = effect.challenge
    digest = vault.digest("address", c.address)
    await tx.execute(SPENT, [{"key": _flow(str(talk), c.purpose, digest), "of": c.id, "at": now}])
    await tx.execute(ENDED, {"talk_": str(talk), "purpose_": c.purpose})
    row = {
        "id": c.id,
        "talk": str(talk),
        "purpose": c.purpose,
        "address_hash": digest,
        "sealed": vault.seal(f"challenge:{c.id}", c.address.encode()),
        "counter": c.counter,
        "issued": c.issued,
        "expires": c.expires,
        "tries": 0,
        "used": False,
    }
    await tx.execute(insert(challenges), [row])


COMPARED = (
    update(challenges)
    .where(
        challenges.c.id == bindparam("id_"),
        challenges.c.tries == bindparam("tries_"),
        challenges.c.tries < 5,
        challenges.c.used.is_(False),
        challenges.c.expires > bindparam("now_", type_=Utc),
    )
    .values(tries=challenges.c.tries + 1, used=bindparam("right_", type_=Boolean))
)


async def guess(tx: Tx, effect: Guess, now: datetime) -> None:
    """One comparison: only if nobody compared since this step looked."""
    await spend(tx, effect.spends, now, write=not effect.right)
    what = {"id_": effect.challenge, "tries_": effect.tries, "now_": now, "right_": effect.right}
    if (await tx.execute(COMPARED, what)).rowcount != 1:
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
