"""The nouns of a conversation: who talks, what came in, what a step may know, and what it asks for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace

from dialogue.words import Speech, Text, in_english
from visits.otp import Challenge
from visits.visit import UNDO

Json = Any  # what json.loads gives: str, int, float, bool, None, list, dict

# ---------------------------------------------------------------- who


class Chat(Struct, frozen=True):
    """An address: `telegram:42`, `sms:+9198...`, `email:a@b`."""

    channel: str
    id: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}"

    @classmethod
    def of(cls, text: str) -> "Chat":
        channel, _sep, rest = text.partition(":")
        return cls(channel, rest)


class Talk(Struct, frozen=True):
    """Whose conversation this is: the unit of session, order, batch and lock. In a group each person has their own."""

    chat: Chat
    sender: str

    @property
    def private(self) -> bool:
        return self.chat.id == self.sender

    def __str__(self) -> str:
        return f"{self.chat}/{self.sender}"

    @classmethod
    def of(cls, text: str) -> "Talk":
        chat, _sep, sender = text.rpartition("/")
        return cls(Chat.of(chat), sender)


class Visitor(Struct, frozen=True):
    """Who registered. The ID number is its last four signs and a keyed hash; `age` is as of `age_on` (ISO date)."""

    number: str
    chat: Chat
    locale: str
    name: str
    father: str
    gender: str
    age: int
    age_on: str
    address: str
    pincode: str
    state: str
    district: str
    id_kind: str
    id_last4: str
    id_hash: str
    mobile: str
    email: str
    consent: str


# ---------------------------------------------------------------- events: what came in


class Said(Struct, frozen=True):
    """Words. `message` is the channel's id of what was sent, so that it can be deleted. `reply_to`: what stood in the
    message of ours that these words answer, where a person chose one to reply to."""

    text: str
    message: str = ""
    reply_to: str = ""


class Pressed(Struct, frozen=True):
    """A button. `data` may be forged; `press` must be answered; `message` bore the button; `by` is a shown name."""

    data: str
    press: str
    message: str = ""
    by: str = ""


class Commanded(Struct, frozen=True):
    """`/name rest`; `by` is the sender's shown name."""

    name: str
    rest: str = ""
    by: str = ""


class Shared(Struct, frozen=True):
    """A contact or a location. `own` is true only for a contact that is the sender's own."""

    what: str  # "contact" or "location"
    value: str  # a telephone number, or "lat,lon"
    own: bool = False
    message: str = ""


class Sent(Struct, frozen=True):
    """Something that carries no answer: a sticker, a voice note, a photo, an edited message..."""

    kind: str


class Gone(Struct, frozen=True):
    """The person blocked the bot, or the bot was removed from a group."""


class Moved(Struct, frozen=True):
    """The group has another number from now on: it became a supergroup."""

    to: str


Event = Said | Pressed | Commanded | Shared | Sent | Gone | Moved


class Refused(Struct, frozen=True):
    """The same event again, after the database refused what the first step asked for."""

    event: Event
    reason: str


class Arrival(Struct, frozen=True):
    """What a channel hands over; (channel, id) is its identity. `locale`: what the sender's app is set to, if known."""

    id: int
    talk: Talk
    at: datetime
    event: Event
    locale: str = ""


# ---------------------------------------------------------------- facts: all that a step may know

T = TypeVar("T", covariant=True)


class Need(Generic[T]):
    """Something that only the database knows, named by a value in `dialogue/needs.py`."""

    __slots__ = ()


class Missing(LookupError):
    """A fact that was not read yet; `step` turns it into `Wants`, so it never leaves this room."""

    def __init__(self, need: Need[Any]) -> None:
        super().__init__(type(need).__name__)
        self.need = need


class Vault(Protocol):
    """Keys stay outside: a step may only ask for a keyed hash, or whether a code is right."""

    def digest(self, kind: str, value: str) -> str: ...

    def right(self, challenge: Challenge, talk: str, typed: str) -> bool: ...


class House(Struct, frozen=True):
    """What the operator set, the same for every talk: the jails' time zone, the languages that can be chosen, and
    the chats that hear of trouble. `said`: the words on a button, in a language."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Kolkata"))
    locales: tuple[str, ...] = ("en",)
    admins: tuple[Chat, ...] = ()
    video_url: str = ""  # root of the rooms for video visits; none: no video visits
    contact_counts: bool = False  # one's own shared contact stands for the code by SMS
    undo: timedelta = UNDO  # a decision's words wait so long, and can be taken back
    said: Speech = in_english


class Facts(Struct, frozen=True):
    """now: aware UTC. nonce: 32 fresh hex digits at every try. known: what was read for this step."""

    now: datetime
    nonce: str
    vault: Vault
    house: House = field(default_factory=House)
    known: Mapping[Need[Any], Any] = {}
    refused: str = ""

    def __getitem__(self, need: Need[T]) -> T:
        try:
            found: T = self.known[need]
        except KeyError:
            raise Missing(need) from None
        return found

    def after(self, reason: str) -> "Facts":
        return replace(self, refused=reason)


# ---------------------------------------------------------------- messages


class Button(Struct, frozen=True):
    """`data` is at most 64 bytes (Telegram's limit)."""

    text: Text
    data: str


Rows = tuple[tuple[Button, ...], ...]


class Invite(Struct, frozen=True):
    """A calendar entry, attached to an e-mail as a file. `sequence` grows with every change; `start` is aware UTC."""

    ref: str
    start: datetime
    minutes: int
    summary: Text
    place: str
    sequence: int = 0
    cancelled: bool = False


class Message(Struct, frozen=True):
    """Words and buttons, free of any channel. `subject` is used where a channel has one. `asks` opens the sender's
    keyboard for one thing: "contact", "location" or "reply" (words, in a group); it has no buttons then."""

    text: tuple[Text, ...]
    buttons: Rows = ()
    asks: str = ""
    subject: Text | None = None
    invite: Invite | None = None


class Priority(IntEnum):
    """Lower goes first. What is repeated once after an unknown outcome: DECISION and REPLY; reminders are not."""

    DECISION = 0
    REPLY = 1
    REMINDER = 2
    BROADCAST = 3
