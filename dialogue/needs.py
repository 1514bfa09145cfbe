"""What a step may ask the database for: each need names itself and the shape of its answer."""

from datetime import date, datetime

from msgspec import Struct

from dialogue.model import Chat, Json, Need, Talk, Visitor
from visits import otp
from visits.jails import Jail
from visits.otp import Challenge
from visits.policy import Rules
from visits.visit import Kind, Slot, Visit


class Sending(Struct, frozen=True):
    """The codes of one talk for one address in the last hour: the newest, the older ones, how many, and when."""

    newest: Challenge | None = None
    older: tuple[Challenge, ...] = ()
    sent: int = 0
    last: datetime | None = None

    def usable(self, now: datetime) -> bool:
        c = self.newest
        return c is not None and not c.used and c.tries < otp.TRIES and now < c.expires


class JailOffice(Struct, frozen=True):
    """A jail with its numbers; `chat` is where its staff decide, None while it takes no requests."""

    jail: Jail
    chat: Chat | None
    rules: Rules
    kinds: tuple[Kind, ...]


class Request(Struct, frozen=True):
    """A request with all that its card and its letters say. `details` are the form's other answers."""

    visit: Visit
    visitor: Visitor
    office: JailOffice
    details: dict[str, Json]
    coming: bool = False
    held: bool = False  # a seat that is or was only held: it never was before the jail


class Staff(Struct, frozen=True):
    """One person's place in one jail."""

    jail: str
    role: str
    name: str


class Registered(Need[tuple[Visitor, ...]], Struct, frozen=True):
    """Who is registered on this chat, the first one first: up to four share a phone."""

    chat: Chat


class VisitorBy(Need[Visitor | None], Struct, frozen=True):
    """The visitor with this mobile and this ID number (a keyed hash), on whatever chat."""

    mobile: str
    id_hash: str


class Codes(Need[Sending], Struct, frozen=True):
    """`address` is the number or mailbox to prove; the flow is counted from the last hour."""

    talk: Talk
    purpose: str
    address: str


class JailsLike(Need[tuple[Jail, ...]], Struct, frozen=True):
    query: str


class JailsOf(Need[tuple[Jail, ...]], Struct, frozen=True):
    """All jails of a state, those that take requests first."""

    state: str


class States(Need[tuple[tuple[str, str], ...]], Struct, frozen=True):
    """(code, English name) of every state and union territory."""


class JailsNear(Need[tuple[Jail, ...]], Struct, frozen=True):
    """The jails nearest to a place, as far as where they are is known."""

    lat: float
    lon: float


class Office(Need[JailOffice | None], Struct, frozen=True):
    jail: str


class OfficesIn(Need[tuple[JailOffice, ...]], Struct, frozen=True):
    """The jails that are decided in a chat."""

    chat: Chat


class OpenSlots(Need[tuple[Slot, ...]], Struct, frozen=True):
    """The slots of a jail in its window, with what is taken; full ones included."""

    jail: str
    kind: Kind


class KnownPrisoners(Need[tuple[Request, ...]], Struct, frozen=True):
    """The last request for each prisoner that this visitor asked for, newest first."""

    visitor: str


class Companions(Need[tuple[dict[str, Json], ...]], Struct, frozen=True):
    """Who came along with this visitor before, the last first, each once."""

    visitor: str


class RequestsOf(Need[tuple[Request, ...]], Struct, frozen=True):
    """A visitor's requests of the last weeks and ahead, soonest first."""

    visitor: str


class AllOf(Need[tuple[Request, ...]], Struct, frozen=True):
    """Everything a visitor ever asked for, seats that are only held included."""

    visitor: str


class RequestOf(Need[Request | None], Struct, frozen=True):
    ref: str


class Fill(Need[Slot | None], Struct, frozen=True):
    """How full the slot of a visit is now."""

    jail: str
    kind: Kind
    start: datetime


Place = tuple[datetime, str]  # of a request among those that wait: when it starts, and its reference


class Waiting(Struct, frozen=True):
    """Some of what waits. count: how many there are from where these begin; read: how many of them were read here (one
    that can't be opened is left out of `requests`); last: the place of the last one read."""

    requests: tuple[Request, ...] = ()
    count: int = 0
    read: int = 0
    last: Place | None = None

    @property
    def left(self) -> int:
        return self.count - self.read


class PendingIn(Need[Waiting], Struct, frozen=True):
    """What waits for a decision in these jails, soonest first: so many of those after a place."""

    jails: tuple[str, ...]
    after: Place | None
    limit: int


class TodayIn(Need[tuple[Request, ...]], Struct, frozen=True):
    """The approved visits of a day to the jails of a chat, in order."""

    chat: Chat
    day: date


class CardsLately(Need[int], Struct, frozen=True):
    """Cards written for a chat in the last minute."""

    chat: Chat


class StaffOf(Need[tuple[Staff, ...]], Struct, frozen=True):
    """The places that a person holds now, in any jail."""

    person: Chat
