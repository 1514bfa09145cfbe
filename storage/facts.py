"""Reading what steps want: for a whole batch at once, one reader for each kind of need."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import and_, func, or_, select

from dialogue.model import House, Json, Need
from dialogue.needs import (
    AllOf,
    CardsLately,
    Codes,
    Companions,
    Fill,
    JailsLike,
    JailsNear,
    JailsOf,
    KnownPrisoners,
    Office,
    OfficesIn,
    OpenSlots,
    PendingIn,
    Registered,
    Request,
    RequestOf,
    RequestsOf,
    StaffOf,
    TodayIn,
    VisitorBy,
    Waiting,
)
from storage import codes
from storage import jails as kept_jails
from storage.database import Tx
from storage.errands import address_of
from storage.people import registered, requests, requests_named, visit_of, visitor_of
from storage.tables import jails, outbox, slots, visitors, visits
from storage.vault import Vault
from visits.atlas import Atlas, nearest
from visits.calendar import holiday_closures
from visits.calendar import slots as slots_by
from visits.jails import search
from visits.policy import decision_due
from visits.visit import Kind, Slot, Status

PAST = timedelta(days=30)  # how long /status shows what is over
KNOWN = 5  # prisoners offered again

Found = dict[Need[Any], Any]


class Reading(Struct, frozen=True):
    """What readers need beside the transaction."""

    tx: Tx
    vault: Vault
    house: House
    now: datetime
    atlas: Atlas


async def read(reading: Reading, needs: Iterable[Need[Any]]) -> Found:
    """Every need with its answer."""
    by_kind: dict[type[Need[Any]], list[Any]] = defaultdict(list)
    for need in dict.fromkeys(needs):
        by_kind[type(need)].append(need)
    found: Found = {}
    for kind, wanted in by_kind.items():
        found.update(await READERS[kind](reading, wanted))
    return found


async def _registered(r: Reading, wanted: Sequence[Registered]) -> Found:
    found = await registered(r.tx, r.vault, [need.chat for need in wanted])
    return {need: found[need.chat] for need in wanted}


async def _codes(r: Reading, wanted: Sequence[Codes]) -> Found:
    return await codes.sendings(r.tx, r.vault, wanted, r.now)


async def _jails_like(r: Reading, wanted: Sequence[JailsLike]) -> Found:
    everywhere = await kept_jails.all_jails(r.tx)
    return {need: search(need.query, everywhere) for need in wanted}


async def _jails_of(r: Reading, wanted: Sequence[JailsOf]) -> Found:
    everywhere = await kept_jails.all_jails(r.tx)
    return {need: tuple(jail for jail in everywhere if jail.state == need.state) for need in wanted}


async def _offices(r: Reading, wanted: Sequence[Office]) -> Found:
    """Without rooms for video there are no video visits."""
    found = await kept_jails.offices(r.tx, {need.jail for need in wanted})
    if not r.house.video_url:
        found = {code: replace(o, kinds=tuple(k for k in o.kinds if k is not Kind.VIDEO)) for code, o in found.items()}
    return {need: found.get(need.jail) for need in wanted}


async def _open_slots(r: Reading, wanted: Sequence[OpenSlots]) -> Found:
    codes = {need.jail for need in wanted}
    there = await kept_jails.offices(r.tx, codes)
    timetables = await kept_jails.timetables(r.tx, codes)
    shut = await kept_jails.shut_days(r.tx, codes)
    taken: dict[tuple[str, str, datetime], int] = {}
    rows = await r.tx.execute(select(slots).where(slots.c.jail.in_(codes), slots.c.start > r.now))
    for row in rows:
        taken[row.jail, row.kind, row.start] = row.taken
    out: Found = {}
    for need in wanted:
        office = there.get(need.jail)
        if office is None:
            out[need] = ()
            continue
        closed = [*shut[need.jail], *holiday_closures(office.jail.state, office.rules, r.house.zone, r.now)]
        hours = [t for t in timetables[need.jail] if t.kind is need.kind]
        planned = slots_by(hours, closed, r.house.zone, office.rules, r.now, need.jail)
        hour = office.rules.decision_hour
        answerable = [slot for slot in planned if decision_due(slot.start, r.house.zone, hour) > r.now]
        out[need] = tuple(_filled(slot, taken, office.rules.length(need.kind)) for slot in answerable)
    return out


def _filled(slot: Slot, taken: Mapping[tuple[str, str, datetime], int], minutes: int) -> Slot:
    """A slot with what is taken of it; a visit lasts `minutes` of its stretch."""
    count = taken.get((slot.jail, slot.kind.value, slot.start), 0)
    return replace(slot, taken=min(count, slot.capacity), minutes=min(minutes, slot.minutes))


async def _known(r: Reading, wanted: Sequence[KnownPrisoners]) -> Found:
    numbers = {need.visitor for need in wanted}
    rows = await r.tx.execute(
        select(visits)
        .where(visits.c.visitor.in_(numbers), visits.c.hold_until.is_(None))
        .order_by(visits.c.created.desc())
    )
    mine: dict[str, dict[str, Request]] = {number: {} for number in numbers}
    for request in await requests(r.tx, r.vault, rows.all()):
        v = request.visit
        if request.office.chat is None:
            continue
        who = f"{v.jail}|{v.prisoner.name.casefold()}|{v.prisoner.father.casefold()}"
        mine[v.visitor].setdefault(who, request)
    return {need: tuple(mine[need.visitor].values())[:KNOWN] for need in wanted}


async def _requests_of(r: Reading, wanted: Sequence[RequestsOf]) -> Found:
    numbers = {need.visitor for need in wanted}
    rows = await r.tx.execute(
        select(visits)
        .where(visits.c.visitor.in_(numbers), visits.c.start > r.now - PAST, visits.c.hold_until.is_(None))
        .order_by(visits.c.start)
    )
    mine: dict[str, list[Request]] = {number: [] for number in numbers}
    for request in await requests(r.tx, r.vault, rows.all()):
        mine[request.visit.visitor].append(request)
    return {need: tuple(mine[need.visitor][-10:]) for need in wanted}


async def _companions(r: Reading, wanted: Sequence[Companions]) -> Found:
    numbers = {need.visitor for need in wanted}
    recent = select(visits).where(visits.c.visitor.in_(numbers), visits.c.hold_until.is_(None))
    rows = (await r.tx.execute(recent.order_by(visits.c.created.desc()).limit(50))).all()
    mine: dict[str, dict[str, dict[str, Json]]] = {number: {} for number in numbers}
    for row in rows:
        _visit, details = visit_of(r.vault, row)
        for companion in details.get("companions") or ():
            mine[row.visitor].setdefault(companion["name"], companion)
    return {need: tuple(mine[need.visitor].values()) for need in wanted}


async def _all_of(r: Reading, wanted: Sequence[AllOf]) -> Found:
    out: Found = {}
    for need in wanted:
        rows = (await r.tx.execute(select(visits).where(visits.c.visitor == need.visitor))).all()
        out[need] = tuple(await requests(r.tx, r.vault, rows))
    return out


async def _request_of(r: Reading, wanted: Sequence[RequestOf]) -> Found:
    found = await requests_named(r.tx, r.vault, [need.ref for need in wanted])
    return {need: found[need.ref] for need in wanted}


async def _visitor_by(r: Reading, wanted: Sequence[VisitorBy]) -> Found:
    out: Found = {}
    for need in wanted:
        mobile = r.vault.digest("address", f"sms:{need.mobile}")
        same = and_(visitors.c.mobile_hash == mobile, visitors.c.id_hash == need.id_hash)
        row = (await r.tx.execute(select(visitors).where(same).order_by(visitors.c.created).limit(1))).first()
        out[need] = visitor_of(r.vault, row) if row else None
    return out


async def _jails_near(r: Reading, wanted: Sequence[JailsNear]) -> Found:
    everywhere = {jail.code: jail for jail in await kept_jails.all_jails(r.tx)}
    return {
        need: tuple(everywhere[code] for code in nearest(need.lat, need.lon, r.atlas.places) if code in everywhere)
        for need in wanted
    }


async def _offices_in(r: Reading, wanted: Sequence[OfficesIn]) -> Found:
    found = await kept_jails.offices_in(r.tx, {need.chat for need in wanted})
    return {need: found[need.chat] for need in wanted}


async def _fill(r: Reading, wanted: Sequence[Fill]) -> Found:
    out: Found = {}
    for need in wanted:
        here = and_(slots.c.jail == need.jail, slots.c.kind == need.kind.value, slots.c.start == need.start)
        row = (await r.tx.execute(select(slots).where(here))).first()
        out[need] = Slot(need.jail, need.kind, need.start, 0, row.capacity, row.taken) if row else None
    return out


async def _pending_in(r: Reading, wanted: Sequence[PendingIn]) -> Found:
    """Soonest first: that is the order in which they must be decided. However many wait, only a page is opened."""
    out: Found = {}
    for need in wanted:
        # That they are live stands in the statement: the index by which they are found holds no others.
        there = [visits.c.live.is_(True), visits.c.status == Status.PENDING.value, visits.c.jail.in_(need.jails)]
        if need.after:
            start, ref = need.after
            there.append(or_(visits.c.start > start, and_(visits.c.start == start, visits.c.ref > ref)))
        count = (await r.tx.execute(select(func.count()).where(*there))).scalar_one()
        page = select(visits).where(*there).order_by(visits.c.start, visits.c.ref).limit(need.limit)
        rows = (await r.tx.execute(page)).all()
        last = (rows[-1].start, rows[-1].ref) if rows else None
        out[need] = Waiting(tuple(await requests(r.tx, r.vault, rows)), count, len(rows), last)
    return out


async def _today_in(r: Reading, wanted: Sequence[TodayIn]) -> Found:
    out: Found = {}
    for need in wanted:
        begin = datetime.combine(need.day, time(0), r.house.zone)
        bound = select(jails.c.code).where(jails.c.chat == str(need.chat))
        that_day = visits.c.start.between(begin, begin + timedelta(days=1))
        due = select(visits).where(visits.c.jail.in_(bound), visits.c.status == Status.APPROVED.value, that_day)
        rows = (await r.tx.execute(due.order_by(visits.c.start).limit(300))).all()
        out[need] = tuple(await requests(r.tx, r.vault, rows))
    return out


async def _cards_lately(r: Reading, wanted: Sequence[CardsLately]) -> Found:
    out: Found = {}
    for need in wanted:
        first = outbox.c.key.startswith("card:") & ~outbox.c.key.like("card:%:%")  # what is posted again doesn't count
        mine = and_(outbox.c.address == address_of(r.vault, need.chat), first)
        lately = select(func.count()).where(mine, outbox.c.due.between(r.now - timedelta(minutes=1), r.now))
        out[need] = (await r.tx.execute(lately)).scalar_one()
    return out


async def _staff_of(r: Reading, wanted: Sequence[StaffOf]) -> Found:
    found = await kept_jails.staff_of(r.tx, [need.person for need in wanted])
    return {need: found[need.person] for need in wanted}


READERS: Mapping[type[Need[Any]], Callable[[Reading, Sequence[Any]], Awaitable[Found]]] = {
    Registered: _registered,
    Codes: _codes,
    JailsLike: _jails_like,
    JailsOf: _jails_of,
    Office: _offices,
    OpenSlots: _open_slots,
    KnownPrisoners: _known,
    Companions: _companions,
    RequestOf: _request_of,
    AllOf: _all_of,
    RequestsOf: _requests_of,
    StaffOf: _staff_of,
    VisitorBy: _visitor_by,
    JailsNear: _jails_near,
    OfficesIn: _offices_in,
    Fill: _fill,
    PendingIn: _pending_in,
    TodayIn: _today_in,
    CardsLately: _cards_lately,
}
