"""One-time codes: how they are made, matched, and when they end. The only file that knows pyotp.

A code is never stored: it is derived again from the pepper and from what it is bound to, whenever it is sent or
compared.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pyotp
from msgspec import Struct

from visits.text import normalise

LIFE = timedelta(minutes=10)
TRIES = 5
RESEND = (60, 120, 300)  # seconds to wait before the second, third and fourth code of a flow; then no more
DIGITS = 6


class Challenge(Struct, frozen=True):
    """A code that was asked for: all that is stored of it. The digits are code(...) of these and the talk."""

    id: str
    purpose: str
    address: str
    counter: int
    issued: datetime
    expires: datetime
    tries: int
    used: bool


class Limit(Struct, frozen=True):
    """At most `count` in any `window`; the database counts."""

    name: str
    count: int
    window: timedelta


_DAY = timedelta(hours=24)
WRONG_GUESSES = Limit("wrong_guesses", 10, _DAY)  # of one number, over all chats
SMS_NUMBER = Limit("sms_number", 5, _DAY)  # to one number, over all chats
CODES_CHAT = Limit("codes_chat", 10, _DAY)  # asked for by one chat
NUMBERS_CHAT = Limit("numbers_chat", 3, _DAY)  # different numbers that one chat asks codes for
SMS_HOUR = Limit("sms_hour", 500, timedelta(hours=1))  # in all; a registered number may use it up
SMS_HOUR_UNKNOWN = Limit("sms_hour_unknown", 400, SMS_HOUR.window)  # in all, when the next number is new
LIMITS = (WRONG_GUESSES, SMS_NUMBER, CODES_CHAT, NUMBERS_CHAT, SMS_HOUR, SMS_HOUR_UNKNOWN)


def issue(id: str, purpose: str, address: str, now: datetime, counter: int = 0) -> Challenge:
    return Challenge(id, purpose, address, counter, now, now + LIFE, tries=0, used=False)


def code(pepper: bytes, purpose: str, talk: str, address: str, challenge: str, counter: int) -> str:
    """Six digits (HOTP, RFC 4226), bound to every one of the arguments."""
    secret = hmac.digest(pepper, _joined((purpose, talk, address, challenge)), "sha256")
    return _Hotp(secret).at(counter)


class _Hotp(pyotp.HOTP):
    """Of a secret in bytes: pyotp's are written in letters, which nobody here has to read."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        super().__init__("", digits=DIGITS)

    def byte_secret(self) -> bytes:
        return self._secret


def matches(pepper: bytes, purpose: str, talk: str, address: str, challenge: str, counter: int, typed: str) -> bool:
    """Whether what was typed is the code, in constant time. Whether the challenge still lives, its caller asks."""
    return same(typed, code(pepper, purpose, talk, address, challenge, counter))


def same(typed: str, right: str) -> bool:
    """Constant time over the digits; Indic digits, spaces and dashes in what was typed do no harm."""
    digits = re.sub(r"[ -]", "", normalise(typed))
    return hmac.compare_digest(digits.encode(), right.encode())


def resend_wait(sent: int, last: datetime | None, now: datetime) -> timedelta | None:
    """How long until this flow may send its next code: zero is now, None is no more.

    `sent` codes went out in this flow, the newest at `last`. A clock set back never makes anyone wait longer.
    """
    if sent <= 0 or last is None:
        return timedelta(0)
    if sent > len(RESEND):
        return None
    wait = timedelta(seconds=RESEND[sent - 1])
    return min(wait, max(timedelta(0), last + wait - now))


def _joined(parts: Sequence[str]) -> bytes:
    """Each part behind its length: ("ab", "c") and ("a", "bc") must not give one code."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
