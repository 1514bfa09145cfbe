"""Seats and visits changed: each by a statement with its condition, so that the database decides who was first."""

from datetime import datetime

from sqlalchemy import and_, case, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from dialogue.effects import Book, Move, Submit
from dialogue.fast_json import dumps
from storage.database import Conflict, Tx, hold_key, insert_for
from storage.people import visit_of, visit_row
from storage.tables import slots, visits
from storage.vault import Vault
from visits.visit import LIVE, Status, can_move

TAKEN = "reference_taken"  # chance drew one that is there already: the next nonce gives another


async def book(tx: Tx, vault: Vault, effect: Book, now: datetime) -> None:
    """The seat first, by a conditional UPDATE over a CHECK; then the request, one live a visitor and prisoner."""
    v = effect.visit
    where = {"jail": v.jail, "kind": v.kind.value, "start": v.start}
    slot = insert_for(tx)(slots).values(**where, capacity=effect.capacity)
    new = slot.excluded.capacity  # the timetable's of today; never less than what is sold already
    seats = {"capacity": case((new > slots.c.taken, new), else_=slots.c.taken)}
    await tx.execute(slot.on_conflict_do_update(index_elements=list(where), set_=seats))
    here = and_(slots.c.jail == v.jail, slots.c.kind == v.kind.value, slots.c.start == v.start)
    seat = update(slots).where(here, slots.c.taken < slots.c.capacity).values(taken=slots.c.taken + 1)
    if (await tx.execute(seat)).rowcount != 1:
        raise Conflict("slot_full")
    await _few_open(tx, effect)
    row = visit_row(vault, v, dict(effect.details))
    keys = {"mobile_key": effect.mobile_key, "prisoner_key": effect.prisoner_key, "live": v.status in LIVE}
    keys["hold_until"] = effect.hold_until
    if await _live_already(tx, effect):
        raise Conflict("open_request")
    try:
        kept = await tx.execute(insert_for(tx)(visits).values(**row, **keys).on_conflict_do_nothing())
    except IntegrityError:  # no such visitor any more
        raise Conflict("erased") from None
    if kept.rowcount != 1:
        taken = (await tx.execute(select(exists().where(visits.c.ref == v.ref)))).scalar_one()
        raise Conflict(TAKEN if taken else "open_request")


async def _few_open(tx: Tx, effect: Book | Submit) -> None:
    """So many requests of one mobile may wait for an answer: against touts."""
    await hold_key(tx, f"open:{effect.mobile_key}")
    mine = and_(visits.c.mobile_key == effect.mobile_key, visits.c.status == Status.PENDING.value)
    waiting = (await tx.execute(select(func.count()).where(mine))).scalar_one()
    if waiting >= effect.caps.open_requests:
        raise Conflict("open_requests_mobile")
    others = and_(visits.c.mobile_key == effect.mobile_key, visits.c.hold_until.is_(None))
    asked_for = select(func.count(func.distinct(visits.c.prisoner_key))).where(
        others, visits.c.prisoner_key != effect.prisoner_key
    )
    if (await tx.execute(asked_for)).scalar_one() >= effect.caps.prisoners:
        raise Conflict("prisoners_mobile")


async def _live_already(tx: Tx, effect: Book | Submit) -> bool:
    """One live request for a prisoner, keyed on the phone and on the registration; this one itself left out."""
    same = or_(visits.c.mobile_key == effect.mobile_key, visits.c.visitor == effect.visit.visitor)
    other = and_(visits.c.live.is_(True), visits.c.ref != effect.visit.ref)
    found = select(exists().where(other, visits.c.prisoner_key == effect.prisoner_key, same))
    return bool((await tx.execute(found)).scalar_one())


async def submit(tx: Tx, vault: Vault, effect: Submit, now: datetime) -> None:
    """The held seat is kept: DRAFT to PENDING by compare-and-set, with all that was answered since."""
    v = effect.visit
    await _few_open(tx, effect)
    if await _live_already(tx, effect):
        raise Conflict("open_request")
    values = visit_row(vault, v, dict(effect.details)) | {
        "mobile_key": effect.mobile_key,
        "prisoner_key": effect.prisoner_key,
        "hold_until": None,
        "created": now,
    }
    same = and_(visits.c.ref == v.ref, visits.c.version == v.version - 1, visits.c.status == Status.DRAFT.value)
    if (await tx.execute(update(visits).where(same).values(values))).rowcount != 1:
        raise Conflict("moved")


async def move(tx: Tx, vault: Vault, effect: Move, now: datetime) -> None:
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
    if effect.to is Status.PENDING:  # a decision is undone: it has no decider any more
        values |= {"decided_by": None, "decided_name": None, "decided_at": None, "reason": None}
    same = and_(visits.c.ref == effect.ref, visits.c.version == effect.version, visits.c.status == effect.was.value)
    if effect.was not in LIVE and effect.to in LIVE and await _asked_again(tx, effect.ref):
        raise Conflict("open_request")
    moved = await tx.execute(update(visits).where(same).values(values).returning(visits))
    row = moved.first()
    if row is None:
        raise Conflict("moved")
    here = and_(slots.c.jail == row.jail, slots.c.kind == row.kind, slots.c.start == row.start)
    if effect.was in LIVE and effect.to not in LIVE:
        await tx.execute(update(slots).where(here).values(taken=slots.c.taken - 1))
    elif effect.was not in LIVE and effect.to in LIVE:  # a rejection is undone: its seat may be gone by now
        seat = update(slots).where(here, slots.c.taken < slots.c.capacity).values(taken=slots.c.taken + 1)
        if (await tx.execute(seat)).rowcount != 1:
            raise Conflict("slot_full")
    if effect.words or effect.to is Status.PENDING:
        visit, details = visit_of(vault, row)
        kept = {name: value for name, value in details.items() if name not in ("words", "coming", "held")}
        kept |= {"number": visit.prisoner.number} | ({"words": effect.words} if effect.words else {})
        sealed = vault.seal(f"visit:{row.ref}", dumps(kept))
        await tx.execute(update(visits).where(visits.c.ref == row.ref).values(sealed=sealed))


async def _asked_again(tx: Tx, ref: str) -> bool:
    """Has the family another live request for the same prisoner by now?"""
    old = visits.alias()
    same = and_(visits.c.mobile_key == old.c.mobile_key, visits.c.prisoner_key == old.c.prisoner_key)
    live = exists().where(old.c.ref == ref, same, visits.c.live.is_(True), visits.c.ref != ref)
    return bool((await tx.execute(select(live))).scalar_one())
