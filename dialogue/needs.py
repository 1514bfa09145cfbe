"""What a step may ask the database for: each need names itself and the shape of its answer."""

from dataclasses import dataclass
from datetime import date, datetime

from dialogue.model import Chat, Json, Need, Talk, Visitor
from visits import otp
from visits.jails import Jail
from visits.otp import Challenge
from visits.policy import Rules
from visits.visit import Kind, Slot, Visit


@dataclass(frozen=True, slots=True)
class Sending:
    """The codes of one talk for one address in the last hour: the newest, the older ones, how many, and when."""

    newest: Challenge | None = None
    older: tuple[Challenge, ...] = ()
    sent: int = 0
    last: datetime | None = None

    def usable(self, now: datetime) -> bool:
        c = self.newest
        return c is not None and not c.used and c.tries < otp.TRIES and now < c.expires


@dataclass(frozen=True, slots=True)
class JailOffice:
    """A jail with its numbers; `chat` is where its staff decide, None while it takes no requests."""

    jail: Jail
    chat: Chat | None
    rules: Rules
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request with all that its card and its letters say. `details` are the form's other answers."""

    visit: Visit
    visitor: Visitor
    office: JailOffice
    details: dict[str, Json]
    coming: bool = False
    held: bool = False  # a seat that is or was only held: it never was before the jail


@dataclass(frozen=True, slots=True)
class Staff:
    """One person's place in one jail."""

    jail: str
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Registered(Need[tuple[Visitor, ...]]):
    """Who is registered on this chat, the first one first: up to four share a phone."""

    chat: Chat


@dataclass(frozen=True, slots=True)
class VisitorBy(Need[Visitor | None]):
    """The visitor with this mobile and this ID number (a keyed hash), on whatever chat."""

    mobile: str
    id_hash: str


@dataclass(frozen=True, slots=True)
class Codes(Need[Sending]):
    """`address` is the number or mailbox to prove; the flow is counted from the last hour."""

    talk: Talk
    purpose: str
    address: str


@dataclass(frozen=True, slots=True)
class JailsLike(Need[tuple[Jail, ...]]):
    query: str


@dataclass(frozen=True, slots=True)
class JailsOf(Need[tuple[Jail, ...]]):
    """All jails of a state, those that take requests first."""

    state: str


@dataclass(frozen=True, slots=True)
class States(Need[tuple[tuple[str, str], ...]]):
    """(code, English name) of every state and union territory."""


@dataclass(frozen=True, slots=True)
class JailsNear(Need[tuple[Jail, ...]]):
    """The jails nearest to a place, as far as where they are is known."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Office(Need[JailOffice | None]):
    jail: str


@dataclass(frozen=True, slots=True)
class OfficesIn(Need[tuple[JailOffice, ...]]):
    """The jails that are decided in a chat."""

    chat: Chat


@dataclass(frozen=True, slots=True)
class OpenSlots(Need[tuple[Slot, ...]]):
    """The slots of a jail in its window, with what is taken; full ones included."""

    jail: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class KnownPrisoners(Need[tuple[Request, ...]]):
    """The last request for each prisoner that this visitor asked for, newest first."""

    visitor: str


@dataclass(frozen=True, slots=True)
class Companions(Need[tuple[dict[str, Json], ...]]):
    """Who came along with this visitor before, the last first, each once."""

    visitor: str


@dataclass(frozen=True, slots=True)
class RequestsOf(Need[tuple[Request, ...]]):
    """A visitor's requests of the last weeks and ahead, soonest first."""

    visitor: str


@dataclass(frozen=True, slots=True)
class AllOf(Need[tuple[Request, ...]]):
    """Everything a visitor ever asked for, seats that are only held included."""

    visitor: str


@dataclass(frozen=True, slots=True)
class RequestOf(Need[Request | None]):
    ref: str


@dataclass(frozen=True, slots=True)
class Fill(Need[Slot | None]):
    """How full the slot of a visit is now."""

    jail: str
    kind: Kind
    start: datetime


Place = tuple[datetime, str]  # of a request among those that wait: when it starts, and its reference


@dataclass(frozen=True, slots=True)
class Waiting:
    """Some of what waits. count: how many there are from where these begin; read: how many of them were read here (one
    that can't be opened is left out of `requests`); last: the place of the last one read."""

    requests: tuple[Request, ...] = ()
    count: int = 0
    read: int = 0
    last: Place | None = None

    @property
    def left(self) -> int:
        return self.count - self.read


@dataclass(frozen=True, slots=True)
class PendingIn(Need[Waiting]):
    """What waits for a decision in these jails, soonest first: so many of those after a place."""

    jails: tuple[str, ...]
    after: Place | None
    limit: int


@dataclass(frozen=True, slots=True)
class TodayIn(Need[tuple[Request, ...]]):
    """The approved visits of a day to the jails of a chat, in order."""

    chat: Chat
    day: date


@dataclass(frozen=True, slots=True)
class CardsLately(Need[int]):
    """Cards written for a chat in the last minute."""

    chat: Chat


@dataclass(frozen=True, slots=True)
class StaffOf(Need[tuple[Staff, ...]]):
    """The places that a person holds now, in any jail."""

    person: Chat
