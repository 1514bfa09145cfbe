"""Facts for steps without a database: a small town that answers every need from plain values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dialogue.model import Chat, Facts, House, Need, Talk, Visitor
from dialogue.needs import (
    AllOf,
    CardsLately,
    Codes,
    Companions,
    Fill,
    JailOffice,
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
    Sending,
    Staff,
    StaffOf,
    States,
    TodayIn,
    VisitorBy,
    Waiting,
)
from visits.jails import Jail
from visits.otp import Challenge
from visits.policy import INDIA, Rules
from visits.visit import Kind, Prisoner, Relation, Slot, Status, Visit

NOW = datetime(2026, 11, 30, 4, 30, tzinfo=UTC)
GROUP = Chat("telegram", "-1001")
TIHAR = Jail("IN-DL-TIHAR-CJ-1", "Central Jail No. 1, Tihar", "IN-DL", "Delhi", "West Delhi", "central", True)
SHUT = Jail("IN-BR-PATNA-CJ", "Central Jail, Patna", "IN-BR", "Bihar", "Patna", "central", False)
OPEN_OFFICE = JailOffice(TIHAR, GROUP, Rules(), (Kind.IN_PERSON, Kind.VIDEO))
SHUT_OFFICE = JailOffice(SHUT, None, Rules(), ())
RAMESH = Prisoner("Ramesh Kumar", "Shyam Lal", 36, NOW.date(), "male", None)


class PlainVault:
    """Digests without a key, and 246810 is always the right code."""

    def digest(self, kind: str, value: str) -> str:
        return hashlib.sha256(f"{kind}|{value}".encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def right(self, challenge: Challenge, talk: str, typed: str) -> bool:
        return typed == "246810"


def visitor(chat: Chat) -> Visitor:
    return Visitor(
        number="M-7K2P-9XWC", chat=chat, locale="en", name="Sunita Devi", father="Ram Lal", gender="female", age=34,
        age_on="2026-11-30", address="House 12, Gali 4", pincode="110062", state="IN-DL", district="South Delhi",
        id_kind="aadhaar", id_last4="0124", id_hash="h", mobile="+919812345678", email="s@example.org",
        consent="2026-11",
    )  # fmt: skip


def slots(jail: str, kind: Kind) -> tuple[Slot, ...]:
    starts = [NOW + timedelta(days=day, hours=hour) for day in (2, 3) for hour in (0, 1)]
    return tuple(Slot(jail, kind, start, 30, 2, taken=n % 3) for n, start in enumerate(starts))


def request(ref: str, chat: Chat, status: Status) -> Request:
    start = NOW + timedelta(days=2)
    visit = Visit(
        ref, 1, status, TIHAR.code, Kind.IN_PERSON, start, 30, "M-7K2P-9XWC", RAMESH, Relation.SPOUSE, 1, None, None,
        None, NOW,
    )  # fmt: skip
    return Request(visit, visitor(chat), OPEN_OFFICE, {})


@dataclass(frozen=True, slots=True)
class Town:
    """registered: somebody is on the chat. staff: the sender decides. code: tries used of the open code, if any."""

    registered: bool = False
    staff: bool = False
    code: int | None = 0
    status: Status = Status.PENDING
    known: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, need: Need[Any], talk: Talk) -> Any:
        people = (visitor(talk.chat),) if self.registered else ()
        asked = request("53NRMNFM", talk.chat, self.status)
        match need:
            case Registered():
                return people
            case Codes():
                return self._sending(need)
            case JailsLike(query):
                return tuple(j for j in (TIHAR, SHUT) if query.casefold() in j.name.casefold())
            case JailsOf(state):
                return tuple(j for j in (TIHAR, SHUT) if j.state == state)
            case JailsNear():
                return (TIHAR, SHUT)
            case States():
                return (("IN-BR", "Bihar"), ("IN-DL", "Delhi"))
            case Office(code):
                return {TIHAR.code: OPEN_OFFICE, SHUT.code: SHUT_OFFICE}.get(code)
            case OfficesIn(chat):
                return (OPEN_OFFICE,) if chat == GROUP else ()
            case OpenSlots(jail, kind):
                return slots(jail, kind)
            case KnownPrisoners():
                return (asked,)
            case Companions():
                return ({"name": "Mohan Lal", "age": 61, "gender": "male", "relation": "father"},)
            case RequestOf(ref):
                return asked if ref == "53NRMNFM" else None
            case RequestsOf() | AllOf() | TodayIn():
                return (asked,)
            case PendingIn():
                return Waiting((asked,), 3, 1, (asked.visit.start, asked.visit.ref))
            case StaffOf():
                return (Staff(TIHAR.code, "superintendent", "Supt. Rao"),) if self.staff else ()
            case Fill(jail, kind, start):
                return Slot(jail, kind, start, 30, 2, 1)
            case CardsLately():
                return 0
            case VisitorBy():
                return visitor(Chat("telegram", "7")) if self.registered else None
        raise AssertionError(f"no answer to {need}")

    def _sending(self, need: Codes) -> Sending:
        if self.code is None:
            return Sending()
        life = (NOW - timedelta(minutes=2), NOW + timedelta(minutes=8))
        newest = Challenge("c1", need.purpose, need.address, 0, *life, tries=self.code, used=False)
        return Sending(newest, (), 1, life[0])

    def facts(self, talk: Talk, nonce: str, known: dict[Need[Any], Any]) -> Facts:
        house = House(INDIA, ("en", "hi"), (Chat("telegram", "900"),), "https://meet.example")
        return Facts(NOW, nonce, PlainVault(), house, known)
