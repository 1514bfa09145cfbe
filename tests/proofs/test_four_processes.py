"""The races again, with four processes over one PostgreSQL: the last seat, and one card before eight approvers.

What presses at once lies in the inbox together, and four desks take it.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, text

from channels.render import Renderer
from channels.telegram_read import read
from dialogue.effects import Book, Caps, Enrol
from dialogue.forms.booking import keys
from dialogue.model import Chat, House, Json, Talk, Visitor
from dialogue.needs import OpenSlots
from dialogue.session import Session
from handlers.intake import raws
from operate.settings import ROOT
from storage import effects, facts, inbox, jails, sessions
from storage.database import Database
from storage.errands import open_body
from storage.tables import inbox as arrivals
from storage.tables import visits
from storage.vault import Vault
from tests.conftest import Counts
from tests.end_to_end.town import town
from tests.proofs.killing import Killing, opened
from tests.proofs.nurse import Nurse
from tests.proofs.town import ATLAS, day_of, hour_of
from tests.support.people import visitor
from tests.support.postgres import fresh_database
from tests.support.stage import GROUP, JAIL, press
from visits.calendar import DEFAULT_TIMETABLE
from visits.policy import INDIA
from visits.reference import reference
from visits.visit import Kind, Prisoner, Relation, Slot, Status, Visit

pytestmark = pytest.mark.postgres

APPROVERS = tuple(range(401, 409))
HOUSE = House(INDIA, ("en",))
RIVALS = 16  # families that want the same seat
STUCK = 60.0  # seconds without an arrival handled


@dataclass(frozen=True, slots=True)
class Ground:
    """A database over which four processes run, and our own way into it."""

    db: Database
    vault: Vault
    now: datetime

    async def slots(self) -> Sequence[Slot]:
        """Those for which nothing is due today."""
        need = OpenSlots(JAIL, Kind.IN_PERSON)
        async with self.db.begin() as tx:
            known = await facts.read(facts.Reading(tx, self.vault, HOUSE, self.now, ATLAS), [need])
        found: tuple[Slot, ...] = known[need]
        return [slot for slot in found if slot.start > self.now + timedelta(days=3)]

    async def handled(self, presses: Sequence[dict[str, Any]]) -> None:
        """All of them come at once; until the desks have handled them, none at a second try."""
        updates = [{"update_id": number + 1, **one} for number, one in enumerate(presses)]
        async with self.db.begin() as tx:
            await inbox.put(tx, self.vault, raws("telegram", updates, read, self.now), self.now)
        left, moved = len(updates), time.monotonic()
        while left:
            await asyncio.sleep(0.2)
            async with self.db.begin() as tx:
                waiting = select(func.count()).select_from(arrivals).where(arrivals.c.handled.is_(None))
                now = (await tx.execute(waiting)).scalar_one()
            left, moved = now, time.monotonic() if now != left else moved
            assert time.monotonic() < moved + STUCK, f"{left} arrivals wait"
        async with self.db.begin() as tx:
            ends = await tx.execute(
                select(arrivals.c.outcome, arrivals.c.tries, func.count()).group_by("outcome", "tries")
            )
            assert [tuple(row) for row in ends] == [("done", 0, len(updates))]

    async def answers(self) -> dict[str, str]:
        """What each press is answered with, as the outbox holds it; an answer in two rows fails."""
        found, renderer = dict[str, str](), Renderer(ROOT / "locales", INDIA)
        async with self.db.begin() as tx:
            rows = await tx.execute(text("SELECT address, sealed FROM outbox WHERE sealed IS NOT NULL"))
            for row in rows:
                body = open_body(self.vault, row.address, row.sealed)
                if body.do == "reply":
                    assert body.id not in found
                    found[body.id] = renderer.plain(body.text, "en") if body.text else ""
        return found


@asynccontextmanager
async def ground(folder: Path) -> AsyncIterator[tuple[Ground, Killing]]:
    """Furnished, and then to be run: in the end none may have stopped by itself."""
    async with (
        fresh_database() as url,
        town(folder, MULAKAT_DATABASE_URL=url, MULAKAT_LOG_LEVEL="INFO") as here,
        Nurse(folder) as nurse,
    ):
        bots = Killing(here, 0, (), random.Random(), nurse)
        async with opened(here) as (db, vault):
            yield Ground(db, vault, datetime.now(UTC)), bots
        await bots.stop()


async def four(bots: Killing) -> None:
    for bot in [await bots.start() for _each in range(4)]:
        await bots.running(bot)


def families(count: int) -> list[Visitor]:
    return [visitor(n + 1) for n in range(count)]


def talk_of(family: Visitor) -> Talk:
    return Talk(family.chat, family.chat.id)


async def test_each_last_seat_is_sold_once(tmp_path: Path, seed: int, counts: Counts) -> None:
    """Sixteen families press each of them, all at the same time."""
    dice = random.Random(seed)
    async with ground(tmp_path) as (here, bots):
        async with here.db.begin() as tx:
            await jails.set_timetable(tx, JAIL, [replace(one, capacity=1) for one in DEFAULT_TIMETABLE])
        slots = (await here.slots())[: counts(50)]
        crowd = families(len(slots) * RIVALS)
        wanted = dict(zip(crowd, [slot for slot in slots for _each in range(RIVALS)], strict=True))
        async with here.db.begin() as tx:
            enrolled = [effects.Asked(talk_of(one), (Enrol(one),)) for one in crowd]
            await effects.apply(tx, here.vault, enrolled, here.now)
            await sessions.save(tx, here.vault, [asking(*one) for one in wanted.items()], here.now)
        await four(bots)
        presses = [press(n, int(one.chat.id), f"visit.time={hour_of(wanted[one])}", 7) for n, one in enumerate(crowd)]
        dice.shuffle(presses)
        await here.handled(presses)
        async with here.db.begin() as tx:
            sold = await tx.execute(select(visits.c.start, visits.c.status, func.count()).group_by("start", "status"))
            assert {tuple(row) for row in sold} == {(slot.start, Status.DRAFT.value, 1) for slot in slots}
            assert set((await tx.execute(text("SELECT taken FROM slots WHERE taken > 0"))).scalars()) == {1}
        assert len(await here.answers()) == len(presses)
        print(f"{len(slots)} seats, {len(presses)} presses")


def asking(family: Visitor, slot: Slot) -> Session:
    """A form that stands at the time."""
    given: dict[str, Json] = {
        "whom": "new", "jail": JAIL, "prisoner": "Ramesh", "prisoner_father": "Shyam Lal", "prisoner_age": 36,
        "prisoner_gender": "male", "prisoner_number": None, "relation": "brother",
        "kind": "in_person", "date": day_of(slot), "party": 1, "purpose": None, "help": "none",
    }  # fmt: skip
    return Session(talk_of(family), forms=("visit",), answers={"visit": given})


async def test_each_card_is_decided_once_and_all_others_hear_by_whom(tmp_path: Path, seed: int, counts: Counts) -> None:
    """Eight approvers go through the cards side by side."""
    dice, cards = random.Random(seed), counts(200)
    async with ground(tmp_path) as (here, bots):
        (slot, *_later) = await here.slots()
        crowd = families(cards)
        booked = [booking(here, one, slot, cards) for one in crowd]
        async with here.db.begin() as tx:
            for person in APPROVERS:
                await jails.add_staff(tx, JAIL, Chat("telegram", str(person)), "deputy", f"D{person}", here.now)
            asked = [effects.Asked(talk_of(one), (Enrol(one),)) for one in crowd]
            await effects.apply(tx, here.vault, asked, here.now)
            for one, book in zip(crowd, booked, strict=True):
                await effects.apply(tx, here.vault, [effects.Asked(talk_of(one), (book,))], here.now)
        await four(bots)
        presses = dict[str, tuple[str, int, dict[str, Any]]]()
        for book in booked:
            for person in dice.sample(APPROVERS, len(APPROVERS)):
                verb = dice.choice(("card.ok={}.1", "card.why={}.1.barred")).format(book.visit.ref)
                presses[f"q{len(presses)}"] = book.visit.ref, person, press(len(presses), person, verb, 7, GROUP)
        await here.handled([update for _ref, _person, update in presses.values()])
        async with here.db.begin() as tx:
            rows = await tx.execute(select(visits.c.ref, visits.c.version, visits.c.decided_by))
            decided = {ref: by for ref, version, by in rows if version == 2}
            notes = dict((await tx.execute(text("SELECT kind, count(*) FROM notes GROUP BY kind"))).tuples().all())
        said = await here.answers()
        assert set(said) == set(presses) and len(decided) == cards
        for number, (ref, person, _update) in presses.items():
            by = decided[ref].removeprefix("telegram:")
            assert ("until then you can undo" if by == str(person) else f"by D{by}") in said[number]
        assert notes["approved"] + notes["rejected"] == cards
        assert notes["press_late"] == cards * (len(APPROVERS) - 1)
        print(f"{cards} cards, {len(presses)} presses, decided by {Counter(decided.values()).most_common()}")


def booking(here: Ground, family: Visitor, slot: Slot, places: int) -> Book:
    """A request that waits, as an effect."""
    visit = Visit(
        reference(here.vault.digest("test", family.number)), 1, Status.PENDING, JAIL, Kind.IN_PERSON, slot.start, 30,
        family.number, Prisoner("Ramesh", "Shyam Lal", 36, date(2026, 11, 30), "male", None), Relation.BROTHER, 1,
        None, None, None, here.now,
    )  # fmt: skip
    return Book(visit, places, {}, *keys(here.vault, family, visit.prisoner, JAIL), Caps(10**6, 10**6))
