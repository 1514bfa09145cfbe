"""Every kind of fault: at which doors it happens, and whether what was asked for is done all the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

API, SMS, SMTP, WEBHOOK = "api", "sms", "smtp", "webhook"


class Done(Enum):
    """Was the message taken, the letter kept?"""

    NEVER = auto()
    ALWAYS = auto()
    AS_SAID = auto()  # by the fault's `accepted`


@dataclass(frozen=True, slots=True)
class Kind:
    doors: tuple[str, ...]
    done: Done
    what: str


_LINES = (API, SMS, SMTP)

KINDS: Mapping[str, Kind] = {
    "timeout": Kind(_LINES, Done.AS_SAID, "no answer ever comes"),
    "reset": Kind(_LINES, Done.AS_SAID, "the connection is reset instead of an answer"),
    "garbage": Kind(_LINES, Done.AS_SAID, "the answer is no JSON, or no SMTP"),
    "slow": Kind(_LINES, Done.ALWAYS, "the true answer comes `wait` seconds late"),
    "drip": Kind((API, SMS), Done.ALWAYS, "the true answer comes drop by drop, in `wait` seconds"),
    "500": Kind((API, SMS), Done.AS_SAID, "an error of the server's own"),
    "502": Kind((API, SMS), Done.AS_SAID, "the HTML page of a proxy whose server is away"),
    "503": Kind((API, SMS), Done.AS_SAID, "the HTML page of a proxy whose server has too much to do"),
    "flood": Kind((API, SMS), Done.NEVER, "429, to be tried again after `wait` seconds"),
    "unauthorized": Kind((API, SMS), Done.NEVER, "401: the token or the key is not good any more"),
    "refused": Kind((SMS,), Done.NEVER, "400: this message never"),
    "blocked": Kind((API,), Done.NEVER, "403: the person has blocked the bot"),
    "kicked": Kind((API,), Done.NEVER, "403: the group has thrown the bot out"),
    "deactivated": Kind((API,), Done.NEVER, "403: the person's account is gone"),
    "not_found": Kind((API,), Done.NEVER, "400: there is no such chat"),
    "migrated": Kind((API,), Done.NEVER, "400: the group is a supergroup now, `moved_to`"),
    "not_modified": Kind((API,), Done.NEVER, "400: the message reads so already"),
    "too_old": Kind((API,), Done.NEVER, "400: the press waited too long for its answer"),
    "conflict": Kind((API,), Done.NEVER, "409: somebody else asks for updates"),
    "busy": Kind((SMTP,), Done.NEVER, "421 as soon as the line is open"),
    "greylisted": Kind((SMTP,), Done.NEVER, "450 to the recipient"),
    "full": Kind((SMTP,), Done.NEVER, "452 to the recipient"),
    "no_mailbox": Kind((SMTP,), Done.NEVER, "550 to the recipient"),
    "later": Kind((SMTP,), Done.NEVER, "451 to the letter"),
    "spam": Kind((SMTP,), Done.NEVER, "554 to the letter"),
    "duplicate": Kind((WEBHOOK,), Done.ALWAYS, "an update is delivered twice"),
    "reorder": Kind((WEBHOOK,), Done.ALWAYS, "the chat's next update overtakes one, if it comes in `wait` seconds"),
}


def possible(door: str) -> str:
    """The kinds of one door, for a sentence."""
    return ", ".join(name for name, kind in KINDS.items() if door in kind.doors)
