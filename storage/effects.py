"""What steps ask for, carried out. Plain rows go in sets; what has a condition is written alone, at a savepoint of its
own or in its own transaction.

The database decides every race: a statement that changes no row raises Conflict, and the turn is stepped again.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import and_, delete, exists, func, insert, select, update

from dialogue.effects import (
    Amend,
    Answer,
    Book,
    Coming,
    Delete,
    Edit,
    Effect,
    Enrol,
    Erase,
    Guess,
    Issue,
    Move,
    Note,
    Rebind,
    Send,
    Speak,
    Submit,
    Tally,
    Unsend,
    Watch,
)
from dialogue.model import Chat, Talk, Visitor
from storage import codes, errands, jails, notes, outbox
from storage.booking import book, move, submit
from storage.database import Conflict, Tx, insert_for
from storage.errands import address_of
from storage.people import visitor_of, visitor_row
from storage.prepared import Prepared, upsert
from storage.tables import addresses, challenges, erased, visitors, visits, watchers
from storage.vault import Vault

Alone = Enrol | Amend | Erase | Watch | Issue | Guess | Book | Submit | Move | Coming | Rebind | Tally | Unsend | Speak


Early = Issue | Guess | Tally | Book


def parted(effects: Iterable[Effect]) -> tuple[list[Effect], list[Effect]]:
    """(conditions that concern no message, all the rest): where the first are granted, the rest can go in a set."""
    early: list[Effect] = []
    rest: list[Effect] = []
    for effect in effects:
        (early if isinstance(effect, Early) else rest).append(effect)
    return early, rest


def stands_alone(effects: Iterable[Effect]) -> bool:
    """Has this turn a write with a condition, or one that must look first?"""
    return any(isinstance(effect, Alone) or _of_all_copies(effect) for effect in effects)


def _of_all_copies(effect: Effect) -> bool:
    return isinstance(effect, Edit) and bool(effect.key) and not effect.id


class Asked(Struct, frozen=True):
    """The effects of one talk's turn. `locale`: what the family speaks; a new address of theirs is written to in it."""

    talk: Talk
    effects: Sequence[Effect]
    locale: str = "en"

    def speaks(self, to: Chat) -> str:
        return self.locale if to == self.talk.chat or to.channel != self.talk.chat.channel else "en"


async def apply(tx: Tx, vault: Vault, turns: Sequence[Asked], now: datetime) -> None:
    """Every effect of these turns, in this transaction. Raises Conflict."""
    out: list[tuple[errands.Errand, str]] = []
    written: list[dict[str, object]] = []
    for asked in turns:
        for effect in asked.effects:
            match effect:
                case Edit() if _of_all_copies(effect):
                    out += [(copy, asked.speaks(effect.to)) for copy in await _copies(tx, vault, effect, now)]
                case Send() | Edit() | Delete() | Answer():
                    out.append((effect, asked.speaks(effect.to)))
                case Note(kind, data):
                    written.append(notes.row(str(asked.talk), kind, data, now))
                case _conditional:
                    await _alone(tx, vault, asked.talk, effect, now)
    await errands.write(tx, vault, out, now)
    if written:
        await notes.NOTED.run(tx, written)


async def _copies(tx: Tx, vault: Vault, effect: Edit, now: datetime) -> list[Edit]:
    """One edit for each copy that was sent; a copy that still waits simply says the new words when it goes out."""
    edits = []
    for copy in await outbox.copies_of(tx, effect.key or ""):
        if copy.status == "waiting" and effect.at is None:
            if copy.due <= now or copy.tried:
                await outbox.rewrite(tx, vault, copy.id, effect.message)
            continue
        name = f"{effect.name}:{copy.key}:{uuid.uuid4().hex[:8]}" if effect.name else None
        edits.append(replace(effect, key=copy.key, name=name))
    return edits


async def _alone(
    tx: Tx,
    vault: Vault,
    talk: Talk,
    effect: Alone,
    now: datetime,
) -> None:
    match effect:
        case Enrol():
            await _enrol(tx, vault, effect, now)
        case Issue():
            await codes.issue(tx, vault, talk, effect, now)
        case Guess():
            await codes.guess(tx, effect, now)
        case Book():
            await book(tx, vault, effect, now)
        case Move():
            await move(tx, vault, effect, now)
        case Amend(visitor):
            await _amend(tx, vault, visitor)
        case Erase(number):
            await _erase(tx, vault, number, now)
        case Watch(chat, jail):
            row = {"chat": str(chat), "jail": jail, "since": now}
            await tx.execute(insert_for(tx)(watchers).values(row).on_conflict_do_nothing())
        case Rebind(old, new):
            await outbox.readdress(tx, vault, old, new)
            await jails.moved(tx, old, new)
        case Tally(spend, right):
            await codes.tally(tx, (spend,), right, now)
        case Submit():
            await submit(tx, vault, effect, now)
        case Coming(ref):
            await tx.execute(update(visits).where(visits.c.ref == ref).values(coming=now))
        case Unsend(prefix, all_or_none):
            await outbox.withdraw(tx, prefix, now)  # first: what is just being claimed is waited for, and shows below
            if all_or_none and await outbox.left_already(tx, prefix):
                raise Conflict("told")
        case Speak(chats, locale):
            await _speak(tx, vault, chats, locale)
        case _never:
            assert_never(effect)


async def _enrol(tx: Tx, vault: Vault, effect: Enrol, now: datetime) -> None:
    row = visitor_row(vault, effect.visitor)
    await ENROLLED.run(tx, {**row, "created": now})
    await outbox.come_back(tx, [row["mobile_hash"], row["email_hash"], address_of(vault, effect.visitor.chat)])


ENROLLED = Prepared(lambda _dialect: insert(visitors).inline(), visitors.columns.keys())


async def _amend(tx: Tx, vault: Vault, visitor: Visitor) -> None:
    """Another chat, mobile or mailbox: what is still to be said about their visits goes there, not to the old one."""
    kept_row = (await tx.execute(select(visitors).where(visitors.c.number == visitor.number))).first()
    if kept_row is None:
        raise Conflict("erased")
    row = visitor_row(vault, visitor)
    await tx.execute(update(visitors).where(visitors.c.number == visitor.number).values(row))
    await outbox.come_back(tx, [row["mobile_hash"], row["email_hash"], address_of(vault, visitor.chat)])
    if row["mobile_hash"] != kept_row.mobile_hash:
        await _follow(tx, visitor.number, row["mobile_hash"])
    old = visitor_of(vault, kept_row)
    ways = [
        (old.chat, visitor.chat),
        (Chat("sms", old.mobile), Chat("sms", visitor.mobile)),
        (Chat("email", old.email), Chat("email", visitor.email)),
    ]
    changed = [(was, to) for was, to in ways if was != to]
    if changed:
        refs = [r.ref for r in await tx.execute(select(visits.c.ref).where(visits.c.visitor == visitor.number))]
        for was, to in changed:
            await outbox.readdress(tx, vault, was, to, refs)


async def _follow(tx: Tx, number: str, mobile_key: str) -> None:
    """Their requests go with them to another mobile. One stays behind: that for a prisoner for whom the other number
    has a live request too, as it had before they came to share it."""
    theirs = visits.alias()
    same = and_(theirs.c.mobile_key == mobile_key, theirs.c.prisoner_key == visits.c.prisoner_key)
    doubled = and_(visits.c.live.is_(True), exists().where(same, theirs.c.live.is_(True)))
    mine = and_(visits.c.visitor == number, ~doubled)
    await tx.execute(update(visits).where(mine).values(mobile_key=mobile_key))


async def _erase(tx: Tx, vault: Vault, number: str, now: datetime) -> None:
    """All that is kept about a visitor. A live request keeps them: the step gives those back first."""
    live = select(exists().where(visits.c.visitor == number, visits.c.live.is_(True)))
    if (await tx.execute(live)).scalar_one():
        raise Conflict("live_requests")
    row = (await tx.execute(select(visitors).where(visitors.c.number == number))).first()
    if row is None:
        raise Conflict("erased")
    refs = [r.ref for r in await tx.execute(select(visits.c.ref).where(visits.c.visitor == number))]
    own = [row.mobile_hash, row.email_hash]
    alone = select(func.count()).where(visitors.c.chat == row.chat)
    if (await tx.execute(alone)).scalar_one() == 1:
        await tx.execute(delete(watchers).where(watchers.c.chat == row.chat))
        await tx.execute(delete(challenges).where(challenges.c.talk.startswith(f"{row.chat}/", autoescape=True)))
        own.append(address_of(vault, Chat.of(row.chat)))
    await outbox.blank(tx, own, [*refs, number])
    await outbox.leave(tx, own, row.locale)
    await tx.execute(delete(visits).where(visits.c.visitor == number))
    await tx.execute(delete(visitors).where(visitors.c.number == number))
    tomb = insert_for(tx)(erased).values(hash=vault.digest("erased", number), at=now)
    await tx.execute(tomb.on_conflict_do_nothing())


async def _speak(tx: Tx, vault: Vault, chats: Sequence[Chat], locale: str) -> None:
    hashes = sorted(address_of(vault, chat) for chat in chats)
    await SPOKEN.run(tx, [{"hash": one, "locale": locale} for one in hashes])


SPOKEN = upsert(
    addresses,
    ("hash", "locale"),
    lambda insert: insert.on_conflict_do_update(index_elements=["hash"], set_={"locale": insert.excluded.locale}),
)
