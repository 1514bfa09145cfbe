"""A visit: what it is, and all that it may become (MOVES). Who asks and who decides are only names here."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

UNDO = timedelta(seconds=60)  # how long a decision's words wait, and so how long it can be taken back


class Status(StrEnum):
    DRAFT = "DRAFT"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    CANCELLED = "CANCELLED"
    ARRIVED = "ARRIVED"
    COMPLETED = "COMPLETED"
    NO_SHOW = "NO_SHOW"
    TURNED_AWAY = "TURNED_AWAY"
    TECH_FAILED = "TECH_FAILED"


class Kind(StrEnum):
    IN_PERSON = "in_person"
    VIDEO = "video"


class Relation(StrEnum):
    """Of the visitor to the prisoner: "he is my ..."; SPOUSE is husband or wife."""

    FATHER = "father"
    MOTHER = "mother"
    SPOUSE = "spouse"
    BROTHER = "brother"
    SISTER = "sister"
    SON = "son"
    DAUGHTER = "daughter"
    UNCLE = "uncle"
    AUNT = "aunt"
    COUSIN = "cousin"
    FRIEND = "friend"
    LAWYER = "lawyer"
    OTHER = "other"


class Reason(StrEnum):
    """Why a visit can't be. OTHER comes with the decider's own words."""

    QUOTA_USED = "quota_used"
    SLOT_FULL = "slot_full"
    PRISONER_NOT_FOUND = "prisoner_not_found"
    TRANSFERRED = "transferred"
    RELEASED = "released"
    COURT_OR_HOSPITAL = "court_or_hospital"
    PRISONER_DECLINED = "prisoner_declined"
    VISITOR_NOT_ON_LIST = "visitor_not_on_list"
    BARRED = "barred"
    ID_MISMATCH = "id_mismatch"
    NO_ADULT = "no_adult"
    DUPLICATE = "duplicate"
    TOO_MANY_VISITORS = "too_many_visitors"
    DATE_CLOSED = "date_closed"
    VIDEO_NOT_PERMITTED = "video_not_permitted"
    SECURITY_HOLD = "security_hold"
    JAIL_ERROR = "jail_error"
    OTHER = "other"


# "jail" is a closure of a day, for all its visits at once; one person's decision is "staff".
ACTORS = ("visitor", "staff", "jail", "prisoner", "clock")


def _moves(by: Mapping[Status, str]) -> Mapping[Status, frozenset[str]]:
    return MappingProxyType({to: frozenset(actors.split()) for to, actors in by.items()})


# All that a visit may become, and by whom. A reschedule is a move of slot, not of status.
MOVES: Mapping[Status, Mapping[Status, frozenset[str]]] = MappingProxyType(
    {
        Status.DRAFT: _moves(
            {
                Status.PENDING: "visitor",
                Status.WITHDRAWN: "visitor",
                Status.CANCELLED: "jail",
                Status.EXPIRED: "clock",  # the hold ran out
            }
        ),
        Status.PENDING: _moves(
            {
                Status.APPROVED: "staff",
                Status.REJECTED: "staff",
                Status.WITHDRAWN: "visitor",
                Status.CANCELLED: "jail prisoner",
                Status.EXPIRED: "clock",  # nobody decided in time
            }
        ),
        Status.APPROVED: _moves(
            {
                Status.PENDING: "staff",  # undo
                Status.CANCELLED: "visitor staff jail prisoner",
                Status.ARRIVED: "staff",
                Status.TURNED_AWAY: "staff",
                Status.TECH_FAILED: "staff",
                # Where a jail writes no arrivals at its gate the clock closes the record as COMPLETED: what
                # nobody wrote down must never be held against a family.
                Status.COMPLETED: "staff clock",
                Status.NO_SHOW: "staff clock",
            }
        ),
        Status.REJECTED: _moves({Status.PENDING: "staff"}),  # undo, and nothing else
        Status.ARRIVED: _moves(
            {
                Status.COMPLETED: "staff clock",
                Status.TURNED_AWAY: "staff",
                Status.TECH_FAILED: "staff",
                Status.CANCELLED: "staff jail prisoner",
            }
        ),
        Status.EXPIRED: _moves({}),
        Status.WITHDRAWN: _moves({}),
        Status.CANCELLED: _moves({}),
        Status.COMPLETED: _moves({}),
        Status.NO_SHOW: _moves({}),
        Status.TURNED_AWAY: _moves({}),
        Status.TECH_FAILED: _moves({}),
    }
)

LIVE = frozenset({Status.DRAFT, Status.PENDING, Status.APPROVED, Status.ARRIVED})  # they hold their seat
TERMINAL = frozenset(Status) - LIVE  # the request is answered; only a rejection can be undone, for UNDO


def can_move(was: Status, to: Status, by: str) -> bool:
    """Whether MOVES lists it; that an undo ends after UNDO is for its caller to see to."""
    return by in MOVES[was].get(to, frozenset())


class Slot(Struct, frozen=True):
    """A place in a jail's calendar: (jail, kind, start) names it. `start` is aware UTC; `taken` are live visits."""

    jail: str
    kind: Kind
    start: datetime
    minutes: int
    capacity: int
    taken: int

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError(f"a slot starts at a moment, not at the wall time {self.start}: add its zone")

    @property
    def left(self) -> int:
        return max(0, self.capacity - self.taken)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)


class Prisoner(Struct, frozen=True):
    """As the family wrote it: unchecked until a human of the jail has looked. `age` was true on `age_on`."""

    name: str
    father: str
    age: int
    age_on: date
    gender: str
    number: str | None


class Visit(Struct, frozen=True):
    """One request and what became of it. `start` is aware UTC; `party` counts the visitor; a move adds a version."""

    ref: str
    version: int
    status: Status
    jail: str
    kind: Kind
    start: datetime
    minutes: int
    visitor: str
    prisoner: Prisoner
    relation: Relation
    party: int
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    created: datetime

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)
