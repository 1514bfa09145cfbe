"""What a step answers with: effects, which the database keeps and the postman carries, or the facts it wants first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from dialogue.model import Chat, Json, Message, Need, Priority, Visitor
from dialogue.session import Session
from dialogue.words import Text
from visits.otp import Challenge
from visits.visit import Status, Visit


class Send(Struct, frozen=True):
    """`at`: not before (default now). `until`: useless afterwards. `key`: unique for ever; a second one is dropped."""

    to: Chat
    message: Message
    at: datetime | None = None
    until: datetime | None = None
    key: str | None = None
    priority: Priority = Priority.REPLY


class Unsend(Struct, frozen=True):
    """Withdraw what is still waiting under keys that begin so. `all_or_none`: refuse ("told") if any of it has left."""

    prefix: str
    all_or_none: bool = False


class Edit(Struct, frozen=True):
    """Change a message sent before: the one with the channel's own `id`, or else all that were sent under this `key`
    (its copies `key:...` too). `at`: not before; `name`: a key of its own, by which it can be unsent."""

    to: Chat
    message: Message
    key: str | None = None
    id: str | None = None
    at: datetime | None = None
    name: str | None = None


class Delete(Struct, frozen=True):
    to: Chat
    id: str


class Answer(Struct, frozen=True):
    """Every press is answered; `alert` asks for a closing tap."""

    to: Chat
    press: str
    text: Text | None = None
    alert: bool = False


class Enrol(Struct, frozen=True):
    visitor: Visitor


class Amend(Struct, frozen=True):
    """The same visitor with other details, or on another chat."""

    visitor: Visitor


class Erase(Struct, frozen=True):
    """Forget a visitor and their requests, but for a keyed hash that keeps a restore from bringing them back."""

    visitor: str


class Watch(Struct, frozen=True):
    """Tell this chat when that jail takes requests."""

    chat: Chat
    jail: str


class Spend(Struct, frozen=True):
    """One more of something limited: at most `count` in the last `seconds`. `name` is told when it is refused; with
    `of`, different things are counted and the same one again costs nothing."""

    name: str
    key: str
    count: int
    seconds: int
    of: str = ""


class Issue(Struct, frozen=True):
    """A new one-time code for this talk; older ones of the same purpose end with it."""

    challenge: Challenge
    spends: tuple[Spend, ...]


class Guess(Struct, frozen=True):
    """One comparison is used up: compare-and-set on the tries that the step saw."""

    challenge: str
    tries: int
    right: bool
    spends: tuple[Spend, ...] = ()


class Caps(Struct, frozen=True):
    """Of one mobile, against touts: requests that wait for an answer, and prisoners asked for."""

    open_requests: int
    prisoners: int


class Book(Struct, frozen=True):
    """Take a seat and keep the request. `capacity` is the slot's by the timetable; `mobile_key` and `prisoner_key`
    are keyed hashes, by which one live request is told from another; `details` is kept encrypted."""

    visit: Visit
    capacity: int
    details: Mapping[str, Json]
    mobile_key: str
    prisoner_key: str
    caps: Caps
    hold_until: datetime | None = None


class Submit(Struct, frozen=True):
    """A DRAFT becomes PENDING, with what was answered since. Refused ("moved") when its hold is over."""

    visit: Visit  # as it will be; its version is the one the step saw, plus one
    details: Mapping[str, Json]
    mobile_key: str
    prisoner_key: str
    caps: Caps


class Coming(Struct, frozen=True):
    """The family has said that they will come."""

    ref: str


class Move(Struct, frozen=True):
    """Compare-and-set on (status, version). `by` is a party of MOVES, `actor` who it was (a Chat as text), `name` what
    the card calls them."""

    ref: str
    version: int
    was: Status
    to: Status
    by: str
    actor: str
    name: str = ""
    reason: str | None = None
    words: str = ""


class Rebind(Struct, frozen=True):
    """A chat has another address: what waits for it, and the jails that decide there, go with it."""

    old: Chat
    new: Chat


class Tally(Struct, frozen=True):
    """One more try of what may be tried only so often; refused with the spend's name. `right`: only checked."""

    spend: Spend
    right: bool = False


class Speak(Struct, frozen=True):
    """From now on these addresses are written to in `locale`, what is already waiting included."""

    chats: tuple[Chat, ...]
    locale: str


class Note(Struct, frozen=True):
    """The audit row: an act or a refusal, without personal data."""

    kind: str
    data: Mapping[str, Json] = {}


Outward = Send | Unsend | Edit | Delete | Answer
Inward = Enrol | Amend | Erase | Watch | Issue | Guess | Book | Submit | Move | Coming | Rebind | Tally | Speak | Note
Effect = Outward | Inward


class Turn(Struct, frozen=True):
    session: Session
    effects: tuple[Effect, ...]


class Wants(Struct, frozen=True):
    """A step may answer this instead: it needs these facts first."""

    needs: tuple[Need[Any], ...]
