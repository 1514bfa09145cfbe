"""Who may do what: every button and command, pressed by everybody, from everywhere, in every state of a request.

ALLOWED lists what may change something or tell something. Whatever is not in it must change nothing, say nothing of
the family and leave an audit row; every press is answered.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dialogue.model import Visitor
from storage.tables import visits
from tests.access import ground
from tests.access.ground import (
    DEPUTY,
    ELSEWHERE,
    GATE,
    GROUP2,
    OPERATOR,
    REVOKED,
    STRANGER,
    SUPERINTENDENT,
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
    taken,
)
from tests.support.stage import GROUP, Stage, press, spoken
from visits.visit import Visit

VISITOR, OTHER = 101, 102
WHO = {
    "visitor": VISITOR,
    "another visitor": OTHER,
    "superintendent": SUPERINTENDENT,
    "deputy": DEPUTY,
    "gate": GATE,
    "superintendent elsewhere": ELSEWHERE,
    "revoked": REVOKED,
    "stranger": STRANGER,
    "operator": OPERATOR,
}
GROUPS = {"the jail's group": GROUP, "another group": GROUP2}
PRIVATE = "a private chat"
WHERE = (*GROUPS, PRIVATE)

DECIDERS = ("superintendent", "deputy")
STAFF = (*DECIDERS, "gate")

STATES = (
    "DRAFT",
    "PENDING",
    "PENDING, older button",
    "PENDING again, older button",
    "APPROVED just now",
    "APPROVED just now, older button",
    "APPROVED",
    "REJECTED just now",
    "REJECTED",
    "EXPIRED",
    "WITHDRAWN",
    "CANCELLED",
)
ANY = STATES

# what is pressed or typed; {ref}, {version}, {number}: the request's and its visitor's, {later}: an open time
PRESSES = {
    "ok": "card.ok={ref}.{version}",
    "no": "card.no={ref}.{version}",
    "why": "card.why={ref}.{version}.transferred",
    "words": "card.words={ref}.{version}",
    "back": "card.back={ref}.{version}",
    "undo": "card.undo={ref}.{version}",
    "drop": "drop={ref}.{version}",
    "dropped": "dropped={ref}.{version}",
    "coming": "coming={ref}.{version}",
    "retry": "retry={ref}.{later}",
    "me": "me={number}",
    "forget": "forget={number}",
    "forgotten": "forgotten={number}",
}
TYPED = {
    "/pending": "/pending",
    "/today": "/today",
    "/find": "/find {ref}",
    "/me": "/me",
    "/mydata": "/mydata",
    "/forget": "/forget",
}

OPEN = ("PENDING", "APPROVED just now", "APPROVED")
NO_CHANGE = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """`to`: the status afterwards where it changes; `note`: the audit row of the act, where there is one."""

    what: str
    who: tuple[str, ...]
    where: str
    states: tuple[str, ...]
    to: str = NO_CHANGE
    note: str = ""


ALLOWED = (
    Allowed("ok", DECIDERS, "the jail's group", ("PENDING",), "APPROVED", "approved"),
    Allowed("no", DECIDERS, "the jail's group", ("PENDING",)),
    Allowed("why", DECIDERS, "the jail's group", ("PENDING",), "REJECTED", "rejected"),
    Allowed("words", DECIDERS, "the jail's group", ("PENDING",)),
    Allowed("back", DECIDERS, "the jail's group", ("PENDING",)),
    Allowed("undo", DECIDERS, "the jail's group", ("APPROVED just now", "REJECTED just now"), "PENDING", "undone"),
    Allowed("/pending", STAFF, "the jail's group", ANY, note="read"),
    Allowed("/today", STAFF, "the jail's group", ANY, note="read"),
    Allowed("/find", STAFF, "the jail's group", tuple(s for s in ANY if s != "DRAFT"), note="read"),
    Allowed("drop", ("visitor",), PRIVATE, OPEN),
    Allowed("dropped", ("visitor",), PRIVATE, ("PENDING",), "WITHDRAWN", "given_back"),
    Allowed("dropped", ("visitor",), PRIVATE, ("APPROVED just now", "APPROVED"), "CANCELLED", "given_back"),
    # The version on this button isn't looked at: the visit is approved, and its family comes.
    Allowed("coming", ("visitor",), PRIVATE, ("APPROVED", "APPROVED just now", "APPROVED just now, older button"),
            "APPROVED", "coming"),
    Allowed("retry", ("visitor",), PRIVATE, ("EXPIRED",), "EXPIRED", "asked"),
    Allowed("retry", ("visitor",), PRIVATE, ("REJECTED",), "REJECTED", "asked"),
    Allowed("me", ("visitor",), PRIVATE, ANY),
    Allowed("forget", ("visitor",), PRIVATE, ANY),
    Allowed("forgotten", ("visitor",), PRIVATE, ANY, "erased", "erased"),
    Allowed("/me", ("visitor", "another visitor"), PRIVATE, ANY),
    Allowed("/mydata", ("visitor", "another visitor"), PRIVATE, ANY, note="told_all"),
    Allowed("/forget", ("visitor", "another visitor"), PRIVATE, ANY),
)  # fmt: skip

# A family's own button that has had its day, and somebody who has nothing to be told, are no breach: no audit row.
OWN = ("drop", "dropped", "coming", "retry", "me", "forget", "forgotten")
NO_BREACH = {(what, PRIVATE) for what in ("/me", "/mydata", "/forget", "/pending", "/today", "/find")} | {
    (what, group) for what in ("/me", "/mydata", "/forget") for group in GROUPS
}


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


def may(who: str, where: str, what: str, state: str) -> bool:
    return any(a.what == what and who in a.who and where == a.where and state in a.states for a in ALLOWED)


def ever(who: str, where: str, what: str) -> bool:
    """May this person do it from there in some state?"""
    return any(a.what == what and who in a.who and where == a.where for a in ALLOWED)


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
    every = (Try(who, where, what) for what in (*PRESSES, *TYPED) for who in WHO for where in WHERE)
    return [one for one in every if not may(one.who, one.where, one.what, state)]


async def tried(stage: Stage, case: Case, tries: list[Try]) -> dict[str, Try]:
    """All of them at once, each in its own talk; what was pressed, by the press."""
    updates, presses = [], {}
    for one in tries:
        number, data = next(stage.updates), case.fill({**PRESSES, **TYPED}[one.what], later(stage))
        if one.what in PRESSES:
            presses[f"q{number}"] = one
            updates.append(press(number, WHO[one.who], data, 1, one.chat))
        else:
            updates.append(typed(number, WHO[one.who], data, one.chat))
    await stage.arrive(*updates)
    return presses


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
    before, heard = await picture(stage), len(stage.heard)
    presses = await tried(stage, case, refused_in(state))
    assert await changes(stage, before) == []
    for press_id, one in presses.items():
        assert ground.answer(stage, press_id), f"{one} was not answered"
    for one in stage.heard[heard:]:
        words = one.text or (one.rendered.plain if one.rendered else "")
        if what := presses.get(one.id) if one.what == "reply" else None:
            reader = what.who in STAFF and what.where == "the jail's group" and what.what.startswith("card")
            family = what.who == "visitor"
        else:
            reader, family = False, one.to.id == str(VISITOR)
        told = [secret for secret in secrets(case) if secret in words]
        assert reader or family or not told, f"{what or one.to} reads {words!r}"


async def test_words_after_a_refused_press_are_just_words(stage: Stage) -> None:
    """Whoever may not press In words is asked nothing, so that nothing said later decides anything."""
    await peopled(stage)
    (case,) = await cases(stage, "PENDING", 1)
    before = await picture(stage)
    refused = [one for one in refused_in("PENDING") if one.what == "words"]
    await tried(stage, case, refused)
    updates = [typed(next(stage.updates), WHO[t.who], "He fought in the yard.", t.chat) for t in refused if t.chat]
    await stage.arrive(*updates)
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


@pytest.mark.parametrize("state", STATES)
async def test_what_is_allowed_is_done(stage: Stage, state: str) -> None:
    await peopled(stage)
    await enrolled(stage, OTHER, "Meena Kumari")
    cells = [(a, who) for a in ALLOWED if state in a.states for who in a.who]
    assert cells
    faults = []
    for case, (allowed, who) in zip(await cases(stage, state, len(cells)), cells, strict=True):
        fault = await _tried(stage, case, allowed, who)
        if fault:
            faults.append(f"{allowed.what} by {who}: {fault}")
    assert faults == [], state


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
    if allowed.what in ("no", "back", "drop", "forget", "me") and after.version != before.version:
        return "a look has changed the request"
    wanted = seats + (after.live - before.live)
    return "" if await taken(stage) == wanted else f"{await taken(stage)} seats are taken, not {wanted}"
