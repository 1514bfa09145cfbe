"""What steps ask for, carried out. Plain rows go in sets; a turn with a condition stands alone in its transaction.

The database decides every race: a statement that changes no row raises Conflict, and the turn is stepped again.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import and_, exists, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from dialogue.model import (
    Answer,
    Book,
    Chat,
    Delete,
    Edit,
    Effect,
    Enrol,
    Guess,
    Issue,
    Move,
    Note,
    Send,
    Speak,
    Spend,
    Talk,
    Unsend,
)
from storage import errands
from storage.database import Conflict, Tx, insert_for
from storage.errands import address_of
from storage.outbox import withdraw
from storage.people import visit_row, visitor_row
from storage.tables import addresses, challenges, notes, slots, spends, visitors, visits
from storage.vault import Vault
from visits.visit import LIVE, can_move

ALONE = (Enrol, Issue, Guess, Book, Move, Unsend, Speak)


def stands_alone(effects: Iterable[Effect]) -> bool:
    """Has this turn a write with a condition?"""
    return any(isinstance(effect, ALONE) for effect in effects)


@dataclass(frozen=True, slots=True)
class Asked:
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
                case Send() | Edit() | Delete() | Answer():
                    out.append((effect, asked.speaks(effect.to)))
                case Note(kind, data):
                    row = {"at": now, "talk": str(asked.talk), "kind": kind, "data": json.dumps(dict(data))}
                    written.append(row)
                case _conditional:
                    await _alone(tx, vault, asked.talk, effect, now)
    await errands.write(tx, vault, out, now)
    if written:
        await tx.execute(insert(notes), written)


async def _alone(
    tx: Tx,
    vault: Vault,
    talk: Talk,
    effect: Enrol | Issue | Guess | Book | Move | Unsend | Speak,
    now: datetime,
) -> None:
    match effect:
        case Enrol():
            await _enrol(tx, vault, effect, now)
        case Issue():
            await _issue(tx, vault, talk, effect, now)
        case Guess():
            await _guess(tx, effect, now)
        case Book():
            await _book(tx, vault, effect, now)
        case Move():
            await _move(tx, effect, now)
        case Unsend(prefix):
            await withdraw(tx, prefix, now)
        case Speak(chats, locale):
            await _speak(tx, vault, chats, locale)
        case _never:
            assert_never(effect)


async def _enrol(tx: Tx, vault: Vault, effect: Enrol, now: datetime) -> None:
    await tx.execute(insert(visitors).values(**visitor_row(vault, effect.visitor), created=now))


async def _speak(tx: Tx, vault: Vault, chats: Sequence[Chat], locale: str) -> None:
    statement = insert_for(tx)(addresses)
    change = statement.on_conflict_do_update(index_elements=["hash"], set_={"locale": statement.excluded.locale})
    await tx.execute(change, [{"hash": address_of(vault, chat), "locale": locale} for chat in chats])


# ---------------------------------------------------------------- codes


async def _hold_key(tx: Tx, key: str) -> None:
    """PostgreSQL: whoever counts the same thing waits until this transaction ends. SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


async def _spend(tx: Tx, spend: Spend, now: datetime, write: bool = True) -> None:
    """Count one more, unless that is too many. With `of`, the same thing again costs nothing."""
    await _hold_key(tx, spend.key)
    recent = and_(spends.c.key == spend.key, spends.c.at > now - timedelta(seconds=spend.seconds))
    if spend.of and (await tx.execute(select(spends.c.id).where(recent, spends.c.of == spend.of).limit(1))).first():
        return
    used = (await tx.execute(select(func.count()).where(recent))).scalar_one()
    if used >= spend.count:
        raise Conflict(spend.name)
    if write:
        await tx.execute(insert(spends).values(key=spend.key, of=spend.of, at=now))


async def _issue(tx: Tx, vault: Vault, talk: Talk, effect: Issue, now: datetime) -> None:
    """The new code ends every older one of its talk and purpose."""
    for spend in effect.spends:
        await _spend(tx, spend, now)
    c = effect.challenge
    same = and_(challenges.c.talk == str(talk), challenges.c.purpose == c.purpose)
    await tx.execute(update(challenges).where(same).values(used=True))
    await tx.execute(
        insert(challenges).values(
            id=c.id,
            talk=str(talk),
            purpose=c.purpose,
            address_hash=vault.digest("address", c.address),
            sealed=vault.seal(f"challenge:{c.id}", c.address.encode()),
            counter=c.counter,
            issued=c.issued,
            expires=c.expires,
            tries=0,
            used=False,
        )
    )


async def _guess(tx: Tx, effect: Guess, now: datetime) -> None:
    """One comparison: only if nobody compared since this step looked."""
    for spend in effect.spends:
        await _spend(tx, spend, now, write=not effect.right)
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


# ---------------------------------------------------------------- visits


async def _book(tx: Tx, vault: Vault, effect: Book, now: datetime) -> None:
    """The seat first, by a conditional UPDATE over a CHECK; then the request, one live a visitor and prisoner."""
    v = effect.visit
    where = {"jail": v.jail, "kind": v.kind.value, "start": v.start}
    await tx.execute(insert_for(tx)(slots).values(**where, capacity=effect.capacity).on_conflict_do_nothing())
    here = and_(slots.c.jail == v.jail, slots.c.kind == v.kind.value, slots.c.start == v.start)
    seat = update(slots).where(here, slots.c.taken < slots.c.capacity).values(taken=slots.c.taken + 1)
    if (await tx.execute(seat)).rowcount != 1:
        raise Conflict("slot_full")
    await _hold_key(tx, f"open:{effect.mobile_key}")
    mine = and_(visits.c.mobile_key == effect.mobile_key, visits.c.status == "PENDING")
    waiting = (await tx.execute(select(func.count()).where(mine))).scalar_one()
    if waiting >= effect.open_requests:
        raise Conflict("open_requests_mobile")
    row = visit_row(vault, v, dict(effect.details))
    keys = {"mobile_key": effect.mobile_key, "prisoner_key": effect.prisoner_key, "live": v.status in LIVE}
    if await _live_already(tx, effect):
        raise Conflict("open_request")
    try:
        await tx.execute(insert(visits).values(**row, **keys))
    except IntegrityError:
        raise Conflict("open_request") from None


async def _live_already(tx: Tx, effect: Book) -> bool:
    """One live request for a prisoner, keyed on the phone and on the registration."""
    same = or_(visits.c.mobile_key == effect.mobile_key, visits.c.visitor == effect.visit.visitor)
    found = select(exists().where(visits.c.live.is_(True), visits.c.prisoner_key == effect.prisoner_key, same))
    return bool((await tx.execute(found)).scalar_one())


async def _move(tx: Tx, effect: Move, now: datetime) -> None:
    """Compare-and-set along MOVES; a status that ends the visit gives its seat back in the same transaction."""
    if not can_move(effect.was, effect.to, effect.by):
        raise ValueError(f"{effect.was} -> {effect.to} by {effect.by} is not in MOVES")
    values: dict[str, object] = {
        "status": effect.to.value,
        "version": visits.c.version + 1,
        "live": effect.to in LIVE,
    }
    if effect.by == "staff":
        values |= {"decided_by": effect.actor, "decided_name": effect.name, "decided_at": now}
        values["reason"] = effect.reason
    same = and_(visits.c.ref == effect.ref, visits.c.version == effect.version, visits.c.status == effect.was.value)
    moved = await tx.execute(update(visits).where(same).values(values).returning(visits))
    row = moved.first()
    if row is None:
        raise Conflict("moved")
    if effect.was in LIVE and effect.to not in LIVE:
        here = and_(slots.c.jail == row.jail, slots.c.kind == row.kind, slots.c.start == row.start)
        await tx.execute(update(slots).where(here).values(taken=slots.c.taken - 1))
