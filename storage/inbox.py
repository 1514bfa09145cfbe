"""Arrivals on disk: put before the channel is told, handled once, in the order of each talk."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Integer, Select, bindparam, func, select, update

from dialogue.model import Arrival
from storage.columns import Utc
from storage.database import Tx
from storage.prepared import Prepared, among, upsert
from storage.tables import inbox
from storage.vault import Vault, WrongKey


class Raw(Struct, frozen=True):
    """An update as it came. `talk` is "" when nobody's talk could be read from it; what could be is the arrival."""

    channel: str
    update_id: int
    talk: str
    body: bytes
    arrival: Arrival | None = None


class Waiting(Struct, frozen=True):
    """One that waits to be handled. arrival: where it was read in this very moment. body: None when it can't be opened,
    or needn't."""

    id: int
    channel: str
    update_id: int
    talk: str
    at: datetime
    body: bytes | None
    tries: int
    arrival: Arrival | None = None


async def put(tx: Tx, vault: Vault, raws: Iterable[Raw], now: datetime) -> None:
    """Keep each once; one that was seen before changes nothing. What is nobody's is kept as unreadable."""
    await _put(tx, [(raw, _sealed(vault, raw)) for raw in raws], now)


async def announce(tx: Tx, vault: Vault, raws: Iterable[Raw], now: datetime) -> None:
    """Put those that this transaction is to handle itself: without what they say, which need not be written then. What
    it does not handle it must `keep`."""
    await _put(tx, [(raw, None if raw.talk else _sealed(vault, raw)) for raw in raws], now)


async def keep(tx: Tx, vault: Vault, announced: Iterable[Raw]) -> None:
    """What those say that wait on, after all."""
    rows = [
        {"channel_": raw.channel, "update_": raw.update_id, "sealed_": _sealed(vault, raw)}
        for raw in announced
        if raw.talk
    ]
    if rows:
        await KEPT.run(tx, rows)


async def _put(tx: Tx, raws: Sequence[tuple[Raw, bytes | None]], now: datetime) -> None:
    rows = [
        {
            "channel": raw.channel,
            "update_id": raw.update_id,
            "talk": raw.talk,
            "at": now,
            "sealed": sealed,
            "handled": None if raw.talk else now,
            "outcome": None if raw.talk else "unreadable",
        }
        for raw, sealed in raws
    ]
    if rows:
        await PUT.run(tx, rows)


def _sealed(vault: Vault, raw: Raw) -> bytes:
    about = _about(raw.channel, raw.update_id)
    sealed = vault.seal(about, raw.body)
    if raw.arrival:
        vault.remember(about, sealed, raw.arrival)
    return sealed


PUT = upsert(
    inbox,
    ("channel", "update_id", "talk", "at", "sealed", "handled", "outcome"),
    lambda insert: insert.on_conflict_do_nothing(),
)


def _about(channel: str, update_id: int) -> str:
    return f"inbox:{channel}:{update_id}"


def _oldest(dialect: str) -> Select[tuple[int]]:
    first = (
        select(inbox.c.talk, func.min(inbox.c.id).label("id")).where(inbox.c.handled.is_(None)).group_by(inbox.c.talk)
    )
    chosen = (
        first.order_by(func.min(inbox.c.id))
        .limit(bindparam("most", type_=Integer))
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    ids = select(chosen.c.id)
    if dialect == "postgresql":
        ids = ids.where(func.pg_try_advisory_xact_lock(func.hashtextextended(chosen.c.talk, TALKS)))
    return ids


TALKS = 1  # a name space for advisory locks
OLDEST = Prepared(_oldest)
KEPT = Prepared(
    lambda _dialect: (
        update(inbox)
        .where(
            inbox.c.channel == bindparam("channel_"),
            inbox.c.update_id == bindparam("update_"),
            inbox.c.handled.is_(None),
            inbox.c.sealed.is_(None),
        )
        .values(sealed=bindparam("sealed_"))
    )
)
STILL = Prepared(
    lambda dialect: (
        select(inbox).where(among(inbox.c.id, "mine", dialect), inbox.c.handled.is_(None)).order_by(inbox.c.id)
    )
)
HANDLED = Prepared(
    lambda dialect: (
        update(inbox)
        .where(among(inbox.c.id, "ids", dialect))
        .values(handled=bindparam("now_", type_=Utc), outcome=bindparam("outcome_"), sealed=None)
    )
)


async def oldest(tx: Tx, vault: Vault, limit: int, announced: Iterable[Raw] = ()) -> list[Waiting]:
    """The oldest waiting arrival of each talk: that is the order within a talk. On PostgreSQL talks on which another
    process works are passed over. announced: by this transaction."""
    at_hand = {(raw.channel, raw.update_id): raw for raw in announced}
    mine = [row.id for row in await OLDEST.rows(tx, {"most": limit})]
    if not mine:
        return []
    # A statement of its own: what another process has handled between our look and our lock shows now.
    return [_waiting(vault, row, at_hand) for row in await STILL.rows(tx, {"mine": mine})]


def _waiting(vault: Vault, row: Any, at_hand: Mapping[tuple[str, int], Raw]) -> Waiting:
    arrival: Arrival | None = None
    body: bytes | None = None
    if row.sealed is not None:
        about = _about(row.channel, row.update_id)
        arrival = vault.recall(about, row.sealed)
        body = None if arrival else _opened(vault, about, row.sealed)
    elif raw := at_hand.get((row.channel, row.update_id)):
        arrival, body = raw.arrival, raw.body
    return Waiting(row.id, row.channel, row.update_id, row.talk, row.at, body, row.tries, arrival)


def _opened(vault: Vault, about: str, blob: bytes) -> bytes | None:
    try:
        return vault.open(about, blob)
    except WrongKey:
        return None


async def waits(tx: Tx, arrival: Waiting) -> bool:
    """Take one arrival, and its talk, for this transaction: false when it was handled meanwhile."""
    if tx.dialect.name == "postgresql":
        await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(arrival.talk, TALKS))))
    taken = await tx.execute(
        update(inbox).where(inbox.c.id == arrival.id, inbox.c.handled.is_(None)).values(tries=inbox.c.tries)
    )
    return taken.rowcount == 1


async def handled(tx: Tx, ids: Sequence[int], now: datetime, outcome: str = "done") -> None:
    """Mark and erase in one: the raw update goes as it is handled."""
    if ids:
        await HANDLED.run(tx, {"ids": ids, "now_": now, "outcome_": outcome})


async def failed(tx: Tx, id: int) -> None:
    await tx.execute(update(inbox).where(inbox.c.id == id).values(tries=inbox.c.tries + 1))


async def count_waiting(tx: Tx) -> int:
    found = await tx.execute(select(func.count()).where(inbox.c.handled.is_(None)))
    return int(found.scalar_one())
