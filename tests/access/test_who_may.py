"""Every button and command, pressed by everybody, from everywhere, in every state of a request: see `table.py`.

Whatever is not allowed there must change nothing, say nothing of the family and leave an audit row; every press is
answered.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dialogue.model import Visitor
from storage.errands import Body
from storage.tables import visits
from tests.access import ground
from tests.access.ground import (
    THURSDAY,
    asked,
    changes,
    enrolled,
    held,
    kinds_noted,
    newest_note,
    noted,
    peopled,
    picture,
    row_of,
    said_by,
    taken,
    taken_in,
)
from tests.access.table import (
    ALLOWED,
    GROUPS,
    NO_BREACH,
    OTHER,
    OWN,
    PRESSES,
    STAFF,
    STATES,
    TYPED,
    VISITOR,
    WHERE,
    WHO,
    Allowed,
    ever,
    may,
)
from tests.support.stage import Stage, press, spoken
from visits.visit import Visit


@dataclass(frozen=True, slots=True)
class Case:
    """A request in the state that is tried, and its family."""

    visitor: Visitor
    ref: str
    version: int

    def fill(self, template: str, later: int) -> str:
        return template.format(ref=self.ref, version=self.version, number=self.visitor.number, later=later)


async def brought(stage: Stage, who: Visitor, state: str) -> Visit:
    """A request on its way to `state`: all but what time alone does."""
    if state == "DRAFT":
        return await held(stage, who)
    made = await asked(stage, who)
    if state.startswith(("APPROVED", "PENDING again", "CANCELLED")):
        await ground.decided(stage, made.ref, "ok")
    if state.startswith("REJECTED"):
        await ground.decided(stage, made.ref, "why", "transferred")
    if state.startswith("PENDING again"):
        await ground.decided(stage, made.ref, "undo")
    if state in ("WITHDRAWN", "CANCELLED"):
        version = (await row_of(stage, made.ref)).version
        await ground.pressed(stage, int(who.chat.id), f"dropped={made.ref}.{version}")
    return made


async def passed(stage: Stage, state: str) -> None:
    if state in ("APPROVED", "REJECTED"):
        await stage.forward(seconds=61)
    if state == "EXPIRED":
        await stage.forward(days=2, hours=8, seconds=30)  # the answer was due on Wednesday at six


async def cases(stage: Stage, state: str, count: int) -> list[Case]:
    out = []
    families = [await enrolled(stage, VISITOR if n == 0 else 5000 + n) for n in range(count)]
    made = [await brought(stage, family, state) for family in families]
    await passed(stage, state)
    for family, visit in zip(families, made, strict=True):
        row = await row_of(stage, visit.ref)
        assert row.status == state.split()[0].rstrip(","), state
        older = 1 if state.endswith("older button") else 0
        out.append(Case(family, visit.ref, row.version - older))
    return out


def later(stage: Stage) -> int:
    """An open time in the week after."""
    return int((THURSDAY + timedelta(days=7)).timestamp())


def secrets(case: Case) -> tuple[str, ...]:
    v = case.visitor
    return (v.name, v.father, v.mobile, v.mobile[3:8], v.email, v.address, v.id_last4, "Ramesh", "C-77/2026")


# ---------------------------------------------------------------- all that is not allowed


@dataclass(frozen=True, slots=True)
class Try:
    """One cell: who did what from where."""

    who: str
    where: str
    what: str

    @property
    def chat(self) -> int | None:
        return GROUPS.get(self.where)

    @property
    def talk(self) -> str:
        return f"telegram:{self.chat or WHO[self.who]}/{WHO[self.who]}"


def refused_in(state: str) -> list[Try]:
    """All of them; in the ordinary run, what is refused before the request is looked at only in some states."""
    every = (Try(who, where, what) for what in (*PRESSES, *TYPED) for who in WHO for where in WHERE)
    refused = [one for one in every if not may(one.who, one.where, one.what, state)]
    if PROVE or state in THOROUGH:
        return refused
    return [one for one in refused if one.where != "another group" and one.what in PRESSES]


PROVE = os.environ.get("MULAKAT_PROVE") == "1"
THOROUGH = ("DRAFT", "PENDING", "APPROVED just now")


async def tried(stage: Stage, case: Case, tries: list[Try]) -> tuple[dict[str, Try], list[Body]]:
    """All of them at once, each in its own talk: what was pressed, by the press; and what would be sent out."""
    updates, presses = [], {}
    for one in tries:
        number, data = next(stage.updates), case.fill({**PRESSES, **TYPED}[one.what], later(stage))
        if one.what in PRESSES:
            presses[f"q{number}"] = one
            updates.append(press(number, WHO[one.who], data, 1, one.chat))
        else:
            updates.append(typed(number, WHO[one.who], data, one.chat))
    return presses, await taken_in(stage, *updates)


def typed(number: int, person: int, text: str, chat: int | None) -> dict[str, Any]:
    where = {"id": chat or person, "type": "supergroup" if chat else "private"}
    who = {"id": person, "is_bot": False, "first_name": "Somebody"}
    return {"message": {"message_id": number, "date": 0, "chat": where, "from": who, **spoken(text)}}


@pytest.mark.parametrize("state", STATES)
async def test_everything_else_changes_nothing(stage: Stage, state: str) -> None:
    """No record, nothing on its way, and not a word of the family's to whoever may not read it."""
    await peopled(stage)
    await enrolled(stage, OTHER, "Meena Kumari", father="Hari Om", address="Ward 4, Rohini", id_last4="7781")
    (case,) = await cases(stage, state, 1)
    before = await picture(stage)
    presses, out = await tried(stage, case, refused_in(state))
    assert await changes(stage, before) == []
    answers = {body.id: said_by(stage, body) for body in out if body.do == "reply"}
    assert [one for press_id, one in presses.items() if not answers.get(press_id)] == [], "each press is answered"
    assert len(answers) == len(presses) == sum(body.do == "reply" for body in out), "and once"
    for body in out:
        by = presses.get(body.id)
        if body.to.id == str(VISITOR) or (by and (by.who == "visitor" or _reads_cards(by))):
            continue
        words = said_by(stage, body)
        assert not [secret for secret in secrets(case) if secret in words], f"{by or body.to} reads {words!r}"


def _reads_cards(one: Try) -> bool:
    """The staff of this jail, under the card in their own chat."""
    return one.who in STAFF and one.where == "the jail's group" and PRESSES.get(one.what, "").startswith("card.")


async def test_words_after_a_refused_press_are_just_words(stage: Stage) -> None:
    """Whoever may not press In words is asked nothing, so that nothing said later decides anything."""
    await peopled(stage)
    (case,) = await cases(stage, "PENDING", 1)
    before = await picture(stage)
    refused = [one for one in refused_in("PENDING") if one.what == "words"]
    await tried(stage, case, refused)
    updates = [typed(next(stage.updates), WHO[t.who], "He fought in the yard.", t.chat) for t in refused if t.chat]
    await taken_in(stage, *updates)
    assert await changes(stage, before) == []


async def test_each_refusal_is_noted(stage: Stage) -> None:
    """Whoever may never do it from there leaves an audit row; the wrong moment is noted for the cards' buttons."""
    await peopled(stage)
    await enrolled(stage, OTHER, "Meena Kumari")
    (case,) = await cases(stage, "PENDING", 1)
    unnoted: dict[str, list[str]] = {}
    for what in (*PRESSES, *TYPED):
        since = await newest_note(stage)
        refused = [one for one in refused_in("PENDING") if one.what == what and not _no_breach(one)]
        await tried(stage, case, refused)
        talks = {talk for _kind, talk, _data in await noted(stage, since)}
        for one in refused:
            if one.talk not in talks:
                unnoted.setdefault(f"{what} from {one.where}", []).append(one.who)
    assert unnoted == {}


def _no_breach(one: Try) -> bool:
    return (one.what, one.where) in NO_BREACH or (one.what in OWN and ever(one.who, one.where, one.what))


# ---------------------------------------------------------------- all that is


LOOKS = (
    "no",
    "back",
    "more",
    "drop",
    "me",
    "forget",
    *TYPED,
)  # they change no record: one request will do for all of them


@pytest.mark.parametrize("state", STATES)
async def test_what_is_allowed_is_done(stage: Stage, state: str) -> None:
    await peopled(stage)
    await enrolled(stage, OTHER, "Meena Kumari")
    cells = [(a, who) for a in ALLOWED if state in a.states for who in a.who]
    acts = [cell for cell in cells if cell[0].what not in LOOKS]
    looked_at, *others = await cases(stage, state, 1 + len(acts))
    todo = [(looked_at, cell) for cell in cells if cell not in acts] + list(zip(others, acts, strict=True))
    faults = []
    for case, (allowed, who) in todo:
        if fault := await _tried(stage, case, allowed, who):
            faults.append(f"{allowed.what} by {who}: {fault}")
    assert todo and faults == []


async def _tried(stage: Stage, case: Case, allowed: Allowed, who: str) -> str:
    """What is wrong with one allowed cell; "" when it does what the table says."""
    person = int(case.visitor.chat.id) if who == "visitor" else WHO[who]
    before, notes, heard = await row_of(stage, case.ref), await newest_note(stage), len(stage.heard)
    seats = await taken(stage)
    data = case.fill({**PRESSES, **TYPED}[allowed.what], later(stage))
    chat = GROUPS.get(allowed.where)
    if allowed.what in TYPED:
        await stage.said(person, data, chat)
        if not ground.plain(stage, chat or person, since=heard):
            return "nothing was said"
    else:
        await ground.pressed(stage, person, data, chat)
    if allowed.what == "words":
        await stage.said(person, "He fought in the yard.", chat)
        allowed = Allowed("words", (), "", (), "REJECTED", "rejected")
    kinds = await kinds_noted(stage, notes)
    if allowed.note and allowed.note not in kinds:
        return f"the audit trail has {kinds}"
    async with stage.db.begin() as tx:
        after = (await tx.execute(select(visits).where(visits.c.ref == case.ref))).one_or_none()
    if allowed.to == "erased":
        return "" if after is None else f"the request is still there: {after.status}"
    if after is None or after.status != (allowed.to or before.status):
        return f"it is {after.status if after else 'gone'}"
    if allowed.what in LOOKS and after.version != before.version:
        return "a look has changed the request"
    wanted = seats + (after.live - before.live)
    return "" if await taken(stage) == wanted else f"{await taken(stage)} seats are taken, not {wanted}"
