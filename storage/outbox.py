"""The outbox from the postman's side: what a crash left, what each try came to, and what is said no more.

`claims.py` takes what is due.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Exists, Integer, Update, and_, bindparam, case, delete, func, or_, select, update

from dialogue.model import Chat, Message, Priority
from storage import in_order
from storage.columns import Utc
from storage.database import Tx, insert_for
from storage.errands import address_of, body_of, seal_body
from storage.prepared import Prepared, among
from storage.tables import addresses, is_sending, is_waiting, jails, outbox, visitors
from storage.vault import Vault

TRIES = 8  # then a message is dead: with the postman's back-off some hours after the first try


async def recover(
    tx: Tx, now: datetime, void_leases: bool, mine: Collection[int] = (), leases: Collection[str] = ()
) -> None:
    """What was on its way when a process ended has an unknown outcome: codes, decisions and replies are repeated once,
    reminders and broadcasts are not. `void_leases`: this is the only process, nobody else can hold one. `mine`: rows of
    which this process knows better; `leases`: the names of its claims."""
    if void_leases:
        others = or_(addresses.c.lease.is_(None), addresses.c.lease.not_in(leases))
        void = update(addresses).where(addresses.c.lease_until.is_not(None), others)
        await tx.execute(void.values(lease_until=None))
    lost = is_sending & outbox.c.id.not_in(mine)
    if not void_leases:
        held = select(addresses.c.hash).where(addresses.c.hash == outbox.c.address, addresses.c.lease_until > now)
        lost &= ~held.exists()
    again = (outbox.c.priority <= int(Priority.REPLY)) & (outbox.c.unsure == 0)
    await tx.execute(update(outbox).where(lost & again).values(status="waiting", unsure=1))
    await tx.execute(update(outbox).where(lost).values(status="unsure", error="ended while sending", settled=now))


async def sent_as(tx: Tx, key: str) -> str | None:
    """The provider's id of the message once sent under this key."""
    found = await tx.execute(select(outbox.c.provider_id).where(outbox.c.key == key))
    return found.scalar_one_or_none() or None


# ---------------------------------------------------------------- settling


class Outcome(Struct):
    """What becomes of one try. status: sent, waiting (again at `due`), lapsed, dead or unsure. `rest`: the address
    rests until then, and what was turned away is not counted as a try. unsure: it may have arrived. said: it was a new
    message. moved_to: the chat has another address now (a group became a supergroup). paced: from when on its chat's
    pace lets the next one go. held: its address is not given back yet, the next of the same claim is on its way.
    attempt, lease: which try of it this was, and the claim that held its address."""

    id: int
    address: str
    attempt: int
    lease: str
    status: str
    provider_id: str = ""
    error: str = ""
    due: datetime | None = None
    rest: datetime | None = None
    unsure: bool = False
    to: Chat | None = None
    said: bool = False
    moved_to: Chat | None = None
    paced: datetime | None = None
    held: bool = False


async def settle(tx: Tx, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write what became of each, and give the addresses back. What others have tried again meanwhile, since they held
    this process for dead, is theirs; so is an address they hold."""
    if not outcomes:
        return
    await in_order.hold(tx, [one.address for one in outcomes if one.rest or not one.held])
    if ended := [_ended(one, now) for one in outcomes if one.status != "waiting"]:
        await ENDED.run(tx, ended)
    if again := [_again(one, now) for one in outcomes if one.status == "waiting"]:
        await AGAIN.run(tx, again)
    if rests := [{"address_": one.address, "rest_": one.rest} for one in outcomes if one.rest]:
        await RESTS.run(tx, rests)
    if given_back := [_given_back(one) for one in outcomes if not one.held]:
        await GIVEN_BACK.run(tx, given_back)


def _tried() -> Update:
    """One row, if nobody has tried it again meanwhile."""
    return update(outbox).where(
        outbox.c.id == bindparam("id_"),
        outbox.c.status == "sending",
        outbox.c.attempts == bindparam("attempt_", type_=Integer),
    )


ENDED = Prepared(
    lambda _dialect: _tried().values(
        status=bindparam("status_"),
        error=bindparam("error_"),
        settled=bindparam("settled_", type_=Utc),
        provider_id=bindparam("provider_"),
    )
)
AGAIN = Prepared(
    lambda _dialect: _tried().values(
        status="waiting",
        error=bindparam("error_"),
        due=bindparam("due_", type_=Utc),
        attempts=outbox.c.attempts - bindparam("uncounted", type_=Integer),
        unsure=outbox.c.unsure + bindparam("unsure_", type_=Integer),
    )
)
RESTS = Prepared(
    lambda _dialect: (
        update(addresses)
        .where(addresses.c.hash == bindparam("address_"))
        .values(not_before=bindparam("rest_", type_=Utc))
    )
)
GIVEN_BACK = Prepared(
    lambda _dialect: (
        update(addresses)
        .where(addresses.c.hash == bindparam("address_"))
        .values(
            lease_until=case((addresses.c.lease != bindparam("lease_"), addresses.c.lease_until)),
            paced=func.coalesce(bindparam("paced_", type_=Utc), addresses.c.paced),
        )
    )
)


def _ended(one: Outcome, now: datetime) -> dict[str, object]:
    return {
        "id_": one.id,
        "attempt_": one.attempt,
        "status_": one.status,
        "error_": one.error or None,
        "settled_": now,
        "provider_": one.provider_id or None,
    }


def _again(one: Outcome, now: datetime) -> dict[str, object]:
    return {
        "id_": one.id,
        "attempt_": one.attempt,
        "error_": one.error or None,
        "due_": one.due or now,
        "uncounted": int(one.rest is not None),
        "unsure_": int(one.unsure),
    }


def _given_back(one: Outcome) -> dict[str, object]:
    return {"address_": one.address, "lease_": one.lease, "paced_": one.paced}


async def readdress(tx: Tx, vault: Vault, old: Chat, new: Chat, refs: Sequence[str] | None = None) -> int:
    """What waits for the old address waits for the new one: all of it, or what is about these visits."""
    here, there = address_of(vault, old), address_of(vault, new)
    waiting = [outbox.c.address == here, is_waiting]
    if refs is not None:
        waiting.append(outbox.c.about.in_(refs))
    rows = await tx.execute(select(outbox).where(*waiting))
    locale = (await tx.execute(select(addresses.c.locale).where(addresses.c.hash == here))).scalar_one_or_none()
    known = insert_for(tx)(addresses).values(hash=there, locale=locale or "en")
    await tx.execute(known.on_conflict_do_nothing())
    count = 0
    for row in rows.all():
        body = body_of(vault, row)
        if body is None:
            continue
        sealed = seal_body(vault, there, replace(body, to=new))
        moved = {"address": there, "channel": new.channel, "sealed": sealed}
        await tx.execute(update(outbox).where(outbox.c.id == row.id).values(moved))
        count += 1
    return count


async def blank(tx: Tx, own: Sequence[str], about: Sequence[str]) -> None:
    """What was said is erased: all to these addresses, and all about these visits and visitors. What still waits is not
    touched: it is withdrawn, or was just written."""
    settled = outbox.c.status.not_in(("waiting", "sending"))
    for there in (outbox.c.address.in_(own), outbox.c.about.in_(about)):
        await tx.execute(delete(outbox).where(settled, there, outbox.c.key.is_(None)))
        await tx.execute(update(outbox).where(settled, there).values(sealed=None))


async def leave(tx: Tx, own: Sequence[str], locale: str) -> None:
    """Whose addresses these are has asked to be forgotten: they are kept no longer than the last words to them."""
    statement = insert_for(tx)(addresses)
    left = statement.on_conflict_do_update(index_elements=["hash"], set_={"erased": True})
    await tx.execute(left, [{"hash": address, "locale": locale, "erased": True} for address in sorted(own)])


async def come_back(tx: Tx, own: Sequence[str]) -> None:
    """Addresses that somebody registers are kept with what is said to them."""
    await in_order.hold(tx, own)
    await BACK.run(tx, {"own": own})


BACK = Prepared(
    lambda dialect: (
        update(addresses).where(among(addresses.c.hash, "own", dialect), addresses.c.erased).values(erased=False)
    )
)


async def forget_addresses(tx: Tx, vault: Vault, before: datetime, after: str, most: int) -> str:
    """An address of which no row tells any more is not remembered, unless it is a visitor's or a jail's. That of
    somebody who was erased goes with its last words, and its rows with it. Looked at are so many that come `after` the
    one that is named; the last of them, or "" where there are no more."""
    beyond = select(addresses.c.hash).where(addresses.c.hash > after).order_by(addresses.c.hash)
    last = (await tx.execute(beyond.offset(most - 1).limit(1))).scalar_one_or_none() or ""
    rows = select(outbox.c.id).where(outbox.c.address == addresses.c.hash)
    unused = or_(~rows.exists(), addresses.c.erased & ~rows.where(outbox.c.sealed.is_not(None)).exists())
    idle = or_(addresses.c.lease_until.is_(None), addresses.c.lease_until < before)
    bound = await tx.execute(select(jails.c.chat).where(jails.c.chat.is_not(None)).distinct())
    offices = [address_of(vault, Chat.of(row.chat)) for row in bound]
    stale = select(addresses.c.hash).where(idle, unused, ~_of_somebody(), addresses.c.hash.not_in(offices))
    near = stale.where(addresses.c.hash > after, *([addresses.c.hash <= last] if last else []))
    locked = list((await tx.execute(near.with_for_update(skip_locked=True))).scalars())
    if locked:
        # Asked again: what was written to them until they were locked shows now, and until the end nothing is.
        gone = list((await tx.execute(stale.where(addresses.c.hash.in_(locked)))).scalars())
        await tx.execute(delete(outbox).where(outbox.c.address.in_(gone)))
        await tx.execute(delete(addresses).where(addresses.c.hash.in_(gone)))
    return last


def _of_somebody() -> Exists:
    """Mobile or mailbox of a registered visitor: its language is kept."""
    mine = or_(visitors.c.mobile_hash == addresses.c.hash, visitors.c.email_hash == addresses.c.hash)
    return select(visitors.c.number).where(mine).exists()


def begins_with(prefix: str) -> ColumnElement[bool]:
    """Of a key, as a range: that is what its index answers. LIKE would look at every row."""
    return and_(outbox.c.key >= prefix, outbox.c.key < prefix + LAST)


LAST = "\U0010ffff"  # no letter comes after it


async def withdraw(tx: Tx, prefix: str, now: datetime) -> None:
    """Unsend: what still waits under keys that begin so is not sent any more."""
    begins = begins_with(prefix)
    await tx.execute(update(outbox).where(begins, is_waiting).values(status="withdrawn", settled=now))
    # What is on its way may arrive; if it doesn't, it is not tried again.
    await tx.execute(update(outbox).where(begins, is_sending).values(until=now))


class Copy(Struct, frozen=True):
    """One of the messages sent, or waiting, under a key and its `key:...`."""

    id: int
    key: str
    status: str
    due: datetime
    tried: bool


async def copies_of(tx: Tx, key: str) -> list[Copy]:
    """Every copy that a reader has, or will have: `card:REF`, `card:REF:2`."""
    here = or_(outbox.c.key == key, begins_with(key + ":"))
    rows = await tx.execute(
        select(outbox.c.id, outbox.c.key, outbox.c.status, outbox.c.due, outbox.c.attempts)
        .where(here, outbox.c.status.in_(("waiting", "sending", "sent")))
        .order_by(outbox.c.id.desc())
        .limit(100)
    )
    return [Copy(row.id, row.key, row.status, row.due, row.attempts > 0) for row in rows]


async def rewrite(tx: Tx, vault: Vault, id: int, message: Message) -> None:
    """A message that waits says something else when it goes out."""
    row = (await tx.execute(select(outbox).where(outbox.c.id == id))).one()
    body = body_of(vault, row)
    if body:
        sealed = seal_body(vault, row.address, replace(body, message=message))
        await tx.execute(update(outbox).where(outbox.c.id == id).values(sealed=sealed))


async def left_already(tx: Tx, prefix: str) -> bool:
    """Has any message under keys that begin so left, or is it on its way?"""
    begins = begins_with(prefix)
    left = or_(outbox.c.status.in_(("sending", "sent", "unsure")), outbox.c.unsure > 0)
    gone = select(outbox.c.id).where(begins, left).limit(1)
    return (await tx.execute(gone)).first() is not None


async def count_due(tx: Tx, now: datetime) -> int:
    owed = outbox.c.status.in_(("waiting", "sending")), outbox.c.due <= now
    return int((await tx.execute(select(func.count()).where(*owed))).scalar_one())
