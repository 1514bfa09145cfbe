"""The claim: which due messages a postman takes, in one statement for all channels.

The lease is the address's: addresses side by side, within one in order of (priority, id). Few of one address are taken
at once, such as what one press causes. A row names its channel, so that nothing is claimed for which there is no hand:
what is claimed and then lost in a crash has an unknown outcome.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from dialogue.model import Priority
from storage import in_order
from storage.columns import Utc
from storage.database import Tx
from storage.errands import Body, body_of
from storage.prepared import Prepared, among
from storage.tables import addresses, is_sending, is_waiting, outbox
from storage.vault import Vault

LEASE = timedelta(seconds=20)  # renewed by its process, which is dead when it is not
ALL = tuple(int(one) for one in Priority)
URGENT = tuple(one for one in ALL if one <= Priority.REPLY)
CHAIN = 4  # messages of one address; one of them counts to its pace
RANK = 2**40  # priority first, then the row's number; doubled, with one more bit: does it count to its chat's pace?
TWO = literal_column("2", BigInteger)


class Room(Struct, frozen=True):
    """How many of one channel's messages may be taken now; `patient` of them reminders and broadcasts."""

    hands: int
    patient: int


class Lease(NamedTuple):
    """An address, and the claim that has it."""

    address: str
    name: str


class Due(Struct, frozen=True):
    """One claimed message; `attempts` counts this one, `unsure` those before it whose end nobody knows. lease: the name
    of its claim. followed: more is due for its address than was claimed. paced: from when on the pace of its chat would
    have let it go."""

    id: int
    address: str
    channel: str
    key: str | None
    body: Body
    locale: str
    priority: Priority
    attempts: int
    unsure: int
    until: datetime | None
    due: datetime
    lease: str
    followed: bool = False
    paced: datetime | None = None


async def claim(tx: Tx, vault: Vault, now: datetime, rooms: Mapping[str, Room], lease: str) -> list[Due]:
    """Lease free addresses and take the first due messages of each, as many addresses as there is room for. On
    PostgreSQL one that another postman is just leasing is passed over. What can't be opened is dead, and holds up
    nobody. `lease` is the name of this claim, which no other has."""
    free = {name: room for name, room in rooms.items() if room.hands > 0}
    if not free:
        return []
    limits = {f"hands_{place}": room.hands for place, room in enumerate(free.values())}
    wanted = tuple((name, room.patient > 0) for name, room in free.items())
    ready = await _ready(wanted).rows(tx, {"now": now, **limits})
    chosen = {number: (row, followed) for row in _fitting(ready, rooms) for number, followed in _chain(row, now)}
    if not chosen:
        return []
    found, shut = [], []
    for row in await TAKEN.rows(tx, {"ids": list(chosen)}):
        address, followed = chosen[row.id]
        body = body_of(vault, row)
        if not body:
            shut.append(row.id)
            continue
        found.append(
            Due(
                row.id,
                row.address,
                row.channel,
                row.key,
                body,
                address.locale,
                Priority(row.priority),
                row.attempts,
                row.unsure,
                row.until,
                row.due,
                lease,
                followed,
                address.paced,
            )
        )
    if shut:
        await SHUT.run(tx, {"ids": shut, "at": now})
    if found:
        await LEASED.run(tx, {"hashes": list({due.address for due in found}), "lease_": lease, "end": now + LEASE})
    return sorted(found, key=lambda due: (due.priority, due.id))


def chains(claimed: Sequence[Due]) -> list[list[Due]]:
    """What goes to each address, in order."""
    found: dict[str, list[Due]] = {}
    for due in claimed:
        found.setdefault(due.address, []).append(due)
    return list(found.values())


def _chain(row: Any, now: datetime) -> list[tuple[int, bool]]:
    """(number, is more due?) of those to be taken of one address: no second that counts to its pace, since only what
    became of the first tells when that may go."""
    ranks = sorted(int(one) for one in row.urgent.split(",")) if row.waiting > 1 and row.urgent else [row.rank]
    counted = row.paced is not None and row.paced > now
    taken = []
    for rank in ranks[:CHAIN]:
        counts = rank % 2 == 1
        if counts and counted:
            break
        counted = counted or counts
        taken.append(rank // 2 % RANK)
    return [(number, row.waiting > len(taken)) for number in taken]


async def renew(tx: Tx, held: Collection[Lease], now: datetime) -> None:
    """Keep these leases, but for what has run out."""
    if held:
        values = {"hashes": sorted({one.address for one in held}), "leases": sorted({one.name for one in held})}
        await in_order.hold(tx, values["hashes"])
        await RENEWED.run(tx, {**values, "now": now, "end": now + LEASE})


def _fitting(rows: Sequence[Any], rooms: Mapping[str, Room]) -> list[Any]:
    """Those for which there are hands. The patient stand last in each channel: who is left out hides nobody."""
    patient = {name: room.patient for name, room in rooms.items()}
    kept = []
    for row in rows:
        if row.rank // 2 // RANK not in URGENT:
            patient[row.channel] -= 1
            if patient[row.channel] < 0:
                continue
        kept.append(row)
    return kept


async def put_back(tx: Tx, claimed: Sequence[Due]) -> None:
    """Of claims of which it is not known whether they were committed: where they were, the rows wait again as if
    untried."""
    if not claimed:
        return
    hashes = [one.address for one in claimed]
    await in_order.hold(tx, hashes)  # a commit that is still under way is waited for
    rows = await tx.execute(select(addresses.c.hash, addresses.c.lease).where(addresses.c.hash.in_(hashes)))
    leases = {row.hash: row.lease for row in rows}
    ours = [one for one in claimed if leases.get(one.address) == one.lease]
    ids = [one.id for one in ours]
    again = update(outbox).where(outbox.c.id.in_(ids), outbox.c.status == "sending")
    await tx.execute(again.values(status="waiting", attempts=outbox.c.attempts - 1))
    free = addresses.c.hash.in_({one.address for one in ours})
    await tx.execute(update(addresses).where(free).values(lease_until=None))


@cache
def _ready(channels: tuple[tuple[str, bool], ...]) -> Prepared:
    """The free addresses of these channels that something urgent, or anything at all, is due for, each channel with a
    limit of its own."""
    arms = [_arm(name, f"hands_{place}", patient) for place, (name, patient) in enumerate(channels)]
    return Prepared(lambda _dialect: union_all(*(select(arm.subquery()) for arm in arms)))


def _arm(channel: str, hands: str, patient: bool) -> Any:
    now, name = bindparam("now", type_=Utc), literal_column(f"'{channel}'", String)
    rank = (outbox.c.priority * literal_column(str(RANK), BigInteger) + outbox.c.id) * TWO + cast(
        outbox.c.counts, Integer
    )
    first = (
        select(
            outbox.c.address,
            func.min(rank).label("rank"),
            func.count().label("waiting"),
            func.aggregate_strings(cast(_urgent(rank), String), ",").label("urgent"),
        )
        .where(
            is_waiting,
            outbox.c.channel == name,
            outbox.c.priority.in_([literal_column(str(one)) for one in (ALL if patient else URGENT)]),
            outbox.c.due <= now,
        )
        .group_by(outbox.c.address)
        .subquery()
    )
    # What a dead process had on its way is seen to first, by `recover`: the next message would overtake it.
    left = select(outbox.c.id).where(outbox.c.address == addresses.c.hash, is_sending).exists()
    free = or_(addresses.c.lease_until.is_(None), and_(addresses.c.lease_until <= now, ~left))
    rested = or_(addresses.c.not_before.is_(None), addresses.c.not_before <= now)
    paced = or_(first.c.rank % TWO == literal_column("0"), addresses.c.paced.is_(None), addresses.c.paced <= now)
    return (
        select(
            name.label("channel"),
            addresses.c.locale,
            addresses.c.paced,
            first.c.rank,
            first.c.waiting,
            first.c.urgent,
        )
        .join(first, first.c.address == addresses.c.hash)
        .where(free, rested, paced)
        .order_by(first.c.rank)
        .limit(bindparam(hands, type_=Integer))
        .offset(literal_column("0"))  # SQLAlchemy's SQLite has one anyway, without a name
        .with_for_update(of=addresses, skip_locked=True)
    )


def _urgent(rank: Any) -> Any:
    """None for what may wait, of which there can be very many."""
    return case((outbox.c.priority <= literal_column(str(int(Priority.REPLY))), rank))


WANTED = ("id", "address", "channel", "key", "sealed", "priority", "attempts", "unsure", "until", "due")
TAKEN = Prepared(
    lambda dialect: (
        update(outbox)
        .where(among(outbox.c.id, "ids", dialect), is_waiting)
        .values(status="sending", attempts=outbox.c.attempts + 1)
        .returning(*(outbox.c[name] for name in WANTED))
    )
)
SHUT = Prepared(
    lambda dialect: (
        update(outbox)
        .where(among(outbox.c.id, "ids", dialect))
        .values(status="dead", error="it can't be opened", settled=bindparam("at", type_=Utc))
    )
)


def _leased(dialect: str) -> Update:
    there = among(addresses.c.hash, "hashes", dialect)
    return update(addresses).where(there).values(lease_until=bindparam("end", type_=Utc))


LEASED = Prepared(lambda dialect: _leased(dialect).values(lease=bindparam("lease_")))
RENEWED = Prepared(
    lambda dialect: _leased(dialect).where(
        among(addresses.c.lease, "leases", dialect), addresses.c.lease_until > bindparam("now", type_=Utc)
    )
)
