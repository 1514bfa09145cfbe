"""The laws that are read from the database after a step: audit rows, letters, reminders, cards, and the doctor's own."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select

from channels.base import Reply
from dialogue.names import WHY
from operate import doctor
from storage.database import Tx
from storage.tables import addresses, inbox, notes, outbox, visits
from tests.proofs.town import Town
from tests.proofs.watch import RULES, Moved, Tried, Watch
from visits.policy import INDIA, decision_due
from visits.visit import UNDO, Status

WAYS = ("chat", "email", "sms")
REACHED = timedelta(minutes=16)  # M9's quarter of an hour, and the next beat of the deadlines
LOOK_BACK = timedelta(hours=6)
TOLD = (Status.APPROVED, Status.REJECTED)
AUDIT = {
    ("", Status.DRAFT): "held",
    ("", Status.PENDING): "asked",
    (Status.DRAFT, Status.PENDING): "asked",
    (Status.DRAFT, Status.WITHDRAWN): "hold_given_back",
    (Status.DRAFT, Status.EXPIRED): "hold_lapsed",
    (Status.PENDING, Status.APPROVED): "approved",
    (Status.PENDING, Status.REJECTED): "rejected",
    (Status.PENDING, Status.EXPIRED): "expired",
    (Status.PENDING, Status.WITHDRAWN): "given_back",
    (Status.APPROVED, Status.CANCELLED): "given_back",
    (Status.APPROVED, Status.PENDING): "undone",
    (Status.APPROVED, Status.COMPLETED): "closed",
    (Status.REJECTED, Status.PENDING): "undone",
}


@dataclass(slots=True)
class Look:
    """The database after a step. quiet: the desk and the postman have done all that was due; beaten: the deadlines
    too."""

    now: datetime
    started: datetime
    watch: Watch
    rows: dict[int, Row[Any]]
    keys: dict[str, Row[Any]]
    resting: set[str]
    quiet: bool
    beaten: bool


async def broken(town: Town, quiet: bool, beaten: bool) -> list[str]:
    """Every law that does not hold now."""
    wrong = list(town.watch.wrong)
    async with town.db.begin() as tx:
        look = await _look(tx, town, quiet, beaten)
        wrong += [*await _handled(tx, quiet), *await _audited(tx, town.watch), *await _holds(tx, look)]
    tries: dict[int, list[Tried]] = defaultdict(list)
    for tried in town.watch.tries:
        tries[tried.row].append(tried)
    wrong += [
        *_carried(look, tries), *_reminders(look, tries), *_decisions(look, tries), *_reached(look), *_cards(look)
    ]  # fmt: skip
    wrong += [f"the doctor: {one.what}" for one in await doctor.invariants(town.db, town.vault) if one.ok is False]
    return wrong


async def _look(tx: Tx, town: Town, quiet: bool, beaten: bool) -> Look:
    columns = [column for column in outbox.c if column.name != "sealed"]
    rows = {row.id: row for row in await tx.execute(select(*columns))}
    now = town.clock()
    rests = select(addresses.c.hash).where(or_(addresses.c.not_before > now, addresses.c.lease_until > now))
    resting = {row.hash for row in await tx.execute(rests)}
    keys = {row.key: row for row in rows.values() if row.key}
    return Look(now, town.started, town.watch, rows, keys, resting, quiet, beaten)


async def _handled(tx: Tx, quiet: bool) -> Iterator[str]:
    """Nothing is parked, nothing fails, nothing is left over."""
    failed = select(inbox.c.update_id, inbox.c.outcome).where(or_(inbox.c.tries > 0, inbox.c.outcome == "parked"))
    out = [f"update {row.update_id} failed at the desk ({row.outcome})" for row in await tx.execute(failed)]
    waiting = select(func.count()).where(inbox.c.handled.is_(None))
    if quiet and (await tx.execute(waiting)).scalar_one():
        out.append("arrivals wait that nobody handles")
    return iter(out)


async def _audited(tx: Tx, watch: Watch) -> Iterator[str]:
    """B4: one audit row for each move."""
    kinds = set(AUDIT.values())
    noted: Counter[tuple[str, str]] = Counter()
    for row in await tx.execute(select(notes.c.kind, notes.c.data).where(notes.c.kind.in_(kinds))):
        noted[json.loads(row.data)["ref"], row.kind] += 1
    done = Counter((m.ref, AUDIT[Status(m.was) if m.was else "", m.to]) for m in watch.moves)
    return iter([] if noted == done else [f"B4 audit rows {noted - done} too many, {done - noted} missing"])


async def _holds(tx: Tx, look: Look) -> Iterator[str]:
    """B7, and the announced expiry: once the deadlines ran nothing is overdue."""
    out: list[str] = []
    for row in await tx.execute(select(visits.c.ref, visits.c.status, visits.c.start, visits.c.hold_until)):
        if look.beaten and row.status == Status.DRAFT and row.hold_until <= look.now:
            out.append(f"B7 {row.ref} is still held")
        due = decision_due(row.start, INDIA, RULES.decision_hour)
        if look.beaten and row.status == Status.PENDING and due <= look.now:
            out.append(f"B9 {row.ref} was not answered in time, and the family is not told")
    return iter(out)


# ---------------------------------------------------------------- every message


def _carried(look: Look, tries: dict[int, list[Tried]]) -> Iterator[str]:
    for number, there in tries.items():
        row = look.rows.get(number)
        if row is None:
            yield f"M4 {there[0].to} heard what no row says"
            continue
        confirmed = [tried for tried in there if tried.outcome == "ok"]
        arrived = [number for tried in there for number in tried.ids]
        if len(confirmed) > 1 or len(arrived) > 2:
            yield f"M5 row {row.key or row.id} was confirmed {len(confirmed)} times and arrived {len(arrived)} times"
        if len(arrived) > 1 and not any(tried.ids and tried.outcome in ("echo", "killed") for tried in there):
            yield f"M5 row {row.key or row.id} was repeated without need"
        if look.quiet and confirmed and (row.status != "sent" or row.provider_id != confirmed[0].ids[-1]):
            yield f"M5 row {row.key or row.id} was confirmed, and is {row.status}"
        if row.until and any(tried.began >= row.until for tried in there):
            yield f"M6 {row.key} was said when it was of no use any more"
    for row in look.rows.values():
        if row.status == "sent" and not any(tried.outcome == "ok" for tried in tries[row.id]):
            yield f"M5 row {row.key or row.id} counts as sent, and nobody heard it"
        idle = row.status == "waiting" and row.due <= look.now and row.address not in look.resting
        if look.quiet and idle:
            yield f"M6 {row.key or row.id} is due since {row.due}, and nobody carries it"


def _reminders(look: Look, tries: dict[int, list[Tried]]) -> Iterator[str]:
    for row in look.rows.values():
        kind, _sep, rest = (row.key or "").partition(":")
        if kind not in ("reminder", "warn"):
            continue
        ref, version, _name = rest.split(":")
        wanted = (Status.APPROVED if kind == "reminder" else Status.PENDING, int(version))
        there = tries[row.id]
        if len([number for tried in there for number in tried.ids]) > 1:
            yield f"M6 {row.key} arrived twice"
        for tried in there:
            if look.watch.state(ref, tried.moves) != wanted:
                yield f"M6 {row.key} was tried while {ref} was {look.watch.state(ref, tried.moves)}"
        if any(tried.outcome in ("echo", "lost", "killed") for tried in there[:-1]):
            yield f"M6 {row.key} was tried again though it may have arrived"
        if row.status == "waiting" and look.watch.state(ref) != wanted:
            yield f"M6 {row.key} still waits while {ref} is {look.watch.state(ref)}"
    for ref, moves in look.watch.of.items():
        last = moves[-1]
        if last.to is not Status.APPROVED:
            continue
        for hours in RULES.remind_hours:
            due = last.start - timedelta(hours=hours)
            row = look.keys.get(f"reminder:{ref}:{last.version}:{hours}h")
            if due > last.at + UNDO and (row is None or row.status == "withdrawn"):
                yield f"M6 {ref} is approved, and the reminder {hours} h before is not there"


# ---------------------------------------------------------------- decisions


def _letters(look: Look, m: Moved) -> dict[str, Row[Any] | None]:
    return {way: look.keys.get(f"decision:{m.ref}:{m.version}:{way}") for way in WAYS}


def _is_decision(m: Moved) -> bool:
    return m.to in TOLD or (m.was, m.to) == (Status.PENDING, Status.EXPIRED)


def _decisions(look: Look, tries: dict[int, list[Tried]]) -> Iterator[str]:
    undone = look.watch.undone()
    heard: Counter[tuple[str, str]] = Counter()
    for m in look.watch.moves:
        if not _is_decision(m):
            continue
        for way, row in _letters(look, m).items():
            if row is None:
                yield f"M4 the letter of {m.ref} by {way} is not there"
                continue
            there = tries[row.id]
            heard[m.ref, way] += sum(tried.outcome == "ok" for tried in there)
            if there and (m.ref, m.version) in undone:
                yield f"{row.key} was told and undone"
            if m.to in TOLD and any(tried.began < m.at + UNDO for tried in there):
                yield f"{row.key} was told before the minute was over"
            for tried in there:
                if tried.ids and m.to is Status.REJECTED and way == "chat" and not _says_why(m, tried.text):
                    yield f"{row.key} tells another reason than {m.reason}: {tried.text}"
    for (ref, way), count in heard.items():
        if count > 1:
            yield f"{count} decisions of {ref} were told by {way}"


def _says_why(m: Moved, text: str) -> bool:
    """The machine's approvers write the reference and the version into their words."""
    if m.reason == "other":
        return f"{m.ref} v{m.version_was}" in text
    return WHY[m.reason or ""].msgid in text and "The jail says" not in text


def _reached(look: Look) -> Iterator[str]:
    """M9: some letter arrived, or the jail was told in time."""
    for m in look.watch.moves:
        due = m.at + (UNDO if m.to in TOLD else timedelta(0))
        if not _is_decision(m) or not look.beaten or not due + REACHED <= look.now < m.at + LOOK_BACK:
            continue
        there = [row.status for row in _letters(look, m).values() if row is not None]
        lost = "sent" not in there and set(there) != {"withdrawn"}
        if lost and f"unreached:{m.ref}:{m.version}" not in look.keys:
            yield f"M9 no letter of {m.ref} arrived ({there}), and the jail does not know since {due + REACHED}"


def _cards(look: Look) -> Iterator[str]:
    """B9: what waits is before an approver within 10 minutes of its creation or of a start, as far as its chat takes
    messages."""
    for ref, moves in look.watch.of.items():
        last = moves[-1]
        since = max(next((m.at for m in moves if m.to is Status.PENDING), look.now), look.started)
        if last.to is not Status.PENDING or not look.quiet or look.now < since + timedelta(minutes=10):
            continue
        digest = f"digest:telegram:{look.watch.groups[last.jail]}:"
        cards = [row for key, row in look.keys.items() if f"{key}:".startswith((f"card:{ref}:", digest))]
        if not any(row.created >= since and (row.attempts or row.address in look.resting) for row in cards):
            yield f"B9 {ref} waits since {since}, and no approver has its card"


def unanswered(watch: Watch) -> set[str]:
    """Presses that nobody has tried to answer."""
    return watch.pressed - {tried.errand.press for tried in watch.tries if isinstance(tried.errand, Reply)}


__all__ = ["broken", "unanswered"]
