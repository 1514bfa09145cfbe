"""Proving an address by a one-time code: the question, its code, and each way a code can be wrong.

The numbers are those of `visits/otp.py`; the database counts, this file only says what is to be counted.
"""

import math
from collections.abc import Callable
from datetime import timedelta

from dialogue.effects import Effect, Guess, Issue, Note, Send, Spend
from dialogue.form import Act, Choice, Choices, Field, Forget, Here, Invalid, Parsed, Valid
from dialogue.model import Chat, Message, Priority
from dialogue.needs import Codes, Registered, Sending
from dialogue.words import CodeOf, Text, _
from visits import otp
from visits.text import normalise

DAY = 24 * 3600

LIMITS = {
    "resend": _("A new code can't be sent yet. Please wait a little."),
    "codes_chat": _("Too many codes were asked for in this chat today. Please go on tomorrow: nothing is lost."),
    "numbers_chat": _("Too many different numbers were tried in this chat today. Please go on tomorrow."),
    "sms_number": _("Too many codes went to this number today. Please go on tomorrow, or use another number."),
    "sms_hour": _("Very many people ask for codes just now. Please press Send again in an hour: nothing is lost."),
    "wrong_number": _("Too many wrong codes for this address today. Please go on tomorrow: nothing is lost."),
}


ENDED = _("The code that went there before is no longer good. Please press Send again.")


def code_field(
    name: str,
    source: str,
    channel: str,
    prompt: Callable[[Chat], Text],
    letter: Callable[[CodeOf], Message],
    change: Text,
    help_: Text,
) -> Field:
    """The question for the code that was sent to the answer of `source`."""

    def address(here: Here) -> Chat:
        return Chat(channel, here.answers[source])

    def sending(here: Here) -> Sending:
        return here.facts[Codes(here.session.talk, name, str(address(here)))]

    def send(here: Here) -> tuple[Effect, ...]:
        return issue(here, name, address(here), letter)

    def on_ask(here: Here) -> tuple[Effect, ...]:
        past = sending(here)
        if here.facts.refused or past.usable(here.facts.now):
            return ()
        return send(here) if _wait(past, here) == timedelta(0) else ()

    def words(here: Here) -> tuple[Text, ...]:
        if here.facts.refused in LIMITS:
            return (Text("⚠️ {text}", {"text": LIMITS[here.facts.refused]}),)
        past = sending(here)
        ended = (ENDED,) if past.newest and past.newest.used and _wait(past, here) != timedelta(0) else ()
        return (
            prompt(address(here)),
            *ended,
            _("Please type the 6 digits here. They are good for 10 minutes."),
            _("Staff never ask for this code or for money."),
        )

    def choices(_here: Here) -> Choices:
        return ((Choice(_("↻ Send again"), "again"), Choice(change, "change")),)

    def again(here: Here) -> Parsed:
        if here.facts.refused in LIMITS:
            return Invalid(LIMITS[here.facts.refused])
        wait = _wait(sending(here), here)
        if wait is None:
            return Invalid(_("A code was sent several times already. Please check the address, or press Change."))
        if wait > timedelta(0):
            seconds = math.ceil(wait.total_seconds())
            return Invalid(_("A new code can be sent in {seconds} seconds.", seconds=seconds))
        return Act(_("A new code is on its way. Only the newest code is good."), send(here))

    def parse(raw: str, here: Here) -> Parsed:
        if raw == "again":
            return again(here)
        if raw == "change":
            return Forget(source)
        return judge(raw, here, sending(here), address(here))

    return Field(
        name,
        words,
        parse,
        help=help_,
        choices=choices,
        depends=(source,),
        on_ask=on_ask,
        secret=True,
    )


def _wait(past: Sending, here: Here) -> timedelta | None:
    """How long until the next send; None: no more in this flow."""
    if past.last is None:
        return timedelta(0)
    return otp.resend_wait(past.sent, past.last, here.facts.now)


def issue(here: Here, purpose: str, to: Chat, letter: Callable[[CodeOf], Message]) -> tuple[Effect, ...]:
    """A new code, counted, and its letter: lost when it is too old to be of use."""
    facts, talk = here.facts, here.session.talk
    challenge = otp.issue(facts.nonce, purpose, str(to), facts.now)
    key = facts.vault.digest("address", str(to))
    spends = [
        Spend("codes_chat", f"codes:{talk.chat}", otp.CODES_CHAT.count, DAY),
        Spend("sms_number", f"sent:{key}", otp.SMS_NUMBER.count, DAY),
    ]
    if to.channel == "sms":
        hourly = otp.SMS_HOUR if facts[Registered(talk.chat)] else otp.SMS_HOUR_UNKNOWN
        spends += [
            Spend("numbers_chat", f"numbers:{talk.chat}", otp.NUMBERS_CHAT.count, DAY, of=key),
            Spend("sms_hour", "sms", hourly.count, 3600),
        ]
    send = Send(to, letter(CodeOf(challenge, str(talk))), until=challenge.expires, priority=Priority.DECISION)
    return (Issue(challenge, tuple(spends)), send, Note("code_sent", {"purpose": purpose}))


def judge(raw: str, here: Here, past: Sending, to: Chat) -> Parsed:
    """Compare what was typed, at most five times a code and ten wrong times an address a day."""
    facts, talk = here.facts, str(here.session.talk)
    typed = normalise(raw).replace(" ", "").replace("-", "")
    if facts.refused == "wrong_number":
        return Invalid(LIMITS["wrong_number"], (Note("code_wrong"),))
    if facts.refused:
        return Invalid(_("Please type the code once more."))
    if not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return Invalid(_("A code has 6 digits, for example 123456. Please look in the message again."))
    newest = past.newest
    if newest is None:
        return Invalid(_("No code is open. Please press Send again."))
    if newest.used:
        return Invalid(ENDED, (Note("code_wrong"),))
    if newest.tries >= otp.TRIES:
        return Invalid(
            _("This code was typed wrong too often and is no longer good. Please press Send again."),
            (Note("code_wrong"),),
        )
    if facts.now >= newest.expires:
        return Invalid(_("This code is older than 10 minutes and no longer good. Please press Send again."))
    wrongs = (Spend("wrong_number", f"wrong:{facts.vault.digest('address', str(to))}", otp.WRONG_GUESSES.count, DAY),)
    if facts.vault.right(newest, talk, typed):
        return Valid(True, (Guess(newest.id, newest.tries, right=True, spends=wrongs),))
    guess = Guess(newest.id, newest.tries, right=False, spends=wrongs)
    noted = Note("code_wrong", {"purpose": newest.purpose})
    if any(facts.vault.right(old, talk, typed) for old in past.older):
        return Invalid(_("That is an older code. Please type the newest one."), (guess, noted))
    left = otp.TRIES - newest.tries - 1
    if left:
        return Invalid(_("That code is not right. Tries left: {left}.", left=left), (guess, noted))
    return Invalid(_("That code is not right, and it was the last try. Please press Send again."), (guess, noted))
