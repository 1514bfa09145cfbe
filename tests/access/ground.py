"""Ground for the tests of who may do what: staff of two jails, visitors and requests in whatever state is wanted.

Rows are written by the product's own effects, not by hand; only the long talks that lead to them are left out.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Row, Table, select, text

from channels.base import Errand, Never
from channels.telegram_read import read as read_update
from dialogue import tell
from dialogue.effects import Book, Caps, Effect, Enrol, Note, Submit
from dialogue.forms.booking import keys
from dialogue.model import Chat, Facts, House, Talk, Visitor
from dialogue.needs import Request
from handlers.intake import raws
from storage import effects, inbox, jails
from storage.errands import Body, open_body
from storage.tables import erased, notes, outbox, slots, staff, visitors, visits, watchers
from storage.tables import jails as jails_table
from tests.support import people
from tests.support.stage import GROUP, JAIL, Stage, press
from visits.reference import reference, registration_number
from visits.visit import Kind, Prisoner, Relation, Slot, Status, Visit

JAIL2, GROUP2 = "IN-DL-TIHAR-CJ-2", -2002
SUPERINTENDENT, DEPUTY, GATE, REVOKED, ELSEWHERE, STRANGER, OPERATOR = 201, 202, 203, 204, 301, 999, 900
THURSDAY = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)  # 9:30 in the jails' zone; the stage's clock begins on Monday
CAPACITY = 40
FREE = Caps(open_requests=99, prisoners=99)


async def peopled(stage: Stage) -> None:
    """Beside the stage's superintendent and deputy: a gate clerk, one whose role has ended, and another jail's own."""
    places = ((JAIL, GATE, "gate"), (JAIL, REVOKED, "superintendent"), (JAIL2, ELSEWHERE, "superintendent"))
    async with stage.db.begin() as tx:
        await jails.bind(tx, JAIL2, Chat("telegram", str(GROUP2)))
        for code, person, role in places:
            await jails.add_staff(tx, code, Chat("telegram", str(person)), role, role.title(), stage.clock())
        await jails.revoke_staff(tx, JAIL, Chat("telegram", str(REVOKED)), stage.clock())


def housed(stage: Stage, **settings: Any) -> House:
    """The same stage under other settings of the operator."""
    stage.house = replace(stage.house, **settings)
    stage.open()
    return stage.house


# ---------------------------------------------------------------- visitors


def visitor(stage: Stage, person: int, name: str = "Sunita Devi", number: int = 0, **other: Any) -> Visitor:
    """Somebody registered: all that can be told apart is made from `person` and `number`."""
    serial = person * 10 + number
    mine: dict[str, Any] = {
        "number": registration_number(f"visitor {serial}"),
        "chat": Chat("telegram", str(person)),
        "name": name,
        "age_on": stage.clock().date().isoformat(),
        "id_hash": stage.vault.digest("id:aadhaar", "234567890124"),
        "email": f"family{serial}@example.org",
    }
    return people.visitor(serial, **(mine | other))


async def enrolled(stage: Stage, person: int, name: str = "Sunita Devi", number: int = 0, **other: Any) -> Visitor:
    made = visitor(stage, person, name, number, **other)
    await carried_out(stage, made.chat, lambda _facts: (Enrol(made),))
    return made


# ---------------------------------------------------------------- requests


async def held(
    stage: Stage,
    who: Visitor,
    prisoner: str = "Ramesh Kumar",
    start: datetime = THURSDAY,
    kind: Kind = Kind.IN_PERSON,
    capacity: int = CAPACITY,
    jail: str = JAIL,
    minutes: int = 10,
    party: int = 1,
) -> Visit:
    """A DRAFT that holds its seat for so many minutes."""
    today = stage.clock().date()
    made = Visit(
        ref=reference(stage.nonce()),
        version=1,
        status=Status.DRAFT,
        jail=jail,
        kind=kind,
        start=start,
        minutes=30,
        visitor=who.number,
        prisoner=Prisoner(prisoner, "Shyam Lal", 36, today, "male", "C-77/2026"),
        relation=Relation.SPOUSE,
        party=party,
        reason=None,
        decided_by=None,
        decided_at=None,
        created=stage.clock(),
    )
    until = stage.clock() + timedelta(minutes=minutes)
    book = Book(made, capacity, {}, *keys(stage.vault, who, made.prisoner, jail), FREE, hold_until=until)
    await carried_out(stage, who.chat, lambda _facts: (book, Note("held", {"ref": made.ref})))
    return made


async def sent(stage: Stage, who: Visitor, made: Visit, **details: Any) -> Visit:
    """The draft becomes a request: the jail has its card, the family its word."""
    pending = replace(made, version=2, status=Status.PENDING)
    kept = {"companions": None, "purpose": "family", "help": "none", "enrolment": None, **details}
    submit = Submit(pending, kept, *keys(stage.vault, who, made.prisoner, made.jail), FREE)
    async with stage.db.begin() as tx:
        office = (await jails.offices(tx, [made.jail]))[made.jail]
    slot = Slot(made.jail, made.kind, made.start, 30, CAPACITY, 1)
    request, note = Request(pending, who, office, kept), Note("asked", {"ref": made.ref})
    await carried_out(stage, who.chat, lambda facts: (submit, note, *tell.asked(request, slot, facts)))
    await stage.work()
    return pending


async def asked(
    stage: Stage, who: Visitor, prisoner: str = "Ramesh Kumar", details: Mapping[str, Any] | None = None, **other: Any
) -> Visit:
    """`other` is what `held` takes; `details` the form's other answers."""
    return await sent(stage, who, await held(stage, who, prisoner, **other), **(details or {}))


async def carried_out(stage: Stage, chat: Chat, deed: Callable[[Facts], tuple[Effect, ...]]) -> None:
    """What a step would ask for, with the facts that it wants."""
    now = stage.clock()
    async with stage.db.begin() as tx:
        done = await stage.desk.ground.done(tx, now, deed)
        await effects.apply(tx, stage.vault, [effects.Asked(Talk(chat, chat.id), done)], now)


# ---------------------------------------------------------------- presses


async def decided(stage: Stage, ref: str, verb: str = "ok", reason: str = "", by: int = SUPERINTENDENT) -> str:
    """Press a button of the card as it is now, in the jail's group; the text that answered it."""
    version = (await row_of(stage, ref)).version
    data = f"card.{verb}={ref}.{version}" + (f".{reason}" if reason else "")
    return await pressed(stage, by, data, GROUP)


async def pressed(stage: Stage, person: int, data: str, chat: int | None = None, message: str | int = 1) -> str:
    """Press; the text that answered it. A press without an answer fails the test."""
    number = next(stage.updates)
    await stage.arrive(press(number, person, data, message, chat))
    found = answer(stage, f"q{number}")
    assert found is not None, f"{data} by {person} was not answered"
    return found


def answer(stage: Stage, press_id: str) -> str | None:
    """What a press was answered; once, or not at all."""
    found = [one.text for one in stage.heard if one.what == "reply" and one.id == press_id]
    assert len(found) <= 1, f"{press_id} was answered {len(found)} times"
    return found[0] if found else None


def plain(stage: Stage, chat: int | str, channel: str = "telegram", since: int = 0) -> list[str]:
    """The words that reached a chat, from the `since`th thing heard on."""
    there = [one for one in stage.heard[since:] if one.to == Chat(channel, str(chat)) and one.rendered]
    return [one.rendered.plain for one in there if one.rendered]


async def taken_in(stage: Stage, *updates: dict[str, Any]) -> list[Body]:
    """Handled by the desk and not sent out: what would be sent."""
    async with stage.db.begin() as tx:
        last = (await tx.execute(text("SELECT coalesce(max(id), 0) FROM outbox"))).scalar_one()
        for update in updates:
            update.setdefault("update_id", next(stage.updates))
        await inbox.put(tx, stage.vault, raws("telegram", updates, read_update, stage.clock()), stage.clock())
    while await stage.desk.round():
        pass
    return [body for _row, body in await bodies(stage, after=last)]


def said_by(stage: Stage, body: Body) -> str:
    """The words of a message or of an answer to a press, as they are read in English."""
    if body.message:
        return stage.renderer.message(body.message, "en").plain
    return stage.renderer.plain(body.text, "en") if body.text else ""


# ---------------------------------------------------------------- looking at rows


async def row_of(stage: Stage, ref: str) -> Row[Any]:
    async with stage.db.begin() as tx:
        return (await tx.execute(select(visits).where(visits.c.ref == ref))).one()


async def taken(stage: Stage, start: datetime = THURSDAY, kind: Kind = Kind.IN_PERSON, jail: str = JAIL) -> int:
    here = (slots.c.jail == jail, slots.c.kind == kind.value, slots.c.start == start)
    async with stage.db.begin() as tx:
        return int((await tx.execute(select(slots.c.taken).where(*here))).scalar_one())


async def noted(stage: Stage, since: int = 0) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, talk, data) of every audit row after the `since`th."""
    async with stage.db.begin() as tx:
        rows = await tx.execute(select(notes).where(notes.c.id > since).order_by(notes.c.id))
        return [(row.kind, row.talk, json.loads(row.data)) for row in rows]


async def newest_note(stage: Stage) -> int:
    async with stage.db.begin() as tx:
        return int((await tx.execute(text("SELECT coalesce(max(id), 0) FROM notes"))).scalar_one())


async def kinds_noted(stage: Stage, since: int = 0) -> list[str]:
    return [kind for kind, _talk, _data in await noted(stage, since)]


async def bodies(stage: Stage, after: int = 0, status: Iterable[str] = ()) -> list[tuple[Row[Any], Body]]:
    """What outbox rows say, opened with the house's own key."""
    wanted = select(outbox).where(outbox.c.id > after, outbox.c.sealed.is_not(None)).order_by(outbox.c.id)
    async with stage.db.begin() as tx:
        rows = (await tx.execute(wanted)).all()
    some = set(status)
    return [(row, open_body(stage.vault, row.address, row.sealed)) for row in rows if not some or row.status in some]


RECORDS: tuple[Table, ...] = (visits, slots, visitors, staff, jails_table, erased, watchers)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that a press could change: the records, and what waits to go out."""

    records: dict[str, frozenset[tuple[Any, ...]]]
    out: dict[int, tuple[Any, ...]]


async def picture(stage: Stage) -> Picture:
    async with stage.db.begin() as tx:
        records = {t.name: frozenset(tuple(row) for row in await tx.execute(select(t))) for t in RECORDS}
        found = await tx.execute(select(outbox.c.id, outbox.c.status, outbox.c.due, outbox.c.key, outbox.c.sealed))
        return Picture(records, {row.id: tuple(row) for row in found})


async def changes(stage: Stage, before: Picture) -> list[str]:
    """What is otherwise than in `before`; answers to presses and words to whoever spoke are no changes."""
    after = await picture(stage)
    out = [f"{name}: {sorted(map(str, rows ^ after.records[name]))}" for name, rows in before.records.items()
           if rows != after.records[name]]  # fmt: skip
    out += [f"outbox row {id} was {row[:4]}" for id, row in before.out.items() if after.out.get(id) != row]
    fresh = [body for row, body in await bodies(stage) if row.id not in before.out]
    return out + [f"{body.do} to {body.to}" for body in fresh if body.do in ("change", "drop")]


# ---------------------------------------------------------------- trouble on the way


def refusing(stage: Stage, channel: str, to: int | str | None, error: Callable[[], Exception]) -> None:
    """From now on whatever goes to `to` (None: to anybody) by this channel raises."""

    def trouble(chat: Chat, _errand: Errand) -> None:
        if to is None or chat.id == str(to):
            raise error()

    stage.ears[channel].trouble = trouble


def blocked() -> Exception:
    return Never("Telegram: Forbidden: bot was blocked by the user", gone=True)


def quiet(stage: Stage, channel: str) -> None:
    """The channel takes everything again."""
    stage.ears[channel].trouble = lambda _to, _errand: None


# ---------------------------------------------------------------- talking


async def talk(stage: Stage, person: int, *lines: str) -> list[str]:
    """Each line typed, or pressed where it stands in brackets; `{sms +91..}`, `{email a@b}`: the newest code there;
    gives the words that came of it."""
    heard = len(stage.heard)
    for line in lines:
        if line.startswith("["):
            await stage.press_label(person, line[1:-1])
        elif line.startswith("{"):
            channel, address = line[1:-1].split()
            await stage.said(person, stage.code(address, channel))
        else:
            await stage.said(person, line)
    return plain(stage, person, since=heard)


def asks_now(stage: Stage, person: int) -> str:
    """The newest words to a person: the question that is open."""
    return plain(stage, person)[-1]


def labels_now(stage: Stage, person: int) -> list[str]:
    rendered = stage.last(person).rendered
    return [label for row in (rendered.buttons if rendered else ()) for label, _data in row]
