"""A small world for random talks: it answers what steps want to know, and does what they ask for.

Pure and plausible, no database: whoever registers is known afterwards, a code that was issued is live, a seat that was
held is a draft. What it refuses is chance's, and only for reasons that the database has for such effects.
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from dialogue import needs as n
from dialogue.effects import Amend, Book, Coming, Effect, Enrol, Erase, Guess, Issue, Move, Submit, Tally, Unsend
from dialogue.model import Chat, Facts, House, Need, Talk, Visitor
from storage.vault import Vault
from tests.support.stage import MONDAY, SECRET
from visits import calendar
from visits.jails import Jail, search
from visits.otp import Challenge
from visits.policy import INDIA, Rules
from visits.visit import LIVE, Kind, Slot, Status

SUNITA = Talk(Chat("telegram", "101"), "101")
GROUP = Chat("telegram", "-1001")
RAO = Talk(GROUP, "201")
VAULT = Vault(SECRET)
HOUSE = House(INDIA, ("en", "hi"), (Chat("telegram", "900"),), "https://meet.example", contact_counts=False)
STATES = (("IN-DL", "Delhi"), ("IN-HR", "Haryana"), ("IN-UP", "Uttar Pradesh"))
BOTH = (Kind.IN_PERSON, Kind.VIDEO)


def _office(code: str, name: str, open_: bool, kinds: tuple[Kind, ...] = BOTH, party: int = 3) -> n.JailOffice:
    jail = Jail(code, name, "IN-DL", "Delhi", "West Delhi", "central", open_)
    return n.JailOffice(jail, GROUP if open_ else None, Rules(party=party), kinds)


OFFICES = {
    office.jail.code: office
    for office in (
        _office("IN-DL-TIHAR-CJ-1", "Central Jail No. 1, Tihar", True),
        _office("IN-DL-SMALL", "Tihar Small Jail", True, (Kind.IN_PERSON,), party=1),
        _office("IN-DL-SHUT", "Tihar Shut Jail", False),
        *(_office(f"IN-DL-N{i:02}", f"Jail {i:02}, Tihar", False) for i in range(12)),
    )
}
EVERYWHERE = tuple(office.jail for office in OFFICES.values())

# What the database may refuse, by the effect that it refuses.
REASONS: Mapping[type[Any], tuple[str, ...]] = {
    Issue: ("codes_chat", "numbers_chat", "sms_number", "sms_hour"),
    Guess: ("guess", "wrong_number"),
    Book: ("slot_full", "open_requests_mobile", "open_request", "prisoners_mobile"),
    Submit: ("moved", "open_requests_mobile", "open_request", "prisoners_mobile"),
    Move: ("moved",),
    Tally: ("id_guess",),
    Amend: ("erased",),
    Erase: ("live_requests",),
}


@dataclass(slots=True)
class World:
    """`holds`: the drafts, also when they are given back: they were never asked. `full`: every so manieth slot is."""

    now: datetime = MONDAY
    visitors: list[Visitor] = field(default_factory=list)
    sent: list[tuple[str, Challenge]] = field(default_factory=list)
    requests: dict[str, n.Request] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)
    roles: Mapping[str, str] = field(default_factory=lambda: {"201": "superintendent", "203": "gate"})
    full: int = 7
    count: int = 0

    def fork(self) -> "World":
        other = copy(self)
        other.visitors, other.sent = [*self.visitors], [*self.sent]
        other.requests, other.holds = dict(self.requests), {*self.holds}
        return other

    def facts(self, known: dict[Need[Any], Any]) -> Facts:
        return Facts(self.now, VAULT.digest("nonce", str(self.count)), VAULT, HOUSE, known)

    # ------------------------------------------------------------ answering

    def answer(self, need: Need[Any]) -> Any:
        match need:
            case n.Registered(chat):
                return tuple(v for v in self.visitors if v.chat == chat)
            case n.VisitorBy(mobile, id_hash):
                return next((v for v in self.visitors if (v.mobile, v.id_hash) == (mobile, id_hash)), None)
            case n.Codes(talk, purpose, address):
                return self._sending(str(talk), purpose, address)
            case n.JailsLike(query):
                return search(query, EVERYWHERE)
            case n.JailsOf(state):
                return tuple(jail for jail in EVERYWHERE if jail.state == state)
            case n.JailsNear():
                return EVERYWHERE[:4]
            case n.States():
                return STATES
            case n.Office(code):
                return OFFICES.get(code)
            case n.OfficesIn(chat):
                return tuple(office for office in OFFICES.values() if office.chat == chat)
            case n.OpenSlots(code, kind):
                return self._slots(code, kind)
            case n.StaffOf(person):
                role = self.roles.get(person.id)
                return (n.Staff("IN-DL-TIHAR-CJ-1", role, "Supt. Rao"),) if role else ()
            case n.CardsLately():
                return 15 if self.count % 11 == 0 else 0
            case n.Fill(jail, kind, start):
                return Slot(jail, kind, start, 30, 10, 3)
        return self._of_requests(need)

    def _of_requests(self, need: Need[Any]) -> Any:
        asked = [r for ref, r in self.requests.items() if ref not in self.holds]
        match need:
            case n.KnownPrisoners(number):
                mine = [r for r in asked if r.visit.visitor == number]
                return tuple(mine[:5])
            case n.Companions(number):
                mine = [r for r in asked if r.visit.visitor == number]
                return tuple({c["name"]: c for r in mine for c in r.details.get("companions") or ()}.values())
            case n.AllOf(number):
                return tuple(r for r in self.requests.values() if r.visit.visitor == number)
            case n.RequestsOf(number):
                return tuple(r for r in asked if r.visit.visitor == number)
            case n.RequestOf(ref):
                return self.requests.get(ref)
            case n.PendingIn(jails, after, limit):
                there = {(r.visit.start, r.visit.ref): r for r in asked if r.visit.jail in jails}
                waiting = [p for p, r in sorted(there.items()) if r.visit.status is Status.PENDING]
                rest = [p for p in waiting if after is None or p > after]
                page = rest[:limit]
                return n.Waiting(tuple(there[p] for p in page), len(rest), len(page), page[-1] if page else None)
            case n.TodayIn():
                return tuple(r for r in asked if r.visit.status is Status.APPROVED)
        raise AssertionError(f"this world doesn't know {need}")

    def _sending(self, talk: str, purpose: str, address: str) -> n.Sending:
        mine = [c for of, c in reversed(self.sent) if (of, c.purpose, c.address) == (talk, purpose, address)]
        recent = [c for c in mine if c.issued > self.now - timedelta(hours=1)]
        if not recent:
            return n.Sending()
        return n.Sending(recent[0], tuple(recent[1:]), len(recent), recent[0].issued)

    def _slots(self, code: str, kind: Kind) -> tuple[Slot, ...]:
        office = OFFICES.get(code)
        if office is None or kind not in office.kinds:
            return ()
        hours = [t for t in calendar.DEFAULT_TIMETABLE if t.kind is kind]
        planned = calendar.slots(hours, (), INDIA, office.rules, self.now, code)
        return tuple(
            replace(s, taken=s.capacity if i % self.full == self.full - 1 else i % 3) for i, s in enumerate(planned)
        )

    # ------------------------------------------------------------ doing

    def refusal(self, effects: tuple[Effect, ...], chance: int) -> str:
        """Why the database might refuse this turn; "" when it has no reason to."""
        reasons = [reason for effect in effects for reason in REASONS.get(type(effect), ())]
        reasons += ["told" for effect in effects if isinstance(effect, Unsend) and effect.all_or_none]
        return reasons[chance % len(reasons)] if reasons else ""

    def do(self, talk: Talk, effects: tuple[Effect, ...]) -> None:
        self.count += 1
        for effect in effects:
            match effect:
                case Enrol(visitor):
                    self.visitors.append(visitor)
                case Amend(visitor):
                    self.visitors = [visitor if v.number == visitor.number else v for v in self.visitors]
                case Erase(number):
                    self.visitors = [v for v in self.visitors if v.number != number]
                    self.requests = {ref: r for ref, r in self.requests.items() if r.visit.visitor != number}
                case Issue(challenge):
                    self._change(lambda c: replace(c, used=True), purpose=challenge.purpose)
                    self.sent.append((str(talk), challenge))
                case Guess(id, tries, right):
                    self._change(lambda c, t=tries, r=right: replace(c, tries=t + 1, used=r), id=id)  # type: ignore[misc]
                case Book() | Submit():
                    visit = effect.visit
                    held = isinstance(effect, Book) and effect.hold_until is not None
                    self.holds = self.holds | {visit.ref} if held else self.holds - {visit.ref}
                    visitor = next(v for v in self.visitors if v.number == visit.visitor)
                    details = dict(effect.details)
                    self.requests[visit.ref] = n.Request(visit, visitor, OFFICES[visit.jail], details, held=held)
                case Move(ref, version, was, to, _by, _actor, name, reason):
                    r = self.requests[ref]
                    assert (r.visit.version, r.visit.status) == (version, was), "a step moved what it did not see"
                    moved = replace(r.visit, version=version + 1, status=to, reason=reason, decided_by=name or None)
                    decided = self.now if was in LIVE and to in (Status.APPROVED, Status.REJECTED) else None
                    self.requests[ref] = replace(r, visit=replace(moved, decided_at=decided))
                case Coming(ref):
                    self.requests[ref] = replace(self.requests[ref], coming=True)

    def _change(self, change: Callable[[Challenge], Challenge], **what: str) -> None:
        self.sent = [
            (talk, change(c) if all(getattr(c, k) == v for k, v in what.items()) else c) for talk, c in self.sent
        ]

    def right(self, talk: Talk, purpose: str) -> str:
        """The newest code of a purpose, as it reached the visitor; a wrong one where none did."""
        sent = [c for of, c in self.sent if (of, c.purpose) == (str(talk), purpose)]
        return VAULT.code(sent[-1], str(talk)) if sent else "000000"
