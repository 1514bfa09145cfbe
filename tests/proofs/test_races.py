"""Races: the last seat, one card before many approvers, and an undo at the moment at which the letters go out.

What presses at once waits in the inbox together; several desks, the deadlines and the postman then work side by side.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from dialogue.effects import Book, Caps
from dialogue.forms.booking import keys
from dialogue.model import Chat
from handlers.desk import Desk
from storage import effects, jails
from storage.errands import open_body
from tests.conftest import Counts
from tests.proofs.town import CODES, CROWD, GROUPS, Family, Town, hour_of, town
from tests.support.stage import MONDAY, Clock
from visits.reference import reference
from visits.visit import UNDO, Kind, Prisoner, Relation, Slot, Status, Visit

JAIL = CODES[0]
GROUP = GROUPS[JAIL]
REASONS = ("quota_used", "transferred", "barred")
APPROVERS = tuple(range(401, 409))


async def together(desks: Sequence[Desk], *others: Any) -> None:
    """The desks until nothing waits, beside whatever else is done meanwhile."""

    async def all_of(desk: Desk) -> None:
        while await desk.round():
            pass

    await asyncio.gather(*(all_of(desk) for desk in desks), *others)


def booked(street: Town, family: Family, prisoner: str, slot: Slot, places: int) -> Book:
    """A request that waits, as an effect."""
    now = street.clock.now
    visit = Visit(
        reference(street.nonce()), 1, Status.PENDING, JAIL, Kind.IN_PERSON, slot.start, 30, family.number,
        Prisoner(prisoner, "Shyam Lal", 36, date(2026, 11, 30), "male", None), Relation.BROTHER, 1, None, None, None,
        now,
    )  # fmt: skip
    return Book(visit, places, {}, *keys(street.vault, family.visitor, visit.prisoner, JAIL), Caps(10**6, 10**6))


async def apply(street: Town, *wanted: Any) -> None:
    async with street.db.begin() as tx:
        asked = [effects.Asked(CROWD[0].talk, wanted)]
        await effects.apply(tx, street.vault, asked, street.clock.now)


async def answers(street: Town) -> dict[str, str]:
    """What each press is answered with, by press, as the outbox holds it; an answer in two rows fails."""
    found: dict[str, str] = {}
    async with street.db.begin() as tx:
        for row in await tx.execute(text("SELECT address, sealed FROM outbox WHERE sealed IS NOT NULL ORDER BY id")):
            body = open_body(street.vault, row.address, row.sealed)
            if body.do == "reply":
                assert body.id not in found
                found[body.id] = street.renderer.plain(body.text, "en") if body.text else ""
    return found


# ---------------------------------------------------------------- the last seat


@dataclass(slots=True)
class Seat:
    """One place, and how it comes free: who has it, and the press or the moment by which they lose it."""

    street: Town
    slot: Slot
    dice: random.Random
    won: Counter[str] = field(default_factory=Counter)

    async def taken_by(self, family: Family, how: str) -> list[dict[str, Any]]:
        """The updates that give the place back; none: the time does it."""
        hand = self.street.hand
        await self.street.put([hand(family.chat, f"visit.time={hour_of(self.slot)}")])
        await together([self.street.desk])
        ref = self.street.watch.moves[-1].ref
        if how in ("back", "stop"):
            return [hand(family.chat, f"visit.review={'edit:time' if how == 'back' else 'no'}"),
                    hand(family.chat, f"visit.review!{how}")]  # fmt: skip
        if how == "lapse":
            return []
        await self.street.put([hand(family.chat, "visit.review=yes")])
        await together([self.street.desk])
        if how == "reject":
            return [hand(201, f"card.why={ref}.2.barred", GROUP)]
        if how == "cancel approved":
            await self.street.put([hand(201, f"card.ok={ref}.2", GROUP)])
            await together([self.street.desk])
            return [hand(family.chat, f"dropped={ref}.3")]
        return [hand(family.chat, f"dropped={ref}.2")]

    async def rush(self, wanting: Sequence[Family], leaving: list[dict[str, Any]], lapse: bool) -> None:
        """All of them press at once, and whoever has the place leaves it somewhere in between."""
        presses = [self.street.hand(one.chat, f"visit.time={hour_of(self.slot)}") for one in wanting]
        self.dice.shuffle(presses)
        at = self.dice.randrange(len(presses) + 1)
        updates = [*presses[:at], *leaving, *presses[at:]]
        desks = [self.street.desk, *(self.street.new_desk() for _more in range(self.dice.choice((0, 1, 2))))]
        cut = self.dice.choice((0, at, len(updates)))
        await self.street.put(updates[:cut])
        others = [self.street.put(updates[cut:])]
        if lapse:
            self.street.clock.forward(minutes=10)
            others.append(self.street.deadlines.run())
        await together(desks, *others)
        await together(desks)

    def living(self) -> list[str]:
        """Whose the place is."""
        there = (m[-1] for m in self.street.watch.of.values())
        return [m.visitor for m in there if m.to in (Status.DRAFT, Status.PENDING, Status.APPROVED)]


WAYS = ("nobody", "back", "stop", "lapse", "withdraw", "cancel approved", "reject")


async def test_the_last_seat_is_never_sold_twice_and_never_left(street: Town, seed: int, counts: Counts) -> None:
    """16 want it while its holder lets it go: once they have pressed after that, it is exactly one family's."""
    dice, rounds = random.Random(seed), counts(1000)
    ways, late = Counter[str](), 0
    for _round in range(rounds):
        how = dice.choice(WAYS)
        ways[how] += 1
        street.clock.now = MONDAY + timedelta(minutes=20)  # no lapse carries a slot over the edge of its notice
        await street.clear()
        slots = await street.slots(JAIL)
        slot = dice.choice([slot for slot in slots[:12] if slot.capacity == 1])
        crowd = list(CROWD)
        dice.shuffle(crowd)
        await street.asking(crowd, JAIL, "Ramesh", slot, brief=True)
        seat = Seat(street, slot, dice)
        leaving = [] if how == "nobody" else await seat.taken_by(crowd[0], how)
        wanting = crowd if how == "nobody" else crowd[1:]
        await seat.rush(wanting, leaving, how == "lapse")
        assert len(seat.living()) <= 1 and not street.watch.wrong, street.watch.wrong
        if not seat.living():  # it came free after the last of them had pressed
            late += 1
            await seat.rush(wanting, [], False)
        assert len(seat.living()) == 1, (how, seat.living())
        assert not street.watch.wrong, street.watch.wrong
        said = await answers(street)
        assert street.watch.pressed <= set(said), "a press that nobody answered"
        async with street.db.begin() as tx:
            assert not (await tx.execute(text("SELECT 1 FROM inbox WHERE tries > 0"))).first()
            (taken,) = (await tx.execute(text("SELECT taken FROM slots"))).scalars()
        assert taken == 1
    print(f"{rounds} rounds: {dict(ways)}; sold in a second rush: {late}")


# ---------------------------------------------------------------- many approvers


async def test_each_card_is_decided_once_and_everybody_else_hears_by_whom(
    street: Town, seed: int, counts: Counts
) -> None:
    dice, cards = random.Random(seed), counts(200)
    (slot, *_later) = await street.slots(JAIL)
    wanted = [booked(street, CROWD[n % len(CROWD)], f"Prisoner {n}", slot, cards) for n in range(cards)]
    await apply(street, *wanted)
    async with street.db.begin() as tx:
        for person in APPROVERS:
            await jails.add_staff(tx, JAIL, Chat("telegram", str(person)), "deputy", f"D{person}", street.clock.now)
    street.watch.deciders = {JAIL: frozenset(f"telegram:{person}" for person in APPROVERS)}
    presses: list[tuple[str, int, dict[str, Any]]] = []
    for person in APPROVERS:
        for book in wanted:
            data = f"card.ok={book.visit.ref}.1" if dice.random() < 0.5 else f"card.why={book.visit.ref}.1.barred"
            presses.append((book.visit.ref, person, street.hand(person, data, GROUP)))
    dice.shuffle(presses)
    await street.put([update for _ref, _person, update in presses])
    await together([street.desk, street.new_desk()])
    assert not street.watch.wrong, street.watch.wrong
    said = await answers(street)
    assert set(said) == street.watch.pressed
    first = Counter(m.ref for m in street.watch.moves if m.was)
    assert set(first.values()) == {1} and len(first) == cards
    for ref, person, update in presses:
        decided, words = street.watch.of[ref][-1], said[update["callback_query"]["id"]]
        if decided.decided_by == f"telegram:{person}":
            assert "until then you can undo" in words
        else:
            assert decided.decided_by and f"by D{decided.decided_by.removeprefix('telegram:')}" in words
    async with street.db.begin() as tx:
        rows = await tx.execute(text("SELECT kind, count(*) FROM notes GROUP BY kind"))
        noted = {kind: count for kind, count in rows}
    assert noted["approved"] + noted["rejected"] == cards
    assert noted["press_late"] == cards * (len(APPROVERS) - 1)
    print(f"{cards} cards, {len(presses)} presses")


# ---------------------------------------------------------------- undone, or told


@dataclass(slots=True)
class Ticking(Clock):
    """A clock that goes on with every look at it."""

    step: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


STEPS = (1, 1_000, 20_000)  # microseconds


async def test_a_decision_is_undone_or_told_and_never_both(copy: Path, seed: int, counts: Counts) -> None:
    """Undo is pressed at 60 s, give or take some looks at the clock, while the postman begins to carry the letters."""
    dice, rounds = random.Random(seed), counts(500)
    clock, came_to = Ticking(), Counter[str]()
    async with town(copy, clock) as street:
        street.watch.slack = timedelta(seconds=2)
        (slot, *_later) = await street.slots(JAIL)
        for _round in range(rounds):
            clock.now, clock.step = MONDAY, timedelta(0)
            await street.clear()
            book = booked(street, CROWD[0], "Ramesh", slot, 1)
            await apply(street, book)
            verb = dice.choice(("ok={}.1", "why={}.1.barred")).format(book.visit.ref)
            await street.put([street.hand(201, f"card.{verb}", GROUP)])
            await together([street.desk])
            (decided,) = [m.at for m in street.watch.of[book.visit.ref] if m.was]
            clock.step = timedelta(microseconds=dice.choice(STEPS))
            clock.now = decided + UNDO - clock.step * dice.randrange(12)
            undo = street.hand(202, f"card.undo={book.visit.ref}.2", GROUP)
            await street.put([undo])
            racing = [together([street.desk]), street.post(), street.post()]
            dice.shuffle(racing)
            await asyncio.gather(*racing)
            clock.step = timedelta(0)
            for _minute in range(3):
                clock.forward(seconds=61)
                await street.work()
            told = {tried.to.channel for tried in street.watch.tries if "possible" in tried.text
                    or "approved" in tried.text.lower() if tried.to.id != str(GROUP)}  # fmt: skip
            status = street.watch.state(book.visit.ref)[0]
            undone = status is Status.PENDING
            assert told == (set() if undone else {"telegram", "email", "sms"}), (status, told)
            words = next(one.text for one in street.heard if one.id == undo["callback_query"]["id"])
            assert ("Taken back" if undone else "Too late") in words
            assert not street.watch.wrong, street.watch.wrong
            came_to["undone" if undone else "told"] += 1
            street.heard.clear()
    assert rounds < 30 or len(came_to) == 2, came_to
    print(f"{rounds} rounds: {dict(came_to)}")
