"""One-time codes and whatever else is limited: issued, guessed, counted. The database decides who was in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Boolean, String, and_, bindparam, false, func, insert, select, update

from dialogue.effects import Guess, Issue, Spend
from dialogue.model import Need, Talk
from dialogue.needs import Codes, Sending
from storage.columns import Utc
from storage.database import Conflict, Tx, hold_key
from storage.prepared import Prepared, among
from storage.tables import challenges, spends
from storage.vault import Vault
from visits.otp import Challenge

FLOW = timedelta(hours=1)  # codes of one flow are counted as far back as this; the codes themselves are erased sooner


def _flow(talk: str, purpose: str, address: str) -> str:
    """Under which what was sent in one flow is counted."""
    return f"flow:{talk}:{purpose}:{address}"


def _recent(place: int) -> Any:
    return and_(spends.c.key == bindparam(f"key{place}"), spends.c.at > bindparam(f"since{place}", type_=Utc))


@cache
def _used(named: tuple[bool, ...]) -> Prepared:
    """Of each spend: how many there are; of one that is named: whether it is among them."""
    columns = []
    for place, with_name in enumerate(named):
        there = select(func.count()).where(_recent(place)).scalar_subquery()
        same = select(spends.c.id).where(_recent(place), spends.c.of == bindparam(f"of{place}", type_=String))
        columns += [there.label(f"there{place}"), (same.exists() if with_name else false()).label(f"same{place}")]
    return Prepared(lambda _dialect: select(*columns))


SPENT = Prepared(lambda _dialect: insert(spends), ("key", "of", "at"))


async def counted(tx: Tx, wanted: Sequence[Spend], now: datetime) -> list[dict[str, object]]:
    """The rows that count one more of each, to be written. Raises Conflict where one is too many. With `of`, the same
    thing again costs nothing."""
    if not wanted:
        return []
    asked: dict[str, object] = {}
    for place, what in enumerate(wanted):
        await hold_key(tx, what.key)
        since = now - timedelta(seconds=what.seconds)
        asked |= {f"key{place}": what.key, f"since{place}": since}
        if what.of:
            asked[f"of{place}"] = what.of
    (used,) = await _used(tuple(bool(what.of) for what in wanted)).rows(tx, asked)
    rows: list[dict[str, object]] = []
    for what, there, same in zip(wanted, used[::2], used[1::2], strict=True):
        if same:
            continue
        if there + sum(row["key"] == what.key for row in rows) >= what.count:
            raise Conflict(what.name)
        rows.append({"key": what.key, "of": what.of, "at": now})
    return rows


_same = and_(challenges.c.talk == bindparam("talk_"), challenges.c.purpose == bindparam("purpose_"))
ENDED = Prepared(lambda _dialect: update(challenges).where(_same).values(used=True))


async def tally(tx: Tx, wanted: Sequence[Spend], right: bool, now: datetime) -> None:
    """Count one more wrong answer of each; a right one costs nothing, but comes too late where one is too many."""
    rows = await counted(tx, wanted, now)
    if rows and not right:
        await SPENT.run(tx, rows)


async def issue(tx: Tx, vault: Vault, talk: Talk, effect: Issue, now: datetime) -> None:
    """The new code ends every older one of its talk and purpose. Its flow counts it, also when it is erased."""
    c = effect.challenge
    digest = vault.digest("address", c.address)
    flow: dict[str, object] = {"key": _flow(str(talk), c.purpose, digest), "of": c.id, "at": now}
    await SPENT.run(tx, [*await counted(tx, effect.spends, now), flow])
    await ENDED.run(tx, {"talk_": str(talk), "purpose_": c.purpose})
    row: dict[str, object] = {
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
    await ISSUED.run(tx, row)


ISSUED = Prepared(
    lambda _dialect: insert(challenges),
    ("id", "talk", "purpose", "address_hash", "sealed", "counter", "issued", "expires", "tries", "used"),
)
COMPARED = Prepared(
    lambda _dialect: (
        update(challenges)
        .where(
            challenges.c.id == bindparam("id_"),
            challenges.c.tries == bindparam("tries_"),
            challenges.c.tries < 5,
            challenges.c.used.is_(False),
            challenges.c.expires > bindparam("now_", type_=Utc),
        )
        .values(tries=challenges.c.tries + 1, used=bindparam("right_", type_=Boolean))
        .returning(challenges.c.id)
    )
)


async def guess(tx: Tx, effect: Guess, now: datetime) -> None:
    """One comparison: only if nobody compared since this step looked."""
    await tally(tx, effect.spends, effect.right, now)
    what = {"id_": effect.challenge, "tries_": effect.tries, "now_": now, "right_": effect.right}
    if not await COMPARED.rows(tx, what):
        raise Conflict("guess")


_since = bindparam("since", type_=Utc)
THEIRS = Prepared(
    lambda dialect: (
        select(challenges)
        .where(among(challenges.c.talk, "talks", dialect), challenges.c.issued > _since)
        .order_by(challenges.c.issued.desc(), challenges.c.id)
    )
)
FLOWN = Prepared(
    lambda dialect: (
        select(spends.c.key, func.count().label("sent"), func.max(spends.c.at).label("last"))
        .where(among(spends.c.key, "keys", dialect), spends.c.at > _since)
        .group_by(spends.c.key)
    )
)


async def sendings(tx: Tx, vault: Vault, wanted: Sequence[Codes], now: datetime) -> dict[Need[Any], Any]:
    """What was sent for each talk and address: the codes that are still kept, and how many there were in all."""
    rows = await THEIRS.rows(tx, {"talks": {str(need.talk) for need in wanted}, "since": now - FLOW})
    flows = {n: _flow(str(n.talk), n.purpose, vault.digest("address", n.address)) for n in dict.fromkeys(wanted)}
    found = await FLOWN.rows(tx, {"keys": flows.values(), "since": now - FLOW})
    counts = {row.key: row for row in found}
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
