"""What every channel is: an address and an errand in, a provider's id out, or one of two reasons why not."""

from typing import Protocol

from msgspec import Struct

from dialogue.model import Chat, Message
from dialogue.words import Text


class Say(Struct, frozen=True):
    """A new message."""

    message: Message


class Change(Struct, frozen=True):
    """Put `message` in the place of the one that the provider calls `id`."""

    id: str
    message: Message


class Drop(Struct, frozen=True):
    """Take away the message that the provider calls `id`."""

    id: str


class Reply(Struct, frozen=True):
    """Answer the press of a button; `alert` asks for a closing tap. Without a text the button only stops
    spinning."""

    press: str
    text: Text | None = None
    alert: bool = False


Errand = Say | Change | Drop | Reply


class Channel(Protocol):
    """One way for words to travel. An implementation never retries by itself: when to try again is the
    postman's."""

    @property
    def name(self) -> str:
        """The first half of a `Chat`: "telegram", "email", "sms"."""
        ...

    async def deliver(self, to: Chat, errand: Errand, locale: str) -> str:
        """The provider's id of what was sent, "" where there is none. Raises Later or Never; a ValueError is
        a bug in the message itself (a place without its parameter, a code that was not put in)."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


LONGEST = 24 * 3600.0  # seconds: whatever a server asks for, it is asked again within a day


class Later(Exception):
    """Not now. `why` holds no personal data and no secret, so it may be logged and kept.

    seconds: the earliest sensible next try, LONGEST at most. flood: the address itself must rest (429). unsure: it may
    have arrived all the same, since the answer was lost after the request went out.
    """

    def __init__(self, seconds: float, why: str, *, flood: bool = False, unsure: bool = False) -> None:
        super().__init__(why)
        self.seconds = min(seconds, LONGEST) if seconds >= 0 else 0.0  # neither does NaN get through
        self.why = why
        self.flood = flood
        self.unsure = unsure


class Never(Exception):
    """Not ever: the same errand to the same address would fail again. `why` as in `Later`.

    gone: nobody is there any more (the bot was blocked, the chat or mailbox does not exist). moved_to: the
    chat's new id (a Telegram group that became a supergroup).
    """

    def __init__(self, why: str, *, gone: bool = False, moved_to: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.gone = gone
        self.moved_to = moved_to


class OperatorError(Exception):
    """What the operator set cannot work. The text says what is wrong and the mend, and holds no secret."""
